/**
 * mangle in OUTPUT: what it changed may lead the packet another way (ipt_mangle_out, ip6t_mangle_hook).
 *
 *   IPv4: source, destination, mark, TOS      IPv6: source, destination, mark, hop limit, class and flow label
 *
 * @module
 */
import type { Responder } from '../hook/responder.ts';
import { Verdict } from '../hook/verdict.ts';
import type { Packet } from '../packet/packet.ts';

const TOS = 1;
const HOP_LIMIT6 = 7;

/** `run`, followed by a second routing decision where it changed what routes depend on; Drop when nothing leads on. */
export function rerouting(run: (packet: Packet) => Verdict, responder: Pick<Responder, 'reroute'>): (packet: Packet) => Verdict {
  return (packet) => {
    const { mark, src0, src1, src2, src3, dst0, dst1, dst2, dst3 } = packet;
    const first = firstWord(packet);
    const second = secondValue(packet);
    const verdict = run(packet);
    if (verdict === Verdict.Drop || verdict === Verdict.Stolen) return verdict;
    const sameSource = packet.src0 === src0 && packet.src1 === src1 && packet.src2 === src2 && packet.src3 === src3;
    const sameDestination = packet.dst0 === dst0 && packet.dst1 === dst1 && packet.dst2 === dst2 && packet.dst3 === dst3;
    const same = sameSource && sameDestination && packet.mark === mark;
    if (same && firstWord(packet) === first && secondValue(packet) === second) return verdict;
    return responder.reroute(packet) ? verdict : Verdict.Drop;
  };
}

/** IPv4: the TOS; IPv6: class and flow label. */
function firstWord(packet: Packet): number {
  return packet.family === 6 ? packet.view.getInt32(packet.network) : packet.view.getUint8(packet.network + TOS);
}

/** IPv6: the hop limit. A changed TTL leads nowhere else. */
function secondValue(packet: Packet): number {
  return packet.family === 6 ? packet.view.getUint8(packet.network + HOP_LIMIT6) : 0;
}
