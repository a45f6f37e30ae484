/**
 * WatchedEngine: an engine that tells the way of the packets it is asked to look at. Rules are evaluated by the tracing evaluator,
 * every hook function has an observer around it; both only pass on while nobody looks.
 * @module
 */
import { Engine, type EngineOptions } from '../engine/engine.ts';
import type { Outcome } from '../engine/outcome.ts';
import type { Host } from '../host/host.ts';
import { Origin, type Packet, type ReadonlyPacket } from '../packet/packet.ts';
import type { Taker } from '../replay/replay.ts';
import { formatPacket } from '../report/tcpdump.ts';
import type { EvaluatorFactory } from '../xtables/evaluator.ts';
import type { RuleSet } from '../xtables/ruleset.ts';
import type { SetStore } from '../xtables/set/store.ts';
import { ruleTracer } from '../xtables/trace.ts';
import { deviceName } from './failed-part.ts';
import type { Drop, Explanation, Journey } from './model.ts';
import { observeHooks } from './observe-hooks.ts';
import { TracingEvaluator } from './tracing-evaluator.ts';
import { LOOPED, Watch } from './watch.ts';

export interface WatchedOptions extends Omit<EngineOptions, 'sink' | 'log'> {
  readonly rules: readonly RuleSet[];
  readonly sets: SetStore;
  /** Track connections though no rule needs it. */
  readonly conntrack?: boolean;
  /** Tell every rule that failed, with the part that failed. */
  readonly all?: boolean;
  /** Write TRACE lines. */
  readonly trace?: boolean;
}

export class WatchedEngine implements Taker {
  readonly engine: Engine;
  /** Whether to look at the packets to come. */
  watching = false;
  /** The way of the last packet; null when nobody looked. */
  told: Explanation | null = null;
  private readonly watch: Watch;

  constructor(options: WatchedOptions) {
    const { rules, sets } = options;
    this.watch = new Watch({ all: options.all ?? false, trace: options.trace ?? false });
    this.engine = new Engine({ ...options, sink: this.watch, log: (line) => this.watch.logged(line) });
    for (const set of rules) attachWatched(this.engine, set, sets, this.watch);
    if (options.conntrack === true) for (const family of [4, 6]) this.engine.conntrack.enable(family);
    for (const family of [4, 6]) observeHooks(this.engine.hooks(family), this.watch);
    this.watch.attach(this.engine);
  }

  get host(): Host {
    return this.engine.host;
  }

  receive(packet: Packet): Outcome {
    if (!this.watching) return this.engine.receive(packet);
    const from = deviceName(this.host, packet.indev);
    this.watch.begin(packet, Origin.Received);
    return this.tell(packet, this.engine.receive(packet), from);
  }

  send(packet: Packet): Outcome {
    if (!this.watching) return this.engine.send(packet);
    this.watch.begin(packet, Origin.Local);
    return this.tell(packet, this.engine.send(packet), 'local');
  }

  private tell(packet: Packet, outcome: Outcome, from: string): Outcome {
    const { watch } = this;
    watch.end();
    const { verdict } = outcome;
    this.told = {
      index: packet.index,
      time: packet.nowUs / 1e6,
      in: from,
      length: packet.wireLength,
      packet: watch.journeys[0]?.packet ?? formatPacket(packet),
      flow: watch.ends,
      verdict,
      drop: verdict === 'dropped' ? dropOf(watch.journeys) : null,
      before: watch.before,
      after: watch.after,
      journeys: watch.journeys.map(plain),
      trace: watch.trace,
    };
    return outcome;
  }
}

/** The packet's own end, or where it ended after it came back over lo. */
function dropOf(journeys: readonly Journey[]): Drop | null {
  return journeys.findLast(({ kind, drop }) => kind === LOOPED && drop !== null)?.drop ?? journeys[0]?.drop ?? null;
}

function plain({ kind, packet, hooks, delivered, departures, drop, changes }: Journey): Journey {
  return { kind, packet, hooks, delivered, departures, drop, changes };
}

/** As replay/attach.ts, with evaluators that tell. */
function attachWatched(engine: Engine, rules: RuleSet, sets: SetStore, watch: Watch): void {
  const evaluate: EvaluatorFactory = (table, services, tally) => {
    const tracer = ruleTracer(rules, { ...services, log: (line) => watch.trace.push(line.replace(/^<\d>/, '')) });
    const trace = (id: number, packet: ReadonlyPacket): void => tracer?.(id, packet);
    return new TracingEvaluator(table, services, tally, () => watch.beginWalk(rules, trace));
  };
  engine.attach({
    family: rules.family,
    attach: (hooks, lent) => rules.attach(hooks, { ...lent, sets }, evaluate),
  });
}
