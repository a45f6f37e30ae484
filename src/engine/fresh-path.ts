/**
 * FreshPath: the short way of a packet that begins a connection, or is the first of its kind in one: a SYN, the SYN|ACK that answers, the first
 * acknowledgement, a first datagram and its answer. No packet of the flow has walked the hooks in this state, but perhaps one that no rule
 * and no route can tell from it: of the same classes of addresses and ports, by the same device, with the same TOS and flags, in a
 * connection with the same mark and translated on the same sides (fresh-book.ts). What that one met is what this one would meet.
 *
 *   whole, sound?   no: the long way, nothing has changed
 *   nobody has its tuple:     a SYN or datagram   -> open, bind as the other was bound, confirm
 *   a connection without a plan for it            -> judge, and keep the other's plan for the next packets
 *
 * What hangs on more than classes is done anew for every packet: the tracker's judgement, ports and addresses that NAT chooses within what
 * a rule offers, the clash at confirmation. What rules compare with is collected when a fair number of packets could have gained by it;
 * a rule set that asks what no class can say keeps this way closed. Learned from noted walks, as plans are (flow-path.ts), and ended with them.
 * Proof: test/property/engine/flow-path.prop.ts holds both ways side by side.
 * @module
 */
import { CtInfo, Direction } from '../conntrack/ctinfo.ts';
import type { FlowTracker } from '../conntrack/flow-tracker.ts';
import { type FreshTracker, IN_DOUBT, NOBODY } from '../conntrack/fresh-tracker.ts';
import { Hook } from '../hook/hook.ts';
import { Verdict } from '../hook/verdict.ts';
import { sum16 } from '../inet/checksum.ts';
import { FieldClasses } from '../inet/field-classes.ts';
import { TCP, UDP } from '../inet/protocol.ts';
import type { Bindings } from '../nat/bindings.ts';
import { Origin, type Packet } from '../packet/packet.ts';
import { DropReason } from './drop-reason.ts';
import type { Engine } from './engine.ts';
import type { FlowPath } from './flow-path.ts';
import { type FlowPlan, PlanFate, planKey } from './flow-plan.ts';
import { type Fresh, FreshBook } from './fresh-book.ts';

// Names of this module's own: V8 folds those into the code and loads an imported constant every time.
const IS_TCP = TCP;
const IS_UDP = UDP;
const NEW = CtInfo.New;
const REPLY = Direction.Reply;
const PREROUTING = Hook.Prerouting;
const POSTROUTING = Hook.Postrouting;
const ACCEPT = Verdict.Accept;
const RECEIVED = Origin.Received;
const FORWARDED = PlanFate.Forwarded;
const NETFILTER_DROP = DropReason.NetfilterDrop;

const HEADER = 20;
const TCP_FLAGS = 13;
const TRUE_SUM = 0xffff;
const ETHERNET_LEN = 14;
const SYN = 0x02;
const RST = 0x04;
const ACK = 0x10;
/** Of these, a segment that opens has SYN alone. */
const OPENING = 0x17;

/** Of a random number, what rules compare. */
const DRAWN_BITS = 0x7fffffff;

/** Packets that could have gained, before it is looked what rules compare with: some, and more for many rules. */
const SOME = 64;
const RULES_A_PACKET = 8;
/** With more packets in vain than this for each that gained, and a fair trial, it is given up. */
const IN_VAIN = 1;
const FAIR_TRIAL = 65_536;

export class FreshPath {
  /** Packets that went this way. */
  taken = 0;
  /** How long to wait before the first look at the rules; 0: not at all, and what is seen once is noted at once. */
  patience = 1;
  private readonly engine: Engine;
  private readonly flows: FlowPath;
  private readonly tracker: FlowTracker;
  private readonly fresh: FreshTracker;
  private readonly book: FreshBook = new FreshBook();
  /** null: not looked at yet. */
  private classes: FieldClasses | null = null;
  /** Packets that asked in vain, since the rules changed or, with classes, since there are some. */
  missed = 0;
  private gained = 0;

  // -- of the packet at hand
  /** Whether book.key is that of the packet on its long way. */
  isAsked = false;
  /** The connection it belongs to; NOBODY: none yet. */
  private entry = NOBODY;
  private births = 0;
  /** Numbers drawn. */
  private draws = 0;

