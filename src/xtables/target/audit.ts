/**
 * AUDIT: make an audit record about the packet, and go on.
 *
 *   -j AUDIT --type accept | drop | reject
 *
 * Reference: iptables-extensions(8), "AUDIT". Kernel counterpart: net/netfilter/xt_AUDIT.c.
 * @module
 */
import { Verdict } from '../../hook/verdict.ts';
import { formatIpv4 } from '../../inet/ipv4.ts';
import { formatIpv6 } from '../../inet/ipv6.ts';
import type { Packet } from '../../packet/packet.ts';
import { auditLine } from '../log-line.ts';
import type { TargetModule } from '../target.ts';

export interface AuditInfo {
  readonly type: string;
}

const TYPES = ['accept', 'drop', 'reject'];

export const audit: TargetModule<AuditInfo> = {
  name: 'AUDIT',
  scope: 'stateless',
  options: [{ name: 'type' }],

  parse(options) {
    const option = options.exactlyOne('type');
    if (!TYPES.includes(option.value)) option.fail(`bad action type value "${option.value}"`);
    return { type: option.value };
  },

  print: ({ type }) => `--type ${type}`,
  list: ({ type }) => `AUDIT ${type}`,

  compile(_, { log: sink }) {
    if (sink === null) return () => Verdict.Continue;
    return (packet) => {
      sink(auditLine(packet, addresses(packet)), packet);
      return Verdict.Continue;
    };
  },
};

function addresses(packet: Packet): { readonly src: string; readonly dst: string } {
  if (packet.family === 4) return { src: formatIpv4(packet.src0), dst: formatIpv4(packet.dst0) };
  return {
    src: formatIpv6(packet.src0, packet.src1, packet.src2, packet.src3),
    dst: formatIpv6(packet.dst0, packet.dst1, packet.dst2, packet.dst3),
  };
}
