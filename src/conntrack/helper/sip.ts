/**
 * SIP helper. RFC 3261: what the ends of a signalling connection tell each other is read for the media they announce (sip-media.ts)
 * and for the address at which a registered phone takes calls.
 *
 *   REGISTER            Contact: <sip:a@10.0.0.2:5060>      expected: registrar -> 10.0.0.2:5060, but not yet
 *   200 OK, REGISTER    Contact: ...;expires=600            expected from now on, for 600 s
 *   INVITE, UPDATE, PRACK, ACK, and answers 1xx, 2xx        media of the description expected
 *   BYE, and refusals of an INVITE                          nothing expected any more
 *
 * Over TCP a segment's messages are read one after the other, as far as they are complete; each needs a Content-Length.
 * Kernel counterpart: net/netfilter/nf_conntrack_sip.c (behaviour only), with its parameters' defaults.
 * @module
 */
import { Verdict } from '../../hook/verdict.ts';
import { TCP, UDP } from '../../inet/protocol.ts';
import type { Packet } from '../../packet/packet.ts';
import type { Core } from '../core.ts';
import { directionOf } from '../ctinfo.ts';
import { HZ } from '../options.ts';
import type { Helper } from './helper.ts';
import { isLetter, tcpPayloadLength, udpPayloadLength } from './payload.ts';
import { expectMedia, flushMedia, natOf } from './sip-media.ts';
import { Found, SIP_WORDS, SipHeader, SipMessage, SipWord } from './sip-message.ts';
import { confirmRegistration, register } from './sip-register.ts';
import { NONE } from './sip-text.ts';

const MASTER_TIMEOUT_SEC = 3600;
const TIMEOUT_SEC = 180;
/** `SIP/2.0 200` */
const MIN_MESSAGE = 11;
const ANSWER = 'sip/2.0 ';
const BLANK_LINE = '\r\n\r\n';

interface Method {
  readonly name: string;
  readonly request: (core: Core, message: SipMessage, cseq: number) => Verdict;
  readonly answer: ((core: Core, message: SipMessage, cseq: number, code: number) => Verdict) | null;
}

const METHODS: readonly Method[] = [
  { name: 'invite', request: invite, answer: answerMedia },
  { name: 'update', request: expectMedia, answer: answerMedia },
  { name: 'ack', request: expectMedia, answer: null },
  { name: 'prack', request: expectMedia, answer: answerMedia },
  { name: 'bye', request: bye, answer: null },
  { name: 'register', request: register, answer: confirmRegistration },
];

export const sipUdp: Helper = {
  name: 'sip',
  protocol: UDP,
  maxExpected: 1,
  timeoutSec: TIMEOUT_SEC,
  memoryWords: SIP_WORDS,
  look(core, packet, entry) {
    const length = udpPayloadLength(packet);
    const memory = core.extra(entry)?.memory ?? null;
    if (length === 0 || memory === null) return Verdict.Accept;
    core.refresh(entry, MASTER_TIMEOUT_SEC * HZ);
    if (length < MIN_MESSAGE) return Verdict.Accept;
    const owner = { entry, direction: directionOf(packet.ctinfo), memory };
    return process(core, new SipMessage(packet, { offset: 0, length }, owner));
  },
};

export const sipTcp: Helper = {
  name: 'sip',
  protocol: TCP,
  maxExpected: 1,
  timeoutSec: TIMEOUT_SEC,
  memoryWords: SIP_WORDS,
  look(core, packet, entry) {
    const length = tcpPayloadLength(packet);
    const memory = core.extra(entry)?.memory ?? null;
    if (length === 0 || memory === null) return Verdict.Accept;
    core.refresh(entry, MASTER_TIMEOUT_SEC * HZ);
    if (length < MIN_MESSAGE) return Verdict.Accept;
    return readSegment(core, packet, entry, memory);
  },
};

