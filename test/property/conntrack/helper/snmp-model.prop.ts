/**
 * The reader of SNMP messages beside a model of the kernel's (lib/asn1_decoder.c over nf_nat_snmp_basic.asn1) that takes octets from the
 * front of a list, a constructed value being a list of its own: messages nearly right, cut anywhere, or with octets changed, are taken
 * or refused by both, and the same addresses are told until then.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SnmpReader } from '../../../../src/conntrack/helper/snmp-message.ts';

const [INTEGER, OCTETS, NULL, OID, SEQUENCE, IP_ADDRESS] = [2, 4, 5, 6, 0x30, 0x40];
/** In the order they are tried; those not in ONCE even behind one that was found. */
const VALUES = [INTEGER, OCTETS, OID, IP_ADDRESS, 0x41, 0x43, 0x44, 0x46, 0x42, NULL, 0x80, 0x81, 0x82];
const ONCE = [OCTETS, OID, NULL, 0x80, 0x81, 0x82];
const PDUS = [0xa0, 0xa1, 0xa5, 0xa2, 0xa3, 0xa6, 0xa7, 0xa8];

interface Answer {
  readonly whole: boolean;
  /** Where addresses stand. */
  readonly places: readonly number[];
}

class Broken extends Error {}

class Model {
  readonly places: number[] = [];
  private readonly octets: readonly number[];
  /** Places of the octets that are left of the innermost value of a known length. */
  private rest: number[];

  constructor(octets: readonly number[]) {
    this.octets = octets;
    this.rest = octets.map((_, place) => place);
  }

  get answer(): Answer {
    try {
      this.inside(this.expectHeader(SEQUENCE), () => {
        const version = this.plain(INTEGER);
        this.must(version.length === 1 && this.octets[version[0]!]! <= 1);
        this.plain(OCTETS);
        this.several(PDUS, [], (_, length) => this.pdu(length));
      });
      return { whole: true, places: this.places };
    } catch (error) {
      if (error instanceof Broken) return { whole: false, places: this.places };
      throw error;
    }
  }

  private pdu(length: number | null): void {
    this.inside(length, () => {
      for (let i = 0; i < 3; i++) this.plain(INTEGER);
      const list = this.expectHeader(SEQUENCE);
      this.inside(list, () => {
        do {
          this.inside(this.expectHeader(SEQUENCE), () => {
            this.plain(OID);
            this.several(VALUES, ONCE, (tag, size) => this.value(tag, size));
          });
        } while (list === null ? this.rest.length >= 2 && this.octets[this.rest[0]!] !== 0 : this.rest.length > 0);
      });
    });
  }

  private value(tag: number, length: number | null): void {
    this.must(length !== null);
    if (tag === IP_ADDRESS) {
      this.must(length === 4);
      this.places.push(this.rest[0]!);
    }
    this.rest.splice(0, length!);
  }

  /** Alternatives that are tried in turn; the last that was tried must have been there. */
  private several(tags: readonly number[], once: readonly number[], take: (tag: number, length: number | null) => void): void {
    let isFound = true;
    for (const tag of tags) {
      if (this.rest.length === 0 || (isFound && once.includes(tag))) continue;
      const length = this.header(tag);
      isFound = length !== 'other';
      if (length !== 'other') take(tag, length);
    }
    this.must(isFound);
  }

  /** The contents of a constructed value, all of them: of a known length, or up to two zeros. */
  private inside(length: number | null, read: () => void): void {
    if (length === null) {
      read();
      const end = this.rest.splice(0, 2);
      this.must(end.length === 2 && end.every((place) => this.octets[place] === 0));
      return;
    }
    const outside = this.rest.slice(length);
    this.rest = this.rest.slice(0, length);
    read();
    this.must(this.rest.length === 0);
    this.rest = outside;
  }

  private plain(tag: number): readonly number[] {
    const length = this.expectHeader(tag);
    this.must(length !== null);
    return this.rest.splice(0, length!);
  }

  private expectHeader(tag: number): number | null {
    const length = this.header(tag);
    this.must(length !== 'other');
    return length as number | null;
  }

  /** A length; null when it is open. A constructed value's tag may lack the bit that says so. */
  private header(tag: number): number | null | 'other' {
    this.must(this.rest.length >= 2);
    const read = this.octets[this.rest[0]!]!;
    this.must(read % 32 !== 31);
    const isConstructed = [0x30, ...PDUS].includes(tag);
    if (read !== tag && !(isConstructed && read === tag - 32)) return 'other';
    this.rest.shift();
    const first = this.octets[this.rest.shift()!]!;
    if (first === 0x80) {
      this.must(read === tag && isConstructed && this.rest.length >= 2);
      return null;
    }
    let length = first;
    if (first > 0x80) {
      const more = first - 0x80;
      this.must(more <= 2 && more <= this.rest.length);
      length = this.rest.splice(0, more).reduce((sum, place) => 256 * sum + this.octets[place]!, 0);
    }
    this.must(length <= this.rest.length);
    return length;
  }

  private must(condition: boolean): void {
    if (!condition) throw new Broken();
  }
}

const LEAD = 3;

