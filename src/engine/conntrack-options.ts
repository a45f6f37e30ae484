/**
 * What connection tracking is told at start: the host's `net.netfilter.nf_conntrack_*` sysctls as numbers.
 * @module
 */
import type { ConntrackOptions } from '../conntrack/conntrack.ts';
import type { Host } from '../host/host.ts';
import type { Random } from '../inet/random.ts';
import type { Packet } from '../packet/packet.ts';

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
  };
}

/** Mask of the primary address whose broadcast address the packet is sent to, 0 when it is sent to none. */
function broadcastMask(host: Host, packet: Packet): number {
  if (packet.family !== 4 || packet.dst.broadcast === 0) return 0;
  const addresses = host.interfaces[packet.outdev]?.addresses4 ?? [];
  for (const { broadcast, mask, secondary } of addresses) if (!secondary && broadcast === packet.dst0) return mask;
  return 0;
}
