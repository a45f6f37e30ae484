/**
 * FlowPath: the short way of a packet whose flow is known. The first packets of a flow walk all hooks, and what they meet is
 * noted; as long as it hung on the flow alone (hook/walk-notes.ts), the next ones need not ask again: they are accepted, checked,
 * found in the connection table and judged by the tracker as always, and then fare as their plan says.
 *
 *   whole, plain, TCP, UDP or echo, for this host, checksums right?   no: the long way
 *   connection known, with a plan for this direction, state, device, TOS?   no: the long way, noted
 *   tracker (windows, timeouts, ASSURED ...)   INVALID: the long way, which knows
 *   counters, addresses and ports, TOS, TTL, link header, sink
 *
 * Whatever is out of the ordinary is left to the long way before anything has changed. Plans end when hooks, rules or tracking
 * change (all of them) or what rules may ask of a connection does (its own).
 * Proof: test/property/engine/flow-path.prop.ts holds both ways side by side.
 * @module
 */
import type { FlowTracker } from '../conntrack/flow-tracker.ts';
import { CtInfo } from '../conntrack/ctinfo.ts';
import { Hook } from '../hook/hook.ts';
import { ICMP, UDP } from '../inet/protocol.ts';
import { WalkNotes } from '../hook/walk-notes.ts';
import { FRAME_WORDS, FrameKind, FrameWord } from '../packet/frame-batch.ts';
import { CT_NONE, Origin, PacketType, type Packet } from '../packet/packet.ts';
import type { Engine } from './engine.ts';
import { DecodedPath } from './decoded-path.ts';
import { type FlowPlan, PlanFate } from './flow-plan.ts';
import { decrementHopLimit, decrementTtl, rewriteAddresses, rewriteTos, writeLinkHeader } from './flow-rewrite.ts';
import { checkIpv4 } from './frame-check.ts';
import { PlanBook } from './plan-book.ts';
import { PlanMaker } from './plan-maker.ts';
import type { EngineSink } from './sink.ts';
import { FreshPath } from './fresh-path.ts';

// Names of this module's own: V8 folds those into the code and loads an imported constant every time.
const IS_UDP = UDP;
const IS_ICMP = ICMP;
const PREROUTING = Hook.Prerouting;
const TO_HOST = PacketType.Host;
const RECEIVED = Origin.Received;
const NO_CONNECTION = CT_NONE;
const UNTRACKED = CtInfo.Untracked;
const FORWARDED = PlanFate.Forwarded;
const DELIVERED = PlanFate.Delivered;

const KIND = FrameWord.Kind;
const SOURCE = FrameWord.Source;
const TARGET = FrameWord.Target;
const PORTS = FrameWord.Ports;
const OCTETS = FrameWord.Octets;
const TTL = FrameWord.Ttl;
const SEQUENCE = FrameWord.Sequence;
const ACKNOWLEDGED = FrameWord.Acknowledged;
const FLAGS = FrameWord.Flags;
const DEVICE = FrameWord.Device;
const HASH = FrameWord.Hash;
const PROTOCOL = FrameKind.Protocol;
const STEADY = FrameKind.Steady;
const OTHER = FrameKind.Other;

const HEADER = 20;
const HEADER6 = 40;
const ETHERNET_LEN = 14;
const UDP_HEADER = 8;
/** Kinds of device, by number. */
const NO_DEVICE = 0;
const ANY_MAC = 1;
const OWN_MAC = 2;

