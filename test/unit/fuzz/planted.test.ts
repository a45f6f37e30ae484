/** Faults planted in rule sets and in what is observed: each must be found, and nothing else. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { firstViolation, fuzz, INVARIANTS, type Observation, observeAll, policy, run } from '../../../src/fuzz/index.ts';
import type { Configuration, Failure, Injected, Invariant } from '../../../src/fuzz/index.ts';
import { parseHost } from '../../../src/host/host-json.ts';
import { parseRules } from '../../../src/iptables/save.ts';
import { build } from '../../../src/packet/build.ts';
import { ipv4, payload, udp } from '../../../src/packet/build-layers.ts';
import { LinkType } from '../../../src/packet/link-type.ts';
import { hostFilesIn, parseHostFiles } from '../../../src/replay/host-folder.ts';
import { ROOT } from '../../support/cli.ts';

const read = (path: string): string => readFileSync(join(ROOT, 'fixtures', path), 'utf8');
const RULES = read('demo/rules.v4');
const host = parseHost(read('demo/host.json'), 'host.json');
const SAVED =
  'udp      17 19 src=10.0.0.2 dst=198.51.100.53 sport=5353 dport=53 [UNREPLIED] src=198.51.100.53 dst=192.0.2.1 sport=53 dport=5353 mark=0 use=1';

function configurationOf(text: string): Configuration {
  return { host, rules: [parseRules(text, { file: 'rules.v4', family: 4 })] };
}

function find(text: string, invariants: readonly Invariant[] = INVARIANTS, seed = 1): Failure | null {
  return fuzz(configurationOf(text), { invariants, seed, rounds: 12 }).failure;
}

/** The demo's rules with one line changed. */
function changed(line: string, to: string): string {
  expect(RULES).toContain(line);
  return RULES.replace(line, to);
}

const ANSWERS = '-A FORWARD -d 192.168.122.0/24 -o virbr0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT';

describe('a fault planted in a real rule set', () => {
  it('is none in the rule set itself', () => {
    expect(find(RULES)).toBeNull();
  });

  it.each([
    ['half of the network is forgotten', changed(ANSWERS, ANSWERS.replace('/24', '/25'))],
    ['one state is forgotten', changed(ANSWERS, ANSWERS.replace('RELATED,ESTABLISHED', 'RELATED'))],
    ['the rules stand in the wrong order', changed(ANSWERS, `-A FORWARD -o virbr0 -j DROP\n${ANSWERS}`)],
    ['one port is caught before', changed(ANSWERS, `-A FORWARD -p tcp -m tcp --sport 443 -j DROP\n${ANSWERS}`)],
  ])('is found, with few packets, when %s', (_name, text) => {
    const failure = find(text)!;
    expect(failure.violation.invariant.name).toBe('replies-return');
    expect(failure.violation.text).toMatch(/is dropped by filter:FORWARD:\d+ \(rules\.v4:\d+:1\)$/);
    expect(failure.packets.length).toBeLessThanOrEqual(3);
    expect(failure.violation.observation).toBe(failure.observations.at(-1));
  });

  it('is found when it breaks a policy', () => {
    const rule = policy('no NEW from eth0 to virbr0');
    expect(find(RULES, [rule])).toBeNull();
    const text = changed(ANSWERS, `-A FORWARD -i eth0 -p tcp -m tcp --dport 8000:9000 -j ACCEPT\n${ANSWERS}`);
    const failure = find(text, [rule])!;
    expect(failure.packets).toHaveLength(1);
    expect(failure.observations[0]!.ends.destinationPort).toBeGreaterThanOrEqual(8000);
  });

  it('is found when what must pass is dropped', () => {
    const rule = policy('all udp/53 from virbr0 to host');
    expect(find(RULES, [rule])).toBeNull();
    const failure = find(changed('-A INPUT -i virbr0 -p udp -m udp --dport 53 -j ACCEPT', '-A INPUT -i virbr0 -p udp -j DROP'), [rule])!;
    expect(failure.violation.text).toContain('is dropped by filter:INPUT:1');
  });

  it('is found again with the seed it names', () => {
    const text = changed(ANSWERS, ANSWERS.replace('RELATED,ESTABLISHED', 'RELATED'));
    const first = find(text, INVARIANTS, 77)!;
    const again = fuzz(configurationOf(text), { invariants: INVARIANTS, seed: first.seed, rounds: 1 });
    expect(again.failure!.packets).toEqual(first.packets);
    expect(again.counts.rounds).toBe(1);
  });
});

