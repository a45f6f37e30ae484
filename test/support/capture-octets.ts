/**
 * Capture files put together octet by octet, as a second opinion on layouts: numbers here are written out, not taken from src.
 */

/** Octets from numbers: `[width, value]` in the byte order asked for, arrays of octets as they are. */
export type Piece = readonly [8 | 16 | 32, number] | Uint8Array;

export function octetsOf(littleEndian: boolean, ...pieces: readonly Piece[]): Uint8Array {
  const parts = pieces.map((piece) => {
    if (piece instanceof Uint8Array) return piece;
    const [width, value] = piece;
    const view = new DataView(new ArrayBuffer(width / 8));
    if (width === 8) view.setUint8(0, value);
    else if (width === 16) view.setUint16(0, value, littleEndian);
    else view.setUint32(0, value, littleEndian);
    return new Uint8Array(view.buffer);
  });
  return join(parts);
}

export function join(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

export interface PcapShape {
  readonly littleEndian?: boolean;
  readonly magic?: number;
  readonly major?: number;
  readonly minor?: number;
  readonly snapLength?: number;
  readonly linkType?: number;
}

export interface RecordShape {
  readonly seconds?: number;
  readonly fraction?: number;
  readonly captured?: number;
  readonly wire?: number;
  readonly data: Uint8Array;
}

export function pcapFile(shape: PcapShape, records: readonly RecordShape[]): Uint8Array {
  const { littleEndian = true, magic = 0xa1b2c3d4, major = 2, minor = 4, snapLength = 262144, linkType = 1 } = shape;
  const header = octetsOf(littleEndian, [32, magic], [16, major], [16, minor], [32, 0], [32, 0], [32, snapLength], [32, linkType]);
  const extra = new Uint8Array(magic === 0xa1b2cd34 ? 8 : 0);
  return join([header, ...records.map((record) => pcapRecord(littleEndian, extra, record))]);
}

function pcapRecord(littleEndian: boolean, extra: Uint8Array, record: RecordShape): Uint8Array {
  const { seconds = 1, fraction = 2, data, captured = data.length, wire = data.length } = record;
  return octetsOf(littleEndian, [32, seconds], [32, fraction], [32, captured], [32, wire], extra, data);
}

/** A pcapng block; `length` and `trailer` to lie with. */
export function block(littleEndian: boolean, type: number, body: Uint8Array, lies: { length?: number; trailer?: number } = {}): Uint8Array {
  const padding = new Uint8Array((4 - (body.length % 4)) % 4);
  const true_ = 12 + body.length + padding.length;
  const { length = true_, trailer = length } = lies;
  return octetsOf(littleEndian, [32, type], [32, length], body, padding, [32, trailer]);
}

export function option(littleEndian: boolean, code: number, value: Uint8Array, length: number = value.length): Uint8Array {
  return octetsOf(littleEndian, [16, code], [16, length], value, new Uint8Array((4 - (value.length % 4)) % 4));
}

const NONE = new Uint8Array(0);

/** Blocks of one byte order. */
export function blocks(littleEndian: boolean): {
  section: (version?: readonly [number, number], options?: Uint8Array) => Uint8Array;
  device: (linkType?: number, snapLength?: number, options?: Uint8Array) => Uint8Array;
  enhanced: (shape: EnhancedShape) => Uint8Array;
  simple: (data: Uint8Array, wire?: number) => Uint8Array;
  old: (data: Uint8Array, device: number) => Uint8Array;
} {
  const le = littleEndian;
  return {
    section: ([major, minor] = [1, 0], options = NONE) =>
      block(le, 0x0a0d0d0a, octetsOf(le, [32, 0x1a2b3c4d], [16, major], [16, minor], [32, 0xffffffff], [32, 0xffffffff], options)),
    device: (linkType = 1, snapLength = 262144, options = NONE) =>
      block(le, 1, octetsOf(le, [16, linkType], [16, 0], [32, snapLength], options)),
    enhanced: ({ device = 0, high = 5, low = 256, data, captured = data.length, wire = data.length, options = NONE, ...lies }) =>
      block(
        le,
        6,
        octetsOf(
          le,
          [32, device],
          [32, high],
          [32, low],
          [32, captured],
          [32, wire],
          data,
          new Uint8Array((4 - (data.length % 4)) % 4),
          options,
        ),
        lies,
      ),
    simple: (data, wire = data.length) => block(le, 3, octetsOf(le, [32, wire], data)),
    old: (data, device) =>
      block(le, 2, octetsOf(le, [16, device], [16, 7], [32, 5], [32, 256], [32, data.length], [32, data.length], data)),
  };
}

export interface EnhancedShape {
  readonly device?: number;
  readonly high?: number;
  readonly low?: number;
  readonly captured?: number;
  readonly wire?: number;
  readonly data: Uint8Array;
  readonly options?: Uint8Array;
  readonly length?: number;
  readonly trailer?: number;
}
