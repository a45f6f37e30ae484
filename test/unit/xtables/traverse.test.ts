import { describe, expect, it } from 'vitest';
import { Hook } from '../../../src/hook/hook.ts';
import { Verdict } from '../../../src/hook/verdict.ts';
import { parseRules } from '../../../src/iptables/save.ts';
import type { Packet } from '../../../src/packet/packet.ts';
import type { MatchFunction } from '../../../src/xtables/match.ts';
import type { TargetFunction } from '../../../src/xtables/target.ts';
import { fakeMatch, fakeTarget } from '../iptables/fakes.ts';
import { Bench, packet4 } from './bench.ts';

interface Parts {
  readonly matches?: Record<string, MatchFunction>;
  readonly targets?: Record<string, TargetFunction>;
  readonly family?: 4 | 6;
}

function bench(rules: string, parts: Parts = {}, log = false): Bench {
  const matches = Object.entries(parts.matches ?? {}).map(([name, run]) => fakeMatch(name, { compile: () => run }));
  const targets = Object.entries(parts.targets ?? {}).map(([name, run]) => fakeTarget(name, { compile: () => run }));
  return new Bench(parseRules(`*filter\n${rules}\nCOMMIT\n`, { matches, targets, family: parts.family ?? 4 }), log);
}

function hits(rules: string, packet: Packet = packet4(), parts: Parts = {}): string[] {
  return bench(rules, parts)
    .run(Hook.Input, packet)
    .hits.map((name) => name.replace('filter:', ''));
}

