/**
 * Engine: one Linux router. It owns what a network namespace owns (hooks, connections, translations, routes by its host) and
 * takes packets one at a time: receive() for what arrives on an interface, send() for what a local process sends.
 *
 * Everything is synchronous. What the host answers (ICMP errors, resets, echo replies) walks OUTPUT and POSTROUTING inside the
 * call that causes it, as in the kernel; what loops back over lo waits in `backlog` until the packet at hand is done, as the
 * kernel's per-CPU backlog does. Time arrives with the packet; randomness comes from the seed and the packet's number.
 * @module
 */
import { Conntrack } from '../conntrack/conntrack.ts';
import { directionOf } from '../conntrack/ctinfo.ts';
import { Hook } from '../hook/hook.ts';
import { HookTable } from '../hook/hook-table.ts';
import { Priority } from '../hook/priority.ts';
import type { Responder } from '../hook/responder.ts';
import { Verdict } from '../hook/verdict.ts';
import type { WalkNotes } from '../hook/walk-notes.ts';
import type { Host } from '../host/host.ts';
import { Random } from '../inet/random.ts';
import { Nat } from '../nat/nat.ts';
import { Origin, type Packet, type ReadonlyPacket } from '../packet/packet.ts';
import { noteVerified, rejectable, resettable } from './checksum-check.ts';
import { conntrackOptions } from './conntrack-options.ts';
import { DropReason } from './drop-reason.ts';
import { EchoedOptions } from './echo-options4.ts';
import { duplicate } from './duplicate.ts';
import { FlowPath } from './flow-path.ts';
import { icmpError } from './icmp-error.ts';
import { icmpv6Error } from './icmpv6-error.ts';
import { Outcome, Stage } from './outcome.ts';
import { PathMtu } from './path-mtu.ts';
import { PacketPool } from './pool.ts';
import { continueAfter, receive } from './receive.ts';
import { reroute } from './reroute.ts';
import { RouteCache4, RouteCache6 } from './route-cache.ts';
import { send } from './send.ts';
import { NO_SINK, type EngineSink } from './sink.ts';
import { Sockets } from './sockets.ts';
import { tcpReset } from './tcp-reset.ts';
import { tcpSynAck } from './tcp-syn-ack.ts';
import { TokenBuckets } from './token-bucket.ts';

// Names of this module's own: V8 folds those into the code and loads an imported constant every time.
const ACCEPT = Verdict.Accept;
const RECEIVED = Origin.Received;
/** What the outcome is about has an origin up to this one. */
const SENT_LOCALLY = Origin.Local;

/** Looped packets one packet may cause; the kernel's backlog holds 1000. */
const MAX_BACKLOG = 256;

export interface EngineOptions {
  readonly host: Host;
  /** Seed of every random choice; default 1. */
  readonly seed?: number;
  /** NFQUEUE numbers somebody answers through resume(); packets for any other meet a queue without a listener. */
  readonly queues?: readonly number[];
  /** Protocols a local process has a raw socket for; the recorder of scenarios has 255. */
  readonly rawProtocols?: readonly number[];
  /** As NatOptions.sourcePorts. */
  readonly sourcePorts?: readonly [low: number, high: number] | undefined;
  readonly sink?: EngineSink;
  /** Takes what LOG, NFLOG and TRACE write; absent: nothing is formatted. */
  readonly log?: ((line: string, packet: ReadonlyPacket) => void) | null;
}

/** What the engine lends to a provider of hook entries. */
export interface Lent {
  readonly family: 4 | 6;
  readonly host: Host;
  readonly conntrack: Conntrack;
  readonly nat: Nat;
  readonly responder: Responder;
  readonly random: Random;
  readonly notes: WalkNotes;
  readonly log: ((line: string, packet: ReadonlyPacket) => void) | null;
  shared<T>(kind: string, name: string, make: () => T): T;
}

/** Something that brings hook entries: a rule set, or a user's own functions. */
export interface HookProvider {
  readonly family: 4 | 6;
  attach(hooks: HookTable, lent: Lent): void;
}

