/**
 * `hookline diff` and `--swap-at` as people use them, on the captures of fixtures/.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hookline, ROOT } from '../support/cli.ts';

const CAPTURES = ['virbr0=fixtures/demo/lan.pcap', 'eth0=fixtures/demo/wan.pcap'];
const HOST = 'fixtures/demo/host.json';
const RULES = 'fixtures/demo/rules.v4';
const folder = mkdtempSync(join(tmpdir(), 'hookline-diff-'));

interface Told {
  readonly packets: number;
  readonly swappedAt: number | null;
  readonly changed: { readonly packets: number; readonly connections: number };
  readonly groups: readonly {
    readonly change: string;
    readonly from: string;
    readonly to: string;
    readonly old: { readonly at: string } | null;
    readonly new: { readonly at: string } | null;
    readonly packets: number;
    readonly first: { readonly index: number; readonly old: string; readonly new: string };
  }[];
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const rules = readFileSync(join(ROOT, RULES), 'utf8');

function diff(...words: readonly string[]): { readonly code: number | null; readonly told: Told } {
  const { code, out, err } = hookline(['diff', ...CAPTURES, ...words, '--json']);
  expect(err).toBe('');
  return { code, told: JSON.parse(out) as Told };
}

describe('diff', () => {
  it('finds nothing between a rule set and itself', () => {
    const { code, told } = diff('-r', RULES, '-r', RULES, '--host', HOST);
    expect([code, told.packets, told.groups]).toEqual([0, 101, []]);
  });

  it('tells a translation, and what follows for the answers, by the rule that makes it', () => {
    const other = file('snat.v4', rules.replace('-p tcp -j MASQUERADE --to-ports 1024-65535', '-p tcp -j SNAT --to-source 192.168.133.77'));
    const { code, told } = diff('-r', RULES, '-r', other, '--host', HOST);
    expect(code).toBe(3);
    expect(told.changed.connections).toBe(1);
    expect(told.groups.map(({ change, from, to, old, new: fresh }) => [change, from, to, old?.at, fresh?.at])).toEqual([
      ['fate', 'forwarded', 'local', `${RULES}:21:1`, `${other}:21:1`],
      ['translation', 'forwarded', 'forwarded', `${RULES}:21:1`, `${other}:21:1`],
    ]);
    expect(told.groups[1]!.first).toMatchObject({
      index: 1,
      old: 'forwarded by eth0 as 192.168.133.102:1470 > 74.53.140.153:25',
      new: 'forwarded by eth0 as 192.168.133.77:1470 > 74.53.140.153:25',
    });
  });

  it('counts another host: no rule decides', () => {
    const json = readFileSync(join(ROOT, HOST), 'utf8');
    const host = JSON.parse(json) as { sysctls?: Record<string, string> };
    const other = file(
      'host.json',
      JSON.stringify({ ...host, sysctls: { ...host.sysctls, 'net.ipv4.ip_default_ttl': '9', 'net.ipv4.ip_forward': '0' } }),
    );
    const { code, told } = diff('-r', RULES, '--host', HOST, '--host', other);
    expect(code).toBe(3);
    expect(told.groups.map(({ from, to, new: fresh }) => [from, to, fresh])).toContainEqual(['forwarded', 'dropped', null]);
  });

  it('counts other sets', () => {
    const sets = (member: string): string => `create web hash:ip family inet\nadd web ${member}\n`;
    const [a, b] = [file('a.sets', sets('74.53.140.153')), file('b.sets', sets('192.0.2.1'))];
    const withSet = file(
      'set.v4',
      rules.replace('-A FORWARD -s 192.168.122.0/24 -i virbr0', '-A FORWARD -m set --match-set web dst -i virbr0'),
    );
    const { code, told } = diff('-r', withSet, '--ipset', a, '--ipset', b, '--host', HOST);
    expect([code, told.groups.find(({ from }) => from === 'forwarded')?.old?.at]).toEqual([3, `${withSet}:34:1`]);
    expect(diff('-r', withSet, '--ipset', a, '--ipset', a, '--host', HOST).code).toBe(0);
  });

  it('compares with rules loaded in mid-replay, connections kept', () => {
    const { code, told } = diff('-r', RULES, '-r', 'fixtures/demo/tightened.v4', '--host', HOST, '--swap-at', '+5');
    expect(code).toBe(3);
    expect(told.swappedAt).toBeGreaterThan(0);
    for (const { first } of told.groups) expect(first.index).toBeGreaterThanOrEqual(told.swappedAt!);
  });

  it.each([
    [['-r', RULES, '-r', RULES, '-r', RULES, '--host', HOST], '--rules is given 3 times'],
    [['-r', RULES, '--swap-at', '3', '--host', HOST], '--swap-at needs new rules'],
    [['-r', RULES, '-r', RULES, '--swap-at', 'noon'], 'It must be a packet number'],
  ])('refuses %j', (words, text) => {
    const { code, err } = hookline(['diff', ...CAPTURES, ...words]);
    expect([code, err.includes(text)]).toEqual([2, true]);
  });

  it('refuses new rules that name a set nobody has, before the replay', () => {
    const other = file('lost.v4', '*filter\n-A FORWARD -m set --match-set lost src -j DROP\nCOMMIT\n');
    const { code, err } = hookline(['diff', ...CAPTURES, '-r', RULES, '-r', other, '--swap-at', '90', '--host', HOST]);
    expect([code, err]).toEqual([2, expect.stringContaining(`${other}:2:`)]);
  });
});

describe('replay --swap-at', () => {
  it('tells drops by the rules of their time', () => {
    const { code, out } = hookline([
      'replay',
      ...CAPTURES,
      '-r',
      RULES,
      '--host',
      HOST,
      '--swap-at',
      '30',
      '--swap-rules',
      'fixtures/demo/tightened.v4',
    ]);
    expect(code).toBe(0);
    expect(out).toContain('Reload   before packet 30\n');
    expect(out).toContain('(fixtures/demo/tightened.v4:37:1)');
    expect(out).toContain('Table filter (before the reload)');
    expect(out).toContain('Table filter (behind the reload)');
  });

  it('asks for both halves', () => {
    expect(hookline(['replay', ...CAPTURES, '-r', RULES, '--swap-rules', RULES])).toMatchObject({ code: 2 });
    expect(hookline(['replay', ...CAPTURES, '-r', RULES, '--swap-at', '3'])).toMatchObject({ code: 2 });
  });
});
