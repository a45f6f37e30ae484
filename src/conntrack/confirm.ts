/**
 * The last hook function a packet meets: helpers read its payload, sequence numbers are adjusted, and a new connection gets into
 * the table, now that the packet has passed everything (nf_confirm, __nf_conntrack_confirm).
 *
 * Somebody may have got the same tuple first; then a datagram protocol joins the winner if it is the same flow, or keeps its
 * reply tuple for a second; all others lose the packet.
 * @module
 */
import { Verdict } from '../hook/verdict.ts';
import { GRE, ICMP, ICMPV6, UDP, UDPLITE } from '../inet/protocol.ts';
import type { Packet } from '../packet/packet.ts';
import type { Core } from './core.ts';
import { CtInfo, Direction, directionOf, Status } from './ctinfo.ts';
import type { Helper } from './helper/helper.ts';
import { HZ } from './options.ts';
import { adjustSequence } from './seqadj.ts';

export function helpAndConfirm(core: Core, packet: Packet): Verdict {
  const entry = packet.ct;
  if (entry < 0) return Verdict.Accept;
  core.tick(packet);
  const { table } = core;
  if (table.extra(entry) >= 0 && packet.ctinfo !== CtInfo.RelatedReply) {
    const verdict = help(core, packet, entry);
    if (verdict !== Verdict.Accept) return verdict;
  }
  if (!table.isConfirmed(entry)) return confirm(core, packet, entry, false);
  core.events?.settled?.(entry);
  return Verdict.Accept;
}

function help(core: Core, packet: Packet, entry: number): Verdict {
  if (packet.protocol < 0 || packet.fragOffset !== 0) return Verdict.Accept;
  const helper = core.extra(entry)?.helper ?? null;
  if (helper !== null && (helper.protocol === packet.protocol || isErrorFor(helper, packet))) {
    const verdict = helper.look(core, packet, entry);
    if (verdict !== Verdict.Accept) return verdict;
  }
  if ((core.table.status(entry) & Status.SeqAdjust) === 0 || packet.looped !== 0) return Verdict.Accept;
  if (adjustSequence(core, packet, entry)) return Verdict.Accept;
  core.stats.drop++;
  return Verdict.Drop;
}

/**
 * Helpers of UDP are shown ICMP errors about answers too, and take them for datagrams: eight octets of header, then the quote. Those
 * of TCP look at established connections alone; errors about what was sent are kept from all.
 */
function isErrorFor(helper: Helper, { protocol, ctinfo }: Packet): boolean {
  return helper.protocol === UDP && ctinfo === CtInfo.Related && (protocol === ICMP || protocol === ICMPV6);
}

/**
 * Put the packet's entry, which has no helper, into the table. `isFirst`: nothing else has been put there since its original tuple was
 * searched for in vain.
 */
export function confirm(core: Core, packet: Packet, entry: number, isFirst: boolean): Verdict {
  if (directionOf(packet.ctinfo) !== Direction.Original) return Verdict.Accept;
  const { table } = core;
  if ((table.status(entry) & Status.Dying) !== 0) {
    core.stats.insertFailed++;
    return Verdict.Drop;
  }
  const winner = findWinner(core, entry, isFirst);
  if (winner >= 0) return resolveClash(core, packet, entry, winner >>> 1);
  admit(core, entry, table.deadline(entry));
  core.index.insertBoth(entry);
  core.events?.created?.(entry);
  return Verdict.Accept;
}

/** In the table from now on, for `jiffies` to begin with. */
function admit(core: Core, entry: number, jiffies: number): void {
  core.table.setDeadline(entry, (core.clock + jiffies) | 0);
  core.table.setBits(entry, Status.Confirmed);
  core.table.addReference(entry);
}

/** The node that owns one of the entry's tuples, or -1. */
function findWinner(core: Core, entry: number, isFirst: boolean): number {
  const { table, tuple } = core;
  const zoneOriginal = table.zone(entry, Direction.Original);
  const zoneReply = table.zone(entry, Direction.Reply);
  const same = zoneOriginal === zoneReply;
  const node = isFirst ? -1 : core.findLive(table.readTuple(entry, Direction.Original, tuple), zoneOriginal, same ? 3 : 1);
  return node >= 0 ? node : core.findLive(table.readTuple(entry, Direction.Reply, tuple), zoneReply, same ? 3 : 2);
}

function resolveClash(core: Core, packet: Packet, loser: number, winner: number): Verdict {
  const { stats, table } = core;
  const protocol = table.protocol(loser);
  if (protocol === UDP || protocol === UDPLITE || protocol === GRE) {
    if (isSameFlow(core, loser, winner)) return join(core, packet, loser, winner);
    const zone = table.zone(loser, Direction.Reply);
    const node = core.findLive(table.readTuple(loser, Direction.Reply, core.tuple), zone, 3);
    if (node < 0) return keepReplyOnly(core, loser);
    if (isSameFlow(core, loser, node >>> 1)) return join(core, packet, loser, node >>> 1);
  }
  stats.drop++;
  stats.insertFailed++;
  return Verdict.Drop;
}

/** Both tuples and zones alike, or exactly mirrored. */
function isSameFlow(core: Core, a: number, b: number): boolean {
  return matches(core, a, b, 0) || matches(core, a, b, 1);
}

function matches(core: Core, a: number, b: number, mirror: number): boolean {
  const { table, tuple } = core;
  for (let direction = 0; direction < 2; direction++) {
    const other = (direction ^ mirror) as Direction;
    if (!table.hasTuple(b, other, table.readTuple(a, direction as Direction, tuple))) return false;
    if (table.zone(a, direction as Direction) !== table.zone(b, other)) return false;
  }
  return true;
}

function join(core: Core, packet: Packet, loser: number, winner: number): Verdict {
  const { table, stats } = core;
  table.merge(loser, winner, directionOf(packet.ctinfo));
  table.addReference(winner);
  packet.ct = winner;
  core.put(loser);
  stats.clashResolve++;
  return Verdict.Accept;
}

/** Only answers will find it, for a second. */
function keepReplyOnly(core: Core, entry: number): Verdict {
  core.table.setBits(entry, Status.FixedTimeout | Status.NatClash);
  admit(core, entry, HZ);
  core.index.insert(entry, Direction.Reply);
  core.stats.clashResolve++;
  return Verdict.Accept;
}
