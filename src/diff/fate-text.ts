/**
 * What became of a packet on one side of a comparison, in words: one that groups are told apart by, and the whole of it.
 * @module
 */
import { describeDropReason, dropReasonCode } from '../engine/drop-reason.ts';
import { stageName } from '../engine/outcome.ts';
import { formatIpv4 } from '../inet/ipv4.ts';
import { formatIpv6 } from '../inet/ipv6.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';
import { formatPacket } from '../report/tcpdump.ts';
import type { Change } from './held-frames.ts';
import type { Side } from './side.ts';

/** `forwarded`, `rejected` (dropped and answered); with the interface where that is what changes. */
export function fateWord({ outcome, frames }: Side, change: Change): string {
  const { verdict } = outcome;
  if (verdict === 'dropped') return frames.answer === null ? 'dropped' : 'rejected';
  return change === 'way' && frames.device !== '' ? `${verdict} by ${frames.device}` : verdict;
}

/** `forwarded by eth0 as 192.0.2.1:1024 > 198.51.100.1:80`. */
export function fateText({ outcome, frames }: Side): string {
  const { own, answer, device } = frames;
  const answered = answer === null ? '' : `, answered with ${formatPacket(answer)}`;
  if (outcome.verdict === 'dropped') {
    const reason = dropReasonCode(outcome.dropReason);
    const why = reason === 'NETFILTER_DROP' ? '' : ` (${reason}: ${describeDropReason(outcome.dropReason)})`;
    return `dropped in ${stageName(outcome.dropStage)}${why}${answered}`;
  }
  const mark = outcome.mark === 0 ? '' : `, mark 0x${(outcome.mark >>> 0).toString(16)}`;
  const by = device === '' ? '' : ` by ${device}`;
  const as = own === null ? '' : ` as ${endpoints(own)}`;
  return `${outcome.verdict}${by}${as}${mark}${answered}`;
}

function endpoints(packet: ReadonlyPacket): string {
  if (packet.family === 6) {
    const src = formatIpv6(packet.src0, packet.src1, packet.src2, packet.src3);
    const dst = formatIpv6(packet.dst0, packet.dst1, packet.dst2, packet.dst3);
    return packet.srcPort < 0 ? `${src} > ${dst}` : `[${src}]:${packet.srcPort} > [${dst}]:${packet.dstPort}`;
  }
  const [src, dst] = [formatIpv4(packet.src0), formatIpv4(packet.dst0)];
  return packet.srcPort < 0 ? `${src} > ${dst}` : `${src}:${packet.srcPort} > ${dst}:${packet.dstPort}`;
}
