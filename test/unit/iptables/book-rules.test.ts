/**
 * The example rule sets of the book this tool began with (R1 to R8), as rule files: what they are to become, mistakes included.
 */
import { describe, expect, it } from 'vitest';
import { Hook } from '../../../src/hook/hook.ts';
import { Verdict } from '../../../src/hook/verdict.ts';
import { listRules } from '../../../src/iptables/list.ts';
import { printRules } from '../../../src/iptables/print.ts';
import { parseRules } from '../../../src/iptables/save.ts';
import { Bench, packet4 } from '../xtables/bench.ts';
import { fakeTarget, refusal } from './fakes.ts';

function saved(table: string, lines: string): string[] {
  const text = printRules(parseRules(`*${table}\n${lines}\nCOMMIT\n`));
  return text.split('\n').filter((line) => !/^(?:\*|COMMIT|$)/.test(line) && !line.endsWith(' ACCEPT [0:0]'));
}

describe('the rule sets of the book', () => {
  it('R1: a host that lets ssh, ping and answers in', () => {
    const lines = `-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-P INPUT DROP
-A INPUT -p tcp --dport 22 -j ACCEPT
-A OUTPUT -d 192.168.1.100 -j REJECT
-A INPUT -p icmp --icmp-type echo-request -j ACCEPT`;
    expect(saved('filter', lines)).toEqual([
      ':INPUT DROP [0:0]',
      '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      '-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT',
      '-A INPUT -p icmp -m icmp --icmp-type 8 -j ACCEPT',
      '-A OUTPUT -d 192.168.1.100/32 -j REJECT --reject-with icmp-port-unreachable',
    ]);
  });

  it('R2: a chain of its own for ssh', () => {
    const lines = `-N incoming-ssh
-A incoming-ssh -s 10.0.0.1 -j ACCEPT
-A incoming-ssh -s 10.0.0.2 -j ACCEPT
-A incoming-ssh -j LOG --log-level info --log-prefix "ssh-failure"
-A incoming-ssh -j DROP
-A INPUT -p tcp --dport 22 -j incoming-ssh`;
    expect(saved('filter', lines)).toEqual([
      ':incoming-ssh - [0:0]',
      '-A INPUT -p tcp -m tcp --dport 22 -j incoming-ssh',
      '-A incoming-ssh -s 10.0.0.1/32 -j ACCEPT',
      '-A incoming-ssh -s 10.0.0.2/32 -j ACCEPT',
      '-A incoming-ssh -j LOG --log-prefix ssh-failure --log-level 6',
      '-A incoming-ssh -j DROP',
    ]);
  });

  // The book says that ACCEPT in an inner chain only ends that chain. It ends the table.
  it.each([
    ['', ['filter:INPUT:1', 'filter:accept-all:1', 'filter:accept-all:return', 'filter:INPUT:2']],
    [' -j ACCEPT', ['filter:INPUT:1', 'filter:accept-all:1']],
    [' -j RETURN', ['filter:INPUT:1', 'filter:accept-all:1', 'filter:INPUT:2']],
  ])('R3: accept-all with target "%s"', (target, hits) => {
    const text = `*filter\n:accept-all - [0:0]\n-A INPUT -j accept-all\n-A INPUT -p tcp -j REFUSE\n-A accept-all${target}\nCOMMIT\n`;
    const box = new Bench(parseRules(text, { targets: [fakeTarget('REFUSE', { compile: () => () => Verdict.Drop })] }));
    expect(box.run(Hook.Input, packet4({ protocol: 6 })).hits).toEqual(hits);
  });

  it('R3: listed', () => {
    const set = parseRules('*filter\n-N accept-all\n-A INPUT -j accept-all\n-A INPUT -p tcp --dport 80 -j REJECT\n-A accept-all\nCOMMIT\n');
    expect(listRules(set, { table: 'filter', chain: 'INPUT', lineNumbers: true })).toBe(`Chain INPUT (policy ACCEPT)
num  target     prot opt source               destination         
1    accept-all  0    --  0.0.0.0/0            0.0.0.0/0           
2    REJECT     6    --  0.0.0.0/0            0.0.0.0/0            tcp dpt:80 reject-with icmp-port-unreachable
`);
  });

  it('R4: -dport is refused, and what was meant is told', () => {
    const error = refusal('-A OUTPUT -p tcp -dport 22 -j LOG --log-level info --log-prefix "ssh-output"');
    expect(error.reason).toBe('option "-d" wants its value as a word of its own (did you mean "--dport"?)');
    expect(error.at).toMatchObject({ column: 18 });
  });

  it('R5: masquerading', () => {
    expect(saved('nat', '-A POSTROUTING -o eth0 -j MASQUERADE')).toEqual(['-A POSTROUTING -o eth0 -j MASQUERADE']);
    expect(() => saved('nat', '-A OUTPUT -o eth0 -j MASQUERADE')).toThrow(
      'MASQUERADE target: used from hooks OUTPUT, but only usable from POSTROUTING',
    );
  });

  it('R6: two backends', () => {
    const lines = `-A OUTPUT -p tcp --dport 80 -d 10.1.0.1 -m statistic --mode random --probability 0.5 -j DNAT --to-destination 10.2.0.1:80
-A OUTPUT -p tcp --dport 80 -d 10.1.0.1 -j DNAT --to-destination 10.2.0.2:80`;
    expect(saved('nat', lines)).toEqual([
      '-A OUTPUT -d 10.1.0.1/32 -p tcp -m tcp --dport 80 -m statistic --mode random --probability 0.50000000000 -j DNAT --to-destination 10.2.0.1:80',
      '-A OUTPUT -d 10.1.0.1/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.2.0.2:80',
    ]);
  });

  it.each([
    ['0.33333', '0.33332999982'],
    ['0.3333333333', '0.33333333349'],
    ['0.2', '0.20000000019'],
    ['0.1428571429', '0.14285714272'],
    ['0.1', '0.10000000009'],
  ])('R6: a probability of %s is kept as %s', (given, kept) => {
    expect(saved('filter', `-A INPUT -m statistic --mode random --probability ${given}`)).toEqual([
      `-A INPUT -m statistic --mode random --probability ${kept}`,
    ]);
  });

  it('R7: out yes, in no', () => {
    const lines = '-P INPUT DROP\n-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT\n-A INPUT -m state --state NEW -j DROP';
    expect(saved('filter', lines)).toEqual([
      ':INPUT DROP [0:0]',
      '-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT',
      '-A INPUT -m state --state NEW -j DROP',
    ]);
  });

  it('R8: insert at a line, check, delete', () => {
    const lines =
      '-A INPUT -s 10.0.0.1 -j DROP\n-A INPUT -s 10.0.0.3 -j DROP\n-I INPUT 2 -s 10.0.0.2 -j DROP\n-C INPUT -s 10.0.0.2 -j DROP\n-D INPUT -s 10.0.0.3 -j DROP';
    expect(saved('filter', lines)).toEqual(['-A INPUT -s 10.0.0.1/32 -j DROP', '-A INPUT -s 10.0.0.2/32 -j DROP']);
  });
});
