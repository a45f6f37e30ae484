/**
 * The real rule sets that may not be copied here, and iptables' own table of options, where they are at hand.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { RuleError } from '../../../src/errors.ts';
import { printRules } from '../../../src/iptables/print.ts';
import { parseRules } from '../../../src/iptables/save.ts';

const ROOT = fileURLToPath(new URL('../../../../shared/rulesets', import.meta.url));
const TABLES = join(ROOT, 'local-only/oracles/iptables-extensions-t');
const present = existsSync(join(ROOT, 'INDEX.tsv'));

interface Row {
  readonly path: string;
  readonly family: 4 | 6;
  readonly saved: string | null;
  readonly loads: boolean;
}

function rows(): Row[] {
  const [, ...lines] = readFileSync(join(ROOT, 'INDEX.tsv'), 'utf8').split('\n');
  return lines
    .map((line) => line.split('\t'))
    .filter(([path = '', format = '']) => /^ip6?tables$/.test(format) && existsSync(join(ROOT, path)))
    .map((columns) => {
      const path = join(ROOT, columns[0]!);
      const saved = `${path}.saved-by-1.8.9-legacy`;
      return {
        path,
        family: columns[1] === 'ip6tables' ? 6 : 4,
        saved: existsSync(saved) ? saved : null,
        loads: columns.slice(12, 14).includes('ok'),
      };
    });
}

const lines = (text: string): string =>
  text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .join('\n');

/** What a rule comes out as, or null when it is refused. */
function savedRule(rule: string, place: { readonly table: string; readonly chain: string; readonly family: 4 | 6 }): string | null {
  try {
    const set = parseRules(`*${place.table}\n-A ${place.chain} ${rule}\nCOMMIT\n`, { family: place.family });
    return (
      printRules(set)
        .split('\n')
        .find((line) => line.startsWith('-A ')) ?? ''
    );
  } catch (error) {
    if (error instanceof RuleError) return null;
    throw error;
  }
}

function familiesOf(file: string): readonly (4 | 6)[] {
  if (file.startsWith('libipt_')) return [4];
  return file.startsWith('libip6t_') ? [6] : [4, 6];
}

/** Lines of the option tables that hookline reads as they say, and all. */
function countTableLines(): { agreed: number; all: number } {
  let agreed = 0;
  let all = 0;
  for (const file of readdirSync(TABLES).filter((name) => /^(?:libxt|libipt|libip6t)_|^iptables/.test(name))) {
    let chains: readonly string[] = [];
    let table = 'filter';
    for (const line of readFileSync(join(TABLES, file), 'utf8').split('\n')) {
      if (line.startsWith(':')) chains = line.slice(1).trim().split(',');
      else if (line.startsWith('*')) table = line.slice(1).trim();
      const [rule = '', text = '', outcome] = line.split(';');
      if (outcome === undefined || /^[#@%:*]/.test(line)) continue;
      for (const family of familiesOf(file)) {
        for (const chain of chains) {
          const wanted = outcome === 'OK' ? `-A ${chain} ${text.trim() === '=' ? rule : text}`.trim() : null;
          all++;
          if (savedRule(rule, { table, chain, family }) === wanted) agreed++;
        }
      }
    }
  }
  return { agreed, all };
}

describe.skipIf(!present)('real rule sets at hand', () => {
  it('print as the kernel gives them back', () => {
    const counted = { files: 0, equal: 0, refused: 0 };
    const wrong: string[] = [];
    for (const { path, family, saved } of rows()) {
      if (saved === null) continue;
      counted.files++;
      try {
        const text = printRules(parseRules(readFileSync(path, 'utf8'), { file: path, family, counters: false }));
        if (lines(text) === lines(readFileSync(saved, 'utf8'))) counted.equal++;
        else wrong.push(path);
      } catch (error) {
        counted.refused++;
        wrong.push(String(error));
      }
    }
    console.info(`real rule sets: ${counted.files} with a saved twin, ${counted.equal} print equal, ${counted.refused} refused`);
    expect(wrong).toEqual([]);
    expect(counted.files).toBeGreaterThan(60);
  });

  it('of iptables own table of options, as many lines agree as ever', () => {
    const { agreed, all } = countTableLines();
    console.info(`option tables: ${agreed} of ${all} lines agree`);
    // The tables are of a later iptables; the rest is what 1.8.9 does otherwise, sets that are not there, and cgroup.
    expect(agreed).toBeGreaterThanOrEqual(3217);
  });
});
