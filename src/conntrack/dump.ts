/**
 * The table for people: one record per confirmed, living connection, in an order that does not depend on memory.
 * @module
 */
import { formatAddress } from '../inet/address.ts';
import { SCTP, TCP } from '../inet/protocol.ts';
import type { Core } from './core.ts';
import { Direction, Status } from './ctinfo.ts';
import { type EntryTable, Own } from './entry-table.ts';
import { sctpStateName, tcpStateName } from './invalid.ts';
import { HZ, JIFFY_US } from './options.ts';
import { Tuple } from './tuple.ts';

/** The word of an IPv4 tuple that is its source. */
const SOURCE = 0;

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

/** The beginning of a dump. */
export interface ConntrackListing {
  readonly lines: ConntrackLine[];
  /** How many lines there are in all. */
  readonly count: number;
}

/** The table sorted by family, protocol and tuple: its first `most` lines. Those behind them are counted, and mostly not made. */
export function dumpTable(core: Core, nowUs: number, most: number = Number.POSITIVE_INFINITY): ConntrackListing {
  const now = Math.max(core.now, Math.floor(nowUs / JIFFY_US));
  let lines: ConntrackLine[] = [];
  let count = 0;
  let last = null as Behind | null;
  for (let entry = 0; entry < core.table.rowsUsed; entry++) {
    const bits = core.table.bits(entry);
    const listed = (bits & (Own.Live | Own.IndexedOriginal)) === (Own.Live | Own.IndexedOriginal);
    if (!listed || core.leftAt(entry, now) <= 0) continue;
    count++;
    if (last?.has(entry) === true) continue;
    lines.push(describeEntry(core, entry, now));
    if (lines.length < most * 2) continue;
    lines = lines.sort(compareLines).slice(0, most);
    last = lines.length === 0 ? null : new Behind(core.table, lines.at(-1)!.entry);
  }
  return { lines: lines.sort(compareLines).slice(0, most), count };
}

/** Tells of most entries whether their lines are behind a certain one, without making them. */
class Behind {
  private readonly table: EntryTable;
  private readonly family: number;
  private readonly protocol: number;
  private readonly order: number;

  constructor(table: EntryTable, last: number) {
    this.table = table;
    this.family = table.family(last);
    this.protocol = table.protocol(last);
    this.order = textOrder(table.word(last, Direction.Original, SOURCE));
  }

  has(entry: number): boolean {
    const { table } = this;
    const family = table.family(entry);
    if (family !== this.family) return family > this.family;
    const protocol = table.protocol(entry);
    if (protocol !== this.protocol) return protocol > this.protocol;
    return family === 4 && textOrder(table.word(entry, Direction.Original, SOURCE)) > this.order;
  }
}

/** By octet: its place among all, as texts. */
const TEXT_PLACES: Uint8Array = textPlaces();

function textPlaces(): Uint8Array {
  const places = new Uint8Array(256);
  const texts = Array.from(places, (_, octet) => String(octet)).sort(compareText);
  texts.forEach((text, place) => {
    places[Number(text)] = place;
  });
  return places;
}

/** A number by which IPv4 addresses stand as their texts do: a dot comes in front of all digits. */
function textOrder(address: number): number {
  const place = (shift: number): number => TEXT_PLACES[(address >>> shift) & 0xff]!;
  return ((place(24) << 24) | (place(16) << 16) | (place(8) << 8) | place(0)) >>> 0;
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
  return {
    source: formatAddress(tuple.sourceWords()),
    destination: formatAddress(tuple.destinationWords()),
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
