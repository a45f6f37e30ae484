/**
 * Nat: network address translation, the part of a router that gives flows other addresses and ports. RFC 3022; RFC 5382 and 5508
 * say what of it peers may rely on.
 *
 * Overview. Rules are asked once per flow and side: at PREROUTING and OUTPUT for the destination, at POSTROUTING and INPUT for
 * the source. The answer (also "nothing": the null binding) is written into the reply tuple of the flow's entry; every packet of
 * the flow is then rewritten from its entry, in the reply direction with the two sides swapped.
 *
 *   NEW, side undecided -> chains -> setup()      else null binding    -> rewrite
 *   ESTABLISHED                                                        -> rewrite
 *   ICMP error about the flow                                          -> icmp-error.ts
 *
 * Life-cycle. What NAT itself remembers of an entry (its place among the flows of its source, the device it masquerades on, why
 * its tuple was chosen) goes when the entry does: forget() must be told. Nothing is decided for a confirmed entry.
 *
 * Kernel counterparts: nf_nat_core.c, nf_nat_proto.c, nf_nat_masquerade.c, nf_nat_redirect.c, xt_NETMAP.c.
 * @module
 */
import { CtInfo, Direction, directionOf, Status } from '../conntrack/ctinfo.ts';
import { Tuple } from '../conntrack/tuple.ts';
import type { Expectation } from '../conntrack/expect.ts';
import { Hook } from '../hook/hook.ts';
import type { HookEntry } from '../hook/hook-table.ts';
import { Priority } from '../hook/priority.ts';
import type { Responder } from '../hook/responder.ts';
import { Verdict } from '../hook/verdict.ts';
import type { Host } from '../host/host.ts';
import { ICMP, ICMPV6 } from '../inet/protocol.ts';
import type { Random } from '../inet/random.ts';
import type { Packet } from '../packet/packet.ts';
import { Bindings, Bound } from './bindings.ts';
import { BySource } from './by-source.ts';
import type { Conntrack } from '../conntrack/conntrack.ts';
import { EntryNotes } from './entry-notes.ts';
import { registerNatHelpers } from './helper/register.ts';
import { IcmpErrorTranslator, statusBit } from './icmp-error.ts';
import { AddressSupply } from './masquerade.ts';
import { Manip, type NatRange, RangeFlag, RangeScratch } from './range.ts';
import { AddressChoice, PortChoice, reasonCode } from './reason.ts';
import { Rewriter } from './rewrite.ts';
import { TupleSelector } from './select.ts';

/** The rules of a nat table. */
export interface NatChains {
  run(hook: Hook, packet: Packet): Verdict;
  /** Whether what they ask and do is noted (hook/walk-notes.ts). */
  readonly noted?: boolean;
}

export interface NatOptions {
  readonly conntrack: Conntrack;
  readonly host: Host;
  readonly random: Random;
  /** Routes a packet of the host anew when its destination was translated. */
  readonly responder: Pick<Responder, 'reroute'>;
  /** Lowest and highest port that SNAT and MASQUERADE offer instead of what their rules name. */
  readonly sourcePorts?: readonly [low: number, high: number] | undefined;
}

/** Told of every binding a rule made, and of every other that changed something. */
export interface NatObserver {
  /** A side of a flow was bound; `reason` as reason.ts reads it. The range is reused: read it during the call. */
  bound(entry: number, manip: Manip, range: NatRange, reason: number): void;
  /** The chains were asked for a side of the packet's flow and bound it; packet.rule is the rule that did. */
  decided(packet: Packet, manip: Manip): void;
}

const DONE = [Status.SrcNatDone, Status.DstNatDone] as const;
const NAT_BITS = Status.SrcNat | Status.DstNat;

export class Nat {
  private readonly conntrack: Conntrack;
  private readonly responder: Pick<Responder, 'reroute'>;
  private readonly selector: TupleSelector;
  private readonly bySource: BySource;
  private readonly rewriter: Rewriter = new Rewriter();
  private readonly errors: IcmpErrorTranslator;
  private readonly supply: AddressSupply;
  private readonly notes: EntryNotes = new EntryNotes();
  /** Nat tables attached, by family: all are asked, in the order they came. */
  private readonly chains4: NatChains[] = [];
  private readonly chains6: NatChains[] = [];
  private readonly offered: RangeScratch = new RangeScratch();
  private readonly current: Tuple = new Tuple();
  private readonly opposite: Tuple = new Tuple();
  private readonly scratch: Tuple = new Tuple();
  private readonly sourcePorts: readonly [low: number, high: number] | null;
  /** Of the walk at hand. */
  readonly bindings: Bindings = new Bindings();
  observer: NatObserver | null = null;
  /** Whether any flow was ever translated. */
  translates = false;

