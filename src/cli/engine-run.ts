/**
 * Captures through one machine up to a moment: what the commands do that look at its tables.
 *
 *   const run = new EngineRun(inputs, flags);
 *   run.onPacket = ...; run.engine.conntrack.events = ...;
 *   await run.to(flags.at ?? null);
 *
 * @module
 */
import { type Command, InvalidArgumentError } from 'commander';
import { Engine } from '../engine/engine.ts';
import { AsPeer } from '../nat/as-peer.ts';
import type { Packet } from '../packet/packet.ts';
import { attachRules } from '../replay/attach.ts';
import { Replay, type Taker } from '../replay/replay.ts';
import type { Outcome } from '../engine/outcome.ts';
import { describeError, Exit } from './exit.ts';
import { Interrupt } from './interrupt.ts';
import type { Moment } from './moment.ts';
import { wholeNumber } from './numbers.ts';
import { Progress } from './progress.ts';
import { type ReplyFlags, repliesOf } from './reply-options.ts';
import { collect, type RunFlags, type RunInputs } from './run-options.ts';

/** Packets between two looks at signals and progress. */
const STEP = 8192;

/** Options that suppose another table: `--conntrack-max`, `--sysctl`. */
export function whatIfOptions(command: Command): Command {
  return command
    .option('--conntrack-max <n>', 'suppose a table of this many connections (net.netfilter.nf_conntrack_max)', wholeNumber)
    .option(
      '--sysctl <name=value>',
      'suppose another value of net.netfilter.nf_conntrack_*: timeouts, tcp_loose, ...; may be given again',
      collectSysctl,
      [],
    );
}

const SYSCTL = /^net[./](?:netfilter[./])?(nf_conntrack_[a-z0-9_]+)=(\d+)$/;

function collectSysctl(value: string, before: readonly string[]): readonly string[] {
  if (!SYSCTL.test(value))
    throw new InvalidArgumentError('It must be net.netfilter.nf_conntrack_NAME=NUMBER; what else there is belongs into the host file.');
  return collect(value, before);
}

export interface EngineRunFlags extends RunFlags, ReplyFlags {
  readonly conntrackMax?: number;
  readonly sysctl?: readonly string[];
  readonly ports?: readonly [number, number];
}

export class EngineRun {
  readonly engine: Engine;
  readonly replay: Replay;
  /** Called around each packet. */
  before: ((packet: Packet) => void) | null = null;
  after: ((packet: Packet, outcome: Outcome) => void) | null = null;
  /** Stopped before the end. */
  interrupted = false;
  /** The moment reached, microseconds since the epoch. */
  atUs = 0;
  private readonly inputs: RunInputs;

  constructor(inputs: RunInputs, flags: EngineRunFlags) {
    const { host, rules, sets } = inputs;
    this.inputs = inputs;
    for (const text of flags.sysctl ?? []) {
      const [, name = '', value = ''] = SYSCTL.exec(text) ?? [];
      host.writeSysctl(`net.netfilter.${name}`, Number(value));
    }
    if (flags.conntrackMax !== undefined) host.writeSysctl('net.netfilter.nf_conntrack_max', flags.conntrackMax);
    this.engine = new Engine({ host, seed: flags.seed, sourcePorts: flags.ports });
    const store = sets();
    for (const set of rules) attachRules(this.engine, set, store);
    if (flags.conntrack === true) for (const family of [4, 6]) this.engine.conntrack.enable(family);
    const { sources, fallback } = inputs;
    const replies = repliesOf(flags, new AsPeer(this.engine));
    this.replay = new Replay(this.taker(), { sources, fallback, replies });
  }

  /** Whether connections are tracked at all. */
  get tracks(): boolean {
    return this.engine.conntrack.isEnabled(4) || this.engine.conntrack.isEnabled(6);
  }

  /** Run up to a moment, or to the end. False: the captures end before it. */
  async to(moment: Moment | null): Promise<boolean> {
    const { replay } = this;
    const progress = new Progress(process.stderr);
    const interrupt = new Interrupt();
    const firstUs = replay.nextUs;
    const untilUs =
      moment === null || moment.kind === 'packet' ? Number.POSITIVE_INFINITY : moment.us + (moment.kind === 'after' ? firstUs : 0);
    const packets = moment?.kind === 'packet' ? moment.number + 1 : Number.POSITIVE_INFINITY;
    try {
      let more = true;
      while (more && !interrupt.requested && replay.position < packets) {
        more = replay.step(Math.min(STEP, packets - replay.position), untilUs);
        progress.show(replay.position, this.inputs.fraction());
        await interrupt.pause();
      }
    } finally {
      progress.clear();
      interrupt.dispose();
    }
    this.interrupted = interrupt.requested;
    this.atUs = Number.isFinite(untilUs) ? untilUs : replay.stats.lastUs;
    return replay.position >= packets || packets === Number.POSITIVE_INFINITY;
  }

  /** Says what went wrong with the captures, and sets the exit code. */
  tellDamage(): void {
    const damage = this.inputs.damage().map(describeError);
    for (const text of damage) process.stderr.write(`hookline: ${text}\n`);
    if (damage.length > 0) process.exitCode = Exit.Input;
    if (this.interrupted) process.exitCode = Exit.Interrupted;
  }

  private taker(): Taker {
    const { engine } = this;
    const around = (packet: Packet, take: (packet: Packet) => Outcome): Outcome => {
      engine.turn = packet.index;
      this.before?.(packet);
      const outcome = take(packet);
      this.after?.(packet, outcome);
      return outcome;
    };
    return {
      host: engine.host,
      receive: (packet) => around(packet, (one) => engine.receive(one)),
      send: (packet) => around(packet, (one) => engine.send(one)),
    };
  }
}
