/**
 * The copy that the TEE target sends (nf_dup_ipv4, nf_dup_ipv6): untracked, routed to the gateway, with a TTL one lower when the
 * original came in, and DF set (IPv4). It walks OUTPUT and POSTROUTING before the original goes on; a copy is not copied again.
 * @module
 */
import { Hook } from '../hook/hook.ts';
import { finish, sum16 } from '../inet/checksum.ts';
import { Origin, type Packet } from '../packet/packet.ts';
import type { Engine } from './engine.ts';
import { carry } from './output.ts';
import { routeOutput } from './output-route.ts';
import { sendRouted } from './send.ts';

const DF = 0x4000;

/** `gateway`: 1 or 4 words; `outdev` 0: any. */
export function duplicate(engine: Engine, packet: Packet, gateway: Int32Array, outdev: number): void {
  if (packet.origin === Origin.Copy) return;
  const copy = engine.pool.take();
  if (copy === null) return;
  carry(engine, packet, copy);
  engine.conntrack.release(copy);
  copy.origin = Origin.Copy;
  const target = { family: packet.family, dst0: gateway[0] ?? 0, dst1: gateway[1] ?? 0, dst2: gateway[2] ?? 0, dst3: gateway[3] ?? 0 };
  if (routeOutput(engine, copy, target, { oif: outdev })) {
    useGateway(copy, gateway);
    engine.conntrack.setUntracked(copy);
    const arrived = packet.hook === Hook.Prerouting || packet.hook === Hook.Input;
    if (packet.family === 4) mark4(copy, arrived);
    else if (arrived) copy.view.setUint8(copy.network + 7, copy.view.getUint8(copy.network + 7) - 1);
    sendRouted(engine, copy);
  }
  engine.recycle(copy);
}

/** The next hop is the gateway even when it is on the link: the packet is addressed to somebody else. */
function useGateway(copy: Packet, gateway: Int32Array): void {
  const { dst } = copy;
  if (dst.hasGateway !== 0) return;
  dst.hasGateway = 1;
  dst.gw0 = gateway[0] ?? 0;
  dst.gw1 = gateway[1] ?? 0;
  dst.gw2 = gateway[2] ?? 0;
  dst.gw3 = gateway[3] ?? 0;
}

function mark4(copy: Packet, arrived: boolean): void {
  const { view, network } = copy;
  view.setUint16(network + 6, view.getUint16(network + 6) | DF);
  if (arrived) view.setUint8(network + 8, view.getUint8(network + 8) - 1);
  view.setUint16(network + 10, 0);
  view.setUint16(network + 10, finish(sum16(view, network, copy.headerLength)));
}