  constructor(options: NatOptions) {
    this.conntrack = options.conntrack;
    this.sourcePorts = options.sourcePorts ?? null;
    this.responder = options.responder;
    this.bySource = new BySource(options.conntrack);
    this.selector = new TupleSelector(options.conntrack, this.bySource, options.random);
    this.errors = new IcmpErrorTranslator(options.conntrack, this.rewriter);
    this.supply = new AddressSupply(options.host);
    options.conntrack.onRestore((entry) => this.remember(entry));
    registerNatHelpers({
      conntrack: options.conntrack,
      random: options.random,
      followMaster: (entry, expectation) => this.followMaster(entry, expectation),
      bindTo: (entry, manip, address, port) => this.bindTo(entry, manip, address, port),
    });
  }

  /** A connection from before the first packet was bound when it began. */
  private remember(entry: number): void {
    this.bySource.add(entry);
    if ((this.conntrack.status(entry) & (Status.SrcNat | Status.DstNat)) !== 0) this.translates = true;
  }

  /**
   * Attach a nat table, be it empty: from then on every tracked flow of the family is bound. The entries are for the hook table;
   * a second table of the family joins the first and brings none.
   */
  hookEntries(family: 4 | 6, chains: NatChains): readonly HookEntry[] {
    const list = family === 4 ? this.chains4 : this.chains6;
    list.push(chains);
    if (list.length > 1) return [];
    return [
      { hook: Hook.Prerouting, priority: Priority.NatDst, name: 'nat', run: (packet) => this.prerouting(packet), noted: true },
      { hook: Hook.Output, priority: Priority.NatDst, name: 'nat', run: (packet) => this.output(packet), noted: true },
      { hook: Hook.Postrouting, priority: Priority.NatSrc, name: 'nat', run: (packet) => this.run(packet, Manip.Source), noted: true },
      { hook: Hook.Input, priority: Priority.NatSrc, name: 'nat', run: (packet) => this.run(packet, Manip.Source), noted: true },
    ];
  }

  // -- what targets call

  /** Bind one side of the packet's flow to a range (SNAT, DNAT). */
  setup(packet: Packet, range: NatRange, manip: 'src' | 'dst'): Verdict {
    if (packet.ct < 0) return Verdict.Accept;
    if (manip === 'dst') return this.bind(packet.ct, range, Manip.Destination, false);
    return this.bind(packet.ct, this.withPorts(packet, range), Manip.Source, false);
  }

  /** Bind the source to the address of the outgoing device, and the flow to that device. */
  masquerade(packet: Packet, range: NatRange): Verdict {
    if (packet.ct < 0) return Verdict.Accept;
    const isUnspecified = packet.family !== 6 && this.conntrack.readTuple(packet.ct, 0, this.scratch).src0 === 0;
    if (isUnspecified) return Verdict.Accept;
    if (!this.supply.ofOutdev(packet, range, this.offered)) return Verdict.Drop;
    this.notes.setMasquerading(packet.ct);
    this.bindings.masquerades = true;
    return this.bind(packet.ct, this.withPorts(packet, this.offered), Manip.Source, false);
  }

  /** Bind the destination to the host itself. */
  redirect(packet: Packet, range: NatRange): Verdict {
    if (packet.ct < 0) return Verdict.Accept;
    if (!this.supply.ofIndev(packet, range, this.offered)) return Verdict.Drop;
    return this.bind(packet.ct, this.offered, Manip.Destination, false);
  }

  /** Bind the side of the hook to the same host of another network. */
  netmap(packet: Packet, range: NatRange): Verdict {
    if (packet.ct < 0) return Verdict.Accept;
    const isSource = packet.hook === Hook.Postrouting || packet.hook === Hook.Input;
    this.supply.mapped(packet, range, isSource, this.offered);
    return this.bind(packet.ct, this.offered, isSource ? Manip.Source : Manip.Destination, false);
  }

  // -- what replays and reports ask

  /**
   * The source and destination port (or ICMP id) that a recorded kernel gave the flow of the next packet; -1 for none. They
   * stand in for the next random picks, when they are legal and free.
   */
  prefer(source: number, destination: number = -1): void {
    this.selector.prefer(Manip.Source, source);
    this.selector.prefer(Manip.Destination, destination);
  }

  /** Why a side of a flow became what it is (reason.ts); 0 while nothing was decided. */
  reason(entry: number, manip: 'src' | 'dst'): number {
    return this.notes.reason(entry, manip === 'src' ? Manip.Source : Manip.Destination);
  }

  /** Device by which the first packet of a flow left; 0: it did not. */
  outdev(entry: number): number {
    return this.notes.outdev(entry);
  }

  /** Device a flow masquerades on: its packets may leave by no other; 0: by any. */
  deviceOf(entry: number): number {
    return this.notes.device(entry);
  }