export class Engine implements Responder {
  readonly host: Host;
  readonly conntrack: Conntrack;
  readonly nat: Nat;
  readonly random: Random;
  /**
   * Number of the next packet taken: all random choices about a packet hang on the seed and this, and on no other packet. Counts up
   * by itself; a replay sets it to the packet's place in its captures.
   */
  turn = 0;
  readonly hooks4: HookTable = new HookTable();
  readonly hooks6: HookTable = new HookTable();
  readonly outcome: Outcome = new Outcome();
  readonly pool: PacketPool = new PacketPool();
  /** What correspondents are granted in ICMP errors. */
  readonly errorBuckets: TokenBuckets = new TokenBuckets();
  /** Decided routes of what arrives. */
  readonly routes4: RouteCache4 = new RouteCache4();
  readonly routes6: RouteCache6 = new RouteCache6();
  readonly sockets: Sockets;
  /** What the host was told of the paths from here. */
  readonly pathMtu: PathMtu;
  /** The short way of packets whose flow is known. */
  readonly flows: FlowPath;
  private readonly natRandom: Random;
  private readonly queues: ReadonlySet<number>;
  /** Options of the IPv4 answer being made. */
  readonly echoed: EchoedOptions = new EchoedOptions();
  /** Set while an ICMP message of the host is on its way: what it causes in turn is not told (the kernel's socket is taken). */
  icmpBusy4 = false;
  icmpBusy6 = false;
  /** TTL and hop limit of what the host makes. */
  readonly defaultTtl: number;
  readonly defaultHopLimit: number;
  /** net.ipv4.icmp_ratelimit, milliseconds between two errors to one correspondent. */
  readonly icmpLimitMs: number;
  sink: EngineSink;
  private readonly log: ((line: string, packet: ReadonlyPacket) => void) | null;
  private readonly backlog: Packet[] = [];
  private readonly sharedState: Map<string, unknown> = new Map();

  constructor(options: EngineOptions) {
    const seed = options.seed ?? 1;
    this.host = options.host;
    this.sink = options.sink ?? NO_SINK;
    this.log = options.log ?? null;
    this.queues = new Set(options.queues ?? []);
    this.sockets = new Sockets(options.host, options.rawProtocols ?? []);
    this.pathMtu = new PathMtu(options.host);
    this.defaultTtl = options.host.sysctl('net.ipv4.ip_default_ttl', 64);
    this.defaultHopLimit = options.host.sysctl('net.ipv6.conf.all.hop_limit', 64);
    this.icmpLimitMs = options.host.sysctl('net.ipv4.icmp_ratelimit', 1000);
    this.random = new Random(seed);
    this.conntrack = new Conntrack(conntrackOptions(options.host, new Random(seed + 1)));
    this.natRandom = new Random(seed + 2);
    this.nat = new Nat({
      conntrack: this.conntrack,
      host: options.host,
      random: this.natRandom,
      responder: this,
      sourcePorts: options.sourcePorts,
    });
    this.conntrack.onDestroy((entry) => this.nat.forget(entry));
    this.addCore(4);
    this.addCore(6);
    this.flows = new FlowPath(this);
  }

  hooks(family: number): HookTable {
    return family === 6 ? this.hooks6 : this.hooks4;
  }

  /** Attach a rule set or other provider to its family's hooks. */
  attach(provider: HookProvider): void {
    const { family } = provider;
    provider.attach(this.hooks(family), {
      family,
      host: this.host,
      conntrack: this.conntrack,
      nat: this.nat,
      responder: this,
      random: this.random,
      notes: this.flows.notes,
      log: this.log,
      shared: <T>(kind: string, name: string, make: () => T): T => {
        const key = `${family}\0${kind}\0${name}`;
        if (!this.sharedState.has(key)) this.sharedState.set(key, make());
        return this.sharedState.get(key) as T;
      },
    });
  }

