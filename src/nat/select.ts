/**
 * The choice of a translation (get_unique_tuple): given what a flow looks like and what a rule offers, the tuple it gets.
 *
 *   1  source only, no random flag: what is there, if it lies in the range and is free;
 *      else the mapping that another flow of the same source address and port has
 *   2  an address of the range (address.ts)
 *   3  the port as it is, if it may stay
 *   4  a search through the ports (below)
 *
 * The search begins at a random offset for sources, at the lowest port for destinations, and gives up after 128, then 64, 32,
 * 16 and 8 tries; the last one tried stands then, and the flow fails when it is confirmed.
 *
 * Randomness is seeded. `prefer` names what a recorded kernel chose: it is taken in place of the random pick when it is legal
 * and free, so that a replay can be compared beyond the choice itself. Kernel counterpart: net/netfilter/nf_nat_core.c.
 * @module
 */
import { Status } from '../conntrack/ctinfo.ts';
import { TcpState } from '../conntrack/proto/tcp-table.ts';
import { Tuple } from '../conntrack/tuple.ts';
import { GRE, ICMP, ICMPV6, SCTP, TCP, UDP, UDPLITE } from '../inet/protocol.ts';
import type { Random } from '../inet/random.ts';
import { AddressChooser } from './address.ts';
import type { BySource } from './by-source.ts';
import type { Conntrack } from '../conntrack/conntrack.ts';
import { hasOneAddress, isInRange, isPortInRange, Manip, type NatRange, PROTO_RANDOM_ALL, RangeFlag } from './range.ts';
import { AddressChoice, PortChoice } from './reason.ts';

const MAX_ATTEMPTS = 128;
const MIN_ATTEMPTS = 16;
/** In the last tries of a round a TCP flow that is over may be put out of the way. */
const HARDER_ATTEMPTS = 32;
/** Entries that are translated or count sequence numbers: their clash is no mere crossing of two first packets. */
const USES_NAT = Status.SrcNat | Status.DstNat | Status.SeqAdjust;
const UNKILLABLE = Status.Dying | Status.FixedTimeout;

export class TupleSelector {
  /** How the last choice came about. */
  addressChoice: AddressChoice = AddressChoice.Kept;
  portChoice: PortChoice = PortChoice.Kept;
  /** The caller has found the tuple as it is taken: the first question about it is answered already. */
  isKnownTaken = false;
  /** What a recorded kernel picked at random for the source and the destination side; -1 for nothing. Used once. */
  private readonly preferred: Int32Array = Int32Array.of(-1, -1);

  private readonly conntrack: Conntrack;
  private readonly bySource: BySource;
  private readonly random: Random;
  private readonly addresses: AddressChooser = new AddressChooser();
  private readonly tuple: Tuple = new Tuple();
  private readonly reply: Tuple = new Tuple();
  private readonly other: Tuple = new Tuple();
  /** Bounds of the search under way, and whether it writes the source side. */
  private low = 0;
  private size = 0;
  private writesSource = true;

  constructor(conntrack: Conntrack, bySource: BySource, random: Random) {
    this.conntrack = conntrack;
    this.bySource = bySource;
    this.random = random;
  }

  prefer(manip: Manip, value: number): void {
    this.preferred[manip] = value;
  }

  /** What `original` becomes; valid until the next choice. `entry` is the flow's own. */
  choose(original: Tuple, range: NatRange, entry: number, manip: Manip): Tuple {
    const { tuple } = this;
    this.addressChoice = AddressChoice.Kept;
    this.portChoice = PortChoice.Kept;
    const isRandom = (range.flags & PROTO_RANDOM_ALL) !== 0;
    if (manip === Manip.Source && !isRandom && this.keepsSource(original, range, entry)) return tuple;
    tuple.copyFrom(original);
    if ((range.flags & RangeFlag.MapIps) !== 0) {
      this.addressChoice = hasOneAddress(range) ? AddressChoice.Only : AddressChoice.Hashed;
      this.addresses.choose(tuple, range, manip === Manip.Source, this.zoneId(entry));
    }
    if (isRandom || !this.keepsPort(tuple, range, entry, manip)) this.search(tuple, range, entry, manip);
    return tuple;
  }

