/**
 * Options of a pcapng block: code, length, value padded to 32 bits, one after the other. Lengths are not believed: an option that
 * leaves its block ends the walk.
 * @module
 */
import { OPTION } from './layouts.ts';
import { OptionCode, padded } from './pcapng-code.ts';

const CODE = OPTION.offsetOf('code');
const LENGTH = OPTION.offsetOf('length');

/** Walks the options in [at, end) of a view: next() until false, then code, value and length of the one it stands at. */
export class OptionWalk {
  code = 0;
  /** First octet of the value. */
  value = 0;
  /** Octets of the value. */
  length = 0;
  /** Set when an option left the block. */
  overrun = false;
  private readonly view: DataView;
  private readonly littleEndian: boolean;
  private readonly end: number;
  private at: number;

  constructor(view: DataView, littleEndian: boolean, at: number, end: number) {
    this.view = view;
    this.littleEndian = littleEndian;
    this.at = at;
    this.end = end;
  }

  next(): boolean {
    if (this.at + OPTION.span > this.end) return false;
    this.code = this.view.getUint16(this.at + CODE, this.littleEndian);
    this.length = this.view.getUint16(this.at + LENGTH, this.littleEndian);
    this.value = this.at + OPTION.span;
    this.at = this.value + padded(this.length);
    this.overrun = this.code !== OptionCode.End && this.value + this.length > this.end;
    return this.code !== OptionCode.End && !this.overrun;
  }

  /** The value as UTF-8 text of at most `limit` octets, up to a NUL if it has one; what is no UTF-8 becomes U+FFFD. */
  text(limit: number): string {
    const octets = new Uint8Array(this.view.buffer, this.view.byteOffset + this.value, Math.min(this.length, limit));
    const end = octets.indexOf(0);
    return new TextDecoder().decode(end < 0 ? octets : octets.subarray(0, end));
  }
}
