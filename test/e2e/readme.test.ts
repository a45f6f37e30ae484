/**
 * The README does what it says: its commands are run, its examples executed, its lists compared with the code. UPDATE_README=1
 * writes what came out into it instead.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { HELPERS } from '../../src/conntrack/helper/index.ts';
import { MATCHES } from '../../src/xtables/match/index.ts';
import { SET_TYPES } from '../../src/xtables/set/set-type.ts';
import { TABLES } from '../../src/xtables/table.ts';
import { TARGETS } from '../../src/xtables/target/index.ts';
import { hookline, ROOT } from '../support/cli.ts';
import { fidelity, fidelityTable, isRecorded, TRACKERS, VERDICTS } from '../support/fidelity.ts';
import { NOTES } from '../support/fidelity-notes.ts';

const PATH = join(ROOT, 'README.md');
const UPDATE = process.env['UPDATE_README'] === '1';
const WIDTH = 120;

let readme = readFileSync(PATH, 'utf8');

interface Fence {
  readonly language: string;
  readonly text: string;
}

function fences(): Fence[] {
  return [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language, text]) => ({ language: language!, text: text! }));
}

/** Compare, or in an update write `actual` where `expected` stands. */
function check(expected: string, actual: string): void {
  if (UPDATE) readme = readme.replace(expected, () => actual);
  else expect(actual).toBe(expected);
}

/** As much of `actual` as `expected` shows: what ends in a line `...` is a beginning. */
function abridged(actual: string, expected: string): string {
  if (!expected.endsWith('\n...\n')) return actual;
  return `${actual
    .split('\n')
    .slice(0, expected.split('\n').length - 2)
    .join('\n')}\n...\n`;
}

function scenarioCount(folder: string): number {
  if (existsSync(join(folder, 'truth.json.gz'))) return 1;
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .reduce((sum, { name }) => sum + scenarioCount(join(folder, name)), 0);
}

/** `**Title** (n): a, b, c`, folded as the rest of the text is. */
function list(title: string, names: readonly string[]): string {
  const words = `- **${title}** (${names.length}): ${[...names]
    .sort()
    .map((name) => `\`${name}\``)
    .join(', ')}`.split(' ');
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    if (line !== '' && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = `  ${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}

/** `dst` of IPv6 and the like are told apart where the two families differ. */
function named({ name, families }: { readonly name: string; readonly families?: readonly (4 | 6)[] }): string {
  return families?.length === 1 && MATCHES.filter((match) => match.name === name).length > 1 ? `${name} (IPv${families[0]})` : name;
}

const commands = fences()
  .filter(({ language, text }) => language === 'console' && text.startsWith('$ npx hookline '))
  .map(({ text }) => {
    const end = text.indexOf('\n');
    return [text.slice('$ npx hookline '.length, end), text.slice(end + 1)] as const;
  });
const examples = fences().flatMap(({ language, text }, i, all) => {
  const next = all[i + 1];
  return language === 'ts' && next?.language === 'text' ? [[text, next.text] as const] : [];
});

/** Commands that are shown finding something. */
const FINDING = new Set(['fuzz', 'diff', 'assert']);

