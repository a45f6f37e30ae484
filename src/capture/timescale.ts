/**
 * Timescale: what the 64-bit timestamps of a pcapng interface mean (if_tsresol, if_tsoffset): a count of 10^-n or 2^-n seconds.
 *
 * Exact down to picoseconds and to 2^-32 s, without BigInt: the two 32-bit halves are divided one after the other, so that no
 * step leaves the 53 bits of a double. Finer units are rounded; 64 bits of them do not reach a day's date anyway. A time before
 * 1970 or beyond the year 287396 is brought to the nearest there is.
 * @module
 */
import type { Packet } from '../packet/packet.ts';

const TWO_32 = 0x1_0000_0000;
const US_PER_SEC = 1_000_000;
const NS_PER_US = 1000;
/** Digits of a microsecond. */
const US_DIGITS = 6;
/** Finest decimal unit the two-step division is exact for. */
const EXACT_DIGITS = 12;
const EXACT_BITS = 32;
/** Set in if_tsresol for powers of two. */
const BINARY = 0x80;
/** The finest units libpcap accepts. */
const MAX_DIGITS = 19;
const MAX_BITS = 63;

/** if_tsresol of an interface that has none: microseconds. */
export const DEFAULT_RESOLUTION = 6;
/** Whether an if_tsresol octet names a unit that can be read. */
export function isResolution(octet: number): boolean {
  return (octet & BINARY) === 0 ? octet <= MAX_DIGITS : (octet & ~BINARY) <= MAX_BITS;
}

export class Timescale {
  private readonly binary: boolean;
  /** Negative exponent of the unit. */
  private readonly exponent: number;
  /** Microseconds in a unit that is not finer than one. */
  private readonly factor: number;
  /** Units in a microsecond otherwise. */
  private readonly divisor: number;
  /** 2^32 units: whole microseconds, and the units left over. */
  private readonly wholePerHigh: number;
  private readonly restPerHigh: number;
  private readonly offsetUs: number;

  /** `resolution` is the octet of if_tsresol, `offsetSec` the value of if_tsoffset. */
  constructor(resolution: number, offsetSec: number) {
    this.binary = (resolution & BINARY) !== 0;
    this.exponent = resolution & ~BINARY;
    this.factor = this.binary ? 1 : 10 ** Math.max(0, US_DIGITS - this.exponent);
    this.divisor = this.binary ? 1 : 10 ** Math.max(0, this.exponent - US_DIGITS);
    this.wholePerHigh = Math.floor(TWO_32 / this.divisor);
    this.restPerHigh = TWO_32 % this.divisor;
    this.offsetUs = offsetSec * US_PER_SEC;
  }

  /** Give the packet the time that `high` and `low` stand for. */
  apply(packet: Packet, high: number, low: number): void {
    if (this.binary) this.applyBinary(packet, high, low);
    else if (this.divisor === 1) this.store(packet, (high * TWO_32 + low) * this.factor, 0);
    else this.applyFine(packet, high, low);
  }

  private applyFine(packet: Packet, high: number, low: number): void {
    const { divisor } = this;
    if (this.exponent > EXACT_DIGITS) {
      const us = (high * TWO_32 + low) / divisor;
      this.store(packet, Math.floor(us), Math.floor((us % 1) * NS_PER_US));
      return;
    }
    const rest = high * this.restPerHigh + low;
    const whole = Math.floor(rest / divisor);
    const units = rest - whole * divisor;
    this.store(packet, high * this.wholePerHigh + whole, divisor === NS_PER_US ? units : Math.floor((units * NS_PER_US) / divisor));
  }

  private applyBinary(packet: Packet, high: number, low: number): void {
    const { exponent } = this;
    const perHigh = 2 ** Math.abs(EXACT_BITS - exponent);
    const bits = Math.min(exponent, EXACT_BITS);
    const unit = 2 ** bits;
    let seconds: number;
    let fraction: number;
    if (exponent <= EXACT_BITS) {
      seconds = high * perHigh + Math.floor(low / unit);
      fraction = low % unit;
    } else {
      seconds = Math.floor(high / perHigh);
      fraction = Math.floor(((high % perHigh) * TWO_32 + low) / perHigh);
    }
    const us = Math.floor((fraction * US_PER_SEC) / unit);
    const rest = fraction * US_PER_SEC - us * unit;
    this.store(packet, seconds * US_PER_SEC + us, Math.floor((rest * NS_PER_US) / unit));
  }

  private store(packet: Packet, us: number, ns: number): void {
    const shifted = us + this.offsetUs;
    packet.nowUs = Math.min(Math.max(shifted, 0), Number.MAX_SAFE_INTEGER);
    packet.remainderNs = ns;
  }
}
