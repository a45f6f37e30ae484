/**
 * The corpus of iptables' own extension tests, one rule a line with what it prints as or that it is refused. The files are not ours
 * to ship: the test runs where they lie beside the checkout and says so where they do not.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import { plainRouter } from '../../src/host/plain-router.ts';
import { printRules } from '../../src/iptables/print.ts';
import { parseRules } from '../../src/iptables/save.ts';
import { attachRules } from '../../src/replay/attach.ts';
import { SetStore } from '../../src/xtables/set/store.ts';

const FOLDER = fileURLToPath(new URL('../../../shared/rulesets/local-only/oracles/iptables-extensions-t/', import.meta.url));

/** Lines whose corpus is newer than iptables 1.8.9, whose text hookline reads and prints; by file, with the reason. */
const KNOWN: Readonly<Record<string, string>> = {
  'iptables.t': '1.8.9 saves `! -i +` as nothing',
  'libip6t_ah.t': '1.8.9 saves an inverted full range as nothing',
  'libipt_icmp.t': '1.8.9 saves type 255/255 as any',
  'libxt_NFQUEUE.t': '1.8.9 takes an open range up to 65535',
  'libxt_conntrack.t': '1.8.9 takes --ctproto 0',
  'libxt_dccp.t': '1.8.9 reads backward port ranges and inverted full ranges its own way',
  'libxt_ipcomp.t': '1.8.9 saves an inverted full range as nothing',
  'libxt_tcp.t': '1.8.9 saves an inverted full range as nothing',
};

function outcome(family: 4 | 6, table: string, chain: string, rule: string): string {
  const declared = /^[a-z]/.test(chain) ? `:${chain} - [0:0]\n` : '';
  try {
    const rules = parseRules(`*${table}\n${declared}-A ${chain} ${rule}\nCOMMIT\n`, { file: 'line', family });
    const host = plainRouter();
    try {
      attachRules(new Engine({ host }), rules, new SetStore());
    } catch (error) {
      // what cannot be evaluated on a host without its sockets or secrets was still read and prints
      if ((error as { code?: string }).code !== 'ERR_UNSUPPORTED') throw error;
    }
    return (
      printRules(rules, { counters: false })
        .split('\n')
        .find((line) => line.startsWith('-A')) ?? ''
    );
  } catch {
    return 'FAIL';
  }
}

describe.runIf(existsSync(FOLDER))('iptables extension corpus (skipped where it is not beside the checkout)', () => {
  it('agrees on at least 97 % of the lines, and every other is of a known file', () => {
    let total = 0;
    let agree = 0;
    const unknown: string[] = [];
    for (const file of readdirSync(FOLDER).filter((name) => /^(libxt|libipt|libip6t)_|^iptables/.test(name))) {
      const families: readonly (4 | 6)[] = file.startsWith('libipt_') ? [4] : file.startsWith('libip6t_') ? [6] : [4, 6];
      let chains: string[] = [];
      let table = 'filter';
      for (const line of readFileSync(FOLDER + file, 'utf8').split('\n')) {
        if (line.startsWith(':')) chains = line.slice(1).trim().split(',');
        else if (line.startsWith('*')) table = line.slice(1).trim();
        if (line === '' || ':*#@%'.includes(line[0]!)) continue;
        const [rule = '', saved = '', result] = line.split(';');
        if (result === undefined) continue;
        for (const family of families) {
          for (const chain of chains) {
            total++;
            const text = saved.trim() === '=' ? rule.trim() : saved.trim();
            const expected = result === 'OK' ? `-A ${chain} ${text}`.trim() : 'FAIL';
            if (outcome(family, table, chain, rule) === expected) agree++;
            else if (!(file in KNOWN)) unknown.push(`${file}: ${family} ${table}:${chain} ${rule}`);
          }
        }
      }
    }
    expect(unknown).toEqual([]);
    expect(agree / total).toBeGreaterThan(0.97);
  });
});