  constructor(engine: Engine, flows: FlowPath) {
    this.engine = engine;
    this.flows = flows;
    this.tracker = engine.conntrack.flows;
    this.fresh = engine.conntrack.fresh;
  }

  /** Rules, routes or hooks are not what they were. */
  reopen(): void {
    this.forget();
    this.classes = null;
    this.missed = 0;
    this.gained = 0;
  }

  /** Plans do not hold any more. */
  forget(): void {
    this.book.clear();
    this.isAsked = false;
  }

  /** Bring a packet to its fate; false: it has to go the long way, and nothing has changed. Needs: FlowPath.mayTake. */
  take(packet: Packet): boolean {
    const classes = this.classes ?? this.lookAtRules();
    if (classes === null || !classes.holds || this.missed > FAIR_TRIAL + this.gained * IN_VAIN) return false;
    if (!this.isWhole(packet)) return false;
    const { view, network, transport, protocol, src0, dst0 } = packet;
    const ports = view.getInt32(transport);
    const flags = protocol === IS_TCP ? view.getUint8(transport + TCP_FLAGS) : 0;
    const node = this.fresh.find(src0, dst0, ports, protocol);
    if (node === IN_DOUBT) return false;
    if (node === NOBODY ? !this.mayBegin(flags, protocol) : !this.mayGoOn(node, flags)) return false;
    this.writeKey(packet, classes, node, (protocol << 8) | flags, ports);
    const found = this.book.find();
    this.draws = 0;
    const known = found === null || found.plan !== null ? found : this.draw(found);
    if (known === null || known.plan === null) {
      this.missed++;
      // most keys that come once do not come again: to note what became of them would cost more than it gains
      this.isAsked = this.book.see() || this.patience === 0;
      this.entry = node >> 1;
      this.births = this.fresh.births;
      return false;
    }
    if (packet.networkLength > known.plan.mtu || view.getUint8(network + 8) < 2) return false;
    return node === NOBODY ? this.begin(packet, known.plan, known.bindings!) : this.goOn(packet, node, known.plan);
  }

  /** What the packet draws, and where that leads. On the long way it will draw the same. */
  private draw(from: Fresh): Fresh {
    const { random, turn } = this.engine;
    random.turn(turn);
    let node = from;
    for (; node.below !== null; this.draws++) node = (random.u32() & DRAWN_BITS) < node.threshold ? node.below : node.above!;
    return node;
  }

  /** A packet has gone the long way, which was noted and led to a plan for its like. */
  learn(packet: Packet, plan: FlowPlan): void {
    if (!this.isAsked || plan.fate !== FORWARDED) return;
    this.isAsked = false;
    const { bindings } = this.engine.nat;
    const { notes } = this.flows;
    const born = this.fresh.births - this.births;
    const isBirth = this.entry === NOBODY;
    if (born !== (isBirth ? 1 : 0)) return;
    if (isBirth ? !this.isRepeatable(packet, bindings) : packet.ct !== this.entry || !bindings.isNone) return;
    const fresh = isBirth || notes.draws === 0 ? this.book.place(notes) : null;
    if (fresh === null) return;
    fresh.plan = plan;
    fresh.bindings = isBirth ? bindings.kept() : null;
  }

  /** Whether another connection that begins so would fare so: with its destination where it was, and its mark, should it not be confirmed. */
  private isRepeatable(packet: Packet, bindings: Bindings): boolean {
    return packet.ctinfo === NEW && bindings.hasFixedDestination && packet.mark === this.flows.notes.mark;
  }

  private lookAtRules(): FieldClasses | null {
    const { host } = this.engine;
    const { counters } = this.flows.notes;
    let rules = host.routes4;
    for (let i = 0; i < counters.length; i++) rules += counters[i]!.rules;
    if (this.missed++ < (SOME + rules / RULES_A_PACKET) * this.patience) return null;
    const classes = new FieldClasses();
    host.cutFields4(classes);
    for (let i = 0; i < counters.length; i++) counters[i]!.cutFields(classes);
    classes.finish();
    this.missed = 0;
    this.classes = classes;
    return classes;
  }

