/**
 * A model of the reader of packed encoding: the message is a text of zeros and ones, a place in it counts its characters, and every type
 * takes its characters from the front. Aligned PER of X.691, with the faults of nf_conntrack_h323_asn1 that src/…/h323/per.ts tells of.
 */
import { Read } from '../../src/conntrack/helper/h323/per.ts';
import { type Component, OCTET_LENGTH, type Type } from '../../src/conntrack/helper/h323/schema.ts';
import type { Value } from '../../src/conntrack/helper/h323/value.ts';

/** What is kept of a message, to be compared. */
export interface Kept {
  choice: string;
  at: number;
  readonly items: Kept[];
  readonly parts: Record<string, Kept>;
}

export interface Outcome {
  readonly read: Read;
  /** As far as it was read. */
  readonly kept: Kept | null;
}

/** Thrown where the kernel returns an error. */
class GaveUp extends Error {
  readonly read: Read;
  constructor(read: Read) {
    super();
    this.read = read;
  }
}

const MAX_STEPS = 2 ** 21;

export function zerosAndOnes(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(2).padStart(8, '0')).join('');
}

/** Read `text`, a message of `end` octets; places count from its front. */
export function readByModel(type: Type, text: string, end: number, isKept = true): Outcome {
  const kept = isKept ? empty() : null;
  try {
    return { read: new PerModel(text, end).read(type, kept), kept };
  } catch (error) {
    if (error instanceof GaveUp) return { read: error.read, kept };
    throw error;
  }
}

/** A value of the source in the same form. */
export function keptOf(value: Value, type: Type): Kept {
  const kept: Kept = { choice: value.choice, at: value.at, items: [], parts: {} };
  if (type.kind === 'list') kept.items.push(...value.items.map((item) => keptOf(item, type.item.type)));
  if (type.kind !== 'sequence' && type.kind !== 'choice') return kept;
  for (const component of [...type.root, ...type.more]) {
    const part = value.part(component.name);
    if (part !== null) kept.parts[component.name] = keptOf(part, component.type);
  }
  return kept;
}

function empty(): Kept {
  return { choice: '', at: 0, items: [], parts: {} };
}

class PerModel {
  private readonly text: string;
  private readonly end: number;
  private place = 0;
  private steps = 0;

  constructor(text: string, end: number) {
    this.text = text;
    this.end = end;
  }

  read(type: Type, kept: Kept | null): Read {
    this.steps++;
    if (this.steps > MAX_STEPS) throw new GaveUp(Read.TooShort);
    if (type.kind === 'sequence') return this.sequence(type, kept);
    if (type.kind === 'choice') return this.choice(type, kept);
    if (type.kind === 'list') this.list(type, kept);
    else if (type.kind !== 'null') {
      this.plain(type, kept);
      this.need(0);
    }
    return Read.Done;
  }

  private plain(type: Exclude<Type, { kind: 'sequence' | 'choice' | 'list' }>, kept: Kept | null): void {
    switch (type.kind) {
      case 'null':
        break;
      case 'boolean':
        this.skip(1);
        break;
      case 'small':
        this.skip(type.bits);
        break;
      case 'int8':
        this.align();
        this.skip(8);
        break;
      case 'int16':
        this.align();
        this.skip(16);
        break;
      case 'int32': {
        this.need(2);
        const octets = this.number(2) + 1;
        this.align();
        if (kept !== null) {
          this.need(8 * octets);
          kept.at = (this.number(8 * octets) + 1) % 2 ** 32;
        }
        // once more when it was kept
        this.skip(8 * octets);
        break;
      }
      case 'oid':
        this.align();
        this.need(8);
        this.skip(8 * this.number(8));
        break;
      case 'integer':
      case 'open octets':
        this.align();
        this.need(16);
        this.skip(8 * this.length());
        break;
      case 'fixed octets':
        if (type.length > 2) {
          this.align();
          if (kept !== null) kept.at = this.place / 8;
        }
        this.skip(8 * type.length);
        break;
      case 'fixed bits':
        this.align();
        this.skip(type.length);
        break;
      case 'open bits':
        this.align();
        this.need(16);
        this.skip(this.length());
        break;
      case 'word bits':
        this.align();
        this.need(16);
        this.skip(this.number(16));
        break;
      default: {
        if (type.kind !== 'digits' && type.bits === OCTET_LENGTH) this.align();
        const bits = type.kind !== 'digits' && type.bits === OCTET_LENGTH ? 8 : type.bits;
        this.need(bits);
        const length = this.number(bits) + type.least;
        this.align();
        this.skip(length * { octets: 8, wide: 16, digits: 4 }[type.kind]);
      }
    }
  }

