import { describe, expect, it } from 'vitest';
import { Hook } from '../../../src/hook/hook.ts';
import { Priority } from '../../../src/hook/priority.ts';
import { Verdict } from '../../../src/hook/verdict.ts';
import { parseRules } from '../../../src/iptables/save.ts';
import { fakeMatch, fakeTarget } from '../iptables/fakes.ts';
import { Bench, packet4 } from './bench.ts';

const TEXT = `*filter
:b - [0:0]
:FORWARD DROP [3:4]
-A INPUT -j b
-A b -j ACCEPT
COMMIT
*raw
COMMIT
`;

describe('RuleSet', () => {
  it('numbers rules and ends of chains in the kernel order', () => {
    const set = parseRules(TEXT, { file: 'r' });
    const names = Array.from({ length: set.counters.packets.length }, (_, id) => set.ruleName(id));
    expect(names).toEqual([
      'filter:INPUT:1',
      'filter:INPUT:policy',
      'filter:FORWARD:policy',
      'filter:OUTPUT:policy',
      'filter:b:1',
      'filter:b:return',
      'raw:PREROUTING:policy',
      'raw:OUTPUT:policy',
    ]);
    expect(set.ruleName(-1)).toBe('');
    expect(set.ruleName(8)).toBe('');
    expect(set.describe(4)).toEqual({
      name: 'filter:b:1',
      at: 'r:5:1',
      table: 'filter',
      chain: 'b',
      kind: 'rule',
      number: 1,
      location: { file: 'r', line: 5, column: 1 },
    });
    expect(set.describe(2)).toMatchObject({ at: 'r:3:2', kind: 'policy', number: 1 });
    expect(set.describe(1)).toMatchObject({ at: '', kind: 'policy', number: 2 });
  });

  it('runs every table at its hooks with its priority', () => {
    const all = parseRules(['raw', 'mangle', 'nat', 'filter', 'security'].map((name) => `*${name}\nCOMMIT\n`).join(''));
    const { hooks } = new Bench(all);
    const order = (hook: Hook): string[] => hooks.list(hook).map(({ name, priority }) => `${name} ${priority}`);
    expect(order(Hook.Prerouting)).toEqual([`raw ${Priority.Raw}`, `mangle ${Priority.Mangle}`]);
    expect(order(Hook.Input)).toEqual([`mangle ${Priority.Mangle}`, `filter ${Priority.Filter}`, `security ${Priority.Security}`]);
    expect(order(Hook.Forward)).toEqual(order(Hook.Input));
    expect(order(Hook.Output)).toEqual([`raw ${Priority.Raw}`, ...order(Hook.Input)]);
    expect(order(Hook.Postrouting)).toEqual([`mangle ${Priority.Mangle}`]);
  });

  it('hands the nat table to NAT and runs its chains when asked', () => {
    const set = parseRules('*nat\n-A POSTROUTING -p udp\nCOMMIT\n');
    const box = new Bench(set);
    expect(box.chains!.run(Hook.Postrouting, packet4())).toBe(Verdict.Accept);
    expect(box.chains!.run(Hook.Forward, packet4())).toBe(Verdict.Accept);
    expect(set.hits().map(({ rule, packets }) => `${rule} ${packets}`)).toEqual(['nat:POSTROUTING:1 1', 'nat:POSTROUTING:policy 1']);
  });

  it('turns conntrack on only for a rule that needs it', () => {
    const options = {
      matches: [fakeMatch('state', { conntrack: true }), fakeMatch('plain')],
      targets: [fakeTarget('CT', { options: [{ name: 'zone' }], conntrack: (words) => words.length > 0 })],
    };
    const needs = (rule: string): number[] => new Bench(parseRules(`*raw\n:x - [0:0]\n${rule}\nCOMMIT\n`, options)).enabled;
    expect(needs('-A PREROUTING -m plain')).toEqual([]);
    expect(needs('-A PREROUTING -m state')).toEqual([4]);
    expect(needs('-A x -m state')).toEqual([4]);
    expect(needs('-A PREROUTING -j CT')).toEqual([]);
    expect(needs('-A PREROUTING -j CT --zone 1')).toEqual([4]);
  });

  it('turns reassembly alone on for a rule that needs no more', () => {
    const options = { matches: [fakeMatch('socket', { defrag: true })], targets: [fakeTarget('TPROXY', { defrag: true })] };
    for (const rule of ['-m socket', '-j TPROXY']) {
      const box = new Bench(parseRules(`*mangle\n-A PREROUTING ${rule}\nCOMMIT\n`, options));
      expect([box.enabled, box.defragmented]).toEqual([[], [4]]);
    }
  });

  it('makes what keeps state when it is attached, the rest when a packet comes', () => {
    const made: string[] = [];
    const noting = (name: string) => () => {
      made.push(name);
      return () => true;
    };
    const matches = [fakeMatch('limit', { scope: 'global', compile: noting('limit') }), fakeMatch('plain', { compile: noting('plain') })];
    const box = new Bench(parseRules('*filter\n-A INPUT -m limit\n-A FORWARD -m plain\nCOMMIT\n', { matches }));
    expect(made).toEqual(['limit']);
    box.run(Hook.Forward, packet4());
    expect(made).toEqual(['limit', 'plain']);
    box.run(Hook.Forward, packet4());
    expect(made).toEqual(['limit', 'plain']);
  });

  it('records hits without losing any, however many', () => {
    const box = new Bench(parseRules(`*filter\n${'-A INPUT\n'.repeat(700)}COMMIT\n`));
    const { hits } = box.run(Hook.Input, packet4());
    expect(hits).toHaveLength(701);
    expect(hits[700]).toBe('filter:INPUT:policy');
  });

  it('sorts chains as strcmp does', () => {
    const set = parseRules('*filter\n:b - [0:0]\n:\u{10000} - [0:0]\n:\uffee - [0:0]\n:B - [0:0]\n:ab - [0:0]\n:a - [0:0]\nCOMMIT\n');
    const own = set.tables[0]!.chains.filter(({ builtin }) => !builtin).map(({ name }) => name);
    expect(own).toEqual(['B', 'a', 'ab', 'b', '\uffee', '\u{10000}']);
  });
});
