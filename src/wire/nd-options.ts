/**
 * A walk over the options of neighbour discovery. RFC 4861 §4.6.
 *
 *   +------+--------+---------------+
 *   | type | length |  data ...     |      length counts 8 octets, type and length included
 *   +------+--------+---------------+
 * @module
 */
const NOWHERE = new DataView(new ArrayBuffer(0));

export const NdOption = {
  SourceLinkAddress: 1,
  TargetLinkAddress: 2,
  PrefixInformation: 3,
  RedirectedHeader: 4,
  Mtu: 5,
  RouteInformation: 24,
  RecursiveDns: 25,
} as const;
export type NdOption = (typeof NdOption)[keyof typeof NdOption];

/** Octets of type and length. */
const START = 2;

/** Walks options: `at(view, transport + 24, end)`, then `while (options.next())`. */
export class NdOptions {
  view: DataView = NOWHERE;
  /** Type of the option the walk is at, or 0. */
  type = 0;
  offset = 0;
  /** Its octets, type and length included. */
  length = 0;
  /** Set when a length is 0 or reaches beyond the end; the walk stops there (RFC 4861 discards such a packet). */
  malformed = false;
  private ahead = 0;
  private end = 0;

  at(view: DataView, offset: number, end: number): this {
    this.view = view;
    this.ahead = offset;
    this.end = end;
    this.offset = offset;
    this.type = 0;
    this.length = 0;
    this.malformed = false;
    return this;
  }

  next(): boolean {
    const at = this.ahead;
    this.offset = at;
    this.type = 0;
    this.length = 0;
    if (at >= this.end) return false;
    const length = at + START <= this.end ? this.view.getUint8(at + 1) << 3 : 0;
    this.ahead = this.end;
    if (length === 0 || at + length > this.end) {
      this.malformed = true;
      return false;
    }
    this.type = this.view.getUint8(at);
    this.length = length;
    this.ahead = at + length;
    return true;
  }

  /** Where a link address starts. Needs: type SourceLinkAddress or TargetLinkAddress. */
  get linkAddressOffset(): number {
    return this.offset + START;
  }
  /** Needs: type Mtu. */
  get mtu(): number {
    return this.view.getUint32(this.offset + 4);
  }
}
