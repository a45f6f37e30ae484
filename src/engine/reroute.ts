/**
 * A second routing decision in OUTPUT (ip_route_me_harder): a rule changed the addresses, the mark or the TOS of a packet that
 * the host sends, so its way out is looked up again. Rules behind still see the device of the first decision; POSTROUTING sees
 * the new one.
 * @module
 */
import { RouteType } from '../packet/destination.ts';
import type { Packet } from '../packet/packet.ts';
import type { Engine } from './engine.ts';
import { routeOutput } from './output-route.ts';

/** False: nothing leads there, the caller drops the packet. */
export function reroute(engine: Engine, packet: Packet): boolean {
  if (packet.family === 6) return routeOutput(engine, packet, packet, { mark: packet.mark });
  const { host } = engine;
  const type = host.addressType4(packet.src0);
  const keepSource = type === RouteType.Local;
  const tos = packet.view.getUint8(packet.network + 1);
  return routeOutput(engine, packet, packet, { mark: packet.mark, tos, src0: keepSource ? packet.src0 : 0 });
}
