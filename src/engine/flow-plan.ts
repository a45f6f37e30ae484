/**
 * FlowPlan: what the hooks did with one packet of a flow and will do with the next: where it goes, what it carries then, which
 * counters move. Made from a noted walk (flow-path.ts), shared by all flows that fare alike.
 * @module
 */
import { Destination } from '../packet/destination.ts';
import type { Packet } from '../packet/packet.ts';
import type { WalkNotes } from '../hook/walk-notes.ts';
import type { Outcome } from './outcome.ts';

export const PlanFate = { Forwarded: 0, Delivered: 1, Dropped: 2 } as const;
export type PlanFate = (typeof PlanFate)[keyof typeof PlanFate];

/** Device, TOS octet and CtInfo a packet of the flow has, in one word. */
export function planKey(indev: number, tos: number, ctinfo: number): number {
  return (indev << 16) | (tos << 8) | ctinfo;
}

/** Key of a plan that does not hold any more. */
const NO_KEY = -1;
const MIX = 0x9e3779b1;
const ETHERNET_LEN = 14;

export class FlowPlan {
  /** Its number in connection entries. */
  readonly number: number;
  readonly hash: number;
  key: number;
  readonly fate: PlanFate;
  /** TCP flags that were asked about, and how they stood. */
  readonly tcpMask: number;
  readonly tcpFlags: number;
  /** Whether the packet was forwarded as far as FORWARD: TTL decremented, MTU asked. */
  readonly isForwarding: boolean;
  /** Longest IP packet that goes this way. */
  readonly mtu: number;
  /** Addresses or ports are rewritten. */
  readonly isTranslated: boolean;
  /** The TOS octet it leaves with, where rules write another; -1: as it came. */
  readonly tos: number;
  readonly outdev: number;
  readonly dst: Destination = new Destination();
  readonly mark: number;
  readonly priority: number;
  /** packet.rule and packet.hook when it is done. */
  readonly rule: number;
  readonly hook: number;
  readonly dropStage: number;
  readonly dropReason: number;
  readonly dropRule: number;
  readonly outcomeMark: number;
  readonly ctState: number;
  readonly family: number;
  /** The Ethernet addresses it leaves with, as three words, and the type. */
  readonly mac0: number;
  readonly mac1: number;
  readonly mac2: number;
  readonly etherType: number;
  /** Counters that move: whose, and which. */
  readonly owners: Int32Array;
  readonly ids: Int32Array;

  /** What became of `packet`, which has just gone the long way. */
  constructor(number: number, hash: number, key: number, packet: Packet, outcome: Outcome, notes: WalkNotes, was: Before) {
    this.number = number;
    this.hash = hash;
    this.key = key;
    this.fate = fateOf(outcome);
    this.tcpMask = notes.tcpFlags;
    this.tcpFlags = was.tcpFlags & notes.tcpFlags;
    this.isForwarding = packet.outdev !== 0;
    this.mtu = this.isForwarding ? packet.dst.mtu : 0xffff;
    this.isTranslated = was.isTranslated;
    this.tos = tosAfter(packet, was);
    this.outdev = packet.outdev;
    this.dst.copyFrom(packet.dst);
    this.mark = packet.mark;
    this.priority = packet.priority;
    this.rule = packet.rule;
    this.hook = packet.hook;
    this.dropStage = outcome.dropStage;
    this.dropReason = outcome.dropReason;
    this.dropRule = outcome.rule;
    this.outcomeMark = outcome.mark;
    this.ctState = outcome.ctState;
    const { view, start, family } = packet;
    this.family = family;
    this.etherType = family === 6 ? 0x86dd : 0x0800;
    const leaves = outcome.forwarded && packet.network - start === ETHERNET_LEN;
    this.mac0 = leaves ? view.getInt32(start) : 0;
    this.mac1 = leaves ? view.getInt32(start + 4) : 0;
    this.mac2 = leaves ? view.getInt32(start + 8) : 0;
    this.owners = notes.owners.slice(0, notes.count);
    this.ids = notes.ids.slice(0, notes.count);
  }