function readSegment(core: Core, packet: Packet, entry: number, memory: Int32Array): Verdict {
  const owner = { entry, direction: directionOf(packet.ctinfo), memory };
  let offset = 0;
  let left = tcpPayloadLength(packet);
  let change = 0;
  for (;;) {
    const message = new SipMessage(packet, { offset, length: left }, owner);
    const length = completeLength(message);
    if (length === NONE) break;
    if (length > left) return Verdict.Accept;
    message.length = length;
    const verdict = process(core, message);
    if (verdict !== Verdict.Accept) return verdict;
    change += message.length - length;
    offset += message.length;
    left -= length;
  }
  if (change !== 0) natOf(core, entry)?.shift(packet, change);
  return Verdict.Accept;
}

/** Octets of the first message by its own account, or NONE when that is not there. */
function completeLength(message: SipMessage): number {
  if (message.findHeader(SipHeader.ContentLength, 0) !== Found.Found) return NONE;
  if (!message.readNumber(message.matchOffset)) return NONE;
  const body = message.value;
  for (let at = message.behind; at < message.length; at++) {
    if (message.saysExactly(at, BLANK_LINE)) return at + BLANK_LINE.length + body;
  }
  return NONE;
}

function process(core: Core, message: SipMessage): Verdict {
  const verdict = message.says(0, ANSWER) ? readAnswer(core, message) : readRequest(core, message);
  if (verdict !== Verdict.Accept) return verdict;
  const nat = natOf(core, message.entry);
  return nat === null || nat.translate(message) ? Verdict.Accept : Verdict.Drop;
}

function readRequest(core: Core, message: SipMessage): Verdict {
  notePort(core, message);
  for (const { name, request } of METHODS) {
    const end = name.length;
    if (!message.says(0, name) || message.at(end) !== 0x20 || !isLetter(message.at(end + 1))) continue;
    return readCSeq(message) ? request(core, message, message.value) : Verdict.Drop;
  }
  return Verdict.Accept;
}

/** A phone that sends from a high port but listens at another says so in its Via header; NAT must know. */
function notePort(core: Core, message: SipMessage): void {
  if (!message.findUri(SipHeader.ViaUdp)) return;
  const { src0, src1, src2, src3, srcL4 } = core.table.readTuple(message.entry, message.direction, core.spare);
  const { address } = message;
  const isSender = address[0] === src0 && address[1] === src1 && address[2] === src2 && address[3] === src3;
  if (isSender && message.port !== srcL4) message.memory[SipWord.ForcedPort] = message.port;
}

function readAnswer(core: Core, message: SipMessage): Verdict {
  message.readNumber(ANSWER.length);
  const code = message.value;
  if (code === 0 || !readCSeq(message)) return Verdict.Drop;
  const cseq = message.value;
  const name = message.matchOffset + message.matchLength + 1;
  for (const method of METHODS) {
    if (method.answer === null) continue;
    if (message.length < name + method.name.length || !message.says(name, method.name)) continue;
    return method.answer(core, message, cseq, code);
  }
  return Verdict.Accept;
}

/** Sets message.value. */
function readCSeq(message: SipMessage): boolean {
  if (message.findHeader(SipHeader.CSeq, 0) !== Found.Found) return false;
  return message.readNumber(message.matchOffset);
}

function invite(core: Core, message: SipMessage, cseq: number): Verdict {
  flushMedia(core, message.entry);
  const verdict = expectMedia(core, message);
  if (verdict === Verdict.Accept) message.memory[SipWord.InviteCSeq] = cseq;
  return verdict;
}

function bye(core: Core, message: SipMessage): Verdict {
  flushMedia(core, message.entry);
  return Verdict.Accept;
}

function answerMedia(core: Core, message: SipMessage, cseq: number, code: number): Verdict {
  if (code >= 100 && code <= 299) return expectMedia(core, message);
  if (message.memory[SipWord.InviteCSeq] === (cseq | 0)) flushMedia(core, message.entry);
  return Verdict.Accept;
}
