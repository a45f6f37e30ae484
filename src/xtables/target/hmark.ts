/**
 * HMARK: set the packet's mark to a hash over addresses, ports and protocol, the same for both directions of a flow.
 *
 *   -j HMARK --hmark-tuple src,dst,sport,dport --hmark-mod 10 --hmark-offset 1000 --hmark-rnd 0xcafe
 *
 *   mark = (jhash(lower, higher address, ports; rnd) ^ (protocol & mask)) scaled to 0..mod-1, + offset
 *
 * An ICMP error is hashed as the packet it quotes. Fragments and ICMP have no ports. With `ct` the connection's original source
 * and reply source are taken instead; a packet without one keeps its mark.
 * Reference: iptables-extensions(8), "HMARK". Kernel counterpart: net/netfilter/xt_HMARK.c.
 * @module
 */
import { Tuple } from '../../conntrack/tuple.ts';
import { Verdict } from '../../hook/verdict.ts';
import { jhash3words, reciprocalScale } from '../../inet/hash.ts';
import * as ipproto from '../../inet/protocol.ts';
import type { TargetModule } from '../target.ts';
import { FlowWords } from './flow-words.ts';
import { listHmark, parseHmark, printHmark, HMARK_OPTIONS, type HmarkInfo } from './hmark-text.ts';

export const hmark: TargetModule<HmarkInfo> = {
  name: 'HMARK',
  scope: 'stateless',
  options: HMARK_OPTIONS,
  parse: parseHmark,
  print: printHmark,
  list: (info, { family }) => listHmark(info, family),

  compile(info, { family, conntrack }) {
    const flow = new FlowWords(info, family);
    const tuple = new Tuple();
    return (packet) => {
      if (!info.ct) {
        if (!flow.fromPacket(packet)) return Verdict.Continue;
      } else {
        if (packet.ct < 0) return Verdict.Continue;
        flow.clear();
        conntrack.readTuple(packet.ct, 0, tuple);
        flow.src = flow.fold(info.srcMask, tuple.src0, tuple.src1, tuple.src2, tuple.src3);
        const srcPort = tuple.srcL4;
        flow.protocol = tuple.protocol;
        conntrack.readTuple(packet.ct, 1, tuple);
        flow.dst = flow.fold(info.dstMask, tuple.src0, tuple.src1, tuple.src2, tuple.src3);
        if (flow.protocol !== ipproto.ICMP) flow.setPorts((srcPort << 16) | tuple.srcL4);
      }
      packet.mark = hash(flow, info);
      return Verdict.Continue;
    };
  },
};

function hash({ src, dst, ports, protocol }: FlowWords, { rnd, protoMask, mod, offset }: HmarkInfo): number {
  const inOrder = dst >>> 0 >= src >>> 0;
  const value = jhash3words(inOrder ? src : dst, inOrder ? dst : src, ports, rnd) ^ (protocol & protoMask);
  return (reciprocalScale(value, mod) + offset) | 0;
}
