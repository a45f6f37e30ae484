/**
 * Translations: what NAT did with the connections of a replay. Who became whom, by which rule; how many ports of an address were in
 * use at once; which ports changed, and because of whom.
 *
 * Fed by NAT's observer (what a rule offered, and how the choice came about) and by the events of connection tracking (a
 * translation counts once its connection is confirmed). Everything is bounded: rows beyond MAX_ROWS are counted in one.
 * @module
 */
import type { Conntrack } from '../conntrack/conntrack.ts';
import { Direction, Status } from '../conntrack/ctinfo.ts';
import type { ConntrackEvents } from '../conntrack/events.ts';
import { Tuple } from '../conntrack/tuple.ts';
import { hasPorts } from '../conntrack/tuple-of.ts';
import { formatIpv4 } from '../inet/ipv4.ts';
import { formatIpv6 } from '../inet/ipv6.ts';
import { ICMP, ICMPV6, protocolName } from '../inet/protocol.ts';
import type { Nat, NatObserver } from '../nat/nat.ts';
import { Manip, type NatRange, PROTO_RANDOM_ALL, RangeFlag } from '../nat/range.ts';
import { PortChoice, readReason } from '../nat/reason.ts';
import type { Packet, ReadonlyPacket } from '../packet/packet.ts';
import { ConnectionSpans } from './connection-spans.ts';
import { Refusals } from './refusals.ts';
import { NO_GROUP, type Peak } from './spans.ts';

const MAX_ROWS = 65_536;
/** Each keeps a bit for every port. */
const MAX_POOLS = 4096;
const MAX_CLASHES = 1000;
const PORTS = 0x10000;
/** Words kept of what a rule offered: flags, ports, rule and reason. */
const OFFER = 5;

/** One line of the table of translations. */
export interface Mapping {
  readonly side: 'source' | 'destination';
  readonly family: 4 | 6;
  readonly protocol: string;
  /** Address, with its port for destinations. */
  readonly from: string;
  readonly to: string;
  /** Rule that asked for it; -1: none did (a helper, or a port that had to change). */
  readonly rule: number;
  connections: number;
  /** Of them, those that got another port or ICMP id. */
  changed: number;
  packets: number;
  octets: number;
  firstUs: number;
  lastUs: number;
}

/** Ports (ICMP ids) of one translated source address. */
export interface Pool {
  readonly address: string;
  readonly protocol: string;
  /** What could be chosen from; of the rule that offered most. */
  low: number;
  high: number;
  connections: number;
  /** Different ones ever used. */
  used: number;
  /** Connections at once. */
  peak: number;
  /** Connections at once to the one destination that had most: a port can be used once for each destination. */
  peakOfOne: number;
  /** That destination; '' while there is none. */
  busiest: string;
}

/** Why a connection did not keep its port. */
export const PortCause = { Random: 0, OutOfRange: 1, Earlier: 2, Taken: 3, Offset: 4, Exhausted: 5 } as const;
export type PortCause = (typeof PortCause)[keyof typeof PortCause];

/** A port that changed. */
export interface PortChange {
  readonly cause: PortCause;
  readonly packet: number;
  readonly atUs: number;
  readonly protocol: string;
  readonly from: string;
  readonly to: string;
  readonly destination: string;
  /** Whose the port is: the original tuple of that connection; '' when nobody's. */
  readonly owner: string;
}

interface OpenPool extends Pool {
  readonly group: number;
  readonly seen: Uint8Array;
}

export interface TranslationsOptions {
  /** Count packets and octets of connections, whatever nf_conntrack_acct says; default true. */
  readonly account?: boolean;
  /** Told how many connections are alive, in order of time (jiffies). */
  readonly onLevel?: ((at: number, alive: number) => void) | null;
}

