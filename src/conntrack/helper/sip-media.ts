/**
 * SIP's media: what a session description announces is expected, a pair of UDP ports a medium (RTP on the even one, RTCP on the
 * next). RFC 3264, RFC 3550 §11.
 *
 * As the kernel does by default ("direct media"), only media that go to the sender of the description are expected, and only
 * from its peer.
 * Kernel counterpart: process_sdp, set_expected_rtp_rtcp of net/netfilter/nf_conntrack_sip.c (behaviour only).
 * @module
 */
import { Verdict } from '../../hook/verdict.ts';
import { UDP } from '../../inet/protocol.ts';
import type { Core } from '../core.ts';
import type { Direction } from '../ctinfo.ts';
import { type Expectation, Expected } from '../expect.ts';
import { HZ } from '../options.ts';
import { Tuple } from '../tuple.ts';
import { expectationFor, isTranslated } from './announce.ts';
import type { SipMessage } from './sip-message.ts';
import type { NatSip, SipPlace } from './sip-nat.ts';
import { findSdp, SdpLine } from './sip-sdp.ts';

/** Kinds of expectation of a SIP connection, how many of each, how long they wait. */
export const SipKind = { Signalling: 0, Audio: 1, Video: 2, Image: 3 } as const;
export const SIP_LIMITS: readonly number[] = [1, 4, 4, 2];
export const SIP_EXPECT_SEC = 180;

interface MediaKind {
  readonly name: string;
  readonly kind: number;
}

const MEDIA: readonly MediaKind[] = [
  { name: 'audio ', kind: SipKind.Audio },
  { name: 'video ', kind: SipKind.Video },
  { name: 'image ', kind: SipKind.Image },
];
/** Media looked at in one description. */
const MAX_MEDIA = 3;
const MIN_PORT = 1024;
const MAX_PORT = 0xffff;

/** NAT, if it has a say in this connection. */
export function natOf(core: Core, entry: number): NatSip | null {
  return isTranslated(core, entry) ? core.natSip : null;
}

/** Expect all media of a message's description. */
export function expectMedia(core: Core, message: SipMessage): Verdict {
  if (!findSdp(message, 0, SdpLine.Version, null)) return Verdict.Accept;
  const start = message.matchOffset;
  const session = findSdp(message, start, SdpLine.Connection, SdpLine.Media) ? message.address.slice() : null;
  const nat = natOf(core, message.entry);
  const target = session?.slice() ?? new Int32Array(4);
  let offset = start;
  let count = 0;
  while (count < MAX_MEDIA) {
    if (!findSdp(message, offset, SdpLine.Media, null)) break;
    const medium = mediumAt(message);
    offset = message.matchOffset + (medium === null ? message.matchLength : medium.name.length);
    if (medium === null) continue;
    const place = { offset, length: message.matchLength - medium.name.length };
    message.readNumber(offset);
    const port = message.value;
    if (port === 0) continue;
    if (port < MIN_PORT || port > MAX_PORT) return Verdict.Drop;
    const ownAddress = findSdp(message, offset, SdpLine.Connection, SdpLine.Media);
    const address = ownAddress ? message.address : session;
    if (address === null) return Verdict.Drop;
    target.set(address);
    const verdict = expectPair(core, message, { kind: medium.kind, address: target, port, place });
    if (verdict !== Verdict.Accept) return verdict;
    if (ownAddress && nat !== null && !nat.writeAddress(message, offset, SdpLine.Connection, target)) return Verdict.Drop;
    count++;
  }
  if (nat === null || (count === 0 && session === null)) return Verdict.Accept;
  return nat.writeSession(message, start, target) ? Verdict.Accept : Verdict.Drop;
}

function mediumAt(message: SipMessage): MediaKind | null {
  return MEDIA.find(({ name }) => message.saysExactly(message.matchOffset, name)) ?? null;
}

interface Medium {
  readonly kind: number;
  /** Where it goes; NAT writes here where it goes in truth. */
  readonly address: Int32Array;
  readonly port: number;
  readonly place: SipPlace;
}

