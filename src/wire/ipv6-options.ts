/**
 * A walk over the options of hop-by-hop and destination headers. RFC 8200 §4.2.
 *
 *   +------+    +------+--------+---------------+
 *   |  0   |    | type | length |  data ...     |      type 0 is one octet of padding, type 1 padding with a length
 *   +------+    +------+--------+---------------+      length counts the data alone
 *
 * The two upper bits of an unknown type say what a node does with it: 0 skip, 1 discard, 2 discard and tell, 3 tell unless
 * multicast.
 * @module
 */
const NOWHERE = new DataView(new ArrayBuffer(0));

export const Ipv6Option = {
  Pad1: 0,
  PadN: 1,
  RouterAlert: 5,
  Jumbo: 0xc2,
  HomeAddress: 0xc9,
} as const;
export type Ipv6Option = (typeof Ipv6Option)[keyof typeof Ipv6Option];

/** Walks the options behind the first two octets of a header: `at(view, header + 2, header + length)`. Paddings are shown. */
export class Ipv6Options {
  view: DataView = NOWHERE;
  /** Type of the option the walk is at, or -1. */
  type = -1;
  /** Where it starts. */
  offset = 0;
  /** Its octets, type and length included; 1 for Pad1. */
  length = 0;
  malformed = false;
  private ahead = 0;
  private end = 0;

  at(view: DataView, offset: number, end: number): this {
    this.view = view;
    this.ahead = offset;
    this.end = end;
    this.offset = offset;
    this.type = -1;
    this.length = 0;
    this.malformed = false;
    return this;
  }

  /** Move to the next option; false when there is none. */
  next(): boolean {
    const { view, end } = this;
    const at = this.ahead;
    this.offset = at;
    this.type = -1;
    this.length = 0;
    if (at >= end) return false;
    const type = view.getUint8(at);
    let length = 1;
    if (type !== Ipv6Option.Pad1) length = at + 2 <= end ? view.getUint8(at + 1) + 2 : end + 1;
    if (at + length > end) {
      this.malformed = true;
      this.ahead = end;
      return false;
    }
    this.type = type;
    this.length = length;
    this.ahead = at + length;
    return true;
  }

  /** What a node that does not know the type does: 0 skip, 1 discard, 2 discard and tell, 3 tell unless multicast. */
  get action(): number {
    return this.type >>> 6;
  }
  /** Data of a router alert or jumbo option. Needs: length 4 or 6. */
  get value(): number {
    return this.length === 4 ? this.view.getUint16(this.offset + 2) : this.view.getUint32(this.offset + 2);
  }
}