export class Translations implements ConntrackEvents, NatObserver {
  /** Connections confirmed, and those of them that were translated. */
  connections = 0;
  translated = 0;
  /** Translations that found no room in the table of them. */
  untold = 0;
  readonly refusals: Refusals;
  readonly lives: ConnectionSpans;
  /** The first ports that changed. */
  readonly changes: PortChange[] = [];
  /** How many, by cause. */
  readonly causes: Float64Array = new Float64Array(6);
  private readonly conntrack: Conntrack;
  private readonly rows: Map<string, Mapping> = new Map();
  private readonly pools: Map<string, OpenPool> = new Map();
  private readonly targets: Map<string, number> = new Map();
  private readonly targetNames: string[] = [];
  private readonly targetPools: OpenPool[] = [];
  private groups = 0;
  /** By entry and side: what was offered. */
  private offers: Int32Array = new Int32Array(2 * OFFER * 1024);
  /** By entry: the rows it is counted in. */
  private readonly rowOf: (readonly Mapping[] | undefined)[] = [];
  private readonly original: Tuple = new Tuple();
  private readonly reply: Tuple = new Tuple();
  private packet = -1;
  private nowUs = 0;
  private exhausted = false;

  /** Takes the observer of `nat`; events of `conntrack` are for the caller to hand on. */
  constructor(conntrack: Conntrack, nat: Nat, { account = true, onLevel = null }: TranslationsOptions = {}) {
    this.conntrack = conntrack;
    this.refusals = new Refusals(conntrack);
    this.lives = new ConnectionSpans(conntrack, (entry) => this.groupsOf(entry), onLevel);
    if (account) conntrack.enableAccounting();
    nat.observer = this;
  }

  /** Before each packet. */
  begin(packet: ReadonlyPacket): void {
    this.packet = packet.index;
    this.nowUs = packet.nowUs;
    this.lives.nowUs = packet.nowUs;
    this.exhausted = false;
    this.refusals.catchUp();
  }

  /** After each packet. */
  end(packet: ReadonlyPacket): void {
    this.refusals.look(packet, this.exhausted);
  }

  /** At the end: count what still lives. */
  close(): void {
    this.lives.settle(this.nowUs);
    for (let entry = 0; entry < this.rowOf.length; entry++) if (this.rowOf[entry] !== undefined) this.addCounters(entry);
  }

  /** Most connections first. */
  get mappings(): Mapping[] {
    return [...this.rows.values()].sort((a, b) => b.connections - a.connections || compare(a.from, b.from) || compare(a.to, b.to));
  }

  /** Most connections first; after close(). */
  get ports(): Pool[] {
    for (const pool of this.pools.values()) pool.peak = this.lives.spans.mostOf(pool.group);
    for (let i = 0; i < this.targetNames.length; i++) {
      const pool = this.targetPools[i]!;
      const most = this.lives.spans.mostOf(this.targets.get(this.targetNames[i]!)!);
      if (most <= pool.peakOfOne) continue;
      pool.peakOfOne = most;
      pool.busiest = this.targetNames[i]!.slice(this.targetNames[i]!.indexOf('>') + 1);
    }
    return [...this.pools.values()].sort((a, b) => b.connections - a.connections || compare(a.address, b.address));
  }

  get peak(): Peak {
    return this.lives.peak;
  }

  // -- NAT

  bound(entry: number, manip: Manip, range: NatRange, reason: number): void {
    const at = this.offerAt(entry, manip);
    const { offers } = this;
    offers[at] = range.flags;
    offers[at + 1] = range.minProto;
    offers[at + 2] = range.maxProto;
    offers[at + 3] = -1;
    offers[at + 4] = reason;
    if (readReason(reason)?.port === PortChoice.Exhausted) this.exhausted = true;
  }

  decided(packet: Packet, manip: Manip): void {
    if (packet.ct >= 0) this.offers[this.offerAt(packet.ct, manip) + 3] = packet.rule;
  }

  // -- connections

  created(entry: number): void {
    this.connections++;
    const status = this.conntrack.status(entry);
    const rows: Mapping[] = [];
    if ((status & (Status.SrcNat | Status.DstNat)) !== 0) {
      this.translated++;
      this.read(entry);
      if ((status & Status.SrcNat) !== 0) this.addRow(entry, Manip.Source, rows);
      if ((status & Status.DstNat) !== 0) this.addRow(entry, Manip.Destination, rows);
    }
    this.rowOf[entry] = rows.length === 0 ? undefined : rows;
    this.lives.created(entry);
  }

  destroyed(entry: number): void {
    this.lives.destroyed(entry);
    if (this.rowOf[entry] === undefined) return;
    this.addCounters(entry);
    this.rowOf[entry] = undefined;
  }

