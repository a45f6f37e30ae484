import { describe, expect, it } from 'vitest';
import { parseHost } from '../../../src/host/host-json.ts';
import { parseRules } from '../../../src/iptables/save.ts';
import { build } from '../../../src/packet/build.ts';
import { ethernet, ipv4, udp } from '../../../src/packet/build-layers.ts';
import { decode } from '../../../src/packet/decode.ts';
import { LinkType } from '../../../src/packet/link-type.ts';
import { Packet } from '../../../src/packet/packet.ts';
import { createEngine } from '../../../src/replay/machine.ts';
import { Router } from '../../support/router.ts';

const HOST = { interfaces: [{ name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['10.0.0.1/24'] }] };

describe('createEngine', () => {
  it('tells the rule that dropped, with its place', () => {
    const walk = new Router(HOST, '*filter\n:INPUT ACCEPT\n  -A INPUT -p udp -j DROP\nCOMMIT\n').arrive(
      'eth0',
      ipv4('10.0.0.2', '10.0.0.1'),
      udp(1, 2),
    );
    expect(walk.rule).toMatchObject({ name: 'filter:INPUT:1', at: 'rules.v4:3:3', table: 'filter', chain: 'INPUT', number: 1 });
    expect([walk.reason, walk.text]).toEqual(['NETFILTER_DROP', 'dropped by a rule or a policy']);
  });

  it('tells no reason and no rule for what was not dropped', () => {
    const { verdict, reason, text, at, rule } = new Router(HOST, '-A INPUT -j ACCEPT').arrive(
      'eth0',
      ipv4('10.0.0.2', '10.0.0.1'),
      udp(1, 2),
    );
    expect([verdict, reason, text, at, rule]).toEqual(['local', '', '', '', null]);
  });

  it('gives a snapshot that the next packet does not change', () => {
    const router = new Router(HOST, '-A INPUT -p udp --dport 2 -j DROP');
    const first = router.arrive('eth0', ipv4('10.0.0.2', '10.0.0.1'), udp(1, 2));
    router.arrive('eth0', ipv4('10.0.0.2', '10.0.0.1'), udp(1, 3));
    expect([first.index, first.verdict, first.rule?.name]).toEqual([0, 'dropped', 'filter:INPUT:1']);
  });

  it('has one rule set a family', () => {
    const machine = createEngine(parseHost(HOST, 'host'));
    machine
      .attach(parseRules('*filter\nCOMMIT\n', { file: 'a', family: 4 }))
      .attach(parseRules('*filter\nCOMMIT\n', { file: 'b', family: 6 }));
    expect(() => machine.attach(parseRules('*filter\nCOMMIT\n', { file: 'c', family: 4 }))).toThrow('an IPv4 rule set is attached already');
  });

  it('refuses an interface that is not there', () => {
    expect(() => createEngine(parseHost(HOST, 'host')).receive(new Packet(), 'eth7')).toThrow('eth7: the host has no such interface');
  });

  it('refuses rules that name a set it was not given', () => {
    const rules = parseRules('*filter\n-A INPUT -m set --match-set bad src -j DROP\nCOMMIT\n', { file: 'rules', family: 4 });
    expect(() => createEngine(parseHost(HOST, 'host')).attach(rules)).toThrow(/bad/);
  });

  it('changes rules in use and keeps connections; a change that names a set it has not is refused as a whole', () => {
    const machine = createEngine(parseHost(HOST, 'host'));
    const rules = parseRules('*filter\n-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\nCOMMIT\n', { file: 'rules', family: 4 });
    expect(() => machine.update('*filter\nCOMMIT\n')).toThrow('no IPv4 rule set is attached');
    machine.attach(rules);
    const bad = '*filter\n-F\n-A INPUT -m set --match-set bad src -j DROP\nCOMMIT\n';
    expect(() => machine.update(bad, { file: 'change' })).toThrow(/change:3:1: .*bad/);
    expect(rules.ruleCount).toBe(1);
    machine.update('*filter\n-A INPUT -j DROP\n-P OUTPUT DROP\nCOMMIT\n');
    expect([rules.ruleCount, rules.generation, rules.ruleName(rules.table('filter')!.base(1).firstId + 1)]).toEqual([
      2,
      1,
      'filter:INPUT:2',
    ]);
  });

  it('lets a change reach flows that are spared the walk through the rules, and counts what they owe', () => {
    const interfaces = ['1', '2'].map((n) => ({ name: `eth${n}`, mac: `02:00:00:00:00:0${n}`, addresses: [`10.0.${n}.1/24`] }));
    const machine = createEngine(parseHost({ interfaces, sysctl: { 'net.ipv4.ip_forward': 1 } }, 'host'));
    const rules = parseRules('*filter\n-A FORWARD -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT\nCOMMIT\n', {
      file: 'rules',
      family: 4,
    });
    machine.attach(rules);
    const arrive = (i: number): string => {
      const from = 1 + (i % 2);
      const link = ethernet(`02:00:00:00:00:0${from}`, '02:00:00:00:00:99');
      const octets = build(link, ipv4(`10.0.${from}.2`, `10.0.${3 - from}.2`), udp(from, 3 - from));
      const packet = new Packet();
      Object.assign(packet, { bytes: octets, view: new DataView(octets.buffer), start: 0, end: octets.length, wireLength: octets.length });
      decode(packet, LinkType.Ethernet);
      packet.nowUs = 1_700_000_000_000_000 + i;
      return machine.receive(packet, `eth${from}`).verdict;
    };
    for (let i = 0; i < 20; i++) expect(arrive(i)).toBe('forwarded');
    expect(machine.engine.flows.taken).toBeGreaterThan(5);
    machine.update('*filter\n-I FORWARD -s 10.0.1.2 -j DROP\nCOMMIT\n');
    expect(arrive(20)).toBe('dropped');
    expect(rules.hits().map(({ rule, packets }) => [rule, packets])).toEqual([
      ['filter:FORWARD:1', 1],
      ['filter:FORWARD:2', 20],
    ]);
  });
});
