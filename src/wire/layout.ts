/**
 * How a header is declared: once, as a buffer-layout structure, in wire order. Everything else derives from that declaration
 * when the module loads: the offsets the views use (as fast as literals: bench/decode), the writer packet/build.ts encodes
 * with, and the second opinion of the property tests.
 *
 * The only file that imports buffer-layout. Its types stay here.
 * @module
 */
import { BitStructure, s32be, struct, u16be, u24be, u32be, u48be, u8 } from 'buffer-layout';

/** One declared part of a header: a number of whole octets, or a word of bit fields. */
export interface Part {
  readonly span: number;
  readonly property?: string;
}

/** One field, as a declaration places it. */
export interface Field {
  readonly name: string;
  /** Octets from the start of the header to the word that holds the field. */
  readonly offset: number;
  /** Octets of that word: 1, 2, 3, 4 or 6. */
  readonly octets: number;
  /** Bits of the field; 8 * octets unless it shares its word. */
  readonly bits: number;
  /** Bits below it in its word. */
  readonly shift: number;
  /** Its bits, shifted down; 0xffffffff for fields of 32 bits and more. */
  readonly mask: number;
  /** Whether it reads as an int32 (addresses). */
  readonly signed: boolean;
}

export const octet = (name: string): Part => u8(name);
export const u16 = (name: string): Part => u16be(name);
export const u24 = (name: string): Part => u24be(name);
export const u32 = (name: string): Part => u32be(name);
/** A 32-bit word read as int32: an address or part of one. */
export const word = (name: string): Part => s32be(name);
/** An Ethernet address. */
export const mac = (name: string): Part => u48be(name);

/** A word of bit fields, the most significant first, `[name, bits]` each. */
export function bits(octets: 1 | 2 | 4, ...fields: readonly (readonly [string, number])[]): Part {
  const names = fields.map(([name]) => name).join('+');
  const holder = new BitStructure(octets === 1 ? u8() : octets === 2 ? u16be() : u32be(), true, names);
  for (const [name, count] of fields) holder.addField(count, name);
  return holder;
}

/** A declared header. */
export class HeaderLayout {
  /** Octets of the fixed part. */
  readonly span: number;
  readonly fields: readonly Field[];
  private readonly structure: ReturnType<typeof struct>;

  constructor(parts: readonly Part[]) {
    this.structure = struct(parts as Parameters<typeof struct>[0]);
    this.span = this.structure.span;
    this.fields = flatten(parts);
  }

  /** Throws a RangeError for a name that is not declared: a typing mistake, found when the module loads. */
  field(name: string): Field {
    const field = this.fields.find((candidate) => candidate.name === name);
    if (field === undefined) throw new RangeError(`no field ${name} in this header`);
    return field;
  }

  offsetOf(name: string): number {
    return this.field(name).offset;
  }

  shiftOf(name: string): number {
    return this.field(name).shift;
  }

  maskOf(name: string): number {
    return this.field(name).mask;
  }

  /** All fields as buffer-layout itself reads them. Needs a Node Buffer. Slow: for tests. */
  reference(bytes: Uint8Array, offset: number): Record<string, number> {
    const values: Record<string, number> = {};
    for (const [name, value] of Object.entries(this.structure.decode(bytes, offset))) {
      if (typeof value === 'object') Object.assign(values, value);
      else values[name] = value;
    }
    return values;
  }

  /** Write the named fields of a header at `offset`; the others keep their octets. */
  write(view: DataView, offset: number, values: Readonly<Record<string, number>>): void {
    for (const name of Object.keys(values)) writeField(view, offset, this.field(name), values[name]!);
  }
}

/** The fields of a list of parts with their places. */
function flatten(parts: readonly Part[]): Field[] {
  const fields: Field[] = [];
  let offset = 0;
  for (const part of parts) {
    const octets = part.span;
    if (part instanceof BitStructure) {
      for (const { property, bits: count, start, valueMask } of part.fields) {
        fields.push({ name: property, offset, octets, bits: count, shift: start, mask: valueMask, signed: false });
      }
    } else {
      const mask = octets >= 4 ? 0xffffffff : 2 ** (8 * octets) - 1;
      const signed = part.constructor.name === 'IntBE';
      fields.push({ name: part.property ?? '', offset, octets, bits: 8 * octets, shift: 0, mask, signed });
    }
    offset += octets;
  }
  return fields;
}

/** Put `value` into a field, leaving the other bits of its word alone. */
export function writeField(view: DataView, offset: number, field: Field, value: number): void {
  const at = offset + field.offset;
  if (field.octets === 6) {
    view.setUint16(at, Math.floor(value / 0x1_0000_0000));
    view.setUint32(at + 2, value);
    return;
  }
  if (field.bits === 8 * field.octets) {
    storeWord(view, at, field.octets, value);
    return;
  }
  const others = loadWord(view, at, field.octets) & ~(field.mask << field.shift);
  storeWord(view, at, field.octets, others | ((value & field.mask) << field.shift));
}

function loadWord(view: DataView, at: number, octets: number): number {
  if (octets === 1) return view.getUint8(at);
  return octets === 2 ? view.getUint16(at) : view.getInt32(at);
}

function storeWord(view: DataView, at: number, octets: number, value: number): void {
  if (octets === 1) view.setUint8(at, value);
  else if (octets === 2) view.setUint16(at, value);
  else if (octets === 4) view.setInt32(at, value);
  else {
    view.setUint8(at, value >>> 16);
    view.setUint16(at + 1, value);
  }
}