  /** Step 1. */
  private keepsSource(original: Tuple, range: NatRange, entry: number): boolean {
    const { tuple } = this;
    if (isInRange(original, range)) {
      tuple.copyFrom(original);
      return !this.isUsedByAnother(original, entry);
    }
    if (!this.bySource.findMapping(original, range, this.conntrack.zone(entry, 0), tuple)) return false;
    if (this.isUsed(tuple, entry)) return false;
    this.addressChoice = AddressChoice.Earlier;
    this.portChoice = PortChoice.Earlier;
    return true;
  }

  /** Step 3. One offered port is never tested: when it is taken, the flow fails at its confirmation. */
  private keepsPort(tuple: Tuple, range: NatRange, entry: number, manip: Manip): boolean {
    if ((range.flags & RangeFlag.ProtoSpecified) === 0) return !this.isUsed(tuple, entry);
    if ((range.flags & RangeFlag.ProtoOffset) !== 0 || !isPortInRange(tuple, range, manip)) return false;
    return range.minProto === range.maxProto || !this.isUsed(tuple, entry);
  }

  /** Step 4: write a free port (or ICMP id, or GRE key) into `tuple`. */
  private search(tuple: Tuple, range: NatRange, entry: number, manip: Manip): void {
    if (!this.setBounds(tuple, range, entry, manip)) return;
    if (this.takePreferred(tuple, entry, manip, this.startsRandom(range, manip))) return;
    let offset = this.firstOffset(tuple, range, manip);
    let attempts = Math.min(this.size, MAX_ATTEMPTS);
    for (;;) {
      for (let i = 0; i < attempts; i++, offset = (offset + 1) & 0xffff) {
        this.put(tuple, this.low + (offset % this.size));
        if (!this.isUsedHarder(tuple, entry, attempts - i)) return;
      }
      if (attempts >= this.size || attempts < MIN_ATTEMPTS) break;
      attempts >>= 1;
      offset = this.random.u16();
      this.portChoice = PortChoice.Random;
    }
    this.portChoice = PortChoice.Exhausted;
  }

  /** False when nothing of this protocol can change. */
  private setBounds(tuple: Tuple, range: NatRange, entry: number, manip: Manip): boolean {
    const isSpecified = (range.flags & RangeFlag.ProtoSpecified) !== 0;
    this.writesSource = manip === Manip.Source;
    switch (tuple.protocol) {
      case ICMP:
      case ICMPV6:
        this.writesSource = true;
        return this.bound(isSpecified ? range.minProto : 0, isSpecified ? range.maxProto : 0xffff);
      case GRE:
        if (this.conntrack.master(entry) < 0) return false;
        return this.bound(isSpecified ? range.minProto : 1, isSpecified ? range.maxProto : 0xffff);
      case TCP:
      case UDP:
      case UDPLITE:
      case SCTP:
        break;
      default:
        return false;
    }
    if (isSpecified) return this.bound(Math.min(range.minProto, range.maxProto), Math.max(range.minProto, range.maxProto));
    if (manip === Manip.Destination) return false;
    const port = tuple.srcL4;
    if (port < 512) return this.bound(1, 511);
    return port < 1024 ? this.bound(600, 1023) : this.bound(1024, 0xffff);
  }

  private bound(low: number, high: number): boolean {
    this.low = low;
    this.size = Math.max(high - low + 1, 1);
    return true;
  }

  private startsRandom(range: NatRange, manip: Manip): boolean {
    if ((range.flags & RangeFlag.ProtoOffset) !== 0) return false;
    return (range.flags & PROTO_RANDOM_ALL) !== 0 || manip === Manip.Source;
  }