describe('README', () => {
  it('has commands and examples', () => {
    expect(commands.length).toBeGreaterThanOrEqual(7);
    expect(examples.length).toBeGreaterThanOrEqual(3);
  });

  it.each(commands)('hookline %s', (words, expected) => {
    const { code, out, err } = hookline(words.split(' '));
    expect([code, err]).toEqual([FINDING.has(words.split(' ')[0]!) ? 3 : 0, '']);
    check(expected, abridged(out, expected));
  });

  it('shows the demo that `npm run demo` runs', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
    expect(scripts['demo']).toBe(`npm run -s build && node dist/bundle/main.js ${commands[0]?.[0]}`);
  });

  it.each(examples.map(([code, expected], i) => [i + 1, code, expected] as const))('example %d runs as printed', (i, code, expected) => {
    const folder = join(ROOT, '.cache', 'readme');
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `example-${i}-${process.pid}.mjs`);
    writeFileSync(file, code);
    const { status, stdout, stderr } = spawnSync(process.execPath, [file], { cwd: ROOT, encoding: 'utf8' });
    rmSync(file);
    expect([status, stderr]).toEqual([0, '']);
    check(expected, abridged(stdout, expected));
  });

  it('has examples that are typed right', () => {
    const folder = join(ROOT, '.cache', 'readme');
    mkdirSync(folder, { recursive: true });
    const files = examples.map(([code], i) => {
      const file = join(folder, `typed-${i}-${process.pid}.mts`);
      writeFileSync(file, code);
      return file;
    });
    const flags = [
      '--noEmit',
      '--strict',
      '--ignoreConfig',
      '--target',
      'es2023',
      '--module',
      'nodenext',
      '--types',
      'node',
      '--skipLibCheck',
    ];
    const { status, stdout } = spawnSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), ...flags, ...files], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    for (const file of files) rmSync(file);
    expect([status, stdout]).toEqual([0, '']);
  });

  it('shows the first library example in at most ten lines of code', () => {
    const lines = examples[0]![0].split('\n').filter((line) => line.trim() !== '');
    expect(lines.length).toBeLessThanOrEqual(10);
  });

  it('lists the tables, matches, targets, sets and helpers there are', () => {
    const begin = readme.indexOf('<!-- lists');
    const from = readme.indexOf('-->\n', begin) + 4;
    const text = readme.slice(from, readme.indexOf('<!-- end of lists -->', from));
    const expected = [
      list(
        'Tables',
        TABLES.map(({ name }) => name),
      ),
      list('Matches', MATCHES.map(named)),
      list('Targets', [...TARGETS.map(({ name }) => name), ...VERDICTS]),
      list(
        'Set types',
        SET_TYPES.map(({ name }) => name),
      ),
      list(
        'Protocols with a tracker of their own',
        TRACKERS.map(({ name }) => name),
      ),
      list('Connection helpers', [...new Set(HELPERS.map(({ name }) => name))]),
    ].join('\n');
    check(text, `${expected}\n`);
  });

  describe('fidelity table', () => {
    const rows = fidelity();

    it('tells of everything that is evaluated how it was checked', () => {
      const begin = readme.indexOf('<!-- fidelity');
      const from = readme.indexOf('-->\n\n', begin) + 5;
      const text = readme.slice(from, readme.indexOf('\n<!-- end of fidelity -->', from));
      check(text, fidelityTable(rows));
    });

    it('has a note where the reference kernel was not asked', () => {
      expect(rows.filter((row) => row.note === '' && !isRecorded(row)).map(({ kind, name }) => `${kind} ${name}`)).toEqual([]);
    });

    it('has no note about nothing', () => {
      const known = new Set(rows.map(({ kind, name }) => `${kind} ${name}`));
      expect([...NOTES.keys()].filter((key) => !known.has(key))).toEqual([]);
    });
  });

  it('shows the table of the last bench', () => {
    const results = readFileSync(join(ROOT, 'bench/RESULTS.md'), 'utf8');
    const table = between(results, '<!-- rows -->\n', '\n<!-- end of rows -->');
    const begin = readme.indexOf('<!-- performance');
    check(between(readme.slice(begin), '-->\n\n', '\n<!-- end of performance -->'), `${table}\n`);
  });

  it('tells how many recorded scenarios there are', () => {
    const found = /More than (\S+) recorded scenarios stand in/.exec(readme);
    expect(found).not.toBeNull();
    const hundreds = Math.floor((scenarioCount(join(ROOT, 'fixtures/scenarios')) - 1) / 100);
    check(found![0], `More than ${hundreds * 100} recorded scenarios stand in`);
  });

  it('names only files that are there', () => {
    const paths = [...readme.matchAll(/`((?:src|test|fixtures|bench)\/[\w./-]+)`/g)].map(([, path]) => path!);
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('names every subpath of the package', () => {
    const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { exports: Record<string, unknown> };
    const missing = Object.keys(exports)
      .filter((path) => path !== './package.json')
      .filter((path) => !readme.includes(`| \`hookline${path.slice(1)}\` |`));
    expect(missing).toEqual([]);
  });
});

function between(text: string, begin: string, end: string): string {
  const from = text.indexOf(begin) + begin.length;
  return text.slice(from, text.indexOf(end, from));
}

afterAll(() => {
  if (UPDATE) writeFileSync(PATH, readme);
});
