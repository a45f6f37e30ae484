/**
 * A router with one rule set under one evaluator, and all it did in words: for tests that hold evaluators side by side.
 */
import { Engine } from '../../src/engine/engine.ts';
import type { Hook } from '../../src/hook/hook.ts';
import { Verdict } from '../../src/hook/verdict.ts';
import { parseHost } from '../../src/host/host-json.ts';
import { decode, decodeNetwork } from '../../src/packet/decode.ts';
import { LinkType } from '../../src/packet/link-type.ts';
import { Packet } from '../../src/packet/packet.ts';
import { formatConntrackNorm } from '../../src/report/conntrack-list.ts';
import type { Evaluator, EvaluatorFactory } from '../../src/xtables/evaluator.ts';
import type { RuleSet } from '../../src/xtables/ruleset.ts';
import type { Services } from '../../src/xtables/services.ts';
import { listSets, parseSets, type SetStore } from '../../src/xtables/set/store.ts';
import { DoubtLab } from './doubt-lab.ts';
import type { Frame } from './random-frames.ts';
import { HOST } from './random-tables.ts';

const ROUTER = parseHost(HOST, 'host');
const START_US = 1_700_000_000_000_000;
const STEP_US = 20_000;
/** Every so many packets there is a pause. */
const PAUSE_EVERY = 16;
const PAUSE_US = 2_000_000;
/** Somebody answers for these. */
const QUEUES = [2, 3];

export interface RunOptions {
  /** `ipset save` text. */
  readonly sets: string;
  readonly evaluate: EvaluatorFactory;
  /**
   * Every packet walks every hook, and it is told which rules it hit, and what its walk of each table depended on. Otherwise known
   * flows go the short way.
   */
  readonly longWay: boolean;
}

export interface Story {
  readonly log: readonly string[];
  readonly counters: readonly number[][];
  readonly connections: readonly string[];
  readonly sets: unknown;
  readonly hits: readonly string[];
  readonly notes: readonly string[];
}

export class RuledRouter {
  readonly rules: RuleSet;
  private readonly log: string[] = [];
  private readonly hits: string[] = [];
  private readonly notes: string[] = [];
  private readonly engine: Engine;
  private readonly sets: SetStore;
  private readonly isLong: boolean;
  /** Answers for what no capture tells. Where nothing asks there is no doubt, and rules may share forms (rows/). */
  private readonly doubt: DoubtLab | null;
  private readonly packet: Packet = new Packet();
  private index = 0;

  /** `rules` may be another router's after it has told its story: counters begin anew. */
  constructor(rules: RuleSet, { sets, evaluate, longWay }: RunOptions) {
    const { family } = rules;
    this.rules = rules;
    rules.counters.packets.fill(0);
    rules.counters.bytes.fill(0);
    rules.recorder.end();
    this.sets = parseSets(sets);
    this.isLong = longWay;
    this.doubt = asksForGroups(rules) ? new DoubtLab() : null;
    const sink = {
      transmit: (packet: Packet) => this.tell('out', packet),
      deliver: (packet: Packet) => this.tell('in', packet),
    };
    this.engine = new Engine({ host: ROUTER, sink, queues: QUEUES, log: (line) => this.log.push(line) });
    this.engine.flows.enabled = !longWay;
    const factory: EvaluatorFactory = (table, services, tally) => {
      const inner = evaluate(table, services, tally);
      return longWay ? this.noting(inner, services) : inner;
    };
    this.engine.attach({
      family,
      attach: (hooks, lent) => this.rules.attach(hooks, { ...lent, sets: this.sets, doubt: this.doubt }, factory),
    });
  }

  take({ octets, dev }: Frame): void {
    const { packet, rules, engine } = this;
    packet.reset();
    packet.blank(octets.length);
    packet.bytes.set(octets, packet.start);
    if (dev === 0) {
      packet.link = -1;
      packet.network = packet.start;
      decodeNetwork(packet);
    } else decode(packet, LinkType.Ethernet);
    packet.indev = dev;
    packet.index = this.index++;
    packet.nowUs = START_US + packet.index * STEP_US + Math.floor(packet.index / PAUSE_EVERY) * PAUSE_US;
    this.doubt?.begin(packet.index % 3 === 0);
    if (this.isLong) rules.recorder.begin();
    let outcome = dev === 0 ? engine.send(packet) : engine.receive(packet);
    if (outcome.verdict === 'queued') outcome = engine.resume(packet, Verdict.Accept);
    if (this.isLong) this.hits.push(rules.recorder.ids.subarray(0, rules.recorder.count).join(','));
    this.log.push(`${outcome.verdict} ${outcome.dropStage} ${outcome.dropReason} ${outcome.rule} ${outcome.mark}`);
  }

  /** All it did; hits and notes where they are told. */
  get story(): Story {
    const { packets, bytes } = this.rules.counters;
    const last = START_US + this.index * STEP_US;
    return {
      log: this.log,
      counters: [Array.from(packets), Array.from(bytes)],
      connections: formatConntrackNorm(this.engine.conntrack, last),
      sets: listSets(this.sets),
      hits: this.hits,
      notes: this.notes,
    };
  }

  private noting(inner: Evaluator, services: Services): Evaluator {
    const notes = services.notes!;
    const run = (hook: Hook, packet: Packet): Verdict => {
      notes.begin();
      const verdict = inner.run(hook, packet);
      this.notes.push(
        `${hook} ${verdict} ${packet.rule} ${notes.constant} ${notes.tcpFlags} ${notes.ids.subarray(0, notes.count).join(',')}`,
      );
      notes.end();
      return verdict;
    };
    return { ...inner, run };
  }

  private tell(what: string, packet: Packet): void {
    const octets = Buffer.from(packet.bytes.buffer, packet.bytes.byteOffset + packet.start, packet.end - packet.start);
    this.log.push(`${what} ${packet.outdev} ${packet.mark} ${packet.priority} ${octets.toString('latin1')}`);
  }
}

function asksForGroups({ tables }: RuleSet): boolean {
  return tables.some(({ chainsAsMade }) =>
    Array.from(chainsAsMade).some((chain) =>
      Array.from({ length: chain.length }, (_, i) => chain.like(i)).some(({ matches }) => matches.some(({ name }) => name === 'cgroup')),
    ),
  );
}
