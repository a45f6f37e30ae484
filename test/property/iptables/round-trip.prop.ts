import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RuleError } from '../../../src/errors.ts';
import { LineWords } from '../../../src/iptables/line-words.ts';
import { printRules } from '../../../src/iptables/print.ts';
import { parseRules } from '../../../src/iptables/save.ts';

const octet = (): fc.Arbitrary<number> => fc.nat(255);
const ipv4 = (): fc.Arbitrary<string> => fc.tuple(octet(), octet(), octet(), octet()).map((parts) => parts.join('.'));
const prefix = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc.tuple(ipv4(), fc.nat(32)).map(([address, length]) => `${address}/${length}`),
    fc.tuple(ipv4(), ipv4()).map(([address, mask]) => `${address}/${mask}`),
    ipv4(),
  );
const not = (): fc.Arbitrary<string> => fc.constantFrom('', '! ');
const device = (): fc.Arbitrary<string> => fc.constantFrom('eth0', 'eth+', 'lo', '+', 'br-0a1b2c3d4e5f', 'wg0.7');
const part = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc.tuple(not(), prefix()).map(([invert, text]) => `${invert}-s ${text}`),
    fc.tuple(not(), prefix()).map(([invert, text]) => `${invert}--destination ${text}`),
    fc.tuple(not(), device()).map(([invert, text]) => `${invert}-i ${text}`),
    fc.tuple(not(), fc.integer({ min: 1, max: 255 })).map(([invert, number]) => `${invert}-p ${number}`),
    not().map((invert) => `${invert}-f`),
    fc.nat().map((mark) => `-m mark --mark ${mark}`),
    fc.constantFrom(
      '-m conntrack --ctstate NEW,ESTABLISHED',
      '-m limit --limit 5/min',
      '-m addrtype --dst-type LOCAL',
      '-m pkttype --pkt-type broadcast',
    ),
    fc
      .string({ unit: fc.constantFrom(...Array.from(' "\\\'!-abcé漢😀$`')), maxLength: 20 })
      .map((text) => `-m comment --comment "${text.replace(/["\\]/g, '\\$&')}"`),
  );
const target = (): fc.Arbitrary<string> =>
  fc.constantFrom('', '-j ACCEPT', '-j DROP', '-j RETURN', '-j own', '-g own', '-j REJECT', '-j LOG --log-prefix "a b"');
const rule = (): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.nat(1e6),
      fc.nat(1e9),
      fc.constantFrom('FORWARD', 'zone'),
      fc.uniqueArray(part(), { maxLength: 5, selector: kindOf }),
      target(),
    )
    .map(([packets, bytes, chain, parts, end]) => `[${packets}:${bytes}] -A ${chain} ${parts.join(' ')} ${end}`);

/** Options of the header may stand in a rule once. */
function kindOf(text: string): string {
  const [first, second] = text.replace(/^! /, '').split(' ');
  return first === '-m' ? `-m ${second}` : first!;
}

const file = (): fc.Arbitrary<string> =>
  fc
    .array(rule(), { maxLength: 12 })
    .map((rules) => `*filter\n:FORWARD DROP [7:8]\n:zone - [0:0]\n:own - [0:0]\n${rules.join('\n')}\nCOMMIT\n`);

describe('rule text', () => {
  it('comes back the same once it was printed', () => {
    fc.assert(
      fc.property(file(), (text) => {
        const once = printRules(parseRules(text), { counters: true });
        expect(printRules(parseRules(once), { counters: true })).toBe(once);
      }),
    );
  });

  it('never does anything but load or be refused at a place inside it', () => {
    const word = fc.constantFrom(
      '-A',
      'INPUT',
      '-j',
      'DROP',
      '-m',
      'tcp',
      '--dport',
      '!',
      '-p',
      '80',
      '"',
      '\\',
      '*filter',
      ':x',
      '-',
      '[1:2]',
      'COMMIT',
      '__proto__',
      '-I',
      '-D',
      '1',
      '-s',
      '::1',
      '1.2.3.4/8,',
      '-P',
      '-X',
      '-E',
      '-Z',
      '\r',
      '\t',
      '-f4v',
    );
    const junk = fc
      .array(
        fc.array(word, { maxLength: 8 }).map((words) => words.join(' ')),
        { maxLength: 8 },
      )
      .map((lines) => `*filter\n${lines.join('\n')}\nCOMMIT\n`);
    const cut = fc
      .tuple(file(), fc.nat(), fc.string({ maxLength: 3 }))
      .map(([text, at, noise]) => text.slice(0, at % text.length) + noise + text.slice((at % text.length) + 1));
    fc.assert(
      fc.property(fc.oneof(junk, cut), fc.constantFrom(4 as const, 6 as const), (text, family) => {
        const errors: RuleError[] = [];
        parseRules(text, { family, errors });
        const lines = text.split('\n');
        for (const { at } of errors) {
          expect(at.line).toBeGreaterThanOrEqual(1);
          expect(at.line).toBeLessThanOrEqual(lines.length);
          expect(at.column).toBeLessThanOrEqual((lines[at.line - 1] ?? '').length + 1);
        }
      }),
    );
  });

  it('quotes so that words come back', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ unit: 'binary' }).filter((text) => !/[\n\r]/.test(text)),
          { maxLength: 6 },
        ),
        (words) => {
          const line = words.map((word) => `"${word.replace(/["\\]/g, '\\$&')}"`).join(' ');
          const split = new LineWords();
          split.split(line, 0, line.length);
          expect(split.texts.slice(0, split.count)).toEqual(words);
        },
      ),
    );
  });
});