describe('an invariant', () => {
  const configuration = configurationOf(RULES);
  const observations = (): Observation[] => {
    const land = { family: 4, protocol: 17, startMs: 0 } as const;
    return run(configuration, [
      {
        ...land,
        client: { device: host.interfaceByName('virbr0')!.index, address: '192.168.122.9', port: 40000 },
        server: { address: '198.51.100.7', port: 53 },
        steps: (['client', 'server'] as const).map((by) => ({ by, act: 'datagram', waitMs: 1, size: 20, oddity: 'none' })),
      },
    ]);
  };
  const named = (name: string): Invariant => INVARIANTS.find((one) => one.name === name)!;
  const violated = (name: string, list: readonly Observation[]): string | undefined =>
    firstViolation(configuration, [named(name)], list)?.text;

  it('holds for what really happened', () => {
    const list = observations();
    expect(list.map(({ verdict, state }) => [verdict, state])).toEqual([
      ['forwarded', 'NEW'],
      ['forwarded', 'ESTABLISHED'],
    ]);
    expect(firstViolation(configuration, INVARIANTS, list)).toBeNull();
  });

  it('fails when an answer goes elsewhere', () => {
    const [ask, answer] = observations() as [Observation, Observation];
    const astray = { ...answer.seen[0]!, ends: { ...answer.seen[0]!.ends, destination: '192.168.122.10' } };
    expect(violated('nat-inverse', [ask, { ...answer, seen: [astray] }])).toContain('not as udp 198.51.100.7:53 > 192.168.122.9:40000');
  });

  it('fails when a checksum is not true', () => {
    const [ask] = observations() as [Observation];
    expect(violated('checksums', [{ ...ask, seen: [{ ...ask.seen[0]!, sound: false }] }])).toContain('wrong checksum');
  });

  it('fails when two connections expect the same answers', () => {
    const [ask] = observations() as [Observation];
    const [line] = ask.table;
    const twin = { ...line!, original: { ...line!.original, source: '192.168.122.10' } };
    expect(violated('unique-mappings', [{ ...ask, table: [line!, twin] }])).toContain('both expect');
  });

  it('fails when there is a connection nobody opened', () => {
    const [ask] = observations() as [Observation];
    const [line] = ask.table;
    const orphan = { ...line!, original: { ...line!.original, sourceL4: 40001 } };
    expect(violated('no-state-without-packet', [{ ...ask, table: [orphan] }])).toContain('no such packet was seen');
  });

  it('fails when a dropped packet opens a connection', () => {
    const [ask] = observations() as [Observation];
    expect(violated('dropped-leaves-no-entry', [{ ...ask, verdict: 'dropped', reason: 'NETFILTER_DROP' }])).toContain('yet it is in');
  });
});

describe('a connection that was saved', () => {
  const files = new Map([...hostFilesIn(join(ROOT, 'fixtures/snapshot/state')), ['conntrack.txt', `${SAVED}\n`], ['conntrack6.txt', '']]);
  const rules = parseRules('*filter\n:FORWARD DROP [0:0]\n-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT\nCOMMIT\n');
  const configuration = { host: parseHostFiles(files, 'state'), rules: [rules] };
  const datagram = (sourcePort: number): Injected => ({
    device: configuration.host.interfaces.findIndex((device) => device?.name === 'lan0'),
    frame: build(ipv4('10.0.0.2', '198.51.100.53'), udp(sourcePort, 53), payload('x')),
    linkType: LinkType.Raw,
    nowUs: 1.7e15,
  });

  it.each([
    ['its own', 5353],
    ['another', 5354],
  ])('was opened by no packet of the run, nor when it is dropped: %s', (_whose, port) => {
    const observations = observeAll(configuration, [datagram(port)]);
    expect(observations.map(({ state, verdict, table }) => [state, verdict, table.length])).toEqual([['NEW', 'dropped', 1]]);
    for (const name of ['no-state-without-packet', 'dropped-leaves-no-entry']) {
      const invariant = INVARIANTS.find((one) => one.name === name)!;
      expect(firstViolation(configuration, [invariant], observations)).toBeNull();
    }
  });
});

describe('a policy', () => {
  it.each([
    ['some NEW from eth0', 'it begins with "no" or "all"'],
    ['no MAYBE from eth0', 'MAYBE is neither a state nor a protocol'],
    ['no tcp/99999', '99999 are no ports'],
    ['no NEW from', 'a place is missing at its end'],
  ])('tells what it does not understand: %s', (sentence, why) => {
    expect(() => policy(sentence)).toThrow(why);
  });

  it('tells an interface that is not there', () => {
    expect(() => policy('no NEW from wan').start(configurationOf(RULES))).toThrow(
      'the host has no interface wan (it has eth0, virbr0, lo)',
    );
  });
});