export class FlowPath {
  /** Off: every packet goes the long way. */
  enabled = true;
  /** Packets that went the short way. */
  taken = 0;
  readonly notes: WalkNotes = new WalkNotes();
  readonly tracker: FlowTracker;
  /** Makes plans of what goes the long way. */
  readonly plans: PlanMaker;
  /** The way of packets whose flow has no plan yet, but others like it. */
  readonly fresh: FreshPath;
  private readonly decoded: DecodedPath;
  private readonly engine: Engine;
  private readonly book: PlanBook = new PlanBook(this.notes);
  private readonly deviceKind: Uint8Array;
  private readonly macHigh: Int32Array;
  private readonly macLow: Int32Array;
  /** What plans were made under: versions of the hooks, of tracking and of the rules, and the sink. */
  private hookVersion = -1;
  private hookVersion6 = -1;
  private trackVersion = -1;
  private noteVersion = -1;
  private sink: EngineSink | null = null;
  private isOpen = false;
  private isOpen6 = false;
  /** What is read of the packet at hand. */
  private readonly words: Int32Array = new Int32Array(FRAME_WORDS);

  constructor(engine: Engine) {
    this.engine = engine;
    this.tracker = engine.conntrack.flows;
    this.fresh = new FreshPath(engine, this);
    this.decoded = new DecodedPath(engine, this);
    this.plans = new PlanMaker(engine, this, this.book);
    this.notes.random = engine.random;
    const { interfaces } = engine.host;
    this.deviceKind = new Uint8Array(interfaces.length);
    this.macHigh = new Int32Array(interfaces.length);
    this.macLow = new Int32Array(interfaces.length);
    for (const { index, mac } of interfaces) {
      if (index === 0) continue;
      this.deviceKind[index] = mac === null ? ANY_MAC : OWN_MAC;
      if (mac === null) continue;
      this.macHigh[index] = (mac[0]! << 24) | (mac[1]! << 16) | (mac[2]! << 8) | mac[3]!;
      this.macLow[index] = (mac[4]! << 8) | mac[5]!;
    }
  }

  /** Bring an arrived packet to its fate the short way; false: it has to go the long one. */
  take(packet: Packet): boolean {
    this.fresh.isAsked = false;
    if (!this.mayTake(packet)) return false;
    const { words, tracker } = this;
    const { view, network, link } = packet;
    const indev = packet.vlan > 0 ? this.deviceOfTag(packet) : packet.indev;
    if (link >= 0 ? !this.isAddressed(view, link, indev) : !this.isDevice(indev)) return false;
    if (packet.family === 6 || packet.protocol === IS_ICMP) return this.decoded.take(packet, indev);
    const kind = packet.end - network < HEADER + UDP_HEADER ? 0 : checkIpv4(words, 0, view, network, packet.end, tracker.verifies);
    if (kind <= OTHER) return this.fresh.take(packet);
    words[KIND] = kind;
    words[DEVICE] = indev;
    words[HASH] = tracker.hash(words[SOURCE]!, words[TARGET]!, words[PORTS]!, kind & PROTOCOL);
    const plan = this.planOf(words, 0);
    if (plan === null) return this.fresh.take(packet);
    if (!this.judge(words, 0, view, network, plan, packet)) return false;
    packet.indev = indev;
    this.taken++;
    this.finish(packet, plan);
    return true;
  }

  /** Whether a packet carries nothing yet and the octets tell all there is to know. */
  mayTake(packet: Packet): boolean {
    const { family } = packet;
    if (family === 4 ? packet.headerLength !== HEADER : family !== 6 || packet.headerLength !== HEADER6) return false;
    if (packet.mark !== 0 || packet.ct !== NO_CONNECTION || packet.ctTemplate !== 0 || packet.priority !== 0) return false;
    if (packet.looped !== 0 || packet.traced !== 0 || packet.fragCount !== 0) return false;
    return (family === 4 ? this.mayRun() : this.mayRun6()) && (packet.link >= 0 || packet.pktType === TO_HOST);
  }

  /** Whether there is a short way of IPv4 at present. */
  mayRun(): boolean {
    this.refresh();
    return this.isOpen && this.enabled && !this.engine.pathMtu.isNarrowed;
  }

  /** The same of IPv6. */
  private mayRun6(): boolean {
    this.refresh();
    return this.isOpen6 && this.enabled && !this.engine.pathMtu.isNarrowed;
  }

