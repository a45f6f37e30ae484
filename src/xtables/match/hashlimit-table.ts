/**
 * HashlimitTable: the counters of `-m hashlimit`, one entry for every combination of the addresses and ports its mode names.
 * Rules that give the same --hashlimit-name share a table; the first one's settings are the table's.
 *
 *   packets   credit grows with time up to `avg * burst` and pays one packet's cost, in units of 1/(250 * 2^39) s
 *   bytes     credit is one second; a packet costs its length in 16s; an empty one is refilled `burst` times in an entry's life
 *   rate      packets or bytes are counted over an interval; above if this one, or the one before it, has too many
 *
 * The kernel counts packet credit in 64 bits, of which neither doubles nor int32 hold all: it is kept as `high * 2^39 + low`,
 * where a tick adds 1 to high. Entries idle for `expire` ms are dropped by a collector that runs every `gcInterval` ms; its
 * first run here is counted from the first packet, in the kernel from loading.
 * Kernel counterpart: net/netfilter/xt_hashlimit.c (behaviour only).
 * @module
 */
import type { ReadonlyPacket } from '../../packet/packet.ts';
import { NO_PORTS, portsOffset, UNREADABLE } from './flow-ports.ts';
import { Landing } from './ipv6-extension.ts';
import { HZ, jiffiesOf, msecsToJiffies } from './jiffies.ts';
import { KeyTable } from './key-table.ts';

export interface HashlimitSettings {
  readonly srcip: boolean;
  readonly srcport: boolean;
  readonly dstip: boolean;
  readonly dstport: boolean;
  readonly bytes: boolean;
  readonly rateMatch: boolean;
  readonly average: bigint;
  readonly burst: bigint;
  readonly size: number;
  readonly max: number;
  readonly gcMs: number;
  readonly expireMs: number;
  readonly intervalSec: number;
  /** Four words each; IPv4 uses the first. */
  readonly srcMask: Int32Array;
  readonly dstMask: Int32Array;
}

/** What a packet is told. */
export const Answer = { Below: 0, Above: 1, Full: 2 } as const;
export type Answer = (typeof Answer)[keyof typeof Answer];

/** Buckets the kernel makes on a machine with more than 1 GiB when no rule says how many. */
const DEFAULT_BUCKETS = 8192;
const MAX_SIZE = 1048576;
const ENTRIES_A_BUCKET = 8;

/** Numbers of an entry; which are used depends on the kind. */
const EXPIRES = 0;
const PREV = 1;
const HIGH = 2;
const LOW = 3;
const CREDIT = 2;
const REFILLS = 3;
const CURRENT = 2;
const OVER_BEFORE = 3;
const STRIDE = 4;

/** Packet credit: a tick is worth 2^39. */
const LOW_UNIT = 2 ** 39;
const HIGH_UNITS = 2 ** 25;
/** Credit for one millionth of a second, as the kernel rounds it. */
const CREDIT_A_MICRO = (BigInt(HZ) << 39n) / 1_000_000n;
/** Byte credit: a tick's and a second's. */
const BYTE_TICK = 2 ** 24;
const BYTE_SECOND = BYTE_TICK * HZ;

/** The credit of a period, as user2credits counts it in 64 bits. */
export function creditOf(period: bigint): bigint {
  return BigInt.asUintN(64, BigInt.asUintN(64, period) * CREDIT_A_MICRO);
}

/** The cost of 16 octets in byte credit. */
export function byteCostOf(average: bigint): bigint {
  return (BigInt.asUintN(32, average) * BigInt(BYTE_SECOND)) >> 32n;
}

export class HashlimitTable {
  private readonly settings: HashlimitSettings;
  private readonly table: KeyTable;
  private readonly landing: Landing = new Landing();
  private readonly expire: number;
  private readonly gcInterval: number;
  /** Tick of the last collection; -1 before the first packet. */
  private collected = -1;
  private readonly costHigh: number;
  private readonly costLow: number;
  private readonly capHigh: number;
  private readonly capLow: number;
  private readonly byteCost: number;
  private readonly burst: number;
  private readonly rate: number;
  private readonly rateBurst: number;
  private readonly interval: number;

  constructor(settings: HashlimitSettings) {
    const { average, burst } = settings;
    this.settings = settings;
    const size = Math.min(settings.size, MAX_SIZE) || DEFAULT_BUCKETS;
    const max = Math.min(settings.max, MAX_SIZE);
    this.table = new KeyTable({ keyWords: 9, stride: STRIDE, limit: max === 0 ? ENTRIES_A_BUCKET * size : Math.max(max, size) });
    this.expire = msecsToJiffies(settings.expireMs);
    this.gcInterval = Math.max(1, msecsToJiffies(settings.gcMs));
    const cost = creditOf(average);
    const cap = creditOf(average * burst);
    this.costHigh = Number(cost >> 39n);
    this.costLow = Number(BigInt.asUintN(39, cost));
    this.capHigh = Number(cap >> 39n);
    this.capLow = Number(BigInt.asUintN(39, cap));
    this.byteCost = Number(byteCostOf(average));
    this.burst = Number(burst);
    this.rate = Number(settings.bytes ? bytesASecond(average) : 1_000_000n / average);
    this.rateBurst = settings.bytes ? (this.burst || 1) * this.rate : this.burst + this.rate;
    this.interval = Math.imul(settings.intervalSec, HZ) >>> 0;
  }

