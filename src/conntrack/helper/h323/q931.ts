/**
 * Q.931 helper: H.323's call signalling (TCP 1720). Its messages tell where the call's H.245 connection goes, or propose media at
 * once (fastStart), or carry H.245's messages themselves; a Facility message may send the caller elsewhere.
 *
 *   Setup, CallProceeding, Alerting, Connect, Progress, Facility      h245Address -> H.245, fastStart -> RTP, RTCP
 *   Facility, call forwarded                                          alternativeAddress -> Q.931, unless it lies the caller's way
 *
 * Kernel counterpart: net/netfilter/nf_conntrack_h323_main.c (behaviour only), with its parameters' defaults.
 * @module
 */
import { TCP } from '../../../inet/protocol.ts';
import type { Helper } from '../helper.ts';
import { USER_INFORMATION } from './h225-signalling.ts';
import { h245, handleControl, openChannel } from './h245.ts';
import { H323_WORDS, RTP_STREAMS } from './h323-nat.ts';
import type { H323Message } from './message.ts';
import { Read } from './per.ts';
import { eachMessage, Handled } from './tpkt.ts';
import { Value } from './value.ts';

const PROTOCOL_DISCRIMINATOR = 8;
const USER_USER = 0x7e;
/** User-user: its octet, two of length, the protocol's. */
const USER_USER_HEADER_LEN = 4;

export const q931: Helper = {
  name: 'Q.931',
  protocol: TCP,
  maxExpected: 4 * RTP_STREAMS + 4,
  timeoutSec: 240,
  memoryWords: H323_WORDS,
  look: (core, packet, entry) => eachMessage(core, packet, entry, q931, handle),
};

function handle(message: H323Message): Handled {
  const information = new Value();
  if (decodeQ931(message, information) < 0) return Handled.Stop;
  const pdu = information.part('h323-uu-pdu');
  const body = pdu?.part('h323-message-body') ?? null;
  if (body !== null && !handleBody(message, body)) return Handled.Drop;
  const controls = pdu?.part('h245Control')?.items ?? [];
  return controls.every((control) => handleControl(message, control)) ? Handled.Go : Handled.Drop;
}

/** The user-user element of a Q.931 message. */
function decodeQ931(message: H323Message, information: Value): Read {
  const { length } = message;
  if (length < 2) return Read.TooShort;
  if (message.octet(0) !== PROTOCOL_DISCRIMINATOR) return Read.OutOfRange;
  let at = 2 + message.octet(1);
  if (length < at + 2) return Read.TooShort;
  at++;
  if (message.octet(at) >= 0x80) at++;
  while (at < length) {
    const left = length - at;
    if (message.octet(at) === USER_USER) {
      if (left < 3) return Read.TooShort;
      const size = message.octet(at + 1) * 256 + message.octet(at + 2);
      if (left - 3 < size) return Read.TooShort;
      return message.decode(USER_INFORMATION, information, at + USER_USER_HEADER_LEN, at + 3 + size);
    }
    if (left < 2) return Read.TooShort;
    at += 2 + message.octet(at + 1);
  }
  return Read.TooShort;
}

function handleBody(message: H323Message, body: Value): boolean {
  const content = body.part(body.choice);
  if (content === null) return true;
  if (body.choice === 'facility' && content.part('reason')?.choice === 'callForwarded') {
    return expectForwardedCall(message, content.part('alternativeAddress'));
  }
  if (!expectControl(message, content.part('h245Address'))) return false;
  if (body.choice === 'setup' && !translateEnds(message, content)) return false;
  const channels = content.part('fastStart')?.items ?? [];
  return channels.every((channel) => openChannel(message, channel));
}

function expectControl(message: H323Message, address: Value | null): boolean {
  if (!message.readAddress(address) || !message.isSenders || message.port === 0) return true;
  const expectation = message.announce({ protocol: TCP, port: message.port, helper: h245.name });
  const { nat } = message;
  return nat !== null && message.isHidden ? nat.expectControl(message, expectation) : message.expect(expectation);
}

/** Who calls whom, as a Setup says it, is told the way the receiver knows it. */
function translateEnds(message: H323Message, setup: Value): boolean {
  const { nat, there } = message;
  if (nat === null) return true;
  if (message.readAddress(setup.part('destCallSignalAddress')) && message.address[0] !== there.src0) {
    if (!nat.writeAddress(message, there.src0, there.srcL4)) return false;
  }
  if (message.readAddress(setup.part('sourceCallSignalAddress')) && message.address[0] !== there.dst0) {
    return nat.writeAddress(message, there.dst0, there.dstL4);
  }
  return true;
}

function expectForwardedCall(message: H323Message, alternative: Value | null): boolean {
  if (!message.readAddress(alternative) || message.port === 0) return true;
  const { there, address, core } = message;
  const caller = Int32Array.of(there.src0, there.src1, there.src2, there.src3);
  if (core.isSameWay(there.family, address, caller)) return true;
  const expectation = message.announce({ protocol: TCP, port: message.port, address, helper: q931.name });
  const { nat } = message;
  return nat !== null && message.isHidden ? nat.expectForwardedCall(message, expectation) : message.expect(expectation);
}
