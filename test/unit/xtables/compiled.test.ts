import { afterEach, describe, expect, it, vi } from 'vitest';
import { HooklineError } from '../../../src/errors.ts';
import { Hook } from '../../../src/hook/hook.ts';
import { plainRouter } from '../../../src/host/plain-router.ts';
import { parseRules, updateRules } from '../../../src/iptables/save.ts';
import { build } from '../../../src/packet/build.ts';
import { ethernet, ipv4, udp } from '../../../src/packet/build-layers.ts';
import { decode } from '../../../src/packet/decode.ts';
import { LinkType } from '../../../src/packet/link-type.ts';
import { Packet } from '../../../src/packet/packet.ts';
import { createEngine } from '../../../src/replay/machine.ts';
import { DEFAULT_CODE } from '../../../src/xtables/compiled/code-maker.ts';
import { compiledBy } from '../../../src/xtables/compiled/evaluator.ts';
import type { EvaluatorFactory } from '../../../src/xtables/evaluator.ts';
import { MATCHES } from '../../../src/xtables/match/index.ts';
import type { MatchModule } from '../../../src/xtables/match.ts';
import { interpret } from '../../../src/xtables/traverse.ts';
import { aim } from '../../support/compare.ts';
import { RandomTables } from '../../support/random-tables.ts';
import { RuledRouter } from '../../support/ruled-router.ts';
import { Bench, packet4 } from './bench.ts';

const NO_INDEX = { minRules: Number.POSITIVE_INFINITY, rulesPerGroup: 3, pruneFrom: 8 };
/** Words that code is made of besides numbers. */
const WORDS = new Set(
  `use strict return let v p if else false T M G D C X N W I src0 src1 src2 src3 dst0 dst1 dst2 dst3 protocol indev outdev srcPort dstPort
   mark ct rule view transport getUint8 hotdrop hit stateBit enter resume tcpFlags s0 s1 s2 s3 d0 d1 d2 d3 q i o a b k c`.split(/\s+/),
);

function codeAfter(walks: number, maxFunctions: number = Number.POSITIVE_INFINITY): EvaluatorFactory {
  return compiledBy({ walks, isWorthIt: () => true, maxFunctions }, NO_INDEX);
}

/** The sources of all functions made from now on. */
function watch(): string[] {
  const sources: string[] = [];
  const Maker = globalThis.Function;
  vi.stubGlobal('Function', function (...parts: string[]) {
    sources.push(parts.at(-1)!);
    return new Maker(...parts);
  });
  return sources;
}

function filter(...lines: readonly string[]): string {
  return `*filter\n:FORWARD ACCEPT [0:0]\n:a - [0:0]\n:b - [0:0]\n${lines.join('\n')}\nCOMMIT\n`;
}

function walk(bench: Bench, times: number): void {
  for (let i = 0; i < times; i++) bench.run(Hook.Forward, packet4({ transportLength: 20, dstPort: 80, src0: 0x0a000001 }));
}

