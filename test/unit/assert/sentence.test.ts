/**
 * Sentences and files of expectations, and where they are wrong.
 */
import { describe, expect, it } from 'vitest';
import { readExpectations } from '../../../src/assert/index.ts';
import { readSentence, SentenceError } from '../../../src/assert/sentence.ts';
import { StateBit } from '../../../src/conntrack/ctinfo.ts';
import type { RuleError } from '../../../src/errors.ts';

const NAMES = { places: new Map(), hasDevice: (name: string): boolean => name.startsWith('eth') };
const file = (text: string): { errors: string[]; names: string[] } => {
  const errors: RuleError[] = [];
  const read = readExpectations(text, { file: 'e.yaml', hasDevice: NAMES.hasDevice, errors });
  return { errors: errors.map(({ message }) => message), names: read.map(({ name }) => name) };
};

describe('a sentence', () => {
  it('has parts', () => {
    expect(readSentence('no 10.0.0.0/8 -> eth1 tcp/22,80-90 NEW,RELATED is forwarded by filter:FORWARD:3, at most 4', NAMES)).toMatchObject(
      {
        quantifier: 'no',
        from: { any: false, devices: [], prefixes: [{ length: 8 }] },
        to: { devices: ['eth1'] },
        what: { protocol: 6, ports: Uint16Array.of(22, 22, 80, 90), states: StateBit.New | StateBit.Related },
        outcome: { kind: 'forwarded' },
        by: 'filter:FORWARD:3',
        count: { kind: 'at most', number: 4 },
      },
    );
  });

  it.each([
    ['any -> any is translated to 192.0.2.1:80', { kind: 'translated', port: 80, prefix: { length: 32 } }],
    ['any -> any is translated to [2001:db8::1]:80', { kind: 'translated', port: 80, prefix: { length: 128 } }],
    ['any -> any is translated to 2001:db8::/32', { kind: 'translated', port: -1, prefix: { length: 32 } }],
    ['nothing from host reaches eth0 udp', { kind: 'reaches', place: { devices: ['eth0'] } }],
    ['nothing reaches any', { kind: 'reaches', place: { any: true } }],
    ['any → host are delivered', { kind: 'delivered' }],
  ])('%s', (text, outcome) => {
    expect(readSentence(text, NAMES).outcome).toMatchObject(outcome);
  });

  it.each([
    ['', 0, 'a place is missing'],
    ['any -> wlan0 is dropped', 7, 'is no address, no interface'],
    ['any any is dropped', 4, "`->' was expected"],
    ['any -> any is lost', 14, 'is no outcome'],
    ['any -> any tcp udp is dropped', 15, 'names a second protocol'],
    ['any -> any tcp/99999 is dropped', 11, 'has no ports'],
    ['any -> any new is dropped', 11, "`is' was expected"],
    ['any -> any is dropped, at least many', 32, 'is no number'],
    ['any -> any is dropped, about 3', 23, "`at' was expected"],
    ['any -> any is dropped now', 22, 'was not expected here'],
    ['any -> any is translated to nowhere', 28, 'is no address or prefix'],
    ['nothing from eth0', 17, "`reaches' was expected"],
  ])('%j is refused at %d', (text, offset, reason) => {
    try {
      readSentence(text, NAMES);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(SentenceError);
      expect([(error as SentenceError).offset, (error as Error).message]).toEqual([offset, expect.stringContaining(reason)]);
    }
  });
});

describe('a file of expectations', () => {
  it('names places and expectations', () => {
    expect(
      file('places:\n  lan: [eth0, 10.0.0.0/8]\nexpect:\n  - lan -> any is accepted\n  - name: b\n    that: "any -> lan is dropped"\n'),
    ).toEqual({
      errors: [],
      names: ['lan -> any is accepted', 'b'],
    });
  });

  it.each([
    ['expect:\n  - any -> wlan0 is dropped\n', 'e.yaml:2:12: "wlan0": is no address'],
    ['expect:\n  - name: x\n    that: "any -> wlan0 is dropped"\n', 'e.yaml:3:19: "wlan0": is no address'],
    ['places:\n  lan: wlan0\nexpect: []\n', 'e.yaml:2:8: "wlan0": is no address'],
    ['expects:\n  - any -> any is dropped\n', 'e.yaml:1:1: "expects": is no key of this file'],
    ['expect:\n  - what: any -> any is dropped\n', 'e.yaml:2:5: "what": is no key of an expectation'],
    ['expect: any\n', 'must be a list'],
    ['expect: [a: b', 'e.yaml:1:'],
    ['', 'must hold'],
    ['a: &a [1]\nexpect: *a\n', 'must be a list'],
    [`expect: ${'['.repeat(20_000)}`, 'e.yaml:'],
  ])('%j is refused', (text, message) => {
    expect(file(text).errors.join('\n')).toContain(message);
  });
});