  /** Whether a flow may be bound without a walk (bindAlike): nobody wants to hear of bindings, and all tables are noted. */
  get bindsAlike(): boolean {
    if (this.observer !== null) return false;
    const list = this.chains4;
    for (let i = 0; i < list.length; i++) if (list[i]!.noted !== true) return false;
    return true;
  }

  /** Bind a new IPv4 flow that leaves by `outdev` as another was bound. */
  bindAlike(entry: number, alike: Bindings, outdev: number): void {
    if (alike.destination === Bound.ByNone) this.bindNull(entry, Manip.Destination);
    else if (alike.destination === Bound.ByRule) this.bind(entry, alike.destinationRange, Manip.Destination, false);
    if (alike.source === Bound.Not) return;
    this.notes.setOutdev(entry, outdev);
    if (alike.masquerades) this.notes.setMasquerading(entry);
    if (alike.source === Bound.ByNone) this.bindNull(entry, Manip.Source);
    else this.bind(entry, alike.sourceRange, Manip.Source, false);
  }

  /** Flows whose source side is bound. */
  get bound(): number {
    return this.bySource.size;
  }

  /** An entry is gone. */
  forget(entry: number): void {
    this.bySource.remove(entry);
    this.notes.clear(entry);
  }

  // -- hooks

  private prerouting(packet: Packet): Verdict {
    const { dst0, dst1, dst2, dst3 } = packet;
    const verdict = this.run(packet, Manip.Destination);
    const moved = packet.dst0 !== dst0 || packet.dst1 !== dst1 || packet.dst2 !== dst2 || packet.dst3 !== dst3;
    if (verdict === Verdict.Accept && moved) packet.dst.clear();
    return verdict;
  }

  private output(packet: Packet): Verdict {
    const verdict = this.run(packet, Manip.Destination);
    if (verdict !== Verdict.Accept || packet.ct < 0 || (this.conntrack.status(packet.ct) & NAT_BITS) === 0) return verdict;
    const direction = directionOf(packet.ctinfo);
    const own = this.conntrack.readTuple(packet.ct, direction, this.current);
    const other = this.conntrack.readTuple(packet.ct, direction === 0 ? 1 : 0, this.opposite);
    const isMoved = own.dst0 !== other.src0 || own.dst1 !== other.src1 || own.dst2 !== other.src2 || own.dst3 !== other.src3;
    return isMoved && !this.responder.reroute(packet) ? Verdict.Drop : Verdict.Accept;
  }

  private run(packet: Packet, manip: Manip): Verdict {
    const entry = packet.ct;
    if (entry < 0) return Verdict.Accept;
    const { ctinfo } = packet;
    if (ctinfo === CtInfo.Related || ctinfo === CtInfo.RelatedReply) {
      if (packet.protocol === (packet.family === 6 ? ICMPV6 : ICMP)) {
        return this.errors.translate(packet, manip) ? Verdict.Accept : Verdict.Drop;
      }
    }
    const isEstablished = ctinfo === CtInfo.Established || ctinfo === CtInfo.EstablishedReply;
    if (!isEstablished && (this.conntrack.status(entry) & DONE[manip]) === 0) {
      const verdict = this.decide(packet, manip);
      if (verdict !== Verdict.Accept) return verdict;
    } else if (packet.hook === Hook.Postrouting && this.hasLeftItsDevice(packet)) {
      this.conntrack.kill(entry);
      return Verdict.Drop;
    }
    return this.rewrite(packet, manip);
  }

  /** A masqueraded flow ends when its packets would leave by another device, with an address that is not that one's. */
  private hasLeftItsDevice(packet: Packet): boolean {
    const device = this.notes.device(packet.ct);
    return device !== 0 && device !== packet.outdev && directionOf(packet.ctinfo) === Direction.Original;
  }

  /** Ask the tables until one binds the side; if none does, bind it to what it is. */
  private decide(packet: Packet, manip: Manip): Verdict {
    if (packet.hook === Hook.Postrouting) this.notes.setOutdev(packet.ct, packet.outdev);
    const list = packet.family === 6 ? this.chains6 : this.chains4;
    for (let i = 0; i < list.length; i++) {
      const verdict = list[i]!.run(packet.hook as Hook, packet);
      if (verdict !== Verdict.Accept) return verdict;
      if ((this.conntrack.status(packet.ct) & DONE[manip]) === 0) continue;
      this.observer?.decided(packet, manip);
      return Verdict.Accept;
    }
    return this.bindNull(packet.ct, manip);
  }

  /** The range with the ports that are offered instead of the rule's, for protocols that have some. */
  private withPorts(packet: Packet, range: NatRange): NatRange {
    if (this.sourcePorts === null || packet.srcPort < 0) return range;
    const offered = this.offered.copyFrom(range);
    offered.flags |= RangeFlag.ProtoSpecified;
    [offered.minProto, offered.maxProto] = this.sourcePorts;
    return offered;
  }

