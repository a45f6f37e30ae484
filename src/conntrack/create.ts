/**
 * The birth of an entry: room for it, its zones, the expectation it fulfils or the helper its template asks for.
 * Kernel counterpart: init_conntrack, early_drop in nf_conntrack_core.c.
 * @module
 */
import type { Packet } from '../packet/packet.ts';
import { Status } from './ctinfo.ts';
import type { Core } from './core.ts';
import { Own } from './entry-table.ts';
import { findHelper } from './helper/index.ts';
import { attachExpectedHelper, attachHelper } from './helper/attach.ts';
import { Invalid } from './invalid.ts';
import { HZ } from './options.ts';
import type { Template } from './template.ts';
import type { Tuple } from './tuple.ts';
import { invertTuple } from './tuple-of.ts';

/** Answers of createEntry besides an entry. */
export const NO_ENTRY = -1;
export const TABLE_FULL = -2;

/** Groups of slots that early drop looks at, as the kernel looks at eight buckets, and slots of a group. */
const DROP_GROUPS = 8;
const GROUP_SLOTS = 4;

/** A fresh, unconfirmed entry for core.tuple with one reference; or NO_ENTRY, TABLE_FULL. */
export function createEntry(core: Core, packet: Packet, template: Template | null): number {
  const { tuple, inverse, table } = core;
  if (!invertTuple(tuple, inverse)) {
    core.fail(Invalid.NoInverse, tuple.dstL4 >>> 8);
    return NO_ENTRY;
  }
  core.sweep();
  if (table.count >= core.max && !makeRoom(core, tuple, core.zoneOriginal)) return TABLE_FULL;
  const entry = table.take(tuple, inverse);
  core.births++;
  table.setZones(entry, core.zoneOriginal, core.zoneReply);
  if (template !== null && template.timeouts !== null) core.ensureExtra(entry).timeouts = template.timeouts;
  const expectation = core.expectations.count === 0 ? null : core.expectations.take(tuple, core.zoneOriginal, core.now);
  if (expectation === null) {
    if (template !== null && template.helper !== null) attachHelper(core, entry, findHelper(template.helper, packet.protocol));
    return entry;
  }
  table.setBits(entry, Status.Expected);
  table.addReference(expectation.master);
  const extra = core.ensureExtra(entry);
  extra.master = expectation.master;
  if (expectation.helper !== null) attachExpectedHelper(core, entry, findHelper(expectation.helper, packet.protocol));
  table.setMark(entry, table.mark(expectation.master));
  expectation.onNew?.(entry, expectation);
  return entry;
}

/** Free at least one row: the expired first, then what may be dropped near the new tuple's place. */
function makeRoom(core: Core, tuple: Tuple, zone: number): boolean {
  if (core.now >= core.nextFullSweep) {
    core.nextFullSweep = core.now + HZ;
    core.sweepAll(core.aggressive);
    core.aggressive = false;
    if (core.table.count < core.max) return true;
  }
  const dropped = earlyDrop(core, core.index.hash(tuple, zone));
  core.stats.earlyDrop += dropped;
  if (dropped === 0) core.aggressive = true;
  return core.table.count < core.max;
}

function earlyDrop(core: Core, hash: number): number {
  for (let group = 0; group < DROP_GROUPS; group++) {
    const dropped = dropGroup(core, hash, group * GROUP_SLOTS);
    if (dropped > 0) return dropped;
  }
  return 0;
}

function dropGroup(core: Core, hash: number, from: number): number {
  core.victims.length = 0;
  for (let step = from; step < from + GROUP_SLOTS; step++) {
    const entry = core.index.entryAt(hash, step);
    if (entry >= 0) core.victims.push(entry);
  }
  let dropped = 0;
  for (const entry of core.victims) {
    const bits = core.table.bits(entry);
    if ((bits & Own.Live) === 0 || (bits & (Status.Assured | Status.Dying)) !== 0) continue;
    core.kill(entry);
    dropped++;
  }
  return dropped;
}
