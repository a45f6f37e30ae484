/**
 * The connection of a packet: found, made, or none (nf_conntrack_in). One path, at PREROUTING and OUTPUT.
 *
 *   has one already -> as it is
 *   no transport -> INVALID      ICMP error -> RELATED | INVALID      else lookup by tuple, or a new entry
 *   protocol tracker: accepts | INVALID (the packet goes on without) | starts over | drops
 *
 * @module
 */
import { Hook } from '../hook/hook.ts';
import { Verdict } from '../hook/verdict.ts';
import { GRE, ICMP, ICMPV6, NONE } from '../inet/protocol.ts';
import { CT_NONE, type Packet } from '../packet/packet.ts';
import type { Core } from './core.ts';
import { createEntry, NO_ENTRY, TABLE_FULL } from './create.ts';
import { CtInfo, Direction, Status } from './ctinfo.ts';
import { Change } from './events.ts';
import { trackIcmpError } from './icmp-error.ts';
import { Invalid } from './invalid.ts';
import { trackProtocol } from './proto/index.ts';
import type { Template } from './template.ts';
import { Track } from './track-result.ts';
import { hasPorts, readPacketTuple } from './tuple-of.ts';
import { zoneOf } from './zone.ts';

export function track(core: Core, packet: Packet): Verdict {
  if (packet.ct !== CT_NONE) return Verdict.Accept;
  core.tick(packet);
  if (!core.isJudged) core.invalidReason = Invalid.None;
  // an index of -1 on every packet would go through V8's runtime
  const template = packet.ctTemplate === 0 ? null : (core.templates[packet.ctTemplate - 1] ?? null);
  packet.ctTemplate = 0;
  // without one it stays taken, should it be an answer to what is untracked (relate) and INVALID
  if (template !== null) packet.ctinfo = CtInfo.Untracked;
  const { family, protocol } = packet;
  const isFragment = packet.fragOffset !== 0 || packet.moreFragments !== 0;
  if (family === 4 && packet.hook === Hook.Output && isFragment) return Verdict.Accept;
  if (protocol < 0 || packet.fragOffset !== 0 || packet.transportLength < 0 || (family === 6 && protocol === NONE)) {
    core.stats.invalid++;
    core.fail(packet.fragOffset !== 0 ? Invalid.Fragment : Invalid.NoTransport);
    return Verdict.Accept;
  }
  const zone = template === null ? 0 : template.zoneFromMark ? packet.mark & 0xffff : template.zone;
  const directions = template === null ? 0 : template.zoneDirections;
  core.zoneOriginal = zoneOf(zone, directions, Direction.Original);
  core.zoneReply = zoneOf(zone, directions, Direction.Reply);
  if (protocol === ICMP || protocol === ICMPV6) {
    if (trackIcmpError(core, packet) !== Track.Accept) {
      core.stats.error++;
      return Verdict.Accept;
    }
    if (packet.ct !== CT_NONE) return Verdict.Accept;
  }
  if (core.isJudged) {
    core.isJudged = false;
    core.stats.invalid++;
    return Verdict.Accept;
  }
  return resolve(core, packet, template);
}

const PORTS_LEN = 4;
const ICMP_LEN = 8;
/** How often a packet may start over: a killed entry is gone, so once suffices. */
const MAX_TRIES = 3;

function resolve(core: Core, packet: Packet, template: Template | null): Verdict {
  const { stats } = core;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const attached = attach(core, packet, template);
    if (attached === TABLE_FULL) {
      stats.drop++;
      stats.tableFull++;
      return Verdict.Drop;
    }
    if (attached === NO_ENTRY) {
      stats.invalid++;
      return Verdict.Accept;
    }
    const result = trackProtocol(core, packet, packet.ct);
    if (result === Track.Accept) {
      noteReply(core, packet);
      return Verdict.Accept;
    }
    detach(core, packet);
    if (result !== Track.Repeat) {
      stats.invalid++;
      return Verdict.Accept;
    }
  }
  stats.drop++;
  return Verdict.Drop;
}

/** Give the packet the entry that owns its tuple, or a new one; or tell why not (NO_ENTRY, TABLE_FULL). */
function attach(core: Core, packet: Packet, template: Template | null): number {
  const { table, tuple } = core;
  if (!readPacketTuple(packet, tuple)) {
    if (packet.protocol === GRE) core.fail(Invalid.GreProtocol);
    else core.fail(Invalid.ShortHeader, packet.transportLength, hasPorts(packet.protocol) ? PORTS_LEN : ICMP_LEN);
    return NO_ENTRY;
  }
  if (packet.protocol === GRE) core.greKeys.complete(tuple);
  const node = core.lookup(tuple, core.zoneOriginal, core.zoneReply);
  let direction: number = Direction.Original;
  let entry = node >> 1;
  if (node >= 0) {
    direction = node & 1;
    table.addReference(entry);
  } else {
    entry = createEntry(core, packet, template);
    if (entry < 0) return entry;
  }
  packet.ct = entry;
  packet.ctinfo = stateOf(table.status(entry), direction);
  return entry;
}

function stateOf(status: number, direction: number): CtInfo {
  if (direction === Direction.Reply) return CtInfo.EstablishedReply;
  if ((status & Status.SeenReply) !== 0) return CtInfo.Established;
  return (status & Status.Expected) !== 0 ? CtInfo.Related : CtInfo.New;
}

/** The first reply is noted behind the tracker, which must see the entry as it was. */
function noteReply(core: Core, packet: Packet): void {
  if (packet.ctinfo !== CtInfo.EstablishedReply) return;
  if ((core.table.status(packet.ct) & Status.SeenReply) !== 0) return;
  core.table.setBits(packet.ct, Status.SeenReply);
  core.note(packet.ct, Change.Reply);
}

/** Take the packet's connection away. */
export function detach(core: Core, packet: Packet): void {
  const entry = packet.ct;
  packet.ct = CT_NONE;
  packet.ctinfo = CtInfo.Untracked;
  if (entry >= 0) core.put(entry);
}