  private read(entry: number): void {
    this.conntrack.readTuple(entry, Direction.Original, this.original);
    this.conntrack.readTuple(entry, Direction.Reply, this.reply);
  }

  private addRow(entry: number, manip: Manip, rows: Mapping[]): void {
    const { original, reply } = this;
    const isSource = manip === Manip.Source;
    const from = isSource ? sourceOf(original) : end(original, destinationOf(original), original.dstL4);
    const to = isSource ? destinationOf(reply) : end(reply, sourceOf(reply), reply.srcL4);
    const rule = this.offers[this.offerAt(entry, manip) + 3]!;
    const protocol = nameOf(original);
    const key = `${manip}|${protocol}|${from}|${to}|${rule}`;
    let row = this.rows.get(key);
    if (row === undefined) {
      if (this.rows.size >= MAX_ROWS) {
        this.untold++;
        return;
      }
      const family = original.family === 6 ? 6 : 4;
      const side = isSource ? 'source' : 'destination';
      const { nowUs } = this;
      const fresh = { connections: 0, changed: 0, packets: 0, octets: 0, firstUs: nowUs, lastUs: nowUs };
      row = { side, family, protocol, from, to, rule, ...fresh };
      this.rows.set(key, row);
    }
    row.connections++;
    row.lastUs = this.nowUs;
    rows.push(row);
    if (!isSource || !this.hasNewPort()) return;
    row.changed++;
    this.noteChange(entry);
  }

  private hasNewPort(): boolean {
    const { original, reply } = this;
    return portOf(original) !== portOfReply(reply);
  }

  private noteChange(entry: number): void {
    const { original, reply } = this;
    const owner = this.ownerOf(entry);
    const cause = this.causeOf(entry, owner);
    this.causes[cause]! += 1;
    if (this.changes.length >= MAX_CLASHES) return;
    this.changes.push({
      cause,
      packet: this.packet,
      atUs: this.nowUs,
      protocol: nameOf(original),
      from: end(original, sourceOf(original), portOf(original)),
      to: end(reply, destinationOf(reply), portOfReply(reply)),
      destination: end(original, destinationOf(original), hasPorts(original.protocol) ? original.dstL4 : -1),
      owner,
    });
  }

  private causeOf(entry: number, owner: string): PortCause {
    const at = this.offerAt(entry, Manip.Source);
    const flags = this.offers[at]!;
    const choice = readReason(this.offers[at + 4]!)?.port;
    if (choice === PortChoice.Exhausted) return PortCause.Exhausted;
    if (choice === PortChoice.Earlier) return PortCause.Earlier;
    if ((flags & RangeFlag.ProtoOffset) !== 0) return PortCause.Offset;
    if ((flags & PROTO_RANDOM_ALL) !== 0) return PortCause.Random;
    const port = portOf(this.original);
    const isOutside = (flags & RangeFlag.ProtoSpecified) !== 0 && (port < this.offers[at + 1]! || port > this.offers[at + 2]!);
    return isOutside || owner === '' ? PortCause.OutOfRange : PortCause.Taken;
  }

  /** Who has the tuple this connection would have with its own port. */
  private ownerOf(entry: number): string {
    const { conntrack, reply, original } = this;
    const port = portOfReply(reply);
    setPortOfReply(reply, portOf(original));
    const other = conntrack.find(reply, conntrack.zone(entry, Direction.Reply));
    setPortOfReply(reply, port);
    if (other < 0 || other === entry) return '';
    const tuple = conntrack.readTuple(other, Direction.Original, new Tuple());
    return `${end(tuple, sourceOf(tuple), portOf(tuple))} > ${end(tuple, destinationOf(tuple), hasPorts(tuple.protocol) ? tuple.dstL4 : -1)}`;
  }