describe('a walk', () => {
  it('ends in the policy when nothing matches', () => {
    const box = bench(':INPUT DROP [0:0]\n-A INPUT -p tcp -j ACCEPT');
    const packet = packet4();
    expect(box.run(Hook.Input, packet)).toEqual({ verdict: Verdict.Drop, hits: ['filter:INPUT:policy'] });
    expect(box.rules.ruleName(packet.rule)).toBe('filter:INPUT:policy');
  });

  it('goes on behind a rule without a target and stops at a verdict', () => {
    const box = bench('-A INPUT\n-A INPUT -j DROP\n-A INPUT -j ACCEPT');
    const packet = packet4();
    expect(box.run(Hook.Input, packet)).toEqual({ verdict: Verdict.Drop, hits: ['filter:INPUT:1', 'filter:INPUT:2'] });
    expect(box.rules.ruleName(packet.rule)).toBe('filter:INPUT:2');
  });

  it('comes back behind a jump when the chain ends, counting its return', () => {
    expect(hits(':a - [0:0]\n-A INPUT -j a\n-A INPUT -j ACCEPT\n-A a -p udp')).toEqual(['INPUT:1', 'a:1', 'a:return', 'INPUT:2']);
  });

  it('comes back at RETURN', () => {
    expect(hits(':a - [0:0]\n-A INPUT -j a\n-A INPUT -j ACCEPT\n-A a -j RETURN\n-A a -j DROP')).toEqual(['INPUT:1', 'a:1', 'INPUT:2']);
  });

  it('ends the table at ACCEPT in an inner chain, whatever follows the jump', () => {
    expect(hits(':a - [0:0]\n-A INPUT -j a\n-A INPUT -j DROP\n-A a -j ACCEPT')).toEqual(['INPUT:1', 'a:1']);
  });

  it('takes RETURN in a built-in chain as the policy', () => {
    expect(hits(':INPUT DROP\n-A INPUT -j RETURN\n-A INPUT -j ACCEPT')).toEqual(['INPUT:1', 'INPUT:policy']);
  });

  it('does not come back to where it left by goto, but to the last jump', () => {
    const rules = ':a - [0:0]\n:b - [0:0]\n-A INPUT -j a\n-A INPUT -j ACCEPT\n-A a -g b\n-A a -j DROP\n-A b';
    expect(hits(rules)).toEqual(['INPUT:1', 'a:1', 'b:1', 'b:return', 'INPUT:2']);
  });

  it('ends a goto from a built-in chain in the policy', () => {
    expect(hits(':b - [0:0]\n-A INPUT -g b\n-A INPUT -j DROP\n-A b')).toEqual(['INPUT:1', 'b:1', 'b:return', 'INPUT:policy']);
  });

  it('counts a chain that two rules lead to both times', () => {
    expect(hits(':a - [0:0]\n-A INPUT -j a\n-A INPUT -j a\n-A a')).toEqual([
      'INPUT:1',
      'a:1',
      'a:return',
      'INPUT:2',
      'a:1',
      'a:return',
      'INPUT:policy',
    ]);
  });

  it('queues at QUEUE', () => {
    expect(bench('-A INPUT -j QUEUE').run(Hook.Input, packet4()).verdict).toBe(Verdict.Queue);
  });

  it('asks matches left to right and no further than the first that fails', () => {
    const asked: string[] = [];
    const say =
      (name: string, answer: boolean): MatchFunction =>
      () => {
        asked.push(name);
        return answer;
      };
    const matches = { yes: say('yes', true), no: say('no', false), last: say('last', true) };
    expect(hits('-A INPUT -m yes -m no -m last', packet4(), { matches })).toEqual(['INPUT:policy']);
    expect(asked).toEqual(['yes', 'no']);
  });

  it('drops at a hotdrop: nothing is counted, nothing behind it is asked', () => {
    const matches = {
      hot: (packet: { hotdrop: boolean }): boolean => {
        packet.hotdrop = true;
        return false;
      },
    };
    const box = bench(':a - [0:0]\n-A INPUT -j a\n-A INPUT -j ACCEPT\n-A a -m hot -j ACCEPT\n-A a -j ACCEPT', { matches });
    expect(box.run(Hook.Input, packet4())).toEqual({ verdict: Verdict.Drop, hits: ['filter:INPUT:1'] });
    expect(hits('-A INPUT -j ACCEPT\n-A INPUT -m hot', packet4(), { matches })).toEqual(['INPUT:1']);
  });

  it('goes on behind a target that says so and ends with any other verdict', () => {
    const targets = { GO: () => Verdict.Continue, STEAL: () => Verdict.Stolen };
    const box = bench('-A INPUT -j GO\n-A INPUT -j STEAL\n-A INPUT -j DROP', { targets });
    const packet = packet4();
    expect(box.run(Hook.Input, packet)).toEqual({ verdict: Verdict.Stolen, hits: ['filter:INPUT:1', 'filter:INPUT:2'] });
    expect(box.rules.ruleName(packet.rule)).toBe('filter:INPUT:2');
  });

  it('adds the octets of the IP packet, as it is when the rule matches', () => {
    const targets = {
      GROW: (packet: Packet) => {
        packet.networkLength = 140;
        return Verdict.Continue;
      },
    };
    const box = bench(':INPUT ACCEPT [1:50]\n[2:7] -A INPUT -j GROW\n-A INPUT', { targets });
    box.run(Hook.Input, packet4());
    expect(box.rules.hits().filter(({ rule }) => rule.includes('INPUT'))).toMatchObject([
      { rule: 'filter:INPUT:1', packets: 3, bytes: 107 },
      { rule: 'filter:INPUT:2', packets: 1, bytes: 140 },
      { rule: 'filter:INPUT:policy', packets: 2, bytes: 190 },
    ]);
  });

  it('may be entered again by a packet made in mid-walk', () => {
    const inner = packet4({ protocol: 6 });
    let box: Bench | null = null;
    const targets = {
      ANSWER: () => {
        box!.hooks.run(Hook.Input, inner);
        return Verdict.Drop;
      },
    };
    box = bench(':a - [0:0]\n:b - [0:0]\n-A INPUT -j a\n-A a -p udp -j ANSWER\n-A a -p tcp -j b\n-A b', { targets });
    const outer = packet4();
    const { verdict, hits: names } = box.run(Hook.Input, outer);
    expect(verdict).toBe(Verdict.Drop);
    expect(names.map((name) => name.slice(7))).toEqual(['INPUT:1', 'a:1', 'INPUT:1', 'a:2', 'b:1', 'b:return', 'a:return', 'INPUT:policy']);
    expect(box.rules.ruleName(outer.rule)).toBe('filter:a:1');
    expect(box.rules.ruleName(inner.rule)).toBe('filter:INPUT:policy');
  });

  it('bears chains as deep as may be loaded', () => {
    const names = Array.from({ length: 510 }, (_, i) => `c${i}`);
    const declared = names.map((name) => `:${name} - [0:0]`).join('\n');
    const jumps = ['-A INPUT -j c0', ...names.slice(1).map((name, i) => `-A c${i} -j ${name}`)].join('\n');
    expect(hits(`${declared}\n${jumps}\n-A c509 -j DROP`)).toHaveLength(511);
  });
});

