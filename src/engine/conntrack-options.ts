/**
 * What connection tracking is told at start: the host's `net.netfilter.nf_conntrack_*` sysctls as numbers.
 * @module
 */
import type { ConntrackOptions } from '../conntrack/conntrack.ts';
import { parseConntrackList } from '../conntrack/saved-table.ts';
import type { Host } from '../host/host.ts';
import type { Random } from '../inet/random.ts';
import { RouteType } from '../packet/destination.ts';
import type { Packet } from '../packet/packet.ts';
import { resetQuery4, resetQuery6 } from './route-scratch.ts';

export function conntrackOptions(host: Host, random: Random): ConntrackOptions {
  const value = (name: string, byDefault: number): number => host.sysctl(`net.netfilter.nf_conntrack_${name}`, byDefault);
  return {
    random,
    max: value('max', host.sysctl('net.nf_conntrack_max', 262_144)),
    tcpLoose: value('tcp_loose', 1),
    tcpBeLiberal: value('tcp_be_liberal', 0),
    tcpIgnoreInvalidRst: value('tcp_ignore_invalid_rst', 0),
    checksum: value('checksum', 1),
    acct: value('acct', 0),
    fragTimeoutSec: host.sysctl('net.ipv4.ipfrag_time', 30),
    fragHighThresh: host.sysctl('net.ipv4.ipfrag_high_thresh', 4_194_304),
    timeout: (name, byDefault) => value(`${name}`, byDefault),
    broadcastMask: (packet) => broadcastMask(host, packet),
    connections: host.connections.flatMap(({ text, file }) => parseConntrackList(text, file)),
    isSameWay: (family, a, b) => isSameWay(host, family, a, b),
  };
}

/** Mask of the primary address whose broadcast address the packet is sent to, 0 when it is sent to none. */
function broadcastMask(host: Host, packet: Packet): number {
  if (packet.family !== 4 || packet.dst.broadcast === 0) return 0;
  const addresses = host.interfaces[packet.outdev]?.addresses4 ?? [];
  for (const { broadcast, mask, secondary } of addresses) if (!secondary && broadcast === packet.dst0) return mask;
  return 0;
}

/** Whether what the host sends to either address goes to the same next hop through the same device; no: one has no route. */
function isSameWay(host: Host, family: number, a: Int32Array, b: Int32Array): boolean {
  const first = nextHop(host, family, a);
  const second = nextHop(host, family, b);
  return first !== null && second !== null && first.every((word, i) => word === second[i]);
}

/** Device and address of the next hop, or null. */
function nextHop(host: Host, family: number, address: Int32Array): readonly number[] | null {
  const { result } = family === 4 ? host.scratch4 : host.scratch6;
  if (family === 4) {
    const { query } = host.scratch4;
    resetQuery4(query, address[0]!, 0);
    query.iif = host.loopback;
    host.route4(query, result);
  } else {
    const { query } = host.scratch6;
    const [dst0, dst1, dst2, dst3] = address as unknown as readonly [number, number, number, number];
    resetQuery6(query, { src0: 0, src1: 0, src2: 0, src3: 0, dst0, dst1, dst2, dst3 }, false);
    query.iif = host.loopback;
    host.route6(query, result);
  }
  const { type } = result;
  if (type === RouteType.Local || type === RouteType.Anycast) return [host.loopback, ...address];
  if (type !== RouteType.Unicast && type !== RouteType.Broadcast && type !== RouteType.Multicast) return null;
  if (result.hasGateway === 0) return [result.outdev, ...address];
  return [result.outdev, result.gateway, result.gateway1, result.gateway2, result.gateway3];
}
