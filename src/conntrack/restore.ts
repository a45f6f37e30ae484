/**
 * Saved connections into the table, when the clock first runs: their time left counts from the first packet.
 * @module
 */
import { TCP, UDP } from '../inet/protocol.ts';
import type { Core } from './core.ts';
import { Direction, Status } from './ctinfo.ts';
import { Own } from './entry-table.ts';
import { attachHelper } from './helper/attach.ts';
import { findHelper } from './helper/index.ts';
import { HZ } from './options.ts';
import { Side } from './proto/tcp-segment.ts';
import { TcpWord } from './proto/tcp-words.ts';
import type { SavedConnection } from './saved-table.ts';

/**
 * Enter a connection; the number of its entry, or -1 for one that is there already (a listing taken while the table changes
 * may hold a flow twice: the first counts) or for which there is no room.
 */
export function restore(core: Core, saved: SavedConnection): number {
  const { table } = core;
  const { original, reply } = saved;
  if (table.count >= core.max) return -1;
  const there = core.index.find(original.tuple, original.zone, 1);
  if (there >= 0 && table.hasTuple(there >>> 1, Direction.Reply, reply.tuple)) return -1;
  const entry = table.take(original.tuple, reply.tuple);
  const { protocol } = original.tuple;
  table.setZones(entry, original.zone, reply.zone);
  table.setMark(entry, saved.mark);
  table.setState(entry, saved.state);
  if (protocol === TCP) pickUp(core, entry);
  if (protocol === UDP) table.setBits(entry, Own.Stream);
  table.setBits(entry, saved.status | Status.Confirmed | Status.SrcNatDone | Status.DstNatDone);
  table.setDeadline(entry, (core.clock + saved.timeoutSec * HZ) | 0);
  table.setCounters(entry, Direction.Original, original.packets, original.octets);
  table.setCounters(entry, Direction.Reply, reply.packets, reply.octets);
  table.setBits(entry, Own.IndexedOriginal | Own.IndexedReply);
  core.index.insert(entry, Direction.Original);
  core.index.insert(entry, Direction.Reply);
  if (saved.helper !== null) attachHelper(core, entry, findHelper(saved.helper, protocol));
  return entry;
}

/** As the kernel takes a TCP connection whose beginning it did not see: windows are learnt, and not held against anybody. */
function pickUp(core: Core, entry: number): void {
  const at = core.table.protoAt(entry);
  const { words } = core.table.proto;
  for (const side of [at, at + TcpWord.Side]) words[side + TcpWord.Flags] = Side.SackPermitted | Side.Liberal;
}