  private refresh(): void {
    const { engine } = this;
    const isSame = this.hookVersion === engine.hooks4.version && this.hookVersion6 === engine.hooks6.version;
    if (!isSame || this.trackVersion !== engine.conntrack.version || this.noteVersion !== this.notes.version) this.reopen();
    else if (this.sink !== engine.sink) this.reopen();
  }

  private reopen(): void {
    const { engine } = this;
    this.hookVersion = engine.hooks4.version;
    this.hookVersion6 = engine.hooks6.version;
    this.trackVersion = engine.conntrack.version;
    this.noteVersion = this.notes.version;
    this.sink = engine.sink;
    this.book.invalidate();
    this.fresh.reopen();
    const isUnwatched = engine.sink.hook === undefined;
    this.isOpen = isUnwatched && engine.hooks4.isNoted && engine.conntrack.isEnabled(4);
    this.isOpen6 = isUnwatched && engine.hooks6.isNoted && engine.conntrack.isEnabled(6);
  }

  /** Find the connection of a packet by its words; the plan it fares by, or null. Nothing changes. */
  planOf(words: Int32Array, at: number): FlowPlan | null {
    const { tracker } = this;
    const number = tracker.meet(words, at);
    if (number === 0) return null;
    const plan = this.book.plan(number);
    const octets = words[at | OCTETS]!;
    if (plan.key !== ((words[at | DEVICE]! << 16) | ((octets >>> 8) & 0xff00) | tracker.ctinfo) || (octets & 0xffff) > plan.mtu)
      return null;
    return plan.isForwarding && words[at | TTL]! < 2 ? null : plan;
  }

  /** Judge and count the packet whose connection planOf() has just found; false, with nothing changed: it has to go the long way. */
  judge(words: Int32Array, at: number, view: DataView, network: number, plan: FlowPlan, clock: Pick<Packet, 'nowUs'>): boolean {
    const { tracker } = this;
    const kind = words[at | KIND]!;
    const octets = words[at | OCTETS]! & 0xffff;
    if ((kind & PROTOCOL) === IS_UDP) {
      if (!tracker.isAlive(clock)) return false;
      tracker.followUdp(octets);
    } else {
      const word = words[at | FLAGS]!;
      if (((word >>> 16) & plan.tcpMask) !== plan.tcpFlags || !tracker.isAlive(clock)) return false;
      if ((kind & STEADY) === 0 || !tracker.followSteadyTcp(words, at)) {
        const seq = words[at | SEQUENCE]!;
        if (!tracker.followTcp(view, network + HEADER, octets - HEADER, seq, words[at | ACKNOWLEDGED]!, word)) return false;
      }
    }
    this.book.count(plan.number, octets);
    return true;
  }

  /** Whether the Ethernet frame at `link` is for the device it came in by: not broadcast, not somebody else's. */
  isAddressed(view: DataView, link: number, indev: number): boolean {
    const kind = indev < this.deviceKind.length ? this.deviceKind[indev]! : NO_DEVICE;
    const high = view.getInt32(link);
    if (kind === ANY_MAC) return (high & 0x0100_0000) === 0;
    return kind === OWN_MAC && high === this.macHigh[indev] && view.getUint16(link + 4) === this.macLow[indev];
  }

  /** Number of the VLAN interface a tagged frame came in by; 0: there is none. */
  private deviceOfTag({ indev, vlan }: Packet): number {
    const { host } = this.engine;
    const device = host.interfaces[indev];
    return device === undefined ? 0 : (host.vlanOf(device, vlan)?.index ?? 0);
  }

  private isDevice(indev: number): boolean {
    return indev < this.deviceKind.length && this.deviceKind[indev] !== NO_DEVICE;
  }

  /** A plan by the number the tracker has met. */
  planOfNumber(number: number): FlowPlan {
    return this.book.plan(number);
  }

