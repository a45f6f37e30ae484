import { describe, expect, it } from 'vitest';
import { parseRules } from '../../../src/iptables/save.ts';

const HOOKS = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'];
/** Built-in chains by table; the matrix of the book is shifted by a column. */
const CHAINS: Record<string, readonly string[]> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: HOOKS,
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
};

/** Every `table CHAIN` in which the kernel takes a rule. */
function accepted(rule: string): string[] {
  return Object.entries(CHAINS).flatMap(([table, chains]) =>
    chains.flatMap((chain) => {
      try {
        parseRules(`*${table}\n-A ${chain} ${rule}\nCOMMIT\n`, { file: 'rules' });
        return [`${table} ${chain}`];
      } catch {
        return [];
      }
    }),
  );
}

const ALL = Object.entries(CHAINS).flatMap(([table, chains]) => chains.map((chain) => `${table} ${chain}`));

describe('tables and chains', () => {
  it.each(Object.entries(CHAINS))('%s has just its own built-in chains', (table, chains) => {
    const found = HOOKS.filter((chain) => {
      try {
        parseRules(`*${table}\n-A ${chain} -j ACCEPT\nCOMMIT\n`, { file: 'rules' });
        return true;
      } catch {
        return false;
      }
    });
    expect(found).toEqual(HOOKS.filter((chain) => chains.includes(chain)));
  });
});

describe('targets and where they may stand', () => {
  it.each([
    ['ACCEPT everywhere', '-j ACCEPT', ALL],
    ['DROP everywhere but in nat', '-j DROP', ALL.filter((where) => !where.startsWith('nat'))],
    ['RETURN everywhere', '-j RETURN', ALL],
    ['LOG everywhere', '-j LOG', ALL],
    ['MARK everywhere', '-j MARK --set-mark 1', ALL],
    ['AUDIT everywhere', '-j AUDIT --type accept', ALL],
    ['REJECT in filter', '-j REJECT', ['filter INPUT', 'filter FORWARD', 'filter OUTPUT']],
    ['DNAT in nat, before the routing decision', '-j DNAT --to-destination 10.0.0.1', ['nat PREROUTING', 'nat OUTPUT']],
    ['SNAT in nat, behind it', '-j SNAT --to-source 10.0.0.1', ['nat INPUT', 'nat POSTROUTING']],
    ['MASQUERADE in nat POSTROUTING', '-j MASQUERADE', ['nat POSTROUTING']],
    ['REDIRECT as DNAT', '-p tcp -j REDIRECT --to-ports 80', ['nat PREROUTING', 'nat OUTPUT']],
    ['NETMAP at both ends', '-j NETMAP --to 10.0.0.0/24', ['nat PREROUTING', 'nat INPUT', 'nat OUTPUT', 'nat POSTROUTING']],
    ['NOTRACK and CT in raw', '-j CT --notrack', ['raw PREROUTING', 'raw OUTPUT']],
    ['TTL in mangle', '-j TTL --ttl-set 1', HOOKS.map((chain) => `mangle ${chain}`)],
  ])('%s', (_, rule, where) => {
    expect(accepted(rule)).toEqual(where);
  });

  it('says why DROP is not for nat in words that users know', () => {
    expect(() => parseRules('*nat\n-A PREROUTING -j DROP\nCOMMIT\n', { file: 'rules' })).toThrow(
      'The "nat" table is not intended for filtering, the use of DROP is therefore inhibited',
    );
  });
});
