/**
 * Writes random messages of H.323 in packed encoding, from the types the helper reads: what a test wants to be told about is
 * likelier than the rest, and addresses come from the test.
 */
import { USER_INFORMATION } from '../../src/conntrack/helper/h323/h225-signalling.ts';
import { CONTROL_MESSAGE } from '../../src/conntrack/helper/h323/h245-messages.ts';
import { RAS_MESSAGE } from '../../src/conntrack/helper/h323/ras-messages.ts';
import { type Choice, type Component, type List, OCTET_LENGTH, type Sequence, type Type } from '../../src/conntrack/helper/h323/schema.ts';

/** Where choices come from: a whole number below `limit`, and the octets of an address and port. */
export interface Chooser {
  readonly below: (limit: number) => number;
  /** An address of `length` octets with a port of two. */
  readonly endpoint: (length: number) => readonly number[];
}

const KEPT_IN_TEN = 7;
const OTHER_IN_TEN = 2;
const MAX_ITEMS = 3;

export class PerWriter {
  private readonly bits: number[] = [];
  private readonly chooser: Chooser;

  constructor(chooser: Chooser) {
    this.chooser = chooser;
  }

  get octets(): Uint8Array {
    this.align();
    const bytes = new Uint8Array(this.bits.length / 8);
    this.bits.forEach((bit, i) => {
      bytes[i >> 3]! |= bit << (7 - (i & 7));
    });
    return bytes;
  }

  write(type: Type): void {
    switch (type.kind) {
      case 'null':
        return;
      case 'boolean':
        this.random(1);
        return;
      case 'small':
        this.random(type.bits);
        return;
      case 'oid':
        this.blob(this.below(6), OCTET_LENGTH);
        return;
      case 'int8':
        this.aligned(1);
        return;
      case 'int16':
        this.aligned(2);
        return;
      case 'int32': {
        const length = this.below(4);
        this.put(length, 2);
        this.aligned(length + 1);
        return;
      }
      case 'fixed octets':
        if (type.length > 2) this.align();
        this.random(8 * type.length);
        return;
      case 'fixed bits':
        this.align();
        this.random(type.length);
        return;
      case 'integer':
      case 'open octets':
        this.wrap(this.noise(6));
        return;
      case 'open bits':
      case 'word bits': {
        const length = this.below(20);
        this.align();
        if (type.kind === 'open bits') this.length(length);
        else this.put(length, 16);
        this.random(length);
        return;
      }
      case 'octets':
      case 'wide':
      case 'digits':
        this.counted(type);
        return;
      case 'sequence':
        this.sequence(type);
        return;
      case 'list':
        this.list(type);
        return;
      case 'choice':
        this.choice(type);
    }
  }

  private counted({ kind, bits, least }: { kind: 'octets' | 'wide' | 'digits'; bits: number; least: number }): void {
    const length = this.below(5);
    if (bits === OCTET_LENGTH) this.align();
    this.put(length, bits === OCTET_LENGTH ? 8 : bits);
    this.align();
    const unit = kind === 'octets' ? 8 : kind === 'wide' ? 16 : 4;
    this.random((length + least) * unit);
  }

  private sequence({ isExtensible, optionals, root, more }: Sequence): void {
    const extended = isExtensible && more.length > 0 ? this.below(2) : 0;
    if (isExtensible) this.put(extended, 1);
    const present = root.filter(({ isOptional }) => isOptional).map((component) => this.isPresent(component));
    for (const bit of present) this.put(bit ? 1 : 0, 1);
    for (let i = present.length; i < optionals; i++) this.put(this.below(4) === 0 ? 1 : 0, 1);
    for (const component of root) {
      if (component.isEnd) {
        this.random(this.below(24));
        break;
      }
      if (component.isOptional && present.shift() !== true) continue;
      if (component.isOpen) this.wrap(this.noise(6));
      else this.component(component);
    }
    if (extended === 1) this.extensions(more);
  }

  private extensions(more: readonly Component[]): void {
    const newer = this.below(5) === 0 ? this.below(3) : 0;
    const known = this.below(4) === 0 ? this.below(more.length + 1) : more.length;
    const count = Math.max(1, known + newer);
    const present = Array.from({ length: count }, (_, i) => this.isPresent(more[i]));
    this.put(count - 1, 7);
    for (const bit of present) this.put(bit ? 1 : 0, 1);
    this.align();
    present.forEach((isPresent, i) => {
      if (isPresent) this.wrap(this.wrapped(more[i]));
    });
  }