function expectPair(core: Core, message: SipMessage, medium: Medium): Verdict {
  const { entry, direction } = message;
  const { address } = medium;
  const sender = core.table.readTuple(entry, direction, core.spare);
  if (!isAddress(address, sender.src0, sender.src1, sender.src2, sender.src3)) return Verdict.Accept;
  const wanted = mediaTuple(core, message, medium);
  const existing = findExisting(core, message, medium, wanted);
  const nat = natOf(core, entry);
  const port = wanted.dstL4 & ~1;
  if (existing.isDirect && core.natSip !== null && !core.natSip.writePort(message, medium.place, port)) return Verdict.Drop;
  if (existing.isKnown) return Verdict.Accept;
  const rtp = pairHalf(core, entry, wanted, medium.kind, port);
  const rtcp = pairHalf(core, entry, wanted, medium.kind, port + 1);
  if (nat !== null && !existing.isDirect) return nat.expectMedia(message, { rtp, rtcp, address }, medium.place);
  return expectBoth(core, rtp, rtcp) ? Verdict.Accept : Verdict.Drop;
}

/** From the peer to the medium's address and port. */
function mediaTuple(core: Core, message: SipMessage, { address, port }: Medium): Tuple {
  const tuple = core.table.readTuple(message.entry, (1 - message.direction) as Direction, new Tuple());
  tuple.protocol = UDP;
  aim(tuple, address, port);
  return tuple;
}

function aim(tuple: Tuple, address: Int32Array, port: number): void {
  tuple.dst0 = address[0]!;
  tuple.dst1 = address[1]!;
  tuple.dst2 = address[2]!;
  tuple.dst3 = address[3]!;
  tuple.dstL4 = port;
}

interface Existing {
  /** The medium is expected already, for another connection of this helper. */
  readonly isKnown: boolean;
  /** Both ends lie on the same side: the medium goes straight to the address that was there before NAT, now in `wanted`. */
  readonly isDirect: boolean;
}

/** Whether another connection's helper expects the medium; `wanted` and the medium's address follow it to its true end. */
function findExisting(core: Core, { entry }: SipMessage, { kind, address }: Medium, wanted: Tuple): Existing {
  const { expectations, table } = core;
  const helper = core.extra(entry)?.helper ?? null;
  const zone = table.zone(entry, 0);
  let isDirect = false;
  for (;;) {
    const other = expectations.find(wanted, zone, core.now);
    if (other === null || other.master === entry || other.kind !== kind) return { isKnown: false, isDirect };
    if ((core.extra(other.master)?.helper ?? null) !== helper) return { isKnown: false, isDirect };
    if (isDirect || !isRewritten(other) || !isTranslated(core, entry)) return { isKnown: true, isDirect };
    const saved = other.savedAddress ?? new Int32Array(4);
    address.set(saved);
    aim(wanted, saved, other.savedPort);
    isDirect = true;
  }
}

function isRewritten({ savedAddress, savedPort, tuple }: Expectation): boolean {
  if (savedPort !== tuple.dstL4 || savedAddress === null) return true;
  return !isAddress(savedAddress, tuple.dst0, tuple.dst1, tuple.dst2, tuple.dst3);
}

function isAddress(address: Int32Array, w0: number, w1: number, w2: number, w3: number): boolean {
  return address[0] === w0 && address[1] === w1 && address[2] === w2 && address[3] === w3;
}

function pairHalf(core: Core, master: number, wanted: Tuple, kind: number, port: number): Expectation {
  const expectation = expectationFor(master, wanted, UDP, port);
  expectation.kind = kind;
  expectation.deadline = core.now + SIP_EXPECT_SEC * HZ;
  return expectation;
}

/** Both or none; what is expected for another connection is as good. */
function expectBoth(core: Core, rtp: Expectation, rtcp: Expectation): boolean {
  const { expectations, now } = core;
  const limit = SIP_LIMITS[rtp.kind]!;
  const first = expectations.add(rtp, limit, now, true);
  if (first !== Expected.Accepted && first !== Expected.Already) return false;
  const second = expectations.add(rtcp, limit, now, true);
  if (second === Expected.Accepted || second === Expected.Already) return true;
  if (first === Expected.Accepted) expectations.remove(rtp);
  return false;
}

/** Expect none of the connection's media any more. */
export function flushMedia(core: Core, entry: number): void {
  for (const expectation of core.expectations.ofMaster(entry, core.now)) {
    if (expectation.kind !== SipKind.Signalling) core.expectations.remove(expectation);
  }
}