  /** Take a frame that arrived on `packet.indev`: decoded, `nowUs` and `index` set. The outcome is valid until the next packet. */
  receive(packet: Packet): Outcome {
    const { flows } = this;
    if (flows.take(packet)) return this.outcome;
    flows.plans.watch(packet);
    this.begin(packet, RECEIVED);
    receive(this, packet);
    flows.plans.learn(packet);
    return this.finish(packet);
  }

  /** Take an IP packet that a local process sent through a raw socket: decoded, `nowUs` and `index` set. */
  send(packet: Packet): Outcome {
    this.begin(packet, Origin.Local);
    send(this, packet);
    return this.finish(packet);
  }

  /** Answer a packet that was queued: Accept goes on behind the entry that queued it, Repeat at it, Drop ends it. */
  resume(packet: Packet, verdict: Verdict): Outcome {
    this.outcome.begin(packet.index);
    this.beginTurn();
    continueAfter(this, packet, this.hooks(packet.family).resume(packet, verdict));
    return this.finish(packet);
  }

  /** Walk a hook; false when the packet does not go on, with its end written into the outcome. */
  walk(hook: Hook, packet: Packet): boolean {
    this.sink.hook?.(packet, hook);
    packet.rule = -1;
    this.noteMark(packet);
    this.flows.notes.mark = packet.mark;
    const verdict = this.hooks(packet.family).run(hook, packet);
    return this.settle(packet, hook, verdict === Verdict.Queue ? this.unlistened(packet) : verdict);
  }

  /** A queue nobody listens to: on behind the rule's table when it allows a bypass, else the end of the packet. */
  private unlistened(packet: Packet): Verdict {
    let verdict: Verdict = Verdict.Queue;
    while (verdict === Verdict.Queue && packet.queue >= 0 && !this.queues.has(packet.queue)) {
      if (packet.queueBypass === 0) return Verdict.Drop;
      packet.queue = -1;
      verdict = this.hooks(packet.family).resume(packet, Verdict.Accept);
    }
    return verdict;
  }

  /** Write what a hook's verdict means into the outcome; true for Accept. */
  settle(packet: Packet, hook: Hook, verdict: Verdict): boolean {
    if (verdict === ACCEPT) {
      this.noteMark(packet);
      return true;
    }
    if (verdict === Verdict.Stolen) {
      if (this.isMain(packet)) {
        if (packet.fragOffset !== 0 || packet.moreFragments !== 0) this.outcome.consumed = true;
        else this.outcome.stolen = true;
      }
      return false;
    }
    if (verdict === Verdict.Queue && this.isMain(packet)) {
      this.outcome.queued = true;
      this.outcome.dropStage = hook;
      this.outcome.dropReason = DropReason.Queued;
      return false;
    }
    const reason = packet.hotdrop ? DropReason.NetfilterHotdrop : packet.dropReason || DropReason.NetfilterDrop;
    this.drop(packet, hook, reason);
    return false;
  }

  /** The packet ends here. */
  drop(packet: Packet, stage: Stage, reason: number): void {
    packet.dropReason = reason;
    if (this.isMain(packet)) {
      const { outcome } = this;
      // one that came back over lo and met no hook there was lost on its way out, as a watcher sees it
      const unseen = packet.looped !== 0 && stage === Stage.BeforeNetfilter;
      outcome.dropStage = unseen ? Stage.Transmit : stage;
      outcome.dropReason = reason;
      outcome.looped = packet.looped !== 0 && !unseen;
      // pieces that came back over lo were kept; what they became decides
      if (outcome.looped) outcome.consumed = false;
      outcome.rule = stage <= Stage.Postrouting && reason === DropReason.NetfilterDrop ? packet.rule : -1;
    }
    this.sink.drop?.(packet, stage, reason);
  }

  /** Whether this is the packet the outcome is about, not an answer of the host. */
  isMain(packet: Packet): boolean {
    return packet.origin <= SENT_LOCALLY;
  }

  /** The mark is told as the last hook before any loop over lo saw it. */
  private noteMark(packet: Packet): void {
    if (packet.looped === 0 && this.isMain(packet)) this.outcome.mark = packet.mark;
  }

