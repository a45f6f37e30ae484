/**
 * Shard: one worker's machine and its share of the packets. One plain capture is dealt out (ring.ts). Of others it walks all packets,
 * in order, and takes those that are at home here. Either way packet numbers, times and interfaces are what one worker would see.
 *
 *   run()  one chunk: every packet of it looked at, the own ones replayed, what came out packed         result()  at the end
 *
 * @module
 */
import { type Capture, openCapture } from '../capture/index.ts';
import { Engine } from '../engine/engine.ts';
import type { Outcome } from '../engine/outcome.ts';
import type { EngineSink } from '../engine/sink.ts';
import { HooklineError } from '../errors.ts';
import { parseHost } from '../host/host-json.ts';
import type { Host } from '../host/host.ts';
import type { Packet } from '../packet/packet.ts';
import { AsPeer } from '../nat/as-peer.ts';
import { attachRules } from '../replay/attach.ts';
import { loadHost } from '../replay/inputs.ts';
import { OutputCount } from '../replay/output-count.ts';
import { Replay } from '../replay/replay.ts';
import { parseRules } from '../iptables/save.ts';
import type { RuleSet } from '../xtables/ruleset.ts';
import { parseSets, SetStore } from '../xtables/set/store.ts';
import type { Stop } from './control.ts';
import { Dealer, dealableHeader, PlacedFile } from './dealer.ts';
import { DealtCapture } from './dealt-capture.ts';
import { Home } from './home.ts';
import type { ChunkReport, Job, ShardResult } from './job.ts';
import { Near } from './near.ts';
import { EmissionWriter } from './emission.ts';
import { Ring, type RingMemory } from './ring.ts';
import { Watch } from './watch.ts';

/** Writes a line about a packet, without its end. `marks`: what the replay knows of it besides. */
export type LineFunction = (
  engine: Engine,
  rules: readonly RuleSet[],
  packet: Packet,
  outcome: Outcome,
  from: number,
  marks: { readonly unreal: boolean; readonly translated: boolean },
) => string;

export interface ShardOptions {
  /** null: no lines are wanted. */
  readonly line: LineFunction | null;
  /** What comes out goes there; else it is packed. */
  readonly emitter?: Emitter;
  /** Asked while it waits for others. */
  readonly stop?: Stop;
}

const NEVER: Stop = { stopped: false, waiting: () => undefined };
/** Slots of a chunk at most: fewer than the ring has, so that all may be in the midst of theirs. */
const CHUNK_SLOTS = 8;

/** Takes what comes out, with the number of the packet it belongs to. */
export interface Emitter {
  frame(packet: Packet, index: number): void;
  line(text: string, index: number): void;
}

export class Shard {
  private readonly job: Job;
  private readonly engine: Engine;
  private readonly rules: readonly RuleSet[];
  private readonly outputs: OutputCount;
  private readonly captures: (Capture | DealtCapture)[] = [];
  /** Where the capture is dealt out. */
  private readonly dealt: DealtCapture | null;
  private readonly replay: Replay;
  private readonly watch: Watch | null;
  private readonly packed: EmissionWriter = new EmissionWriter();

  /** Opens the captures. `number`: which of job.workers this is; one alone watches nothing, all is its own. */
  constructor(job: Job, number: number, { line, emitter, stop = NEVER }: ShardOptions) {
    this.job = job;
    const host = hostOf(job.host);
    const emit = emitter ?? this.packed;
    const sink: EngineSink | null = job.frames
      ? {
          transmit: (packet) => emit.frame(packet, this.replay.position - 1),
          frame: (packet) => emit.frame(packet as Packet, packet.index),
          deliver: () => undefined,
        }
      : null;
    this.outputs = new OutputCount(host.interfaces.length, sink);
    this.engine = new Engine({ host, seed: job.seed, sink: this.outputs });
    const sets = job.sets === null ? new SetStore() : parseSets(job.sets.text, job.sets.file);
    this.rules = job.rules.map(({ text, file, family }) => parseRules(text, { file, family, counters: false }));
    for (const each of this.rules) attachRules(this.engine, each, sets);
    if (job.conntrack) for (const family of [4, 6]) this.engine.conntrack.enable(family);
    const home = new Home(job.workers, job.near === null ? null : new Near(job.near));
    this.watch = job.workers > 1 ? new Watch(this.engine, home, number, job.ring !== null) : null;
    this.dealt = job.ring === null ? null : this.deal(job.ring, { home, number, stop });
    this.replay = this.open(emit, line);
  }

