/** SNMP messages written by the rules of BER, in every form of length: read whole, told of every address, and never when they are cut. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SnmpReader } from '../../../../src/conntrack/helper/snmp-message.ts';

const [INTEGER, OCTETS, OID, SEQUENCE, IP_ADDRESS] = [2, 4, 6, 0x30, 0x40];
const VALUES = [INTEGER, OCTETS, OID, IP_ADDRESS, IP_ADDRESS, 0x41, 0x42, 0x43, 0x44, 0x46, 5, 0x80, 0x81, 0x82];
const PDUS = [0xa0, 0xa1, 0xa2, 0xa3, 0xa5, 0xa6, 0xa7, 0xa8];
const LEAD = 5;

type Form = 'short' | 'one' | 'two' | 'indefinite';
const forms = fc.constantFrom<Form>('short', 'short', 'short', 'one', 'two', 'indefinite');
const plainForms = fc.constantFrom<Form>('short', 'short', 'one', 'two');

function tlv(tag: number, body: readonly number[], form: Form): number[] {
  const { length } = body;
  if (form === 'indefinite') return [tag, 0x80, ...body, 0, 0];
  if (form === 'two' || length > 255) return [tag, 0x82, length >> 8, length & 0xff, ...body];
  return form === 'one' || length > 127 ? [tag, 0x81, length, ...body] : [tag, length, ...body];
}

interface Item {
  readonly octets: readonly number[];
  /** Where in them an address stands. */
  readonly address: number | null;
}

const some = (max: number): fc.Arbitrary<number[]> => fc.array(fc.nat(255), { maxLength: max });
const plain = (tag: number, max = 5): fc.Arbitrary<number[]> => fc.tuple(some(max), plainForms).map(([body, form]) => tlv(tag, body, form));

/** A binding: a name and a value. */
const bindings: fc.Arbitrary<Item> = fc
  .tuple(plain(OID), fc.constantFrom(...VALUES), some(6), fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }), plainForms, plainForms)
  .map(([name, tag, body, address, form, outer]) => {
    const value = tlv(tag, tag === IP_ADDRESS ? address : body, form);
    const inner = [...name, ...value];
    const octets = tlv(SEQUENCE, inner, outer);
    const place = octets.length - 4;
    return { octets, address: tag === IP_ADDRESS ? place : null };
  });

interface Message {
  readonly octets: number[];
  readonly addresses: number[];
}

/** Parts behind each other in a constructed value; places move with them. */
function around(tag: number, before: readonly number[], inner: Message, form: Form): Message {
  const octets = tlv(tag, [...before, ...inner.octets], form);
  const lead = octets.length - (form === 'indefinite' ? 2 : 0) - inner.octets.length;
  return { octets, addresses: inner.addresses.map((at) => at + lead) };
}

const messages: fc.Arbitrary<Message> = fc
  .tuple(
    fc.array(bindings, { minLength: 1, maxLength: 4 }),
    fc.tuple(forms, forms, plainForms),
    fc.constantFrom(...PDUS),
    fc.tuple(plain(INTEGER), plain(INTEGER), plain(INTEGER)),
    fc.tuple(fc.constantFrom(0, 1), plainForms, plain(OCTETS, 12)),
  )
  .map(([list, [listForm, pduForm, outerForm], pdu, numbers, [version, versionForm, community]]) => {
    const inner: Message = { octets: [], addresses: [] };
    for (const { octets, address } of list) {
      if (address !== null) inner.addresses.push(inner.octets.length + address);
      inner.octets.push(...octets);
    }
    const bound = around(SEQUENCE, [], inner, listForm);
    const whole = around(pdu, numbers.flat(), bound, pduForm);
    return around(SEQUENCE, [...tlv(INTEGER, [version], versionForm), ...community], whole, outerForm);
  });

function read(octets: readonly number[], size = octets.length): { whole: boolean; places: number[] } {
  const bytes = new Uint8Array(LEAD + octets.length + 9).fill(0x30);
  bytes.set(octets, LEAD);
  const reader = new SnmpReader(new DataView(bytes.buffer), LEAD, LEAD + size);
  const places: number[] = [];
  reader.onAddress = (at) => places.push(at - LEAD);
  return { whole: reader.read(), places };
}

describe('an SNMP message', () => {
  it('is read whole, and each of its addresses told', () => {
    fc.assert(
      fc.property(messages, ({ octets, addresses }) => {
        expect(read(octets)).toEqual({ whole: true, places: addresses });
      }),
      { numRuns: 1000 },
    );
  });

  it('is none when it is cut', () => {
    fc.assert(
      fc.property(messages, fc.nat(), ({ octets }, cut) => {
        expect(read(octets, cut % octets.length).whole).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  const SMALL = (version: readonly number[], pdu = 0xa7, value: readonly number[] = [2, 1, 5]): number[] =>
    tlv(
      SEQUENCE,
      [
        ...version,
        4,
        1,
        0x70,
        ...tlv(pdu, [2, 1, 1, 2, 1, 0, 2, 1, 0, ...tlv(SEQUENCE, tlv(SEQUENCE, [6, 1, 43, ...value], 'short'), 'short')], 'short'),
      ],
      'short',
    );

  it('may leave its length open where no alternatives are tried behind what was found, as in the kernel', () => {
    const open = PDUS.filter((pdu) => {
      const octets = SMALL([2, 1, 0], pdu);
      return read([SEQUENCE, 0x80, ...octets.slice(2), 0, 0]).whole;
    });
    expect(open).toEqual([0xa8]);
  });

  it('has version 0 or 1, in one octet', () => {
    const versions = [
      [2, 1, 0],
      [2, 1, 1],
      [2, 1, 2],
      [2, 2, 0, 1],
      [2, 0],
      [4, 1, 0],
    ];
    expect(versions.map((version) => read(SMALL(version)).whole)).toEqual([true, true, false, false, false, false]);
  });

  it('has one of eight kinds of content', () => {
    const kinds = Array.from({ length: 256 }, (_, tag) => tag).filter((tag) => read(SMALL([2, 1, 0], tag)).whole);
    // the bit that says "constructed" may be missing
    expect(kinds).toEqual([...PDUS.map((tag) => tag & ~0x20), ...PDUS].sort((a, b) => a - b));
  });

  it('has values of these kinds, an address of four octets', () => {
    const kinds = Array.from({ length: 256 }, (_, tag) => tag).filter((tag) => read(SMALL([2, 1, 0], 0xa7, [tag, 4, 1, 2, 3, 4])).whole);
    expect(kinds).toEqual([...new Set(VALUES)].sort((a, b) => a - b));
    for (const size of [0, 1, 3, 5])
      expect(read(SMALL([2, 1, 0], 0xa7, [IP_ADDRESS, size, ...Array.from({ length: size }, () => 9)])).whole).toBe(false);
  });
});
