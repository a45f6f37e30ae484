/**
 * RAS helper: an H.323 endpoint and its gatekeeper (UDP 1719). What the endpoint registers, its gatekeeper may call; where the
 * gatekeeper sends it, it may call.
 *
 *   RRQ            the endpoint's signalling address -> Q.931 from the gatekeeper, as often as it likes
 *   ACF, LCF       the callee's signalling address -> Q.931 from the endpoint
 *   GCF            another RAS address -> RAS from the endpoint
 *   RCF            the connection lives as long as the registration
 *   URQ            nothing is expected any more
 *
 * Kernel counterpart: net/netfilter/nf_conntrack_h323_main.c (behaviour only), with its parameters' defaults.
 * @module
 */
import { Verdict } from '../../../hook/verdict.ts';
import { TCP, UDP } from '../../../inet/protocol.ts';
import { Status } from '../../ctinfo.ts';
import { ExpectFlag } from '../../expect.ts';
import { HZ } from '../../options.ts';
import type { Helper } from '../helper.ts';
import { udpPayloadLength } from '../payload.ts';
import { H323_WORDS, H323Word } from './h323-nat.ts';
import { H323Message } from './message.ts';
import { q931 } from './q931.ts';
import { RAS_MESSAGE } from './ras-messages.ts';
import { Value } from './value.ts';

const UDP_HEADER_LEN = 8;
const DEFAULT_LIFETIME_SEC = 300;
/** After the end of a registration was asked for. */
const LAST_SEC = 30;

export const ras: Helper = {
  name: 'RAS',
  protocol: UDP,
  maxExpected: 32,
  timeoutSec: 240,
  memoryWords: H323_WORDS,
  look(core, packet, entry) {
    const memory = core.extra(entry)?.memory ?? null;
    const length = udpPayloadLength(packet);
    if (memory === null || length === 0) return Verdict.Accept;
    const message = new H323Message(core, packet, { entry, memory, helper: ras, header: UDP_HEADER_LEN });
    message.length = length;
    const value = new Value();
    if (message.decode(RAS_MESSAGE, value) < 0) return Verdict.Accept;
    const content = value.part(value.choice);
    const handle = HANDLERS.get(value.choice);
    return content === null || handle === undefined || handle(message, content) ? Verdict.Accept : Verdict.Drop;
  },
};

/** By message; false: the packet is to be dropped. */
const HANDLERS: ReadonlyMap<string, (message: H323Message, content: Value) => boolean> = new Map([
  ['gatekeeperRequest', (message, content) => translateRas(message, listOf(content.part('rasAddress')))],
  ['gatekeeperConfirm', confirmGatekeeper],
  ['registrationRequest', requestRegistration],
  ['registrationConfirm', confirmRegistration],
  ['unregistrationRequest', requestUnregistration],
  ['admissionRequest', requestAdmission],
  ['admissionConfirm', confirmAdmission],
  ['locationRequest', (message, content) => translateRas(message, listOf(content.part('replyAddress')))],
  ['locationConfirm', (message, content) => expectCallee(message, content.part('callSignalAddress'))],
  [
    'infoRequestResponse',
    (message, content) => translateRas(message, listOf(content.part('rasAddress'))) && translateSignal(message, addressesOf(content)),
  ],
]);

function addressesOf(content: Value, name = 'callSignalAddress'): readonly Value[] {
  return content.part(name)?.items ?? [];
}

function listOf(value: Value | null): readonly Value[] {
  return value === null ? [] : [value];
}

function translateRas(message: H323Message, addresses: readonly Value[]): boolean {
  return message.nat?.writeRasAddress(message, addresses) ?? true;
}

function translateSignal(message: H323Message, addresses: readonly Value[]): boolean {
  return message.nat?.writeSignalAddress(message, addresses) ?? true;
}

/** A gatekeeper that registers at another address than it is found by; of a connection so expected no more are. */
function confirmGatekeeper(message: H323Message, content: Value): boolean {
  if (!message.readAddress(content.part('rasAddress'))) return true;
  if (message.isSenders && message.port === message.here.srcL4) return true;
  if ((message.core.table.status(message.entry) & Status.Expected) !== 0) return true;
  const { address, port } = message;
  return message.expect(message.announce({ protocol: UDP, port, address, helper: ras.name }));
}

function requestRegistration(message: H323Message, content: Value): boolean {
  if (!expectCalls(message, addressesOf(content))) return false;
  if (!translateRas(message, addressesOf(content, 'rasAddress'))) return false;
  message.memory[H323Word.Lifetime] = content.part('timeToLive')?.at ?? DEFAULT_LIFETIME_SEC;
  return true;
}

/** Calls to the first of its own addresses the endpoint registers. */
function expectCalls(message: H323Message, addresses: readonly Value[]): boolean {
  const index = addresses.findIndex((address) => message.readAddress(address) && message.isSenders && message.port !== 0);
  if (index < 0) return true;
  const { nat, port } = message;
  const expectation = message.announce({ protocol: TCP, port, helper: q931.name });
  expectation.flags = ExpectFlag.Permanent;
  if (nat !== null) return nat.expectCalls(message, expectation, addresses, index);
  if (!message.expect(expectation)) return false;
  message.memory[H323Word.SignalPort + message.direction] = port;
  return true;
}

function confirmRegistration(message: H323Message, content: Value): boolean {
  if (!translateSignal(message, addressesOf(content))) return false;
  const { memory, core, entry } = message;
  const lifetime = content.part('timeToLive');
  if (lifetime !== null) memory[H323Word.Lifetime] = lifetime.at;
  if (memory[H323Word.Lifetime] !== 0) core.refresh(entry, Math.imul(memory[H323Word.Lifetime]!, HZ));
  return true;
}

function requestUnregistration(message: H323Message, content: Value): boolean {
  if (!translateSignal(message, addressesOf(content))) return false;
  const { memory, core, entry } = message;
  core.expectations.removeOf(entry);
  memory[H323Word.SignalPort] = 0;
  memory[H323Word.SignalPort + 1] = 0;
  core.refresh(entry, LAST_SEC * HZ);
  return true;
}

/** Either side of a call asks: the callee about itself, or the caller. */
function requestAdmission(message: H323Message, content: Value): boolean {
  const { nat, there, memory, direction } = message;
  if (nat === null) return true;
  const ownPort = memory[H323Word.SignalPort + direction]!;
  if (message.readAddress(content.part('destCallSignalAddress')) && message.isSenders && message.port === ownPort) {
    return nat.writeAddress(message, there.dst0, memory[H323Word.SignalPort + 1 - direction]!);
  }
  if (!message.readAddress(content.part('srcCallSignalAddress')) || !message.isSenders) return true;
  return nat.writeAddress(message, there.dst0, message.port);
}

function confirmAdmission(message: H323Message, content: Value): boolean {
  const callee = content.part('destCallSignalAddress');
  if (!message.readAddress(callee)) return true;
  return message.isReceivers ? translateSignal(message, listOf(callee)) : expectCallee(message, callee);
}

function expectCallee(message: H323Message, callee: Value | null): boolean {
  if (!message.readAddress(callee)) return true;
  const { address, port } = message;
  const expectation = message.announce({ protocol: TCP, port, address, helper: q931.name });
  expectation.flags = ExpectFlag.Permanent;
  return message.expect(expectation);
}