  private list({ item, limit }: List): void {
    const count = this.below(limit > 0 ? MAX_ITEMS + 1 : MAX_ITEMS);
    this.align();
    this.length(count);
    for (let i = 0; i < count; i++) {
      if (item.isOpen) this.wrap(this.wrapped(item));
      else this.component(item);
    }
  }

  private choice({ isExtensible, bits, root, more }: Choice): void {
    const all = [...root, ...more];
    const kept = all.filter(({ isKept }) => isKept);
    const chosen = kept.length > 0 && this.below(10) < KEPT_IN_TEN + 2 ? kept[this.below(kept.length)]! : all[this.below(all.length)]!;
    const number = all.indexOf(chosen);
    const extension = number >= root.length;
    if (isExtensible) this.put(extension ? 1 : 0, 1);
    this.put(extension ? number - root.length : number, extension ? 7 : bits);
    if (chosen.isEnd) this.random(this.below(40));
    else if (extension) this.wrap(this.wrapped(chosen));
    else this.component(chosen);
  }

  /** An address and its port are written as one. */
  private component(component: Component): void {
    const { type } = component;
    if (component.isKept && type.kind === 'sequence' && type.root[0]!.isKept && type.root[0]!.type.kind === 'fixed octets') {
      if (type.isExtensible) this.put(0, 1);
      this.align();
      for (const octet of this.chooser.endpoint(type.root[0]!.type.length)) this.put(octet, 8);
      return;
    }
    this.write(type);
  }

  private wrapped(component: Component | undefined): Uint8Array {
    if (component === undefined || !component.isKept) return this.noise(7);
    const inner = new PerWriter(this.chooser);
    inner.component(component);
    return inner.octets;
  }

  private isPresent(component: Component | undefined): boolean {
    return this.below(10) < (component?.isKept === true ? KEPT_IN_TEN : OTHER_IN_TEN);
  }

  private wrap(bytes: Uint8Array): void {
    this.align();
    this.length(bytes.length);
    for (const octet of bytes) this.put(octet, 8);
  }

  private blob(length: number, lengthBits: number): void {
    if (lengthBits === OCTET_LENGTH) this.align();
    this.put(length, lengthBits === OCTET_LENGTH ? 8 : lengthBits);
    this.random(8 * length);
  }

  private length(value: number): void {
    if (value < 0x80) this.put(value, 8);
    else this.put(0x8000 | value, 16);
  }

  private noise(limit: number): Uint8Array {
    return Uint8Array.from({ length: this.below(limit) }, () => this.below(256));
  }

  private aligned(octets: number): void {
    this.align();
    this.random(8 * octets);
  }

  private random(bits: number): void {
    for (let i = 0; i < bits; i++) this.bits.push(this.below(2));
  }

  private put(value: number, bits: number): void {
    for (let i = bits - 1; i >= 0; i--) this.bits.push((value >>> i) & 1);
  }

  private align(): void {
    while (this.bits.length % 8 !== 0) this.bits.push(0);
  }

  private below(limit: number): number {
    return this.chooser.below(limit);
  }
}

function written(type: Type, chooser: Chooser): Uint8Array {
  const writer = new PerWriter(chooser);
  writer.write(type);
  return writer.octets;
}

/** A RAS message. */
export function writeRas(chooser: Chooser): Uint8Array {
  return written(RAS_MESSAGE, chooser);
}

/** An H.245 message in its TPKT. */
export function writeH245(chooser: Chooser): Uint8Array {
  return tpkt(written(CONTROL_MESSAGE, chooser));
}

/** A Q.931 message in its TPKT. */
export function writeQ931(chooser: Chooser): Uint8Array {
  const user = written(USER_INFORMATION, chooser);
  const elements = chooser.below(2) === 0 ? [] : [0x04, 0x03, 0x88, 0x93, 0xa5];
  const head = [8, 2, 0, 1, 5, ...elements, 0x7e, (user.length + 1) >> 8, (user.length + 1) & 0xff, 5];
  return tpkt(Uint8Array.of(...head, ...user));
}

export function tpkt(message: Uint8Array): Uint8Array {
  const length = message.length + 4;
  return Uint8Array.of(3, 0, length >> 8, length & 0xff, ...message);
}