describe('code of chains', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('is made once a chain is hot, and never of a cold one', () => {
    const sources = watch();
    const bench = new Bench(
      parseRules(filter('-A FORWARD -s 10.0.0.1 -j a', '-A FORWARD -s 10.9.9.9 -j b', '-A a', '-A b')),
      false,
      codeAfter(3),
    );
    walk(bench, 2);
    expect(sources).toHaveLength(0);
    walk(bench, 2);
    // FORWARD and a
    expect(sources).toHaveLength(2);
    walk(bench, 50);
    expect(sources).toHaveLength(2);
  });

  it('is made anew of a chain that has changed, and of no other', () => {
    const sources = watch();
    const rules = parseRules(filter('-A FORWARD -j a', '-A FORWARD -j b', '-A a', '-A b -p udp'));
    const bench = new Bench(rules, false, codeAfter(3));
    walk(bench, 5);
    expect(sources).toHaveLength(3);
    updateRules(rules, '*filter\n-I a -p udp -m udp --dport 80\nCOMMIT\n');
    walk(bench, 5);
    expect(sources).toHaveLength(4);
    expect(sources[3]).toContain('===80');
    const { hits } = bench.run(Hook.Forward, packet4({ transportLength: 20, dstPort: 80 }));
    const told = 'FORWARD:1 a:1 a:2 a:return FORWARD:2 b:1 b:return FORWARD:policy';
    expect(hits).toEqual(told.split(' ').map((rule) => `filter:${rule}`));
  });

  it('comes in pieces that V8 optimises', () => {
    const sources = watch();
    const short = Array.from({ length: 600 }, (_, i) => `-A FORWARD -s 10.1.${i >> 8}.${i & 255} -j DROP`);
    walk(new Bench(parseRules(filter(...short)), false, codeAfter(1)), 2);
    expect(sources).toHaveLength(3);
    sources.length = 0;
    const ports = Array.from({ length: 7 }, (_, i) => `${1 + 2 * i}000:${2 + 2 * i}000`).join(',');
    const long = Array.from({ length: 250 }, (_, i) => `-A FORWARD -s 10.1.0.${i} -p udp -m multiport --ports ${ports} -j DROP`);
    walk(new Bench(parseRules(filter(...long)), false, codeAfter(1)), 2);
    expect(sources.length).toBeGreaterThan(2);
    for (const source of sources) expect(source.length).toBeLessThan(25_500);
  });

  it('is made of so many chains at most', () => {
    const sources = watch();
    walk(new Bench(parseRules(filter('-A FORWARD -j a', '-A FORWARD -j b', '-A a', '-A b')), false, codeAfter(2, 2)), 9);
    expect(sources).toHaveLength(2);
  });

  it('is made of numbers only, whatever rules say', () => {
    const sources = watch();
    for (let seed = 0; seed < 12; seed++) {
      const source = new RandomTables(seed);
      const rules = parseRules(source.text(), { family: source.family });
      const router = new RuledRouter(rules, { sets: source.sets, evaluate: codeAfter(1), longWay: true });
      for (let i = 0; i < 20; i++) router.take(source.frame());
    }
    expect(sources.length).toBeGreaterThan(40);
    for (const source of sources) {
      expect(source.slice(1, 11)).toBe('use strict');
      const words = source.match(/[A-Za-z_$][\w$]*/g) ?? [];
      expect(words.filter((word) => !WORDS.has(word))).toEqual([]);
      expect(source.slice(12)).toMatch(/^[\w\s(){}[\].,;:=!<>&|+-]*$/);
    }
  });

  it('is made where the walks so far would have paid for it', () => {
    const { isWorthIt } = DEFAULT_CODE;
    const rows = { rules: 20, asked: 20, nsToFind: 0 };
    expect(isWorthIt({ ...rows, walks: 1000 })).toBe(false);
    expect(isWorthIt({ ...rows, walks: 100_000 })).toBe(true);
    // never where little is asked
    expect(isWorthIt({ rules: 1, asked: 1, nsToFind: 0, walks: 1e9 })).toBe(false);
    expect(isWorthIt({ rules: 20_000, asked: 2, nsToFind: 20, walks: 1e9 })).toBe(false);
    expect(isWorthIt({ rules: 200, asked: 30, nsToFind: 100, walks: 10_000 })).toBe(true);
  });

  it('is made for a machine unless it wants none', () => {
    const sources = watch();
    const count = [true, false].map((codegen) => {
      sources.length = 0;
      const machine = createEngine(plainRouter(), { codegen });
      machine.attach(parseRules(filter(...Array.from({ length: 300 }, () => '-A FORWARD -m mark --mark 1/1'), '-A FORWARD -j DROP')));
      const packet = new Packet();
      for (let i = 0; i < 4200; i++) {
        aim(packet, build(ethernet('02:00:00:00:00:01', '02:00:00:00:00:99'), ipv4('10.0.0.1', '198.51.100.1'), udp(i, 53)), 0, i);
        decode(packet, LinkType.Ethernet);
        expect(machine.receive(packet, 'eth0').verdict).toBe('dropped');
      }
      return sources.length;
    });
    expect(count).toEqual([2, 0]); // 301 rules are two pieces
  });

  it('does without a chain with a rule that is refused for the host, as long as no packet meets it', () => {
    const sources = watch();
    const mine: MatchModule = {
      ...MATCHES.find(({ name }) => name === 'pkttype')!,
      name: 'mine',
      compile: () => {
        throw new HooklineError('ERR_UNSUPPORTED', 'not here');
      },
    };
    const text = filter('-A FORWARD -s 10.9.9.9 -m mine --pkt-type unicast -j DROP', '-A FORWARD -s 10.0.0.1 -j a', '-A a -j DROP');
    const byIndex = compiledBy({ walks: 3, isWorthIt: () => true, maxFunctions: 9 }, { minRules: 1, rulesPerGroup: 0, pruneFrom: 1 });
    const bench = new Bench(parseRules(text, { matches: [...MATCHES, mine] }), false, byIndex);
    walk(bench, 9);
    // of the chain a
    expect(sources).toHaveLength(1);
    expect(() => bench.run(Hook.Forward, packet4({ transportLength: 20, src0: 0x0a090909 }))).toThrow('not here');
  });

  it('is not missed where none may be made', () => {
    let asked = 0;
    vi.stubGlobal('Function', function () {
      asked++;
      throw new EvalError('Code generation from strings disallowed for this context');
    });
    const text = filter('-A FORWARD -s 10.0.0.1 -j a', '-A FORWARD -j DROP', '-A a -p udp -m udp --dport 80', '-A a -j RETURN');
    const benches = [codeAfter(1), interpret].map((evaluate) => new Bench(parseRules(text), false, evaluate));
    for (const bench of benches) walk(bench, 5);
    expect(asked).toBe(1);
    expect(benches[0]!.rules.hits()).toEqual(benches[1]!.rules.hits());
  });
});