  /** Count a packet. Full: it cannot be counted, for want of ports or of room. */
  count(packet: ReadonlyPacket): Answer {
    if (!this.aim(packet)) return Answer.Full;
    const now = jiffiesOf(packet.nowUs);
    this.collect(now);
    const { table } = this;
    let slot = table.find();
    if (slot < 0) {
      if (table.full) return Answer.Full;
      slot = table.insert();
      this.begin(slot * STRIDE, now);
    } else {
      table.touch(slot);
      this.refresh(slot * STRIDE, now);
    }
    table.values[slot * STRIDE + EXPIRES] = now + this.expire;
    if (this.settings.rateMatch) return this.measure(slot * STRIDE, packet.networkLength);
    return this.settings.bytes ? this.payBytes(slot * STRIDE, packet.networkLength) : this.payPacket(slot * STRIDE);
  }

  /** Fill the key; false when the packet's ports are asked for and cannot be read. */
  private aim(packet: ReadonlyPacket): boolean {
    const { settings } = this;
    const { key } = this.table;
    const { srcMask, dstMask } = settings;
    key.fill(0);
    if (settings.srcip) {
      key[0] = packet.src0 & srcMask[0]!;
      key[1] = packet.src1 & srcMask[1]!;
      key[2] = packet.src2 & srcMask[2]!;
      key[3] = packet.src3 & srcMask[3]!;
    }
    if (settings.dstip) {
      key[4] = packet.dst0 & dstMask[0]!;
      key[5] = packet.dst1 & dstMask[1]!;
      key[6] = packet.dst2 & dstMask[2]!;
      key[7] = packet.dst3 & dstMask[3]!;
    }
    if (!settings.srcport && !settings.dstport) return true;
    const at = portsOffset(packet, this.landing);
    if (at === UNREADABLE) return false;
    if (at === NO_PORTS) return true;
    const src = settings.srcport ? packet.view.getUint16(at) : 0;
    const dst = settings.dstport ? packet.view.getUint16(at + 2) : 0;
    key[8] = (src << 16) | dst;
    return true;
  }

  /** Drop what had expired when the collector last ran. Entries stand in the order they expire: all live equally long. */
  private collect(now: number): void {
    if (this.collected < 0) this.collected = now;
    const runs = Math.floor((now - this.collected) / this.gcInterval);
    if (runs < 1) return;
    this.collected += runs * this.gcInterval;
    const { table } = this;
    while (table.oldest >= 0 && table.values[table.oldest * STRIDE + EXPIRES]! <= this.collected) table.remove(table.oldest);
  }

  private begin(at: number, now: number): void {
    const { values } = this.table;
    values[at + PREV] = now;
    if (this.settings.rateMatch) return;
    values[at + HIGH] = this.settings.bytes ? BYTE_SECOND : this.capHigh;
    values[at + LOW] = this.settings.bytes ? this.burst : this.capLow;
  }

  private refresh(at: number, now: number): void {
    const { values } = this.table;
    const ticks = now - values[at + PREV]!;
    if (ticks <= 0) return;
    if (this.settings.rateMatch) {
      if (ticks < this.interval) return;
      values[at + PREV] = now;
      values[at + OVER_BEFORE] = values[at + CURRENT]! * this.interval > ticks * this.rate ? 1 : 0;
      values[at + CURRENT] = 0;
      return;
    }
    values[at + PREV] = now;
    if (this.settings.bytes) {
      values[at + CREDIT] = Math.min(values[at + CREDIT]! + ticks * BYTE_TICK, BYTE_SECOND);
      return;
    }
    // The kernel's sum wraps at 2^64, which is 2^25 of our high units.
    const high = (values[at + HIGH]! + ticks) % HIGH_UNITS;
    const over = high > this.capHigh || (high === this.capHigh && values[at + LOW]! > this.capLow);
    values[at + HIGH] = over ? this.capHigh : high;
    if (over) values[at + LOW] = this.capLow;
  }

  private payPacket(at: number): Answer {
    const { values } = this.table;
    const high = values[at + HIGH]!;
    const low = values[at + LOW]!;
    if (high < this.costHigh || (high === this.costHigh && low < this.costLow)) return Answer.Above;
    const borrow = low < this.costLow ? 1 : 0;
    values[at + HIGH] = high - this.costHigh - borrow;
    values[at + LOW] = low - this.costLow + borrow * LOW_UNIT;
    return Answer.Below;
  }

  private payBytes(at: number, length: number): Answer {
    const { values } = this.table;
    const cost = Math.min(((length >> 4) + 1) * this.byteCost, BYTE_SECOND);
    if (values[at + CREDIT]! < cost && values[at + REFILLS]! > 0) {
      values[at + REFILLS]! -= 1;
      values[at + CREDIT] = BYTE_SECOND;
    }
    if (values[at + CREDIT]! < cost) return Answer.Above;
    values[at + CREDIT]! -= cost;
    return Answer.Below;
  }

  private measure(at: number, length: number): Answer {
    const { values } = this.table;
    values[at + CURRENT]! += this.settings.bytes ? length : 1;
    const below = values[at + OVER_BEFORE] === 0 && values[at + CURRENT]! <= this.rateBurst;
    return below ? Answer.Below : Answer.Above;
  }
}

function bytesASecond(average: bigint): bigint {
  const cost = BigInt.asUintN(32, average);
  return ((cost === 0n ? 0xffffffffn : 0xffffffffn / cost) - 1n) << 4n;
}