  /** Put a packet of the pool on its way back over lo; the engine owns it from here. */
  loop(packet: Packet): void {
    this.flows.plans.spoil();
    if (this.backlog.length >= MAX_BACKLOG) {
      this.drop(packet, Stage.Transmit, DropReason.TooDeep);
      this.recycle(packet);
      return;
    }
    this.backlog.push(packet);
  }

  /** Done with a packet of the pool. */
  recycle(packet: Packet): void {
    this.conntrack.release(packet);
    this.pool.give(packet);
  }

  icmpError(offender: Packet, type: number, code: number, rest: number, by: 'reject' | 'stack'): void {
    this.flows.plans.spoil();
    if (by === 'reject' && !rejectable(this, offender)) return;
    icmpError(this, offender, { type, code, rest, origin: by === 'reject' ? Origin.Reject : Origin.Stack });
  }

  icmpv6Error(offender: Packet, type: number, code: number, rest: number, by: 'reject' | 'stack'): void {
    this.flows.plans.spoil();
    if (by === 'reject' && !rejectable(this, offender)) return;
    icmpv6Error(this, offender, { type, code, rest, origin: by === 'reject' ? Origin.Reject : Origin.Stack });
  }

  tcpReset(offender: Packet): void {
    this.flows.plans.spoil();
    tcpReset(this, offender);
  }

  tcpSynAck(offender: Packet, options: Uint8Array, ecn: boolean): void {
    this.flows.plans.spoil();
    tcpSynAck(this, offender, options, ecn);
  }

  checksumHolds(packet: Packet): boolean {
    return resettable(this, packet);
  }

  reroute(packet: Packet): boolean {
    this.flows.plans.spoil();
    return reroute(this, packet);
  }

  duplicate(packet: Packet, gateway: Int32Array, outdev: number): void {
    this.flows.plans.spoil();
    duplicate(this, packet, gateway, outdev);
  }

  /** A packet's turn begins: the outcome is about it, random choices are its own. */
  begin(packet: Packet, origin: Origin): void {
    packet.origin = origin;
    packet.local = origin === SENT_LOCALLY ? 1 : 0;
    this.outcome.begin(packet.index);
    this.pathMtu.nowUs = packet.nowUs;
    this.beginTurn();
  }

  /** Random choices from here on are the packet's own, whatever way those between went. */
  private beginTurn(): void {
    const turn = this.turn++;
    this.random.turn(turn);
    this.natRandom.turn(turn);
  }

  private finish(packet: Packet): Outcome {
    if (!this.outcome.queued) this.conntrack.release(packet);
    if (this.backlog.length > 0) this.takeBacklog();
    return this.outcome;
  }

  /** What looped back over lo, in order; what it loops in turn stands behind it. */
  private takeBacklog(): void {
    for (let i = 0; i < this.backlog.length; i++) {
      const looped = this.backlog[i]!;
      receive(this, looped);
      this.recycle(looped);
    }
    this.backlog.length = 0;
  }

  /** Conntrack's own entries, and one behind them that notes the state the lookup found. */
  private addCore(family: 4 | 6): void {
    const hooks = this.hooks(family);
    for (const entry of this.conntrack.hookEntries(family)) hooks.add(entry);
    for (const hook of [Hook.Prerouting, Hook.Output]) {
      hooks.add({ hook, priority: Priority.Conntrack + 1, name: 'observe', run: (packet) => this.observe(packet), noted: true });
    }
  }

  private observe(packet: Packet): Verdict {
    this.flows.plans.tracked();
    this.noteMark(packet);
    if (this.isMain(packet) && packet.looped === 0 && this.conntrack.isEnabled(packet.family)) {
      this.outcome.ctState = this.conntrack.stateBit(packet);
      this.outcome.ctDirection = directionOf(packet.ctinfo);
      this.outcome.ct = packet.ct;
      if (packet.family === 6) noteVerified(this, packet);
    }
    return ACCEPT;
  }
}
