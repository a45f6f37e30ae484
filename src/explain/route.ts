/**
 * The route of a packet in words.
 * @module
 */
import type { Host } from '../host/host.ts';
import { formatIpv4 } from '../inet/ipv4.ts';
import { formatIpv6 } from '../inet/ipv6.ts';
import { type Destination, DestinationKind, RouteType } from '../packet/destination.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';
import { deviceName } from './failed-part.ts';

/** `forward by eth1 via 10.1.0.1, mtu 1500`; '' while there is none. */
export function describeRoute(packet: ReadonlyPacket, host: Host): string {
  const { dst } = packet;
  switch (dst.kind) {
    case DestinationKind.None:
      return '';
    case DestinationKind.Local:
      return `to this host${kindOfLocal(dst)}`;
    case DestinationKind.Error:
      return `refused: ${dst.error === RouteType.Unspec ? 'no route' : REFUSALS.get(dst.error)}`;
    default:
      return `${dst.kind === DestinationKind.Forward ? 'forward' : 'send'} by ${deviceName(host, dst.dev)} ${nextHop(packet)}, mtu ${dst.mtu}`;
  }
}

const REFUSALS: ReadonlyMap<RouteType, string> = new Map<RouteType, string>([
  [RouteType.Blackhole, 'blackhole route'],
  [RouteType.Unreachable, 'unreachable route'],
  [RouteType.Prohibit, 'prohibit route'],
]);

function kindOfLocal(dst: Destination): string {
  if (dst.broadcast !== 0) return ' (broadcast)';
  return dst.multicast !== 0 ? ' (multicast)' : '';
}

function nextHop(packet: ReadonlyPacket): string {
  const { dst, family } = packet;
  if (dst.hasGateway === 0) return '(on the link)';
  return `via ${family === 6 ? formatIpv6(dst.gw0, dst.gw1, dst.gw2, dst.gw3) : formatIpv4(dst.gw0)}`;
}

/** Address the frame is sent to on the link. */
export function nextHopOf(packet: ReadonlyPacket): string {
  const { dst, family } = packet;
  if (family === 6) {
    return dst.hasGateway !== 0
      ? formatIpv6(dst.gw0, dst.gw1, dst.gw2, dst.gw3)
      : formatIpv6(packet.dst0, packet.dst1, packet.dst2, packet.dst3);
  }
  return formatIpv4(dst.hasGateway !== 0 ? dst.gw0 : packet.dst0);
}