  private groupsOf(entry: number): readonly [number, number] {
    if ((this.conntrack.status(entry) & Status.SrcNat) === 0) return [NO_GROUP, NO_GROUP];
    this.read(entry);
    const { original, reply } = this;
    if (portOf(original) < 0) return [NO_GROUP, NO_GROUP];
    const pool = this.poolOf(entry);
    if (pool === null) return [NO_GROUP, NO_GROUP];
    const name = `${pool.group}>${end(reply, sourceOf(reply), hasPorts(reply.protocol) ? reply.srcL4 : -1)}`;
    let target = this.targets.get(name);
    if (target === undefined && this.targets.size < MAX_ROWS) {
      target = this.groups++;
      this.targets.set(name, target);
      this.targetNames.push(name);
      this.targetPools.push(pool);
    }
    return [pool.group, target ?? NO_GROUP];
  }

  private poolOf(entry: number): OpenPool | null {
    const { original, reply } = this;
    const address = destinationOf(reply);
    const protocol = nameOf(original);
    const key = `${protocol}|${address}`;
    let pool = this.pools.get(key);
    const [low, high] = this.offeredPorts(entry);
    if (pool === undefined) {
      if (this.pools.size >= MAX_POOLS) return null;
      const fresh = { connections: 0, used: 0, peak: 0, peakOfOne: 0, busiest: '' };
      pool = { address, protocol, low, high, ...fresh, group: this.groups++, seen: new Uint8Array(PORTS / 8) };
      this.pools.set(key, pool);
    }
    if (high - low > pool.high - pool.low) [pool.low, pool.high] = [low, high];
    pool.connections++;
    const port = portOfReply(reply);
    const bit = 1 << (port & 7);
    if ((pool.seen[port >> 3]! & bit) === 0) {
      pool.seen[port >> 3]! |= bit;
      pool.used++;
    }
    return pool;
  }

  /** The kernel keeps ports below 512 and 1024 among themselves where a rule names none. */
  private offeredPorts(entry: number): readonly [number, number] {
    const at = this.offerAt(entry, Manip.Source);
    if ((this.offers[at]! & RangeFlag.ProtoSpecified) !== 0) return [this.offers[at + 1]!, this.offers[at + 2]!];
    if (!hasPorts(this.original.protocol)) return [0, 0xffff];
    const port = this.original.srcL4;
    return port < 512 ? [1, 511] : port < 1024 ? [600, 1023] : [1024, 0xffff];
  }

  private addCounters(entry: number): void {
    for (const row of this.rowOf[entry] ?? []) {
      for (const direction of [Direction.Original, Direction.Reply]) {
        row.packets += this.conntrack.packets(entry, direction);
        row.octets += this.conntrack.bytes(entry, direction);
      }
    }
  }

  private offerAt(entry: number, manip: Manip): number {
    const at = (2 * entry + manip) * OFFER;
    if (at + OFFER > this.offers.length) {
      const offers = new Int32Array(Math.max(this.offers.length * 2, at + 2 * OFFER));
      offers.set(this.offers);
      this.offers = offers;
    }
    return at;
  }
}

/** Source port or ICMP id of an original tuple; -1 where the protocol has none. */
function portOf(tuple: Tuple): number {
  return hasPorts(tuple.protocol) || isIcmp(tuple) ? tuple.srcL4 : -1;
}

/** The same as the reply tuple has it. */
function portOfReply(tuple: Tuple): number {
  if (isIcmp(tuple)) return tuple.srcL4;
  return hasPorts(tuple.protocol) ? tuple.dstL4 : -1;
}

function setPortOfReply(tuple: Tuple, port: number): void {
  if (isIcmp(tuple)) tuple.srcL4 = port;
  else tuple.dstL4 = port;
}

function isIcmp({ protocol }: Tuple): boolean {
  return protocol === ICMP || protocol === ICMPV6;
}

function sourceOf(tuple: Tuple): string {
  return tuple.family === 6 ? formatIpv6(tuple.src0, tuple.src1, tuple.src2, tuple.src3) : formatIpv4(tuple.src0);
}

function destinationOf(tuple: Tuple): string {
  return tuple.family === 6 ? formatIpv6(tuple.dst0, tuple.dst1, tuple.dst2, tuple.dst3) : formatIpv4(tuple.dst0);
}

/** Address and port, if there is one. */
function end(tuple: Tuple, address: string, port: number): string {
  if (port < 0) return address;
  if (isIcmp(tuple)) return `${address} id ${port}`;
  return tuple.family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

function nameOf({ protocol }: Tuple): string {
  return protocolName(protocol) ?? String(protocol);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
