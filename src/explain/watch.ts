/**
 * Watch: stands at every seam of the engine (hooks, their functions, table walks, the sink) and writes down what one packet, and
 * what the host sends because of it, goes through. While `on` is false it passes everything on and keeps nothing.
 *
 * A target may send a packet in the middle of a walk (REJECT): visits nest, so the function under way is a stack.
 * @module
 */
import { directionOf } from '../conntrack/ctinfo.ts';
import { describeDropReason, dropReasonCode } from '../engine/drop-reason.ts';
import type { Engine } from '../engine/engine.ts';
import { stageName } from '../engine/outcome.ts';
import type { EngineSink } from '../engine/sink.ts';
import type { HookEntry } from '../hook/hook-table.ts';
import { Hook, HOOK_NAMES } from '../hook/hook.ts';
import { Verdict } from '../hook/verdict.ts';
import { describeReason, readReason } from '../nat/reason.ts';
import { Origin, type Packet, type ReadonlyPacket } from '../packet/packet.ts';
import { formatPacket } from '../report/tcpdump.ts';
import { stateName } from '../replay/result.ts';
import type { RuleSet } from '../xtables/ruleset.ts';
import { changesBetween, type Snapshot, takeSnapshot } from './changes.ts';
import { connectionAt, Foresight } from './connection.ts';
import { deviceName } from './failed-part.ts';
import { endsOf } from './flow.ts';
import type {
  Connection,
  Departure,
  Drop,
  EntryVisit,
  HookVisit,
  Journey,
  PacketEnds,
  RuleReference,
  Tracked,
  Translation,
  WalkStep,
} from './model.ts';
import type { EntryObserver } from './observe-hooks.ts';
import { describeRoute, nextHopOf } from './route.ts';
import { WalkLog } from './walk-log.ts';

interface OpenVisit extends HookVisit {
  readonly entries: EntryVisit[];
}

interface OpenJourney extends Journey {
  readonly hooks: OpenVisit[];
  readonly departures: Departure[];
  delivered: boolean;
  drop: Drop | null;
  changes: Journey['changes'];
  arrived: Snapshot;
  latest: Snapshot;
  /** What answered Drop last, and the rule that made it, if one did. */
  dropper: string;
  droppedBy: RuleReference | null;
}

/** One function at a hook, under way. */
interface Frame {
  readonly steps: WalkStep[];
  readonly logs: WalkLog[];
  readonly isMain: boolean;
}

const VERDICTS: ReadonlyMap<Verdict, string> = new Map<Verdict, string>([
  [Verdict.Drop, 'drop'],
  [Verdict.Accept, 'accept'],
  [Verdict.Stolen, 'stolen'],
  [Verdict.Queue, 'queue'],
  [Verdict.Repeat, 'repeat'],
]);

/** Why a function that is no table dropped. */
const DROPPERS: ReadonlyMap<string, string> = new Map([
  ['conntrack', 'connection tracking could not give it a connection: the table is full'],
  ['conntrack confirm', 'its connection could not enter the table: the tuple belongs to another, or it was removed meanwhile'],
  ['nat', 'it could not be translated'],
  ['defrag', 'a fragment that cannot be put together'],
]);

const KINDS: Record<Origin, string> = {
  [Origin.Received]: 'received',
  [Origin.Local]: 'sent by a process',
  [Origin.Reject]: 'answer of a REJECT rule',
  [Origin.Stack]: 'answer of the host',
  [Origin.Copy]: 'copy of a TEE rule',
};

/** The packet itself, looped back. */
export const LOOPED = 'back over lo';

export interface WatchOptions {
  readonly all: boolean;
  readonly trace: boolean;
}

export class Watch implements EngineSink, EntryObserver {
  on = false;
  journeys: OpenJourney[] = [];
  trace: string[] = [];
  /** The main packet's ends, as it came. */
  ends: PacketEnds | null = null;
  /** The main packet's connection. */
  before: Connection | null = null;
  after: Connection | null = null;
  private readonly options: WatchOptions;
  private engine: Engine | null = null;
  private foresight: Foresight | null = null;
  private readonly open: Map<ReadonlyPacket, OpenJourney> = new Map();
  private readonly frames: Frame[] = [];
  private latest: OpenJourney | null = null;

  constructor(options: WatchOptions) {
    this.options = options;
  }

  /** Needs: before the first packet. */
  attach(engine: Engine): void {
    this.engine = engine;
    this.foresight = new Foresight(engine.conntrack);
  }

