/**
 * PlanMaker: has the long way of a packet noted, and makes a plan of it (flow-plan.ts) for the next ones of its flow, if what became of it
 * hung on the flow alone.
 *
 *   watch()   it sets out   ->   tracked(), spoil()   on its way   ->   learn()   it has arrived
 *
 * Proof: test/property/engine/flow-path.prop.ts holds both ways side by side.
 * @module
 */
import { directionOf } from '../conntrack/ctinfo.ts';
import type { FlowTracker } from '../conntrack/flow-tracker.ts';
import type { WalkNotes } from '../hook/walk-notes.ts';
import { TCP, UDP } from '../inet/protocol.ts';
import type { Packet } from '../packet/packet.ts';
import { isEcho } from './decoded-path.ts';
import { DropReason } from './drop-reason.ts';
import type { Engine } from './engine.ts';
import type { FlowPath } from './flow-path.ts';
import { Before, FlowPlan, planHash, planKey, tosOf } from './flow-plan.ts';
import { Stage } from './outcome.ts';
import type { PlanBook } from './plan-book.ts';

// Names of this module's own: V8 folds those into the code and loads an imported constant every time.
const IS_TCP = TCP;
const IS_UDP = UDP;
const TCP_HEADER = 20;
const TCP_FLAGS = 13;
const UDP_HEADER = 8;

export class PlanMaker {
  private readonly engine: Engine;
  private readonly flows: FlowPath;
  private readonly book: PlanBook;
  private readonly notes: WalkNotes;
  private readonly tracker: FlowTracker;
  /** FlowTracker.changes when conntrack had found the packet's connection; -1: it has not yet. */
  private changes = -1;
  private readonly before: Before = new Before();

  constructor(engine: Engine, flows: FlowPath, book: PlanBook) {
    this.engine = engine;
    this.flows = flows;
    this.book = book;
    this.notes = flows.notes;
    this.tracker = flows.tracker;
  }

  /** A packet sets out on the long way: note it, if the next one like it could go the short way. */
  watch(packet: Packet): void {
    if (!this.flows.mayTake(packet) || packet.fault !== 0 || packet.fragOffset !== 0 || packet.moreFragments !== 0) return;
    const { protocol, transport, transportLength, view } = packet;
    const { before } = this;
    before.tcpFlags = 0;
    if (protocol === IS_TCP) {
      if (transportLength < TCP_HEADER) return;
      before.tcpFlags = view.getUint8(transport + TCP_FLAGS);
    } else if (protocol === IS_UDP ? transportLength < UDP_HEADER : !isEcho(packet)) return;
    before.tos = tosOf(packet);
    before.src = packet.src0;
    before.dst = packet.dst0;
    before.ports = (packet.srcPort << 16) | packet.dstPort;
    this.changes = -1;
    this.notes.begin();
    this.engine.nat.bindings.begin();
  }

  /** Conntrack has found the packet's connection; what rules change of it from here on they would change again. */
  tracked(): void {
    if (this.notes.on) this.changes = this.tracker.changes;
  }

  /** Something was done for the packet that no plan can say. */
  spoil(): void {
    this.notes.constant = false;
  }

  /** The packet has arrived, its connection still with it: keep what was noted. */
  learn(packet: Packet): void {
    const { notes, tracker } = this;
    if (!notes.on) return;
    const { bindings } = this.engine.nat;
    notes.end();
    bindings.end();
    tracker.done();
    const { ct: entry } = packet;
    // what a binding changes is the binding's own; anything else would come out otherwise the next time
    if (!notes.constant || entry < 0 || this.changes !== tracker.changes - bindings.changes || !tracker.isPlain(entry)) return;
    if (!this.isPlannable(packet)) return;
    if (this.book.isFull) this.startOver();
    const plan = this.planFor(packet);
    if (bindings.changes === 0 && !notes.binds && notes.draws === 0) tracker.setPlan(entry, directionOf(packet.ctinfo), plan.number);
    this.flows.fresh.learn(packet, plan);
  }

  /** A fate that a plan can bring about. */
  private isPlannable(packet: Packet): boolean {
    const { outcome, host } = this.engine;
    const { dst } = packet;
    if (outcome.queued || outcome.stolen || outcome.consumed || outcome.sent || outcome.looped || packet.hotdrop || packet.socket !== 0)
      return false;
    if (dst.redirect !== 0 || dst.broadcast !== 0 || dst.multicast !== 0) return false;
    const translated = this.tracker.isTranslated(packet.ct);
    const { family, protocol } = packet;
    if (translated && (family === 6 || (protocol !== IS_TCP && protocol !== IS_UDP))) return false;
    if (family === 6 && tosOf(packet) !== this.before.tos) return false;
    if (this.before.differs(packet) !== translated) return false;
    this.before.isTranslated = translated;
    if (outcome.forwarded) return !outcome.delivered && packet.networkLength <= dst.mtu && packet.network - packet.start === 14;
    if (outcome.delivered) return host.settings.localStack === 'sink';
    if (translated || outcome.dropStage > Stage.Postrouting) return false;
    return outcome.dropReason === DropReason.NetfilterDrop && (packet.outdev === 0 || packet.networkLength <= dst.mtu);
  }

  private planFor(packet: Packet): FlowPlan {
    const { book, notes, before } = this;
    const { outcome } = this.engine;
    const key = planKey(packet.indev, before.tos, packet.ctinfo);
    const hash = planHash(key, packet, notes);
    for (let at = book.first(hash); at >= 0; at = book.after(at)) {
      const plan = book.at(at);
      if (plan.hash === hash && plan.fits(key, packet, outcome, notes, before)) return plan;
    }
    const plan = new FlowPlan(book.next, hash, key, packet, outcome, notes, before);
    book.add(plan);
    return plan;
  }

  /** All numbers are taken: forget every plan. */
  private startOver(): void {
    this.tracker.forgetAllPlans();
    this.book.clear();
    this.flows.fresh.forget();
  }
}
