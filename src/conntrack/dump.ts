/**
 * The table for people: one record per confirmed, living connection, in an order that does not depend on memory.
 * @module
 */
import { formatAddress } from '../inet/address.ts';
import { SCTP, TCP } from '../inet/protocol.ts';
import type { Core } from './core.ts';
import { Direction, Status } from './ctinfo.ts';
import { Own } from './entry-table.ts';
import { sctpStateName, tcpStateName } from './invalid.ts';
import { HZ, JIFFY_US } from './options.ts';
import { Tuple } from './tuple.ts';

/** One direction of a connection. */
export interface ConntrackSide {
  readonly source: string;
  readonly destination: string;
  /** Ports, ICMP id and type/code, or GRE keys. */
  readonly sourceL4: number;
  readonly destinationL4: number;
  readonly zone: number;
  readonly packets: number;
  readonly octets: number;
}

export interface ConntrackLine {
  readonly entry: number;
  readonly family: 4 | 6;
  readonly protocol: number;
  /** Seconds left. */
  readonly timeoutSec: number;
  /** State of TCP or SCTP; null for others. */
  readonly state: string | null;
  readonly status: number;
  readonly original: ConntrackSide;
  readonly reply: ConntrackSide;
  /** Whether packets and octets were counted. */
  readonly counted: boolean;
  /** Unsigned. */
  readonly mark: number;
  readonly helper: string | null;
  /** References: the table's, packets', child connections'. */
  readonly use: number;
}

/** Everything in the table, sorted by family, protocol and tuple. */
export function dumpTable(core: Core, nowUs: number): ConntrackLine[] {
  const lines: ConntrackLine[] = [];
  const now = Math.max(core.now, Math.floor(nowUs / JIFFY_US));
  for (let entry = 0; entry < core.table.rowsUsed; entry++) {
    const bits = core.table.bits(entry);
    const listed = (bits & (Own.Live | Own.IndexedOriginal)) === (Own.Live | Own.IndexedOriginal);
    if (listed && core.leftAt(entry, now) > 0) lines.push(describeEntry(core, entry, now));
  }
  return lines.sort(compareLines);
}

export function describeEntry(core: Core, entry: number, now: number): ConntrackLine {
  const { table } = core;
  const protocol = table.protocol(entry);
  const state = table.state(entry);
  const left = table.isConfirmed(entry) ? core.leftAt(entry, now) : table.deadline(entry);
  return {
    entry,
    family: table.family(entry) === 6 ? 6 : 4,
    protocol,
    timeoutSec: Math.max(0, Math.floor(left / HZ)),
    state: protocol === TCP ? tcpStateName(state) : protocol === SCTP ? sctpStateName(state) : null,
    status: table.status(entry) & ~Status.Template,
    original: side(core, entry, Direction.Original),
    reply: side(core, entry, Direction.Reply),
    counted: table.counting,
    mark: table.mark(entry) >>> 0,
    helper: core.extra(entry)?.helper?.name ?? null,
    use: table.references(entry),
  };
}

function side(core: Core, entry: number, direction: Direction): ConntrackSide {
  const { table } = core;
  const tuple = table.readTuple(entry, direction, new Tuple());
  const v6 = tuple.family === 6;
  const source = v6 ? Int32Array.of(tuple.src0, tuple.src1, tuple.src2, tuple.src3) : Int32Array.of(tuple.src0);
  const destination = v6 ? Int32Array.of(tuple.dst0, tuple.dst1, tuple.dst2, tuple.dst3) : Int32Array.of(tuple.dst0);
  return {
    source: formatAddress(source),
    destination: formatAddress(destination),
    sourceL4: tuple.srcL4,
    destinationL4: tuple.dstL4,
    zone: table.zone(entry, direction),
    packets: table.packets(entry, direction),
    octets: table.octets(entry, direction),
  };
}

/** The order of a dump. */
export function compareLines(a: ConntrackLine, b: ConntrackLine): number {
  return (
    a.family - b.family ||
    a.protocol - b.protocol ||
    compareText(a.original.source, b.original.source) ||
    compareText(a.original.destination, b.original.destination) ||
    a.original.sourceL4 - b.original.sourceL4 ||
    a.original.destinationL4 - b.original.destinationL4 ||
    a.original.zone - b.original.zone ||
    a.reply.zone - b.reply.zone
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
