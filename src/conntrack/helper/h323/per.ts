/**
 * A reader of packed encoding (X.691, aligned) as Linux reads it: it walks a message by its types, keeps what they mark, and gives
 * up where the message ends too early. Its faults are the kernel's:
 *
 *   a component with STOP ends its own SEQUENCE or CHOICE, but not those around it, which go on from there
 *   what an extension holds may be read past its own end, though not past the message's
 *   of extensions no version known here has, each is taken to be there, whatever the map says
 *   a kept number is stepped over twice
 *
 * Octets behind the message are those of the packet, then zeros. The work one message can ask for is bounded.
 * Kernel counterpart: net/netfilter/nf_conntrack_h323_asn1.c (behaviour only).
 * @module
 */
import { OCTET_LENGTH, type Choice, type Component, type List, type Sequence, type Type } from './schema.ts';
import type { Value } from './value.ts';

/** What came of reading a type; below zero: the message is not to be used. */
export const Read = { Done: 0, Stopped: 1, TooShort: -1, OutOfRange: -2 } as const;
export type Read = (typeof Read)[keyof typeof Read];

/** Types read in one message at most: far above what a datagram can hold that was not built to waste time. */
const MAX_STEPS = 1 << 21;
const MAX_MAP_BITS = 32;
/** Octets a length may take. */
const LENGTH_LEN = 2;

export class PerReader {
  private readonly view: DataView;
  private readonly start: number;
  private readonly end: number;
  private readonly limit: number;
  private at: number;
  private bit = 0;
  private steps = 0;

  /** `from`, `end`: what is read; `start`: where places are counted from; `limit`: octets that are there at all. */
  constructor(view: DataView, place: { readonly start: number; readonly from: number; readonly end: number; readonly limit: number }) {
    this.view = view;
    this.start = place.start;
    this.at = place.from;
    this.end = place.end;
    this.limit = place.limit;
  }

  /** Read a type; null: nothing of it is kept. */
  read(type: Type, value: Value | null): Read {
    if (++this.steps > MAX_STEPS) return Read.TooShort;
    switch (type.kind) {
      case 'sequence':
        return this.readSequence(type, value);
      case 'list':
        return this.readList(type, value);
      case 'choice':
        return this.readChoice(type, value);
      case 'null':
        return Read.Done;
      default:
        return this.readPlain(type, value) && this.has(0, 0) ? Read.Done : Read.TooShort;
    }
  }

  private readPlain(type: Exclude<Type, Sequence | List | Choice>, value: Value | null): boolean {
    switch (type.kind) {
      case 'boolean':
        this.skipBits(1);
        return true;
      case 'small':
        this.skipBits(type.bits);
        return true;
      case 'oid':
        this.align();
        if (!this.has(1, 0)) return false;
        this.skip(this.octet());
        return true;
      case 'int8':
        this.align();
        this.at++;
        return true;
      case 'int16':
        this.align();
        this.at += 2;
        return true;
      case 'int32':
        return this.readInt32(value);
      case 'integer':
        return this.skipOpen();
      case 'fixed octets':
        if (type.length > 2) this.align();
        if (type.length > 2 && value !== null) value.at = this.at - this.start;
        this.at += type.length;
        return true;
      case 'open octets':
        return this.skipOpen();
      case 'octets':
        return this.skipCounted(type.bits, type.least, 1);
      case 'wide':
        return this.skipCounted(type.bits, type.least, 2);
      case 'digits':
        if (!this.has(0, type.bits)) return false;
        return this.skipDigits(this.bits(type.bits) + type.least);
      default:
        return this.readBits(type);
    }
  }

  private readInt32(value: Value | null): boolean {
    if (!this.has(0, 2)) return false;
    const length = this.bits(2) + 1;
    this.align();
    if (value !== null) {
      if (!this.has(length, 0)) return false;
      let number = 0;
      for (let i = 0; i < length; i++) number = number * 256 + this.octet();
      value.at = (number + 1) >>> 0;
    }
    this.at += length;
    return true;
  }

  private readBits(type: Exclude<Type, Sequence | List | Choice>): boolean {
    this.align();
    let length = 0;
    if (type.kind === 'fixed bits') length = type.length;
    else if (!this.has(LENGTH_LEN, 0)) return false;
    else length = type.kind === 'word bits' ? this.octet() * 256 + this.octet() : this.length();
    this.at += length >>> 3;
    this.bit = length & 7;
    return true;
  }

  private skipOpen(): boolean {
    this.align();
    if (!this.has(LENGTH_LEN, 0)) return false;
    this.skip(this.length());
    return true;
  }

  private skipCounted(lengthBits: number, least: number, width: number): boolean {
    if (lengthBits === OCTET_LENGTH) this.align();
    if (!this.has(0, lengthBits === OCTET_LENGTH ? 8 : lengthBits)) return false;
    const length = lengthBits === OCTET_LENGTH ? this.octet() : this.bits(lengthBits);
    this.align();
    this.at += (length + least) * width;
    return true;
  }