  /** One chunk further; null: all is over. */
  run(): ChunkReport | null {
    const { watch, replay, job, dealt } = this;
    watch?.begin();
    const before = replay.position;
    const step = dealt === null ? { ended: !replay.step(job.batch), packets: replay.position - before } : this.runDealt(dealt);
    if (step === null) return null;
    watch?.look();
    return {
      ...step,
      broken: watch?.broken ?? '',
      peak: watch?.peak ?? 0,
      correspondents: watch?.correspondents ?? [],
      sources: watch?.sources ?? [],
      oddSources: watch?.oddSources ?? [],
      watched: watch?.watched ?? [],
      pings: watch?.pings ?? [],
      errors: watch?.errors ?? [],
      pieces: watch?.pieces ?? [],
      emission: this.packed.take(),
    };
  }

  /** Slots of the ring, as many as make a chunk; null: all is over. */
  private runDealt(dealt: DealtCapture): Pick<ChunkReport, 'packets' | 'ended'> | null {
    const { watch, replay, job } = this;
    let packets = 0;
    for (let slots = 0; slots < CHUNK_SLOTS && packets < job.batch; slots++) {
      const own = dealt.open();
      if (own < 0) return null;
      replay.step(own);
      const { recordCount, runsBackwards, ended } = dealt.opened;
      packets += recordCount;
      if (runsBackwards) watch?.clockRanBackwards();
      if (ended) return { packets, ended };
    }
    return { packets, ended: false };
  }

  result(): ShardResult {
    const { dealt } = this;
    const { stats } = this.replay;
    if (dealt !== null) {
      stats.firstUs = dealt.opened.firstUs;
      stats.lastUs = dealt.opened.lastUs;
    }
    return {
      stats: stats.data(),
      counters: this.rules.map(({ counters: { packets, bytes } }) => ({ packets, bytes })),
      outputs: this.outputs.counts,
      connections: this.engine.conntrack.list(stats.lastUs, this.job.listed),
      damage: this.captures.flatMap(({ damage }) => (damage === null ? [] : [told(damage)])),
    };
  }

  close(): void {
    for (const capture of this.captures) capture.close();
  }

  /** Take part in dealing out the one capture there is. */
  private deal(memory: RingMemory, { home, number, stop }: { home: Home; number: number; stop: Stop }): DealtCapture {
    const file = new PlacedFile(this.job.captures[0]!.source);
    const header = dealableHeader(file);
    if (header === null) throw new HooklineError('ERR_INPUT', `${file.name}: changed while it was read`);
    const ring = new Ring(memory, stop);
    return new DealtCapture(ring, new Dealer(file, header, ring, home), { file, worker: number, snapLength: header.snapLength });
  }

  private open(emit: Emitter, line: LineFunction | null): Replay {
    const { job, engine, rules } = this;
    try {
      const sources = job.captures.map(({ source, indev, local }) => {
        const capture = this.dealt ?? openCapture(source);
        this.captures.push(capture);
        return { capture, indev, local };
      });
      const replay: Replay = new Replay(engine, {
        sources,
        fallback: job.fallback,
        loop: job.loop ?? undefined,
        replies: job.strays ? { asPeer: new AsPeer(engine), translate: false } : undefined,
        ...(this.watch === null ? {} : { share: this.watch }),
        ...(line === null
          ? {}
          : {
              onPacket: (packet: Packet, outcome: Outcome, from: number) =>
                emit.line(line(engine, rules, packet, outcome, from, replay), packet.index),
            }),
      });
      return replay;
    } catch (error) {
      this.close();
      throw error;
    }
  }
}

/** The host of a job, made anew. @throws ERR_HOST, ERR_INPUT */
export function hostOf(host: Job['host']): Host {
  return host === null || typeof host === 'string' ? loadHost(host ?? undefined) : parseHost(host.text, host.file);
}

function told({ code, message }: HooklineError): { code: HooklineError['code']; message: string } {
  return { code, message };
}