describe('a header', () => {
  const table = (rule: string, packet: Partial<Packet>, parts: Parts = {}): boolean =>
    hits(`-A INPUT ${rule}`, packet4(packet), parts)[0] === 'INPUT:1';
  const word = (text: string): number => text.split('.').reduce((sum, part) => (sum << 8) | Number(part), 0);

  it.each([
    ['-s 10.0.0.0/8', { src0: word('10.255.1.2') }, true],
    ['-s 10.0.0.0/8', { src0: word('11.0.0.0') }, false],
    ['! -s 10.0.0.0/8', { src0: word('11.0.0.0') }, true],
    ['-s 200.0.0.0/5', { src0: word('207.1.1.1') }, true],
    ['! -s 0.0.0.0/0', {}, false],
    ['-d 10.0.2.0/255.0.255.0', { dst0: word('10.9.2.7') }, true],
    ['-d 10.0.2.0/255.0.255.0', { dst0: word('10.9.3.7') }, false],
    ['-p udp', {}, true],
    ['! -p udp', {}, false],
    ['-p tcp', {}, false],
    ['-i eth0', { indev: 1 }, true],
    ['-i eth0', { indev: 2 }, false],
    ['! -i eth0', { indev: 2 }, true],
    ['! -i eth0', { indev: 0 }, true],
    ['-i eth+', { indev: 2 }, true],
    ['-i eth+', { indev: 3 }, false],
    ['-i +', { indev: 0 }, true],
    ['! -i +', { indev: 1 }, false],
    ['-f', { fragOffset: 8 }, true],
    ['-f', { fragOffset: 0, moreFragments: 1 }, false],
    ['! -f', { fragOffset: 0, moreFragments: 1 }, true],
    ['! -f', { fragOffset: 8 }, false],
  ] as const)('%s against %j: %s', (rule, packet, wanted) => {
    expect(table(rule, packet)).toBe(wanted);
  });

  it('compares the empty name where a hook has no such device', () => {
    const box = bench('-A FORWARD -o eth0\n-A FORWARD ! -o eth0');
    expect(box.run(Hook.Forward, packet4()).hits).toEqual(['filter:FORWARD:2', 'filter:FORWARD:policy']);
  });

  it('tells the interface in from the one out', () => {
    const box = bench('-A FORWARD -i eth0\n-A FORWARD -o eth0');
    expect(box.run(Hook.Forward, packet4({ indev: 1, outdev: 2 })).hits[0]).toBe('filter:FORWARD:1');
    expect(box.run(Hook.Forward, packet4({ indev: 2, outdev: 1 })).hits[0]).toBe('filter:FORWARD:2');
    expect(bench('-A FORWARD -o eth0', { family: 6 }).run(Hook.Forward, packet4({ family: 6, indev: 1, outdev: 2 })).hits).toHaveLength(1);
  });

  const six = (rule: string, packet: Partial<Packet>): ReturnType<Bench['run']> =>
    bench(`-A INPUT ${rule}`, { family: 6 }).run(Hook.Input, packet4({ family: 6, ...packet }));

  it('compares all of an IPv6 address', () => {
    const src = { src0: 0x20010db8, src1: 0, src2: 0, src3: 0 };
    expect(six('-s 2001:db8::/32', src).hits).toHaveLength(2);
    expect(six('-s 2001:db8::/128', { ...src, src3: 1 }).hits).toHaveLength(1);
    expect(six('-s 2001:db8::/64', { ...src, src3: 1 }).hits).toHaveLength(2);
    expect(six('! -d 2001:db8::1', { dst0: 0x20010db8, dst3: 2 }).hits).toHaveLength(2);
    expect(six('! -d 2001:db8::1', { dst0: 0x20010db8, dst3: 1 }).hits).toHaveLength(1);
  });

  it('hotdrops where -p finds no end of the extension headers', () => {
    expect(six('-p tcp', { protocol: -1 })).toEqual({ verdict: Verdict.Drop, hits: [] });
    expect(six('! -p tcp', { protocol: -1 })).toEqual({ verdict: Verdict.Drop, hits: [] });
    expect(six('-j ACCEPT', { protocol: -1 }).hits).toEqual(['filter:INPUT:1']);
  });
});

describe('a traced packet', () => {
  it('leaves a line at every rule it hits, named as the kernel names them', () => {
    const rules = ':c - [0:0]\n:d - [0:0]\n-A INPUT\n-A INPUT -j c\n-A INPUT -g d\n-A c -p udp\n-A c -j RETURN\n-A d -j ACCEPT';
    const box = bench(rules, {}, true);
    const packet = packet4({ traced: 1 });
    packet.blank(100);
    packet.network = packet.start;
    packet.view.setUint8(packet.network, 0x45);
    box.run(Hook.Input, packet);
    box.run(Hook.Forward, packet);
    packet.traced = 0;
    box.run(Hook.Input, packet);
    expect(box.lines.map((line) => line.slice(0, line.indexOf(' IN=')))).toEqual([
      '<4>TRACE: filter:INPUT:rule:1',
      '<4>TRACE: filter:INPUT:rule:2',
      '<4>TRACE: filter:c:rule:1',
      '<4>TRACE: filter:c:return:2',
      '<4>TRACE: filter:INPUT:rule:3',
      '<4>TRACE: filter:d:return:1',
      '<4>TRACE: filter:FORWARD:policy:1',
    ]);
  });
});