  /** Look at this packet, from here on. */
  begin(packet: ReadonlyPacket, origin: Origin): void {
    this.on = true;
    this.journeys = [];
    this.trace = [];
    this.before = null;
    this.after = null;
    this.open.clear();
    this.frames.length = 0;
    this.latest = null;
    this.ends = endsOf(packet);
    this.beginJourney(packet, KINDS[origin]);
  }

  end(): void {
    this.on = false;
  }

  // -- the sink

  hook(packet: ReadonlyPacket, hook: number): void {
    if (!this.on) return;
    let journey = this.open.get(packet);
    const begins = hook === Hook.Prerouting || hook === Hook.Output;
    if (journey === undefined || (begins && journey.hooks.length > 0)) journey = this.beginJourney(packet);
    const now = takeSnapshot(packet);
    const { host } = this.engine!;
    journey.hooks.push({
      hook: HOOK_NAMES[hook] ?? '',
      in: deviceName(host, packet.indev),
      out: deviceName(host, packet.outdev),
      packet: formatPacket(packet),
      route: describeRoute(packet, host),
      changes: changesBetween(journey.latest, now),
      entries: [],
    });
    journey.latest = now;
    this.latest = journey;
  }

  drop(packet: ReadonlyPacket, stage: number, reason: number): void {
    if (!this.on) return;
    const journey = this.open.get(packet) ?? this.beginJourney(packet);
    const atHook = stage <= Hook.Postrouting;
    const rule = atHook ? journey.droppedBy : null;
    const byOther = atHook && rule === null ? DROPPERS.get(journey.dropper) : undefined;
    const text = byOther ?? (rule !== null && reason === 0 ? '' : describeDropReason(reason));
    journey.drop = { at: stageName(stage), code: dropReasonCode(reason), text, rule };
    this.noteConnection(packet, journey);
    this.open.delete(packet);
  }

  transmit(packet: Packet, fragmentedHere: boolean): void {
    if (!this.on) return;
    const journey = this.open.get(packet) ?? this.latest ?? this.beginJourney(packet);
    journey.departures.push({
      out: deviceName(this.engine!.host, packet.outdev),
      octets: packet.networkLength,
      nextHop: nextHopOf(packet),
      packet: formatPacket(packet),
      fragment: fragmentedHere,
    });
    if (!fragmentedHere) this.leave(packet, journey);
  }

  deliver(packet: ReadonlyPacket): void {
    if (!this.on) return;
    const journey = this.open.get(packet) ?? this.beginJourney(packet);
    journey.delivered = true;
    this.leave(packet, journey);
  }

  private leave(packet: ReadonlyPacket, journey: OpenJourney): void {
    journey.changes = changesBetween(journey.arrived, takeSnapshot(packet));
    this.noteConnection(packet, journey);
    this.open.delete(packet);
  }

  private beginJourney(packet: ReadonlyPacket, kind: string = kindOf(packet)): OpenJourney {
    const snapshot = takeSnapshot(packet);
    const journey: OpenJourney = {
      kind,
      packet: formatPacket(packet),
      hooks: [],
      delivered: false,
      departures: [],
      drop: null,
      changes: [],
      arrived: snapshot,
      latest: snapshot,
      dropper: '',
      droppedBy: null,
    };
    this.journeys.push(journey);
    this.open.set(packet, journey);
    return journey;
  }

  private noteConnection(packet: ReadonlyPacket, journey: OpenJourney): void {
    if (journey === this.journeys[0] && packet.ct >= 0) this.after = connectionAt(this.engine!.conntrack, packet.ct);
  }

  // -- hook functions

  around(entry: HookEntry, packet: Packet): Verdict {
    const journey = this.open.get(packet);
    const visit = journey?.hooks.at(-1);
    if (journey === undefined || visit === undefined) return entry.run(packet);
    const frame: Frame = { steps: [], logs: [], isMain: journey === this.journeys[0] };
    const was = journey.latest;
    const reason = this.natReason(entry, packet);
    const isNew = packet.ct >= 0 && !this.engine!.conntrack.isConfirmed(packet.ct);
    if (entry.name === 'conntrack') this.foresight!.look(packet);
    this.frames.push(frame);
    const verdict = entry.run(packet);
    this.frames.pop();
    journey.latest = takeSnapshot(packet);
    const changes = changesBetween(was, journey.latest);
    const seen: EntryVisit = {
      name: entry.name,
      priority: entry.priority,
      walk: frame.steps,
      changes: packet.fragCount > 0 && entry.name === 'defrag' ? [] : changes,
      tracked: entry.name === 'conntrack' ? this.tracked(packet, frame.isMain) : null,
      translation: this.translation(entry, packet, reason, changes.length > 0),
      note: this.note(entry, packet, isNew, verdict),
      verdict: VERDICTS.get(verdict) ?? '',
    };
    if (isWorthTelling(seen)) visit.entries.push(seen);
    if (verdict === Verdict.Drop) {
      journey.dropper = entry.name;
      journey.droppedBy = frame.logs.at(-1)?.dropped ?? null;
    }
    return verdict;
  }