  /**
   * Judge a decoded packet of the connection met last, as the tracker does; false, with nothing changed: it has to go the long way.
   * Needs: no segment that opens or resets.
   */
  judgeDecoded(packet: Packet): boolean {
    const { tracker } = this;
    const { fresh } = this.engine.conntrack;
    packet.hook = PREROUTING;
    if (!fresh.isSound(packet) || !tracker.isAlive(packet)) return false;
    packet.ctinfo = tracker.ctinfo;
    const isAccepted = fresh.follow(packet, tracker.entry, tracker.direction);
    packet.ctinfo = UNTRACKED;
    return isAccepted;
  }

  /** Count a packet for the rules of its plan. */
  count({ networkLength }: Packet, { number }: FlowPlan): void {
    this.book.count(number, networkLength);
  }

  /** Leave packet and outcome as the long way does, and hand the packet on. */
  finish(packet: Packet, plan: FlowPlan): void {
    const { engine, tracker } = this;
    const { outcome } = engine;
    engine.turn++;
    outcome.begin(packet.index);
    this.carry(packet, plan, plan.isTranslated);
    if (plan.fate === FORWARDED) {
      tracker.settled();
      this.forward(packet, plan);
    } else if (plan.fate === DELIVERED) {
      outcome.delivered = true;
      tracker.settled();
      engine.sink.deliver(packet);
    } else {
      packet.dropReason = plan.dropReason;
      outcome.dropStage = plan.dropStage;
      outcome.dropReason = plan.dropReason;
      outcome.rule = plan.dropRule;
      engine.sink.drop?.(packet, plan.dropStage, plan.dropReason);
    }
    packet.ct = NO_CONNECTION;
    packet.ctinfo = UNTRACKED;
  }

  /** Leave a packet of the connection met last, and the outcome, as the hooks do. */
  carry(packet: Packet, plan: FlowPlan, isTranslated: boolean): void {
    const { engine, tracker } = this;
    const { outcome } = engine;
    packet.origin = RECEIVED;
    packet.local = 0;
    packet.pktType = TO_HOST;
    packet.hotdrop = false;
    packet.end = packet.network + packet.networkLength;
    packet.outdev = plan.outdev;
    packet.mark = plan.mark;
    packet.priority = plan.priority;
    packet.rule = plan.rule;
    packet.hook = plan.hook;
    packet.dst.copyFrom(plan.dst);
    outcome.mark = plan.outcomeMark;
    outcome.ctState = plan.ctState;
    outcome.ctDirection = tracker.direction;
    outcome.ct = tracker.entry;
    this.tellListeners(plan);
    packet.ct = tracker.entry;
    packet.ctinfo = (plan.key & 0xff) as CtInfo;
    if (isTranslated) translate(packet, tracker);
    if (plan.tos >= 0) {
      packet.makeWritable();
      rewriteTos(packet.view, packet.network, plan.tos);
    }
    if (!plan.isForwarding) return;
    packet.makeWritable();
    if (packet.family === 6) decrementHopLimit(packet.view, packet.network);
    else decrementTtl(packet.view, packet.network);
  }

  /** Behind the hooks: out, with the link header of its next hop. */
  forward(packet: Packet, plan: FlowPlan): void {
    const { outcome, sink } = this.engine;
    packet.setLinkHeader(ETHERNET_LEN);
    writeLinkHeader(packet.view, packet.start, plan);
    outcome.forwarded = true;
    sink.transmit(packet, false);
  }

  /** Whoever records the rules of each packet hears of them, in order. */
  private tellListeners({ owners, ids }: FlowPlan): void {
    const { counters } = this.notes;
    let listens = false;
    for (let i = 0; i < counters.length; i++) listens ||= counters[i]!.listens;
    if (!listens) return;
    for (let i = 0; i < ids.length; i++) {
      const counted = counters[owners[i]!]!;
      if (counted.listens) counted.passed(ids[i]!);
    }
  }
}

function translate(packet: Packet, tracker: FlowTracker): void {
  packet.makeWritable();
  rewriteAddresses(packet.view, packet.network, tracker);
  packet.src0 = tracker.newSource;
  packet.dst0 = tracker.newDestination;
  packet.srcPort = tracker.newPorts >>> 16;
  packet.dstPort = tracker.newPorts & 0xffff;
}
