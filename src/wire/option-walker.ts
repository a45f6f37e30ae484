/**
 * A walk over options of the form IPv4 and TCP share. RFC 791 §3.1, RFC 9293 §3.2.
 *
 *   +------+    +------+--------+---------------+
 *   | kind |    | kind | length |  data ...     |      kind 0 ends the list, kind 1 is one octet of padding
 *   +------+    +------+--------+---------------+      length counts kind and length too
 *
 *   walker.at(view, from, to);
 *   while (walker.next()) … walker.kind, walker.offset, walker.length …
 *
 * Paddings are passed over and unknown kinds are shown like all others. A length below 2 or beyond the end stops the walk and
 * sets `malformed`; `offset` is then the place.
 * @module
 */
const END_OF_LIST = 0;
const NO_OPERATION = 1;
const NOWHERE = new DataView(new ArrayBuffer(0));

export class OptionWalker {
  view: DataView = NOWHERE;
  /** Kind of the option the walk is at; 0 before the first and behind the last. */
  kind = 0;
  /** Where it starts. */
  offset = 0;
  /** Its octets, kind and length included. */
  length = 0;
  malformed = false;
  private ahead = 0;
  private end = 0;

  /** Stand before the first option of those from `offset` to `end`. */
  at(view: DataView, offset: number, end: number): this {
    this.view = view;
    this.ahead = offset;
    this.end = end;
    this.offset = offset;
    this.kind = 0;
    this.length = 0;
    this.malformed = false;
    return this;
  }

  /** Move to the next option; false when there is none. */
  next(): boolean {
    const { view, end } = this;
    let at = this.ahead;
    while (at < end && view.getUint8(at) === NO_OPERATION) at++;
    this.offset = at;
    this.kind = 0;
    this.length = 0;
    this.ahead = end;
    if (at >= end) return false;
    const kind = view.getUint8(at);
    if (kind === END_OF_LIST) return false;
    const length = at + 2 <= end ? view.getUint8(at + 1) : 0;
    if (length < 2 || at + length > end) {
      this.malformed = true;
      return false;
    }
    this.kind = kind;
    this.length = length;
    this.ahead = at + length;
    return true;
  }
}
