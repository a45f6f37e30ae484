/**
 * Which rules are called dead, why and by which others; and which must not be.
 */
import { describe, expect, it } from 'vitest';
import { deadRulesOf } from '../../../src/coverage/dead-rules.ts';
import { RegionReader } from '../../../src/coverage/rule-region.ts';
import { parseRules } from '../../../src/iptables/save.ts';

/** `FORWARD:2 shadowed FORWARD:1` of the dead rules of a table; lines alone are the filter table. */
function dead(lines: string, { table = 'filter', family = 4 as 4 | 6 } = {}): string[] {
  const chains = [...new Set([...lines.matchAll(/-A (\w+)/g)].map(([, name]) => name!))].filter((name) => !/^[A-Z]+$/.test(name));
  const text = `*${table}\n${chains.map((name) => `:${name} - [0:0]\n`).join('')}${lines.trim()}\nCOMMIT\n`;
  const rules = parseRules(text, { file: 'rules', family });
  const name = (id: number): string => rules.ruleName(id).slice(table.length + 1);
  const proof = deadRulesOf(rules.table(table)!, new RegionReader(family));
  return [...proof.dead].map(([id, { reason, by }]) => [name(id), reason, by.map(name).join('+')].join(' ').trim()).sort();
}

describe('a rule is dead', () => {
  it.each<[why: string, rules: string, dead: string[]]>([
    ['behind one for all', '-A FORWARD -j DROP\n-A FORWARD -p tcp -j ACCEPT', ['FORWARD:2 shadowed FORWARD:1']],
    [
      'inside a wider prefix',
      '-A FORWARD -s 10.0.0.0/8 -j DROP\n-A FORWARD -s 10.1.0.0/16 -p udp -j ACCEPT',
      ['FORWARD:2 shadowed FORWARD:1'],
    ],
    [
      'inside two halves',
      '-A FORWARD -d 10.0.0.0/9 -j DROP\n-A FORWARD -d 10.128.0.0/9 -j ACCEPT\n-A FORWARD -d 10.0.0.0/8 -j ACCEPT',
      ['FORWARD:3 shadowed FORWARD:1+FORWARD:2'],
    ],
    ['beside what is inverted', '-A FORWARD ! -s 10.0.0.0/8 -j DROP\n-A FORWARD -s 192.0.2.1 -j ACCEPT', ['FORWARD:2 shadowed FORWARD:1']],
    [
      'between ports',
      '-A FORWARD -p tcp -m multiport --dports 22,80:90 -j DROP\n-A FORWARD -p tcp --dport 81 --syn -j ACCEPT',
      ['FORWARD:2 shadowed FORWARD:1'],
    ],
    [
      'of a state that is gone',
      '-A FORWARD -m conntrack --ctstate NEW,RELATED -j ACCEPT\n-A FORWARD -m state --state ESTABLISHED,INVALID,UNTRACKED -j DROP\n-A FORWARD -p tcp -j ACCEPT',
      ['FORWARD:3 shadowed FORWARD:1+FORWARD:2'],
    ],
    [
      'of an interface that begins so',
      '-A FORWARD -i eth+ -j DROP\n-A FORWARD -i eth0 -o eth1 -j ACCEPT',
      ['FORWARD:2 shadowed FORWARD:1'],
    ],
    [
      'with the same text',
      '-A FORWARD -m addrtype --dst-type LOCAL -j DROP\n-A FORWARD -m addrtype --dst-type LOCAL -p tcp -j ACCEPT',
      ['FORWARD:2 shadowed FORWARD:1'],
    ],
    ['in a chain nobody leads to', '-A spare -j DROP\n-A FORWARD -j ACCEPT', ['spare:1 unreachable']],
    [
      'in a chain only dead rules lead to',
      '-A FORWARD -j ACCEPT\n-A FORWARD -j spare\n-A spare -p tcp -j DROP',
      ['FORWARD:2 shadowed FORWARD:1', 'spare:1 unreachable'],
    ],
    ['in a chain for other packets', '-A FORWARD -p tcp -j mine\n-A mine -p udp -j DROP', ['mine:1 never comes']],
    [
      'behind a chain that ends them',
      '-A FORWARD -p tcp -j mine\n-A FORWARD -p tcp --dport 80 -j ACCEPT\n-A mine -s 10.0.0.0/8 -j DROP\n-A mine -j ACCEPT',
      ['FORWARD:2 shadowed FORWARD:1+mine:2'],
    ],
    [
      'behind a goto',
      '-A FORWARD -p tcp -g mine\n-A FORWARD -p tcp -j DROP\n-A mine -p udp',
      ['FORWARD:2 shadowed FORWARD:1', 'mine:1 never comes'],
    ],
    [
      'contradicting itself',
      '-A FORWARD ! -s 0.0.0.0/0 -j DROP\n-A FORWARD -m mark --mark 2/1 -j DROP',
      ['FORWARD:1 contradiction', 'FORWARD:2 contradiction'],
    ],
    ['for an interface its hook has not', '-A INPUT -j mine\n-A mine -o eth0 -j DROP', ['mine:1 never comes']],
  ])('%s', (_, rules, expected) => {
    expect(dead(rules)).toEqual(expected);
  });

  it('of IPv6 addresses too', () => {
    expect(
      dead('-A FORWARD -s 2001:db8::/32 -j DROP\n-A FORWARD -s 2001:db8:ffff::/48 -j ACCEPT\n-A FORWARD -s 2001:db9::/32 -j ACCEPT', {
        family: 6,
      }),
    ).toEqual(['FORWARD:2 shadowed FORWARD:1']);
  });
});