  /** Even then a port may change: when the answers would be taken for another flow's. */
  private bindNull(entry: number, manip: Manip): Verdict {
    const { conntrack, selector } = this;
    const reply = conntrack.readTuple(entry, 1, this.scratch);
    const isOpen = !conntrack.isConfirmed(entry) && (conntrack.status(entry) & DONE[manip]) === 0;
    // nearly always: they would not, and that is all there is to ask
    if (isOpen && this.observer === null) {
      if (!conntrack.isTaken(reply, entry)) return this.keep(entry, manip);
      selector.isKnownTaken = true;
    }
    if (manip === Manip.Source) this.offered.aim(reply.dst0, reply.dst1, reply.dst2, reply.dst3, null);
    else this.offered.aim(reply.src0, reply.src1, reply.src2, reply.src3, null);
    return this.bind(entry, this.offered, manip, true);
  }

  /** Bind a side to what it is, without a rule. */
  private keep(entry: number, manip: Manip): Verdict {
    const { conntrack, bindings } = this;
    if (manip === Manip.Source) this.bySource.add(entry);
    const { changes } = conntrack.flows;
    conntrack.setStatus(entry, conntrack.status(entry) | DONE[manip]);
    const address = manip === Manip.Source ? AddressChoice.Kept : AddressChoice.Only;
    this.notes.setReason(entry, manip, reasonCode(address, PortChoice.Kept, true));
    if (bindings.on) bindings.noteNone(manip, conntrack.flows.changes - changes);
    return Verdict.Accept;
  }

  /** nf_nat_setup_info. */
  private bind(entry: number, range: NatRange, manip: Manip, byNoRule: boolean): Verdict {
    const { conntrack, selector, current } = this;
    if (conntrack.isConfirmed(entry)) return Verdict.Accept;
    if ((conntrack.status(entry) & DONE[manip]) !== 0) return Verdict.Drop;
    const { changes } = conntrack.flows;
    conntrack.invert(conntrack.readTuple(entry, 1, this.scratch), current);
    const chosen = selector.choose(current, range, entry, manip);
    let bits = conntrack.status(entry) | DONE[manip];
    if (!chosen.equals(current)) {
      conntrack.invert(chosen, this.scratch);
      conntrack.alterReply(entry, this.scratch);
      bits |= manip === Manip.Source ? Status.SrcNat : Status.DstNat;
      this.translates = true;
    }
    if (manip === Manip.Source) this.bySource.add(entry);
    conntrack.setStatus(entry, bits);
    const reason = reasonCode(selector.addressChoice, selector.portChoice, byNoRule);
    this.notes.setReason(entry, manip, reason);
    if (this.bindings.on) this.bindings.note(manip, range, byNoRule, conntrack.flows.changes - changes);
    this.observer?.bound(entry, manip, range, reason);
    return Verdict.Accept;
  }

  /**
   * Bind an expected flow as its master is bound (nf_nat_follow_master): it comes from where the master's packets of the other
   * direction go, and goes to where they come from, at the port that was announced before it was translated.
   */
  private followMaster(entry: number, { master, direction, savedPort }: Expectation): void {
    const { src0, src1, src2, src3, dst0, dst1, dst2, dst3 } = this.conntrack.readTuple(master, direction === 0 ? 1 : 0, this.scratch);
    this.bind(entry, this.offered.aim(dst0, dst1, dst2, dst3, null), Manip.Source, false);
    const range = this.offered.aim(src0, src1, src2, src3, null);
    range.flags |= RangeFlag.ProtoSpecified;
    range.minProto = savedPort;
    range.maxProto = savedPort;
    this.bind(entry, range, Manip.Destination, false);
  }

  /** Bind a side of an expected flow to an address, and to a port (or key) unless that is negative. */
  private bindTo(entry: number, manip: Manip, address: Int32Array, port: number): void {
    const range = this.offered.aim(address[0]!, address[1]!, address[2]!, address[3]!, null);
    if (port >= 0) {
      range.flags |= RangeFlag.ProtoSpecified;
      range.minProto = port;
      range.maxProto = port;
    }
    this.bind(entry, range, manip, false);
  }

  private rewrite(packet: Packet, manip: Manip): Verdict {
    const { conntrack } = this;
    const direction = directionOf(packet.ctinfo);
    if ((conntrack.status(packet.ct) & statusBit(manip, direction)) === 0) return Verdict.Accept;
    conntrack.invert(conntrack.readTuple(packet.ct, direction === 0 ? 1 : 0, this.opposite), this.current);
    return this.rewriter.rewrite(packet, this.current, manip) ? Verdict.Accept : Verdict.Drop;
  }
}
