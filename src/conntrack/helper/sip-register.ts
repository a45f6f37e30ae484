/**
 * SIP registration: the address at which a phone takes calls is expected once the registrar has agreed, from the registrar
 * ("direct signalling", the kernel's default), by an expectation that lasts as long as the registration.
 * Kernel counterpart: process_register_* of net/netfilter/nf_conntrack_sip.c (behaviour only).
 * @module
 */
import { Verdict } from '../../hook/verdict.ts';
import { TCP, UDP } from '../../inet/protocol.ts';
import type { Core } from '../core.ts';
import { type Direction, Status } from '../ctinfo.ts';
import { type Expectation, Expected, ExpectFlag } from '../expect.ts';
import { HZ } from '../options.ts';
import { Tuple } from '../tuple.ts';
import { expectationFor } from './announce.ts';
import { natOf, SIP_EXPECT_SEC, SIP_LIMITS, SipKind } from './sip-media.ts';
import { Found, SipHeader, type SipMessage, SipWord } from './sip-message.ts';
import { NONE } from './sip-text.ts';

/** REGISTER: expect calls, but not before the registrar's answer. */
export function register(core: Core, message: SipMessage, cseq: number): Verdict {
  const { entry, direction } = message;
  if ((core.table.status(entry) & Status.Expected) !== 0) return Verdict.Accept;
  const byDefault = readExpires(message);
  if (!message.findUri(SipHeader.Contact)) return Verdict.Accept;
  const sender = core.table.readTuple(entry, direction, core.spare);
  if (!isEnd(message.address, sender.src0, sender.src1, sender.src2, sender.src3)) return Verdict.Accept;
  const { address, port, matchOffset, matchLength } = message;
  const target = address.slice();
  const behind = matchOffset + matchLength;
  if (!hasSameTransport(core, message, behind)) return Verdict.Accept;
  const seconds = readContactExpires(message, behind, byDefault);
  if (seconds < 0) return Verdict.Drop;
  let verdict: Verdict = Verdict.Accept;
  if (seconds > 0) {
    const expectation = callsFor(core, message, target, port);
    const nat = natOf(core, entry);
    if (nat !== null) verdict = nat.expectCalls(message, expectation, { offset: matchOffset, length: matchLength });
    else if (core.expectations.add(expectation, SIP_LIMITS[SipKind.Signalling]!, core.now) !== Expected.Accepted) verdict = Verdict.Drop;
  }
  if (verdict === Verdict.Accept) message.memory[SipWord.RegisterCSeq] = cseq;
  return verdict;
}

/** The registrar's answer: calls are expected for as long as it says, or not at all. */
export function confirmRegistration(core: Core, message: SipMessage, cseq: number, code: number): Verdict {
  if (message.memory[SipWord.RegisterCSeq] !== (cseq | 0)) return Verdict.Accept;
  if (code >= 100 && code <= 199) return Verdict.Accept;
  if (code >= 200 && code <= 299) {
    const byDefault = readExpires(message);
    message.beginUris();
    while (message.findNextUri(SipHeader.Contact)) {
      const seconds = contactSeconds(core, message, byDefault);
      if (seconds === NOT_OURS) continue;
      if (seconds < 0) return Verdict.Drop;
      if (seconds === 0) break;
      if (prolong(core, message, seconds)) return Verdict.Accept;
    }
  }
  forgetCalls(core, message.entry);
  return Verdict.Accept;
}

const BROKEN = -1;
const NOT_OURS = -2;

/** How long a contact of the phone is registered. */
function contactSeconds(core: Core, message: SipMessage, byDefault: number): number {
  const { dst0, dst1, dst2, dst3 } = core.table.readTuple(message.entry, message.direction, core.spare);
  if (!isEnd(message.address, dst0, dst1, dst2, dst3)) return NOT_OURS;
  const behind = message.matchOffset + message.matchLength;
  return hasSameTransport(core, message, behind) ? readContactExpires(message, behind, byDefault) : NOT_OURS;
}

/** The Expires header; 0 when there is none. */
function readExpires(message: SipMessage): number {
  if (message.findHeader(SipHeader.Expires, 0) !== Found.Found) return 0;
  message.readNumber(message.matchOffset);
  return message.value;
}

function readContactExpires(message: SipMessage, behind: number, byDefault: number): number {
  const found = message.findNumberParameter('expires=', behind);
  if (found === Found.Bad) return BROKEN;
  return found === Found.Found ? message.value : byDefault;
}

/** A contact may name its transport, which must be this connection's own. */
function hasSameTransport(core: Core, message: SipMessage, behind: number): boolean {
  const at = message.findParameter('transport=', behind);
  if (at === NONE) return true;
  const protocol = core.table.protocol(message.entry);
  if (message.says(at, 'tcp')) return protocol === TCP;
  return message.says(at, 'udp') && protocol === UDP;
}

function callsFor(core: Core, { entry, direction }: SipMessage, address: Int32Array, port: number): Expectation {
  const tuple = core.table.readTuple(entry, (1 - direction) as Direction, new Tuple());
  tuple.dst0 = address[0]!;
  tuple.dst1 = address[1]!;
  tuple.dst2 = address[2]!;
  tuple.dst3 = address[3]!;
  const expectation = expectationFor(entry, tuple, core.table.protocol(entry), port);
  expectation.kind = SipKind.Signalling;
  expectation.helper = 'sip';
  expectation.flags = ExpectFlag.Permanent | ExpectFlag.Inactive;
  expectation.deadline = core.now + SIP_EXPECT_SEC * HZ;
  return expectation;
}

/** The registration of the contact just read goes on for `seconds`. */
function prolong(core: Core, { entry, address, port }: SipMessage, seconds: number): boolean {
  const protocol = core.table.protocol(entry);
  for (const expectation of core.expectations.ofMaster(entry, core.now)) {
    const { tuple } = expectation;
    if (expectation.kind !== SipKind.Signalling || tuple.protocol !== protocol || tuple.dstL4 !== port) continue;
    if (!isEnd(address, tuple.dst0, tuple.dst1, tuple.dst2, tuple.dst3)) continue;
    expectation.deadline = core.now + seconds * HZ;
    expectation.flags &= ~ExpectFlag.Inactive;
    return true;
  }
  return false;
}

function forgetCalls(core: Core, entry: number): void {
  const calls = core.expectations.ofMaster(entry, core.now).find(({ kind }) => kind === SipKind.Signalling);
  if (calls !== undefined) core.expectations.remove(calls);
}

function isEnd(address: Int32Array, w0: number, w1: number, w2: number, w3: number): boolean {
  return address[0] === w0 && address[1] === w1 && address[2] === w2 && address[3] === w3;
}