  private tracked(packet: Packet, isMain: boolean): Tracked | null {
    const { conntrack } = this.engine!;
    if (!conntrack.isEnabled(packet.family)) return null;
    const before = this.foresight!.before(packet.ct);
    const after = connectionAt(conntrack, packet.ct);
    const state = stateName(conntrack.stateBit(packet));
    if (isMain) {
      this.before = before;
      this.after = after;
    }
    const direction = directionOf(packet.ctinfo) === 0 ? 'original' : 'reply';
    return { state, direction, before, after, invalid: state === 'INVALID' ? conntrack.describeInvalid() : '' };
  }

  /** Why the side that a nat function works on is as it is; 0: nothing decided, or no nat function. */
  private natReason(entry: HookEntry, packet: Packet): number {
    if (entry.name !== 'nat' || packet.ct < 0) return 0;
    return this.engine!.nat.reason(packet.ct, sideAt(entry.hook, packet) === 'source' ? 'src' : 'dst');
  }

  private translation(entry: HookEntry, packet: Packet, before: number, moved: boolean): Translation | null {
    const code = this.natReason(entry, packet);
    const reason = readReason(code);
    const decided = before === 0;
    if (reason === null || (!moved && !decided)) return null;
    const isReply = directionOf(packet.ctinfo) !== 0;
    const deed = isReply ? 'undone' : decided ? 'chosen' : 'applied';
    return { side: sideAt(entry.hook, packet), deed, byRule: !reason.byNoRule, why: describeReason(code) };
  }

  private note(entry: HookEntry, packet: Packet, wasNew: boolean, verdict: Verdict): string {
    if (entry.name === 'defrag') {
      if (verdict === Verdict.Stolen) {
        const isSpoilt = this.engine!.conntrack.hasSpoiltFragments;
        return `a fragment: ${isSpoilt ? 'the last of a datagram that cannot be put together' : 'kept until the others are there'}`;
      }
      return packet.fragCount > 0 ? `put together from ${packet.fragCount} fragments: ${packet.networkLength} octets` : '';
    }
    const confirmed = entry.name === 'conntrack confirm' && wasNew && packet.ct >= 0 && this.engine!.conntrack.isConfirmed(packet.ct);
    return confirmed ? 'its connection is in the table from here on' : '';
  }

  // -- tables

  /** A log for the walk that begins; null while nobody looks. */
  beginWalk(rules: RuleSet, tracer: (id: number, packet: ReadonlyPacket) => void): WalkLog | null {
    const frame = this.frames.at(-1);
    if (!this.on || frame === undefined) return null;
    const { engine, options } = this;
    const log = new WalkLog(
      {
        rules,
        around: { host: engine!.host, conntrack: engine!.conntrack },
        all: options.all,
        trace: options.trace && frame.isMain ? tracer : null,
      },
      frame.steps,
    );
    frame.logs.push(log);
    return log;
  }

  /** A line of a LOG rule. */
  logged(line: string): void {
    if (!this.on || line.includes('TRACE: ')) return;
    const step = this.frames.at(-1)?.steps.at(-1);
    if (step?.kind === 'hit') step.log.push(line);
  }
}

function kindOf(packet: ReadonlyPacket): string {
  if (packet.looped === 0) return KINDS[packet.origin];
  return packet.origin <= Origin.Local ? LOOPED : `${KINDS[packet.origin]}, ${LOOPED}`;
}

/** The side of the connection a nat function works on: PREROUTING and OUTPUT rewrite the destination, which answers have from its source. */
function sideAt(hook: Hook, packet: ReadonlyPacket): 'source' | 'destination' {
  const rewritesDestination = hook === Hook.Prerouting || hook === Hook.Output;
  return rewritesDestination === (directionOf(packet.ctinfo) === 0) ? 'destination' : 'source';
}

function isWorthTelling({ walk, changes, tracked, translation, note, verdict }: EntryVisit): boolean {
  return walk.length > 0 || changes.length > 0 || tracked !== null || translation !== null || note !== '' || verdict !== 'accept';
}