describe('a rule is not called dead', () => {
  it.each<[why: string, rules: string, table?: string]>([
    ['behind one that only tells', '-A FORWARD -j LOG\n-A FORWARD -j ACCEPT'],
    ['behind one that holds at times', '-A FORWARD -m limit --limit 1/s -j DROP\n-A FORWARD -j ACCEPT'],
    ['of packets that a match cannot judge', '-A FORWARD -p tcp -m tcp -j DROP\n-A FORWARD -p tcp -f -j ACCEPT'],
    ['of later fragments, behind ports', '-A FORWARD -p udp -m udp --dport 0:65535 -j DROP\n-A FORWARD -p udp -j ACCEPT'],
    ['of another option of TCP', '-A FORWARD -p tcp -m tcp --tcp-option 3 -j DROP\n-A FORWARD -p tcp -m tcp -j ACCEPT'],
    [
      'whose mark was written since',
      '-A FORWARD -m mark --mark 1 -j ACCEPT\n-A FORWARD -j MARK --set-mark 1\n-A FORWARD -m mark --mark 1 -j DROP',
      'mangle',
    ],
    [
      'whose mark was written in a chain',
      '-A FORWARD -m mark --mark 1 -j ACCEPT\n-A FORWARD -j mine\n-A FORWARD -m mark --mark 1 -j DROP\n-A mine -j MARK --set-mark 1',
      'mangle',
    ],
    [
      'whose caller asked for another mark',
      '-A FORWARD -m mark --mark 2 -j mine\n-A mine -j MARK --set-mark 1\n-A mine -m mark --mark 1 -j DROP',
      'mangle',
    ],
    [
      'behind a chain that writes before it ends',
      '-A FORWARD -j mine\n-A FORWARD -m mark --mark 1 -j DROP\n-A mine -m mark --mark 2 -j MARK --set-mark 1\n-A mine -m mark --mark 1 -j RETURN\n-A mine -m mark --mark 3 -j ACCEPT',
      'mangle',
    ],
    [
      'behind a chain that writes, then ends by what it wrote',
      '-A FORWARD -j mine\n-A FORWARD -m mark --mark 1 -j DROP\n-A mine -j MARK --set-mark 2\n-A mine -m mark --mark 1 -j ACCEPT',
      'mangle',
    ],
    [
      'behind a chain some packets return from',
      '-A FORWARD -j mine\n-A FORWARD -p tcp -j DROP\n-A mine -s 10.0.0.1 -j RETURN\n-A mine -p tcp -j ACCEPT',
    ],
    [
      'behind a chain some packets leave for another',
      '-A FORWARD -j mine\n-A FORWARD -p tcp -j DROP\n-A mine -s 10.0.0.1 -g other\n-A mine -p tcp -j ACCEPT\n-A other -p udp',
    ],
    [
      'untracked since',
      '-A PREROUTING -m conntrack --ctstate UNTRACKED -j ACCEPT\n-A PREROUTING -j CT --notrack\n-A PREROUTING -m conntrack --ctstate UNTRACKED -j DROP',
      'raw',
    ],
    [
      'of a type that hangs on addresses',
      '-A FORWARD -m addrtype --dst-type LOCAL -j DROP\n-A FORWARD -m addrtype ! --dst-type LOCAL -j ACCEPT\n-A FORWARD -p tcp -j ACCEPT',
    ],
    [
      'of a connection without entry',
      '-A FORWARD -m conntrack --ctstate INVALID --ctdir ORIGINAL -j DROP\n-A FORWARD -m conntrack --ctstate INVALID --ctdir REPLY -j ACCEPT',
    ],
  ])('%s', (_, rules, table = 'filter') => {
    expect(dead(rules, { table }).filter((line) => !line.includes('never comes'))).toEqual([]);
  });

  it('where the work is too much, and that is said', () => {
    const lines = Array.from(
      { length: 300 },
      (_, i) => `-A FORWARD -p tcp -m tcp --sport ${2 * i} -m ttl --ttl-eq ${i % 256} -m length --length ${i + 40} -j DROP`,
    );
    const text = `*filter\n${lines.join('\n')}\n-A FORWARD -p tcp -j ACCEPT\nCOMMIT\n`;
    const rules = parseRules(text, { file: 'rules', family: 4 });
    const { dead: found, unproved } = deadRulesOf(rules.table('filter')!, new RegionReader(4));
    expect([found.size, [...unproved].map((id) => rules.ruleName(id))]).toEqual([0, ['filter:FORWARD:301']]);
  });
});