  private sequence({ isExtensible, optionals, root, more }: Extract<Type, { kind: 'sequence' }>, kept: Kept | null): Read {
    this.need(1);
    const isExtended = isExtensible && this.take(1) === '1';
    this.need(optionals);
    const map = this.take(optionals).split('');
    for (const component of root) {
      if (component.isEnd) return Read.Stopped;
      if (component.isOptional && map.shift() === '0') continue;
      if (component.isOpen) this.wrapped(null);
      else this.read(component.type, place(component, kept));
    }
    if (!isExtended) return Read.Done;
    this.need(7);
    const count = this.number(7) + 1;
    if (count > 32) throw new GaveUp(Read.OutOfRange);
    this.need(count);
    const extensions = this.take(count).split('');
    this.align();
    for (const [i, bit] of extensions.entries()) {
      const component = more[i];
      if (component?.isEnd === true) return Read.Stopped;
      if (component === undefined || bit === '1') this.extension(component, kept);
    }
    return Read.Done;
  }

  private list({ item, limit }: Extract<Type, { kind: 'list' }>, kept: Kept | null): void {
    this.align();
    this.need(16);
    const count = this.length();
    for (let i = 0; i < count; i++) {
      let one: Kept | null = null;
      if (kept !== null && item.isKept && i < limit) {
        one = empty();
        kept.items.push(one);
      }
      if (item.isOpen) {
        this.align();
        this.wrapped(kept === null ? null : () => this.read(item.type, one));
      } else this.read(item.type, one);
    }
  }

  private choice({ isExtensible, bits, root, more }: Extract<Type, { kind: 'choice' }>, kept: Kept | null): Read {
    this.need(1);
    if (isExtensible && this.take(1) === '1') {
      this.need(7);
      const component = more[this.number(7)];
      if (kept !== null) kept.choice = component?.name ?? '';
      if (component?.isEnd === true) return Read.Stopped;
      this.align();
      // the kernel looks whether the length is there only when it does not know the alternative
      this.extension(component, kept, component === undefined ? 16 : 0);
      return Read.Done;
    }
    this.need(bits);
    const component = root[this.number(bits)];
    if (component === undefined) throw new GaveUp(Read.OutOfRange);
    if (kept !== null) kept.choice = component.name;
    return component.isEnd ? Read.Stopped : this.read(component.type, place(component, kept));
  }

  private extension(component: Component | undefined, kept: Kept | null, least = 16): void {
    const inner = component === undefined ? null : place(component, kept);
    this.wrapped(inner === null ? null : () => this.read(component!.type, inner), least);
  }

  /** A length, and so many octets, wherever a reader of them ended. */
  private wrapped(content: (() => void) | null, least = 16): void {
    this.need(least);
    const length = 8 * this.length();
    this.need(length);
    const behind = this.place + length;
    content?.();
    this.place = behind;
  }

  /** A length of one octet or two; the kernel takes octets as they lie, though it stand between two. */
  private length(): number {
    const first = this.octet();
    return first.startsWith('0') ? Number.parseInt(first, 2) : Number.parseInt(first.slice(2) + this.octet(), 2);
  }

  private octet(): string {
    const begin = this.place - (this.place % 8);
    this.place += 8;
    return this.text.slice(begin, begin + 8).padEnd(8, '0');
  }

  private need(bits: number): void {
    if (this.place + bits > 8 * this.end) throw new GaveUp(Read.TooShort);
  }

  private take(bits: number): string {
    const taken = this.text.slice(this.place, this.place + bits).padEnd(bits, '0');
    this.place += bits;
    return taken;
  }

  private number(bits: number): number {
    return Number.parseInt(`0${this.take(bits)}`, 2);
  }

  private skip(bits: number): void {
    this.place += bits;
  }

  private align(): void {
    while (this.place % 8 !== 0) this.place++;
  }
}

function place(component: Component, kept: Kept | null): Kept | null {
  if (kept === null || !component.isKept) return null;
  const part = empty();
  kept.parts[component.name] = part;
  return part;
}