  get isValid(): boolean {
    return this.key !== NO_KEY;
  }

  invalidate(): void {
    this.key = NO_KEY;
  }

  /** Whether it is the plan that would be made of this packet. The TOS octet follows from the key and the rules that counted. */
  fits(key: number, packet: Packet, outcome: Outcome, notes: WalkNotes, was: Before): boolean {
    if (
      this.key !== key ||
      this.family !== packet.family ||
      this.tcpMask !== notes.tcpFlags ||
      this.tcpFlags !== (was.tcpFlags & notes.tcpFlags)
    )
      return false;
    if (this.fate !== fateOf(outcome) || this.isTranslated !== was.isTranslated || this.outdev !== packet.outdev) return false;
    if (this.mark !== packet.mark || this.priority !== packet.priority || this.rule !== packet.rule || this.hook !== packet.hook)
      return false;
    if (this.dropStage !== outcome.dropStage || this.dropReason !== outcome.dropReason || this.dropRule !== outcome.rule) return false;
    if (this.outcomeMark !== outcome.mark || this.ctState !== outcome.ctState) return false;
    return sameDestination(this.dst, packet.dst) && this.hasAddresses(packet, outcome) && this.counts(notes);
  }

  private hasAddresses({ view, start }: Packet, outcome: Outcome): boolean {
    if (!outcome.forwarded) return true;
    return view.getInt32(start) === this.mac0 && view.getInt32(start + 4) === this.mac1 && view.getInt32(start + 8) === this.mac2;
  }

  private counts({ count, ids, owners }: WalkNotes): boolean {
    if (this.ids.length !== count) return false;
    for (let i = 0; i < count; i++) if (this.ids[i] !== ids[i] || this.owners[i] !== owners[i]) return false;
    return true;
  }
}

/** What a packet was before it walked. One object, reused. */
export class Before {
  tos = 0;
  src = 0;
  dst = 0;
  /** Source << 16 | destination. */
  ports = 0;
  tcpFlags = 0;
  isTranslated = false;

  /** Whether the packet has other addresses or ports now. */
  differs({ src0, dst0, srcPort, dstPort }: Packet): boolean {
    return src0 !== this.src || dst0 !== this.dst || ((srcPort << 16) | dstPort) !== this.ports;
  }
}

/** The TOS octet of IPv4, the traffic class of IPv6. */
export function tosOf({ family, view, network }: Packet): number {
  return family === 6 ? (view.getUint16(network) >>> 4) & 0xff : view.getUint8(network + 1);
}

function tosAfter(packet: Packet, was: Before): number {
  const tos = tosOf(packet);
  return tos === was.tos ? -1 : tos;
}

function fateOf(outcome: Outcome): PlanFate {
  if (outcome.forwarded) return PlanFate.Forwarded;
  return outcome.delivered ? PlanFate.Delivered : PlanFate.Dropped;
}

function sameDestination(a: Destination, b: Destination): boolean {
  return (
    a.kind === b.kind &&
    a.type === b.type &&
    a.dev === b.dev &&
    a.local === b.local &&
    a.hasGateway === b.hasGateway &&
    a.gw0 === b.gw0 &&
    a.gw1 === b.gw1 &&
    a.gw2 === b.gw2 &&
    a.gw3 === b.gw3 &&
    a.mtu === b.mtu
  );
}

/** Where to look for a plan among others. */
export function planHash(key: number, packet: Packet, notes: WalkNotes): number {
  let hash = Math.imul(key ^ packet.mark, MIX) ^ packet.outdev ^ notes.tcpFlags;
  for (let i = 0; i < notes.count; i++) hash = Math.imul(hash ^ (hash >>> 15) ^ notes.ids[i]!, MIX);
  hash = Math.imul(hash ^ (hash >>> 13) ^ packet.dst.gw0, MIX);
  return hash ^ (hash >>> 16);
}
