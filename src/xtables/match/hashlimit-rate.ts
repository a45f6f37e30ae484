/**
 * Rates of hashlimit as text: `10/sec`, `512kb/s`. The kernel gets a period (millionths of a second a packet) or a cost (of 16
 * octets, as a share of 2^32), and iptables prints from those: what is printed need not be what was given, and is the same as
 * iptables 1.8.9 prints.
 * @module
 */
import { scanDecimal, scanNumber } from './option-value.ts';

/** Millionths of a second. */
const SCALE = 1_000_000n;
const MAX_U32 = 0xffffffffn;
/** Octets a cost is told for, as a power of two. */
const BYTE_SHIFT = 4n;

const UNITS: readonly (readonly [name: string, sec: number])[] = [
  ['day', 86400],
  ['hour', 3600],
  ['min', 60],
  ['sec', 1],
];
const LONG_UNITS: readonly (readonly [name: string, sec: number])[] = [
  ['second', 1],
  ['minute', 60],
  ['hour', 3600],
  ['day', 86400],
];
const SIZES: readonly (readonly [letter: string, octets: bigint])[] = [
  ['m', 1024n * 1024n],
  ['k', 1024n],
  ['', 1n],
];

/** A rate that was read. `tooFast`: it is, beyond what the kernel can count. */
export interface Rate {
  readonly bytes: boolean;
  readonly average: bigint;
  /** Seconds of the unit, from which the default of --hashlimit-htable-expire follows. */
  readonly unitSec: number;
  readonly tooFast: boolean;
}

/** Seconds idle entries live by default in byte mode, without and with a burst. */
export const BYTE_EXPIRE_SEC = 15;
export const BYTE_EXPIRE_BURST_SEC = 60;

/** `10/sec`, `10`, `100kb/s`; null when it is neither. */
export function parseRate(text: string): Rate | null {
  return parseByteRate(text) ?? parsePacketRate(text);
}

/** The octets of a burst (`20kb`) or its number; null when there is none. Anything behind m or k is not read. */
export function parseBurst(text: string): { readonly value: bigint; readonly plain: boolean } | null {
  const scanned = scanNumber(text);
  if (scanned === null || scanned.value < 1n || scanned.value > 0xffffffffffffffffn) return null;
  return { value: scanned.value * sizeOf(text[scanned.end]), plain: scanned.end === text.length };
}

/** Octets a second that a cost stands for. */
export function costToBytes(cost: bigint): bigint {
  return BigInt.asUintN(64, ((cost === 0n ? MAX_U32 : MAX_U32 / cost) - 1n) << BYTE_SHIFT);
}

/** ` 10/sec` without its blank, and the milliseconds of its unit. */
export function printPeriod(period: bigint): readonly [text: string, unitMs: number] {
  if (period === 0n) return ['inf', 0];
  let i = 1;
  for (; i < UNITS.length; i++) {
    const whole = SCALE * BigInt(UNITS[i]![1]);
    if (period > whole || whole / period < whole % period) break;
  }
  const [name, sec] = UNITS[i - 1]!;
  return [`${(SCALE * BigInt(sec)) / period}/${name}`, sec * 1000];
}

/** `100kb/s`, and the text of a burst of that many seconds' worth. */
export function printCost(cost: bigint, burst: bigint): readonly [rate: string, burst: string] {
  const bytes = costToBytes(cost);
  const [letter, octets] = SIZES.find(([, unit]) => unit === 1n || (bytes >= unit && bytesToCost(bytes & ~(unit - 1n)) === cost))!;
  const total = BigInt.asUintN(64, bytes * burst);
  const [burstLetter, burstOctets] = SIZES.find(([, unit]) => unit === 1n || total >= unit)!;
  return [`${bytes / octets}${letter}b/s`, `${total / burstOctets}${burstLetter}b`];
}

function parseByteRate(text: string): Rate | null {
  const unit = text.indexOf('b/s');
  const scanned = unit < 1 ? null : scanDecimal(text, 0);
  if (scanned === null || scanned.value === 0n) return null;
  const average = bytesToCost(BigInt.asUintN(64, scanned.value * sizeOf(text[unit - 1])));
  return { bytes: true, average, unitSec: BYTE_EXPIRE_SEC, tooFast: average === 0n };
}

function parsePacketRate(text: string): Rate | null {
  const slash = text.indexOf('/');
  const unit = slash < 0 ? 'second' : text.slice(slash + 1).toLowerCase();
  const found = unit === '' ? undefined : LONG_UNITS.find(([name]) => name.startsWith(unit));
  const scanned = scanDecimal(text, 0);
  if (found === undefined || scanned === null || scanned.value === 0n) return null;
  const average = (SCALE * BigInt(found[1])) / scanned.value;
  return { bytes: false, average, unitSec: found[1], tooFast: average === 0n };
}

function bytesToCost(bytes: bigint): bigint {
  const chunks = BigInt.asUintN(32, bytes >> BYTE_SHIFT);
  const divisor = BigInt.asUintN(32, chunks + 1n);
  return divisor === 0n ? 0n : MAX_U32 / divisor;
}

function sizeOf(letter: string | undefined): bigint {
  return SIZES.find(([name]) => name === letter)?.[1] ?? 1n;
}
