/** Promises of time: texts are read in time linear in their length, and there are limits where a few words could ask for much. */
import { describe, expect, it } from 'vitest';
import type { RuleError } from '../../src/errors.ts';
import { parseHost } from '../../src/host/host-json.ts';
import { parseRules } from '../../src/iptables/save.ts';
import { parseSets } from '../../src/xtables/set/store.ts';

const table = (lines: readonly string[]): string => `*filter\n${lines.join('\n')}\nCOMMIT\n`;
const times = (count: number, line: (i: number) => string): string[] => Array.from({ length: count }, (_, i) => line(i));

/** Read text for nothing but the time it takes; what is refused takes time too. */
function rules(text: string): void {
  parseRules(text, { errors: [] });
}

const SHAPES: readonly (readonly [name: string, size: number, make: (size: number) => string, read: (text: string) => void])[] = [
  ['rules', 1500, (n) => table(times(n, (i) => `-A INPUT -s 10.${i & 255}.0.0/16 -p tcp -m tcp --dport ${i & 1023} -j ACCEPT`)), rules],
  ['chains', 1000, (n) => table([...times(n, (i) => `:C${i} - [0:0]`), ...times(n, (i) => `-A C${i} -j ACCEPT`)]), rules],
  ['jumps', 1000, (n) => table([...times(n, (i) => `:C${i} - [0:0]`), ...times(n - 1, (i) => `-A C${i} -j C${i + 1}`)]), rules],
  // the number of ways through doubles with every chain
  [
    'diamonds of jumps',
    1000,
    (n) =>
      table([
        ...times(n, (i) => `:C${i} - [0:0]`),
        ...times(n - 1, (i) => `-A C${i} -j C${i + 1}\n-A C${i} -j C${i + 1}`),
        '-A INPUT -j C0',
      ]),
    rules,
  ],
  ['words of one line', 2500, (n) => table([`-A INPUT ${'-m tcp '.repeat(n)}`]), rules],
  ['one long word', 100_000, (n) => table([`-A INPUT -j ${'a'.repeat(n)}`]), rules],
  ['an open quote', 50_000, (n) => table([`-A INPUT -m comment --comment "${'a '.repeat(n)}`]), rules],
  ['backslashes', 10_000, (n) => table([`-A INPUT -m comment --comment "${'\\"'.repeat(n)}"`]), rules],
  ['addresses of one rule', 2000, (n) => table([`-A INPUT -s ${times(n, (i) => `10.0.${i >> 8}.${i & 255}`).join(',')} -j DROP`]), rules],
  ['wrong lines', 100, (n) => table(times(n, () => '-A INPUT -p tcp --dprt 22 -j ACCEPT')), rules],
  [
    'elements of a set',
    2000,
    (n) => `create s hash:ip\n${times(n, (i) => `add s 10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`).join('\n')}\n`,
    parseSets,
  ],
  ['sets', 500, (n) => times(n, (i) => `create s${i} hash:ip`).join('\n'), parseSets],
  [
    'routes of a host',
    500,
    (n) =>
      JSON.stringify({
        interfaces: [{ name: 'eth0' }],
        routes: times(n, (i) => `10.${i >> 8}.${i & 255}.0/24`).map((dst) => ({ dst, dev: 'eth0' })),
      }),
    (text) => void parseHost(text),
  ],
];

/** Parts that together are as long as the whole text. */
const PARTS = 8;

/** Twice the text at most 2.5 times the time: three doublings are eight times the text, and may cost this much more than eight readings. */
const AIM = 2.5 ** 3 / PARTS;
/** What fails: far from what noise makes of a linear reader (2.2 was seen on a crowded machine), and from a quadratic one's 8. */
const MOST = 4;

/** Processor time of reading a text so many times, microseconds. */
function cost(read: (text: string) => void, text: string, count: number): number {
  const before = process.cpuUsage();
  for (let i = 0; i < count; i++) {
    try {
      read(text);
    } catch {
      // refused: that took its time as well
    }
  }
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/**
 * Time of a text over the time of as much text in parts: 1 when the time is linear, 8 when it is quadratic. Both sides read, and
 * throw away, the same amount. Other work on the machine only ever adds, so each side counts with its fastest reading, and a ratio
 * that holds once holds.
 */
function growth(size: number, make: (size: number) => string, read: (text: string) => void): number {
  const [part, whole] = [make(size), make(PARTS * size)];
  let [parts, once] = [Infinity, Infinity];
  for (let round = 0; round < 25; round++) {
    parts = Math.min(parts, cost(read, part, PARTS));
    once = Math.min(once, cost(read, whole, 1));
    // the first round warms up
    if (round > 1 && once <= AIM * parts) break;
  }
  return once / parts;
}

describe('reading', () => {
  it.each(SHAPES)('takes time linear in its length: %s', (_name, size, make, read) => {
    expect(growth(size, make, read)).toBeLessThanOrEqual(MOST);
  });

  it('is measured so that a quadratic reader is told', () => {
    const lines = (n: number): string => times(n, (i) => `-A C${i}`).join('\n');
    const lookBack = (text: string): void => {
      const seen: string[] = [];
      for (const line of text.split('\n')) if (!seen.includes(line)) seen.push(line);
    };
    expect(growth(1000, lines, lookBack)).toBeGreaterThan(MOST);
  });
});

describe('limits', () => {
  const refusedWith = (text: string): string => {
    const errors: RuleError[] = [];
    parseRules(text, { errors, file: 'f' });
    return errors.map(({ message }) => message).join('\n');
  };
  const chain = (depth: number): string =>
    table([...times(depth, (i) => `:C${i} - [0:0]`), ...times(depth - 1, (i) => `-A C${i} -j C${i + 1}`), '-A INPUT -j C0']);

  it('allow chains 512 deep and refuse more, with the place', () => {
    // and the built-in chain that jumps to the first
    expect(refusedWith(chain(511))).toBe('');
    expect(refusedWith(chain(512))).toMatch(/^f:\d+:\d+: /);
  });

  it('refuse jumps in a circle, with the way', () => {
    const text = table([':A - [0:0]', ':B - [0:0]', '-A A -j B', '-A B -j A', '-A INPUT -j A']);
    expect(refusedWith(text)).toMatch(/A.*B.*A/);
  });

  it('refuse more than a million rules', () => {
    expect(refusedWith(`*filter\n${'-A INPUT\n'.repeat(1_000_001)}COMMIT\n`)).toMatch(/1,?000,?000/);
  }, 60_000);

  it('refuse names longer than the kernel takes', () => {
    expect(refusedWith(table([`:${'C'.repeat(29)} - [0:0]`]))).not.toBe('');
  });

  it('refuse a set element that stands for too many', () => {
    expect(() => parseSets('create s hash:ip\nadd s 0.0.0.0-255.255.255.255\n')).toThrow(/\S/);
  });
});
