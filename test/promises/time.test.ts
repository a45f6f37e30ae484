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
  ['rules', 6000, (n) => table(times(n, (i) => `-A INPUT -s 10.${i & 255}.0.0/16 -p tcp -m tcp --dport ${i & 1023} -j ACCEPT`)), rules],
  ['chains', 4000, (n) => table([...times(n, (i) => `:C${i} - [0:0]`), ...times(n, (i) => `-A C${i} -j ACCEPT`)]), rules],
  ['jumps', 400, (n) => table([...times(n, (i) => `:C${i} - [0:0]`), ...times(n - 1, (i) => `-A C${i} -j C${i + 1}`)]), rules],
  // the number of ways through doubles with every chain
  [
    'diamonds of jumps',
    200,
    (n) =>
      table([
        ...times(n, (i) => `:C${i} - [0:0]`),
        ...times(n - 1, (i) => `-A C${i} -j C${i + 1}\n-A C${i} -j C${i + 1}`),
        '-A INPUT -j C0',
      ]),
    rules,
  ],
  ['words of one line', 20_000, (n) => table([`-A INPUT ${'-m tcp '.repeat(n)}`]), rules],
  ['one long word', 400_000, (n) => table([`-A INPUT -j ${'a'.repeat(n)}`]), rules],
  ['an open quote', 100_000, (n) => table([`-A INPUT -m comment --comment "${'a '.repeat(n)}`]), rules],
  ['backslashes', 100_000, (n) => table([`-A INPUT -m comment --comment "${'\\"'.repeat(n)}"`]), rules],
  ['addresses of one rule', 2000, (n) => table([`-A INPUT -s ${times(n, (i) => `10.0.${i >> 8}.${i & 255}`).join(',')} -j DROP`]), rules],
  ['wrong lines', 4000, (n) => table(times(n, () => '-A INPUT -p tcp --dprt 22 -j ACCEPT')), rules],
  [
    'elements of a set',
    8000,
    (n) => `create s hash:ip\n${times(n, (i) => `add s 10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`).join('\n')}\n`,
    parseSets,
  ],
  ['sets', 2000, (n) => times(n, (i) => `create s${i} hash:ip`).join('\n'), parseSets],
  [
    'routes of a host',
    2000,
    (n) =>
      JSON.stringify({
        interfaces: [{ name: 'eth0' }],
        routes: times(n, (i) => `10.${i >> 8}.${i & 255}.0/24`).map((dst) => ({ dst, dev: 'eth0' })),
      }),
    (text) => void parseHost(text),
  ],
];

/** Processor time of the fastest of a few readings, microseconds. */
function cost(read: (text: string) => void, text: string): number {
  let best = Infinity;
  for (let i = 0; i < 5; i++) {
    const before = process.cpuUsage();
    try {
      read(text);
    } catch {
      // refused: that took its time as well
    }
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, user + system);
  }
  return best;
}

/** Below this, in microseconds, only noise is measured. */
const TOO_SHORT = 3000;

describe('reading', () => {
  it.each(SHAPES)('takes time linear in its length: %s', (_name, size, make, read) => {
    const [once, twice] = [make(size), make(2 * size)];
    cost(read, twice);
    // a ratio that holds once holds: other work on the machine only ever adds
    const ratios = [];
    for (let tries = 0; tries < 6; tries++) {
      const ratio = cost(read, twice) / Math.max(cost(read, once), TOO_SHORT);
      if (ratio <= 2.5) return;
      ratios.push(ratio.toFixed(1));
    }
    expect.fail(`twice the text takes ${ratios.join(', ')} times as long`);
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
    expect(refusedWith(chain(511))).toBe('');
    expect(refusedWith(chain(600))).toMatch(/^f:\d+:\d+: /);
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