/** By the source: behind the message, and in front of it, stand octets that nobody may look at. */
function readBySource(octets: readonly number[], filler: number): Answer {
  const bytes = new Uint8Array(LEAD + octets.length + 9).fill(filler);
  bytes.set(octets, LEAD);
  const reader = new SnmpReader(new DataView(bytes.buffer), LEAD, LEAD + octets.length);
  const places: number[] = [];
  reader.onAddress = (at) => places.push(at - LEAD);
  return { whole: reader.read(), places };
}

function agree(octets: readonly number[]): void {
  const { answer } = new Model(octets);
  for (const filler of [0, 0x30]) expect([octets, readBySource(octets, filler)]).toEqual([octets, answer]);
}

/** The form of a length: mostly the shortest; sometimes longer than need be, open, or one octet off. */
const form = fc.oneof(
  { weight: 12, arbitrary: fc.constant('short') },
  { weight: 2, arbitrary: fc.constantFrom('one', 'two', 'open') },
  { weight: 1, arbitrary: fc.constantFrom('three', 'more', 'less') },
);
const value = (tag: fc.Arbitrary<number>, body: fc.Arbitrary<number[]>): fc.Arbitrary<number[]> =>
  fc.tuple(tag, body, form).map(([first, data, how]) => {
    const { length } = data;
    if (how === 'open') return [first, 0x80, ...data, 0, 0];
    if (how === 'one') return [first, 0x81, length & 255, ...data];
    if (how === 'two' || length > 127) return [first, 0x82, length >> 8, length & 255, ...data];
    if (how === 'three') return [first, 0x83, 0, 0, length, ...data];
    return [first, Math.max(0, length + (how === 'more' ? 1 : how === 'less' ? -1 : 0)), ...data];
  });
const nearly = (tag: number): fc.Arbitrary<number> =>
  fc.oneof({ weight: 40, arbitrary: fc.constant(tag) }, fc.constantFrom(tag ^ 0x20, tag ^ 1, 0x1f, 0));
const some = (maxLength: number): fc.Arbitrary<number[]> => fc.array(fc.nat(255), { maxLength });
const joined = (...parts: readonly fc.Arbitrary<number[]>[]): fc.Arbitrary<number[]> => fc.tuple(...parts).map((all) => all.flat());
const repeated = (part: fc.Arbitrary<number[]>, minLength: number, maxLength: number): fc.Arbitrary<number[]> =>
  fc.array(part, { minLength, maxLength }).map((all) => all.flat());

const four = fc.array(fc.nat(255), { minLength: 4, maxLength: 4 });
const one = fc.oneof(
  value(fc.constantFrom(...VALUES), some(5)),
  value(fc.constantFrom(IP_ADDRESS, IP_ADDRESS, 0x41), four),
  value(fc.nat(255), some(2)),
);
/** Several in a row are taken when they come in the order they are tried. */
const values = fc.oneof({ weight: 3, arbitrary: one }, repeated(one, 0, 3));
const binding = value(nearly(SEQUENCE), joined(value(nearly(OID), some(3)), values));
const number = value(nearly(INTEGER), some(3));
const pdu = value(fc.constantFrom(...PDUS).chain(nearly), joined(number, number, number, value(nearly(SEQUENCE), repeated(binding, 0, 3))));
const version = value(
  nearly(INTEGER),
  fc.constantFrom([0], [1], [0], [1], [2], [0, 1], []).map((digits) => [...digits]),
);
const pdus = fc.oneof({ weight: 6, arbitrary: pdu }, repeated(pdu, 0, 2));
const message = value(nearly(SEQUENCE), joined(version, value(nearly(OCTETS), some(6)), pdus));

describe('the reader of SNMP agrees with its model', () => {
  it('on messages that are nearly right', () => {
    const check = fc.property(message, some(2), (octets, behind) => {
      agree(octets);
      agree([...octets, ...behind]);
    });
    fc.assert(check, { numRuns: 5000 });
  });

  it('on messages cut anywhere', () => {
    const check = fc.property(message, (octets) => {
      for (let end = 0; end < octets.length; end++) agree(octets.slice(0, end));
    });
    fc.assert(check, { numRuns: 200 });
  });

  it('on messages with an octet changed', () => {
    const changed = fc.oneof(fc.nat(255), fc.constantFrom(...VALUES, ...PDUS, 0x80, 0x81, 0x82, 0x1f, 0));
    const check = fc.property(message, fc.array(fc.tuple(fc.nat(), changed), { minLength: 1, maxLength: 2 }), (octets, changes) => {
      const other = [...octets];
      for (const [at, octet] of changes) other[at % octets.length] = octet;
      agree(other);
    });
    fc.assert(check, { numRuns: 5000 });
  });

  it('on every two kinds of values in a row', () => {
    const plain = (tag: number): number[] => [tag, 4, 1, 2, 3, 4];
    const wrap = (tag: number, body: readonly number[]): number[] => [tag, body.length, ...body];
    for (const first of VALUES) {
      for (const second of VALUES) {
        const list = wrap(SEQUENCE, wrap(SEQUENCE, [OID, 1, 43, ...plain(first), ...plain(second)]));
        agree(wrap(SEQUENCE, [INTEGER, 1, 1, OCTETS, 0, ...wrap(0xa2, [2, 1, 1, 2, 1, 0, 2, 1, 0, ...list])]));
      }
    }
  });
});