  private firstOffset(tuple: Tuple, range: NatRange, manip: Manip): number {
    if ((range.flags & RangeFlag.ProtoOffset) !== 0) {
      this.portChoice = PortChoice.Offset;
      return ((this.writesSource ? tuple.srcL4 : tuple.dstL4) - range.baseProto) & 0xffff;
    }
    if (this.startsRandom(range, manip)) {
      this.portChoice = PortChoice.Random;
      return this.random.u16();
    }
    this.portChoice = PortChoice.First;
    return 0;
  }

  /** What the recorded kernel picked, where this one would pick at random. */
  private takePreferred(tuple: Tuple, entry: number, manip: Manip, isRandom: boolean): boolean {
    const wanted = this.preferred[manip]!;
    if (!isRandom || wanted < this.low || wanted >= this.low + this.size) return false;
    this.preferred[manip] = -1;
    const before = this.writesSource ? tuple.srcL4 : tuple.dstL4;
    this.put(tuple, wanted);
    if (this.isUsedHarder(tuple, entry, 1)) {
      this.put(tuple, before);
      return false;
    }
    this.portChoice = PortChoice.Random;
    return true;
  }

  private put(tuple: Tuple, value: number): void {
    if (this.writesSource) tuple.srcL4 = value & 0xffff;
    else tuple.dstL4 = value & 0xffff;
  }

  /** Whether the answers to `tuple` would be taken for another flow's. */
  private isUsed(tuple: Tuple, entry: number): boolean {
    if (this.isKnownTaken) {
      this.isKnownTaken = false;
      return this.conntrack.invert(tuple, this.reply);
    }
    return this.conntrack.invert(tuple, this.reply) && this.conntrack.isTaken(this.reply, entry);
  }

  /**
   * As isUsed, but two untranslated datagram flows that are each other's mirror do not count: they are one flow whose first
   * packets crossed, and are told apart when they are confirmed.
   */
  private isUsedByAnother(tuple: Tuple, entry: number): boolean {
    if (!this.isUsed(tuple, entry)) return false;
    if (tuple.protocol !== UDP && tuple.protocol !== UDPLITE && tuple.protocol !== GRE) return true;
    const { conntrack, reply, other } = this;
    if ((conntrack.status(entry) & USES_NAT) !== 0) return true;
    const found = conntrack.find(reply, conntrack.zone(entry, 0), conntrack.zone(entry, 1));
    if (found < 0 || !conntrack.readTuple(found, 0, other).equals(reply)) return true;
    if ((conntrack.status(found) & USES_NAT) !== 0) return true;
    conntrack.readTuple(entry, 0, reply);
    return !conntrack.readTuple(found, 1, other).equals(reply);
  }

  /** As isUsed; near the end of a round a finished TCP flow that the new one has overtaken is killed to make room. */
  private isUsedHarder(tuple: Tuple, entry: number, attemptsLeft: number): boolean {
    const { conntrack, reply } = this;
    if (!this.isUsed(tuple, entry)) return false;
    if (attemptsLeft > HARDER_ATTEMPTS || tuple.protocol !== TCP || conntrack.tcpState(entry) !== TcpState.SynSent) return true;
    const found = conntrack.find(reply, conntrack.zone(entry, 0), conntrack.zone(entry, 1));
    if (found < 0) return false;
    if (!conntrack.readTuple(found, 1, this.other).equals(reply)) return true;
    const status = conntrack.status(found);
    if (conntrack.tcpState(found) < TcpState.TimeWait || (status & Status.SrcNat) === 0 || (status & UNKILLABLE) !== 0) return true;
    if (((conntrack.tcpEnd(entry, 0) - conntrack.tcpEnd(found, 0)) | 0) <= 0) return true;
    conntrack.kill(found);
    return false;
  }

  private zoneId(entry: number): number {
    return this.conntrack.zone(entry, 0) || this.conntrack.zone(entry, 1);
  }
}