  private skipDigits(length: number): boolean {
    this.align();
    this.skipBits(length * 4);
    return true;
  }

  private readSequence(type: Sequence, value: Value | null): Read {
    if (!this.has(0, 1)) return Read.TooShort;
    const isExtended = type.isExtensible && this.bits(1) === 1;
    if (!this.has(0, type.optionals)) return Read.TooShort;
    const present = this.bits(type.optionals);
    let left = type.optionals;
    for (const component of type.root) {
      if (component.isEnd) return Read.Stopped;
      if (component.isOptional && ((present >>> --left) & 1) === 0) continue;
      const read = component.isOpen ? this.skipUnaligned() : this.read(component.type, keptPlace(component, value));
      if (read < 0) return read;
    }
    return isExtended ? this.readExtensions(type, value) : Read.Done;
  }

  private readExtensions({ more }: Sequence, value: Value | null): Read {
    if (!this.has(0, 7)) return Read.TooShort;
    const count = this.bits(7) + 1;
    if (count > MAX_MAP_BITS) return Read.OutOfRange;
    if (!this.has(0, count)) return Read.TooShort;
    const present = this.bits(count);
    this.align();
    for (let i = 0; i < count; i++) {
      const component = more[i];
      if (component?.isEnd === true) return Read.Stopped;
      if (component !== undefined && ((present >>> (count - 1 - i)) & 1) === 0) continue;
      const read = this.readWrapped(component, value);
      if (read < 0) return read;
    }
    return Read.Done;
  }

  private readList({ item, limit }: List, value: Value | null): Read {
    this.align();
    if (!this.has(LENGTH_LEN, 0)) return Read.TooShort;
    const count = this.length();
    for (let i = 0; i < count; i++) {
      const place = value !== null && item.isKept && i < limit ? value.add() : null;
      if (item.isOpen) this.align();
      const read = item.isOpen ? this.readOpen(item.type, place, value !== null) : this.read(item.type, place);
      if (read < 0) return read;
    }
    return Read.Done;
  }

  private readChoice(type: Choice, value: Value | null): Read {
    if (!this.has(0, 1)) return Read.TooShort;
    const isExtension = type.isExtensible && this.bits(1) === 1;
    if (!this.has(0, isExtension ? 7 : type.bits)) return Read.TooShort;
    const number = isExtension ? type.root.length + this.bits(7) : this.bits(type.bits);
    if (!isExtension && number >= type.root.length) return Read.OutOfRange;
    const component = type.root[number] ?? type.more[number - type.root.length];
    if (value !== null) value.choice = component?.name ?? '';
    if (component?.isEnd === true) return Read.Stopped;
    if (!isExtension) return this.read(component!.type, keptPlace(component!, value));
    this.align();
    return this.readWrapped(component, value, component === undefined ? LENGTH_LEN : 0);
  }

  /** An extension: a length, and what it holds if that is kept. */
  private readWrapped(component: Component | undefined, value: Value | null, least: number = LENGTH_LEN): Read {
    const place = component === undefined ? null : keptPlace(component, value);
    return this.readOpen(component?.type ?? null, place, place !== null, least);
  }

  /** `least`: octets that must be left. */
  private readOpen(type: Type | null, place: Value | null, isRead: boolean, least: number = LENGTH_LEN): Read {
    if (!this.has(least, 0)) return Read.TooShort;
    const length = this.length();
    if (!this.has(length, 0)) return Read.TooShort;
    const begin = this.at;
    if (isRead && type !== null) {
      const read = this.read(type, place);
      if (read < 0) return read;
      this.bit = 0;
    }
    this.at = begin + length;
    return Read.Done;
  }

  /** A wrapped component in front of which the kernel does not align. */
  private skipUnaligned(): Read {
    return this.readOpen(null, null, false);
  }

  private skip(octets: number): void {
    this.at += octets;
  }

  /** Whether so many octets and bits are left. */
  private has(octets: number, bits: number): boolean {
    return this.at + octets + ((bits + this.bit + 7) >>> 3) <= this.end;
  }

  private octet(): number {
    const { at } = this;
    this.at++;
    return at < this.limit ? this.view.getUint8(at) : 0;
  }

  /** A length of up to 16,383. */
  private length(): number {
    const first = this.octet();
    return first < 0x80 ? first : ((first & 0x3f) << 8) + this.octet();
  }

  private bits(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) {
      const octet = this.at < this.limit ? this.view.getUint8(this.at) : 0;
      value = (value << 1) | ((octet >>> (7 - this.bit)) & 1);
      this.skipBits(1);
    }
    return value;
  }

  private skipBits(count: number): void {
    this.bit += count;
    this.at += this.bit >>> 3;
    this.bit &= 7;
  }

  private align(): void {
    if (this.bit !== 0) this.at++;
    this.bit = 0;
  }
}

function keptPlace(component: Component, value: Value | null): Value | null {
  return value !== null && component.isKept ? value.open(component) : null;
}
