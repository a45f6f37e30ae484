import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Engine } from '../../../src/engine/engine.ts';
import { parseHost } from '../../../src/host/host-json.ts';
import { parseRules } from '../../../src/iptables/save.ts';
import { decode } from '../../../src/packet/decode.ts';
import { LinkType } from '../../../src/packet/link-type.ts';
import { Packet } from '../../../src/packet/packet.ts';
import type { EvaluatorFactory } from '../../../src/xtables/evaluator.ts';
import { compiledBy } from '../../../src/xtables/compiled/evaluator.ts';
import { evaluateIndexed, indexedBy } from '../../../src/xtables/indexed/evaluator.ts';
import type { RuleSet } from '../../../src/xtables/ruleset.ts';
import { SetStore } from '../../../src/xtables/set/store.ts';
import { interpret } from '../../../src/xtables/traverse.ts';
import { RandomRules } from '../../support/random-rules.ts';

const RUNS = Math.max(200, Number(process.env['FC_RUNS'] ?? 0));
const PACKETS = 40;
/** Every chain is indexed and pruned, whatever that costs. */
const ALWAYS = indexedBy({ minRules: 1, rulesPerGroup: 0, pruneFrom: 1 });
/** The same, each rule made by itself; and rows without any index. */
const BY_STEPS = indexedBy({ minRules: 1, rulesPerGroup: 0, pruneFrom: 1 }, false);
const NO_INDEX = { minRules: Number.POSITIVE_INFINITY, rulesPerGroup: 3, pruneFrom: 8 };
const BY_ROWS = indexedBy(NO_INDEX);
/** Every chain is code from its second walk on; and some of them, beside an index. */
const BY_CODE = compiledBy({ walks: 1, nsPerRule: 0, maxFunctions: Number.POSITIVE_INFINITY }, NO_INDEX);
const BY_SOME_CODE = compiledBy({ walks: 7, nsPerRule: 1, maxFunctions: 3 }, { minRules: 1, rulesPerGroup: 0, pruneFrom: 1 });

const HOST = {
  interfaces: [
    { name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['10.0.0.1/24', 'fd00::1/64'] },
    { name: 'eth1', mac: '02:00:00:00:00:02', addresses: ['10.1.0.1/16', 'fd01::1/64'] },
  ],
  routes: [
    { dst: '0.0.0.0/0', via: '10.1.0.254', dev: 'eth1' },
    { dst: '::/0', via: 'fd01::fe', dev: 'eth1' },
  ],
};

/** A router with one rule set, and all it did in words. */
class Run {
  readonly rules: RuleSet;
  readonly log: string[] = [];
  private readonly engine: Engine;
  private readonly packet = new Packet();
  private index = 0;

  constructor(text: string, family: 4 | 6, evaluate: EvaluatorFactory) {
    this.rules = parseRules(text, { file: 'rules', family });
    const note = (what: string, packet: { bytes: Uint8Array; start: number; end: number; mark: number }): void => {
      this.log.push(`${what} ${packet.mark} ${Buffer.from(packet.bytes.subarray(packet.start, packet.end)).toString('hex')}`);
    };
    const sink = { transmit: (packet: Packet) => note('out', packet), deliver: (): void => {} };
    this.engine = new Engine({ host: parseHost(HOST, 'host'), sink, log: (line) => this.log.push(line) });
    this.engine.attach({
      family,
      attach: (hooks, lent) => this.rules.attach(hooks, { ...lent, sets: new SetStore() }, evaluate),
    });
  }

  take(octets: Uint8Array, dev: number): void {
    const { packet, rules } = this;
    packet.reset();
    packet.bytes = octets.slice();
    packet.view = new DataView(packet.bytes.buffer);
    packet.start = 0;
    packet.end = octets.length;
    packet.wireLength = octets.length;
    decode(packet, LinkType.Ethernet);
    packet.indev = dev;
    packet.index = this.index++;
    packet.nowUs = 1_700_000_000_000_000 + packet.index * 20_000;
    rules.recorder.begin();
    const outcome = this.engine.receive(packet);
    const hits = Array.from(rules.recorder.ids.subarray(0, rules.recorder.count), (id) => rules.ruleName(id));
    this.log.push(
      `${outcome.verdict} ${outcome.dropStage} ${outcome.dropReason} ${rules.ruleName(outcome.rule)} ${outcome.mark} ${hits.join(' ')}`,
    );
  }

  get counters(): readonly number[][] {
    return [Array.from(this.rules.counters.packets), Array.from(this.rules.counters.bytes)];
  }
}

function sameAsInterpreter(evaluate: EvaluatorFactory, seed: number): void {
  const source = new RandomRules(seed);
  const text = source.text();
  const family = source.isIpv6 ? 6 : 4;
  const runs = [interpret, evaluate].map((factory) => new Run(text, family, factory));
  for (let i = 0; i < PACKETS; i++) {
    const { dev, octets } = source.frame();
    for (const run of runs) run.take(octets, dev);
  }
  const [plain, indexed] = runs as [Run, Run];
  expect(indexed.log, text).toEqual(plain.log);
  expect(indexed.counters, text).toEqual(plain.counters);
}

describe('rules found by an index', () => {
  it('do what rules asked one by one do, in every chain', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => sameAsInterpreter(ALWAYS, seed)),
      { numRuns: RUNS },
    );
  });

  it.each([
    ['each rule made by itself', BY_STEPS],
    ['rows of a form, asked in turn', BY_ROWS],
    ['code made of every chain', BY_CODE],
    ['code made of some, beside an index', BY_SOME_CODE],
  ])('do so with %s', (_, evaluate) => {
    fc.assert(
      fc.property(fc.nat(), (seed) => sameAsInterpreter(evaluate, seed)),
      { numRuns: RUNS / 4 },
    );
  });

  it('do so where the index is taken by choice', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => sameAsInterpreter(evaluateIndexed, seed)),
      { numRuns: RUNS / 4 },
    );
  });
});
