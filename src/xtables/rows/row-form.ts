/**
 * RowForm: what all rules of one form (rule-rows.ts) have in common, made ready once for them all; what each has for itself stands
 * in eight words of a table. A packet that meets thousands of rules for the first time makes nothing of them, and what it reads
 * lies close together.
 *
 *   word 0 source, 1 its mask, 2 destination, 3 its mask, 4 source ports (lo << 16 | hi), 5 destination ports,
 *        6 number of the form, 7 where it leads: a chain, or a target of its own
 *
 * IPv4 only. Asks what HeaderTest4 and the matches tcp and udp ask, in the same order.
 * Proof: test/property/xtables/evaluators.prop.ts.
 * @module
 */
import { TCP } from '../../inet/protocol.ts';
import type { ReadonlyPacket } from '../../packet/packet.ts';
import { TCP_HEADER_LEN } from '../../wire/tcp.ts';
import { UDP_HEADER_LEN } from '../../wire/udp.ts';
import type { Action } from '../compile.ts';
import type { Verdict } from '../../hook/verdict.ts';
import type { MatchFunction } from '../match.ts';
import type { PortTest } from '../match/port-option.ts';
import type { Header } from '../rule.ts';
import type { RowValues } from '../rule-rows.ts';
import type { TargetFunction } from '../target.ts';

/** Words of a row. */
export const ROW_WORDS = 8;
export const ROW_FORM = 6;
export const ROW_TARGET = 7;
const SRC_PORTS = 4;
const DST_PORTS = 5;

/** Fragment offset at which a second header could hide the first one's flags (match/tcp.ts). */
const OVERLAP = 8;
const TCP_HEADER = TCP_HEADER_LEN;
const UDP_HEADER = UDP_HEADER_LEN;

/** The match whose ports stand in the row. */
export interface PortMatch {
  readonly protocol: number;
  readonly sport: PortTest;
  readonly dport: PortTest;
}

export interface RowFormParts {
  readonly header: Header;
  readonly indev: Uint8Array | null;
  readonly outdev: Uint8Array | null;
  /** Matches in front of that with ports, and behind it. */
  readonly before: readonly MatchFunction[];
  readonly ports: PortMatch | null;
  readonly after: readonly MatchFunction[];
  readonly action: Action;
  readonly verdict: Verdict;
  /** The target all share; null: it is no module, or each has its own. */
  readonly target: TargetFunction | null;
}

export class RowForm {
  readonly action: Action;
  readonly verdict: Verdict;
  readonly target: TargetFunction | null;
  private readonly srcWanted: boolean;
  private readonly dstWanted: boolean;
  private readonly protocol: number;
  private readonly protocolWanted: boolean;
  private readonly fragment: boolean;
  private readonly fragmentWanted: boolean;
  private readonly indev: Uint8Array | null;
  private readonly outdev: Uint8Array | null;
  private readonly before: readonly MatchFunction[];
  private readonly after: readonly MatchFunction[];
  private readonly hasPorts: boolean;
  private readonly isTcp: boolean;
  private readonly sportInvert: boolean;
  private readonly dportInvert: boolean;

  constructor({ header, indev, outdev, before, ports, after, action, verdict, target }: RowFormParts) {
    this.action = action;
    this.verdict = verdict;
    this.target = target;
    this.srcWanted = !header.srcInvert;
    this.dstWanted = !header.dstInvert;
    this.protocol = header.protocol;
    this.protocolWanted = !header.protocolInvert;
    this.fragment = header.fragment;
    this.fragmentWanted = !header.fragmentInvert;
    this.indev = indev;
    this.outdev = outdev;
    this.before = before;
    this.after = after;
    this.hasPorts = ports !== null;
    this.isTcp = ports?.protocol === TCP;
    this.sportInvert = ports?.sport.invert ?? false;
    this.dportInvert = ports?.dport.invert ?? false;
  }

  /** Whether a packet is what the rule whose words begin at `at` asks for. */
  holds(packet: ReadonlyPacket, words: Int32Array, at: number): boolean {
    if (((packet.src0 & words[at + 1]!) === words[at]!) !== this.srcWanted) return false;
    if (((packet.dst0 & words[at + 3]!) === words[at + 2]!) !== this.dstWanted) return false;
    if (this.indev !== null && this.indev[packet.indev] === 0) return false;
    if (this.outdev !== null && this.outdev[packet.outdev] === 0) return false;
    if (this.protocol !== 0 && (packet.protocol === this.protocol) !== this.protocolWanted) return false;
    if (this.fragment && (packet.fragOffset !== 0) !== this.fragmentWanted) return false;
    return (
      allHold(this.before, packet) &&
      (!this.hasPorts || this.portsHold(packet, words[at + SRC_PORTS]!, words[at + DST_PORTS]!)) &&
      allHold(this.after, packet)
    );
  }

  private portsHold(packet: ReadonlyPacket, srcPorts: number, dstPorts: number): boolean {
    const { isTcp } = this;
    if (packet.fragOffset !== 0) {
      if (isTcp && packet.fragOffset === OVERLAP) packet.hotdrop = true;
      return false;
    }
    if (packet.transportLength < (isTcp ? TCP_HEADER : UDP_HEADER)) {
      packet.hotdrop = true;
      return false;
    }
    const { srcPort, dstPort } = packet;
    if ((srcPort >= srcPorts >>> 16 && srcPort <= (srcPorts & 0xffff)) === this.sportInvert) return false;
    return (dstPort >= dstPorts >>> 16 && dstPort <= (dstPorts & 0xffff)) !== this.dportInvert;
  }
}

function allHold(matches: readonly MatchFunction[], packet: ReadonlyPacket): boolean {
  for (let i = 0; i < matches.length; i++) if (!matches[i]!(packet)) return false;
  return true;
}

/** Write what a row asks for itself. Prefixes and ports it has no value for are those of the rule it is like. */
export function writeRow(
  words: Int32Array,
  at: number,
  { header }: { readonly header: Header },
  values: RowValues,
  ports: PortMatch | null,
): void {
  words[at] = values.srcLength > 0 ? values.src : (header.src?.address[0] ?? 0);
  words[at + 1] = values.srcLength > 0 ? maskOf(values.srcLength) : (header.src?.mask[0] ?? 0);
  words[at + 2] = values.dstLength > 0 ? values.dst : (header.dst?.address[0] ?? 0);
  words[at + 3] = values.dstLength > 0 ? maskOf(values.dstLength) : (header.dst?.mask[0] ?? 0);
  if (ports === null) return;
  const { sport, dport } = ports;
  words[at + SRC_PORTS] = values.srcPortLo >= 0 ? (values.srcPortLo << 16) | values.srcPortHi : (sport.lo << 16) | sport.hi;
  words[at + DST_PORTS] = values.dstPortLo >= 0 ? (values.dstPortLo << 16) | values.dstPortHi : (dport.lo << 16) | dport.hi;
}

function maskOf(length: number): number {
  return -1 << (32 - length);
}
