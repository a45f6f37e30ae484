/**
 * `hookline coverage` as people use it, on the captures of fixtures/.
 */
import { describe, expect, it } from 'vitest';
import { hookline } from '../support/cli.ts';

const CAPTURES = ['virbr0=fixtures/demo/lan.pcap', 'eth0=fixtures/demo/wan.pcap'];
const HOST = ['--host', 'fixtures/demo/host.json'];
const RULES = ['-r', 'fixtures/demo/grown.v4'];

interface Told {
  readonly packets: number;
  readonly coverage: readonly {
    readonly name: string;
    readonly class: string;
    readonly packets: number;
    readonly first: { readonly packet: number; readonly time: number } | null;
    readonly last: { readonly packet: number } | null;
    readonly dead: { readonly reason: string; readonly by: readonly { readonly at: string }[] } | null;
  }[];
  readonly orders: readonly { readonly chain: string; readonly asked: number; readonly askedThen: number }[];
}

function told(...words: readonly string[]): Told {
  const { code, out, err } = hookline(['coverage', ...words, '--json']);
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as Told;
}

describe('coverage', () => {
  it('tells hits as replay counts them, and by which packets', () => {
    const { coverage, packets } = told(...CAPTURES, ...RULES, ...HOST);
    expect(packets).toBe(101);
    const mail = coverage.find(({ name }) => name === 'filter:mail:1')!;
    expect([mail.class, mail.packets, mail.first, mail.last?.packet]).toEqual([
      'hit',
      28,
      { packet: 1, time: expect.closeTo(1254722767.529046, 6) as number },
      58,
    ]);
    const summary = JSON.parse(hookline(['replay', ...CAPTURES, ...RULES, ...HOST, '--json']).out) as {
      hits: { rule: string; packets: number }[];
    };
    const counted = new Map(summary.hits.map(({ rule, packets: n }) => [rule, n]));
    for (const rule of coverage) expect([rule.name, rule.packets]).toEqual([rule.name, counted.get(rule.name) ?? 0]);
  });

  it('adds up captures', () => {
    const once = told(...CAPTURES, ...RULES, ...HOST).coverage;
    const twice = told(...CAPTURES, ...CAPTURES, ...RULES, ...HOST).coverage;
    const rejected = (rules: Told['coverage']): number => rules.find(({ name }) => name === 'filter:FORWARD:8')!.packets;
    expect(rejected(twice)).toBe(2 * rejected(once));
  });

  it('names what shadows a dead rule, and suggests an order', () => {
    const { coverage, orders } = told(...CAPTURES, ...RULES, ...HOST);
    const log = coverage.find(({ name }) => name === 'filter:FORWARD:6')!;
    expect([log.dead?.reason, log.dead?.by.map(({ at }) => at.split(':')[1])]).toEqual(['shadowed', ['15', '19', '25']]);
    expect(orders.map(({ chain, asked, askedThen }) => [chain, asked > askedThen])).toEqual([['FORWARD', true]]);
  });

  it('proves without a capture', () => {
    const { coverage } = told(...RULES);
    expect(coverage.filter(({ dead }) => dead !== null).map(({ name }) => name)).toEqual([
      'nat:POSTROUTING:2',
      'filter:FORWARD:6',
      'filter:FORWARD:7',
      'filter:mail:2',
      'filter:old-vpn:1',
    ]);
  });

  it('needs rules', () => {
    expect(hookline(['coverage', ...CAPTURES])).toMatchObject({ code: 2 });
  });
});