  /** Whether it is a whole packet for this host with a header that can be trusted. */
  private isWhole(packet: Packet): boolean {
    const { view, network, networkLength, protocol, transportLength, link } = packet;
    if (packet.fault !== 0 || packet.fragOffset !== 0 || packet.moreFragments !== 0) return false;
    if (protocol === IS_TCP ? transportLength < HEADER : packet.srcPort < 0 || protocol !== IS_UDP) return false;
    if (link < 0 || packet.network - packet.start !== ETHERNET_LEN || !this.flows.isAddressed(view, link, packet.indev)) return false;
    if (network + networkLength > packet.end || view.getUint16(network + 2) !== networkLength) return false;
    return sum16(view, network, HEADER) === TRUE_SUM;
  }

  private mayBegin(flags: number, protocol: number): boolean {
    if (protocol === IS_TCP && (flags & OPENING) !== SYN) return false;
    return this.fresh.mayOpen && this.engine.nat.bindsAlike;
  }

  private mayGoOn(node: number, flags: number): boolean {
    const { tracker } = this;
    tracker.aim(node);
    if ((flags & RST) !== 0 || !tracker.isPlain(node >> 1)) return false;
    return (flags & SYN) === 0 || ((flags & ACK) !== 0 && tracker.direction === REPLY);
  }

  private writeKey(packet: Packet, classes: FieldClasses, node: number, kind: number, ports: number): void {
    const { tracker, fresh } = this;
    const { key } = this.book;
    const isNew = node === NOBODY;
    key[0] = planKey(packet.indev, packet.view.getUint8(packet.network + 1), isNew ? NEW : tracker.ctinfo);
    key[1] = kind | (isNew ? 0 : 1 << 16);
    key[2] = classes.sourceClass(packet.src0);
    key[3] = classes.destinationClass(packet.dst0);
    key[4] = classes.portClasses(ports);
    const bound = isNew ? 0 : fresh.boundBits(tracker.entry);
    key[5] = bound;
    key[6] = isNew ? 0 : fresh.mark(tracker.entry);
    const isTranslated = !isNew && tracker.isTranslated(tracker.entry);
    key[7] = isTranslated ? classes.sourceClass(tracker.newSource) : 0;
    key[8] = isTranslated ? classes.destinationClass(tracker.newDestination) : 0;
    key[9] = isTranslated ? classes.portClasses(tracker.newPorts) : 0;
  }

  /** Make the packet's connection and send the packet on its way. */
  private begin(packet: Packet, plan: FlowPlan, bindings: Bindings): boolean {
    const { engine, fresh, tracker } = this;
    packet.hook = PREROUTING;
    if (!fresh.isSound(packet)) return false;
    this.gained++;
    this.taken++;
    engine.begin(packet, RECEIVED);
    // whoever draws behind it goes on where the long way would have left off
    for (let i = 0; i < this.draws; i++) engine.random.u32();
    const entry = fresh.open(packet);
    engine.nat.bindAlike(entry, bindings, plan.outdev);
    tracker.aim(entry * 2);
    this.flows.carry(packet, plan, tracker.isTranslated(entry));
    this.flows.count(packet, plan);
    if (fresh.confirm(packet) === ACCEPT) this.flows.forward(packet, plan);
    else {
      packet.rule = -1;
      engine.drop(packet, POSTROUTING, NETFILTER_DROP);
    }
    engine.conntrack.release(packet);
    return true;
  }

  /** Judge a packet of a known connection and send it on its way; the next like it has a plan. */
  private goOn(packet: Packet, node: number, plan: FlowPlan): boolean {
    const { engine, tracker, flows } = this;
    const entry = node >> 1;
    const direction = (node & 1) as Direction;
    const device = engine.nat.deviceOf(entry);
    if (device !== 0 && device !== plan.outdev && direction !== REPLY) return false;
    if (!flows.judgeDecoded(packet)) return false;
    this.gained++;
    this.taken++;
    tracker.setPlan(entry, direction, plan.number);
    flows.count(packet, plan);
    flows.finish(packet, plan);
    return true;
  }
}
