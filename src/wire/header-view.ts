/**
 * What all header views share: a DataView and the offset of the header in it.
 *
 * A view reads nothing and judges nothing until a field is asked for, and it does not know how long its header is: whoever
 * aims it has proved that (packet/decode.ts does). The DataView may span a whole capture chunk, so an unproved view would show
 * its neighbour's octets.
 * @module
 */
const NOWHERE = new DataView(new ArrayBuffer(0));

/** A movable window on one header. */
export abstract class HeaderView {
  view: DataView = NOWHERE;
  offset = 0;

  /** Aim at the header that starts `offset` octets into `view`. The caller has checked its length. */
  at(view: DataView, offset: number): this {
    this.view = view;
    this.offset = offset;
    return this;
  }
}

/** A 48-bit number: an Ethernet address as one value. */
export function getUint48(view: DataView, offset: number): number {
  return view.getUint16(offset) * 0x1_0000_0000 + view.getUint32(offset + 2);
}

export function setUint48(view: DataView, offset: number, value: number): void {
  view.setUint16(offset, Math.floor(value / 0x1_0000_0000));
  view.setUint32(offset + 2, value);
}
