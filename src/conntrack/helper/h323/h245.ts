/**
 * H.245 helper: the control connection of an H.323 call opens logical channels and names the addresses their media go to. RTP and
 * RTCP are expected in pairs of UDP ports from the peer, a T.120 data connection on TCP; but only at the sender's own address.
 *
 *   OpenLogicalChannel, its acknowledgement     media and media control channel -> RTP, RTCP
 *   OpenLogicalChannel for data T.120           separate stack -> T.120
 *
 * Kernel counterpart: net/netfilter/nf_conntrack_h323_main.c (behaviour only).
 * @module
 */
import { TCP, UDP } from '../../../inet/protocol.ts';
import { ExpectFlag } from '../../expect.ts';
import type { Helper } from '../helper.ts';
import { CONTROL_MESSAGE } from './h245-messages.ts';
import { H323_WORDS, RTP_STREAMS } from './h323-nat.ts';
import type { H323Message } from './message.ts';
import { eachMessage, Handled } from './tpkt.ts';
import { Value } from './value.ts';

const H2250 = 'h2250LogicalChannelParameters';

/** As a rule gives it to a connection: the kernel has it registered for UDP, where it reads as if it were TCP. */
export const h245: Helper = h245For(TCP);
export const h245Udp: Helper = h245For(UDP);

function h245For(protocol: number): Helper {
  const helper: Helper = {
    name: 'H.245',
    protocol,
    maxExpected: 4 * RTP_STREAMS + 2,
    timeoutSec: 240,
    memoryWords: H323_WORDS,
    look: (core, packet, entry) => eachMessage(core, packet, entry, helper, handle),
  };
  return helper;
}

function handle(message: H323Message): Handled {
  const value = new Value();
  if (message.decode(CONTROL_MESSAGE, value) < 0) return Handled.Stop;
  return handleControl(message, value) ? Handled.Go : Handled.Drop;
}

/** False: the packet is to be dropped. */
export function handleControl(message: H323Message, control: Value): boolean {
  const channel = control.chosen('request')?.chosen('openLogicalChannel') ?? null;
  if (channel !== null) return openChannel(message, channel);
  const ack = control.chosen('response')?.chosen('openLogicalChannelAck') ?? null;
  return ack === null || acknowledgeChannel(message, ack);
}

export function openChannel(message: H323Message, channel: Value): boolean {
  const forward = channel.part('forwardLogicalChannelParameters');
  const reverse = channel.part('reverseLogicalChannelParameters');
  for (const parameters of [forward, reverse]) {
    if (!expectMedia(message, parameters?.part('multiplexParameters')?.chosen(H2250) ?? null)) return false;
  }
  const application = forward?.part('dataType')?.chosen('data')?.part('application') ?? null;
  if (application?.chosen('t120')?.choice !== 'separateLANStack') return true;
  return expectData(message, channel.part('separateStack'));
}

function acknowledgeChannel(message: H323Message, ack: Value): boolean {
  const reverse = ack.part('reverseLogicalChannelParameters')?.part('multiplexParameters') ?? null;
  if (!expectMedia(message, reverse?.chosen(H2250) ?? null)) return false;
  const forward = ack.part('forwardMultiplexAckParameters')?.chosen('h2250LogicalChannelAckParameters') ?? null;
  return expectMedia(message, forward) && expectData(message, ack.part('separateStack'));
}

function expectMedia(message: H323Message, channel: Value | null): boolean {
  if (channel === null) return true;
  return expectPair(message, channel.part('mediaChannel')) && expectPair(message, channel.part('mediaControlChannel'));
}

function expectPair(message: H323Message, address: Value | null): boolean {
  if (!message.readMediaAddress(address) || !message.isSenders || message.port === 0) return true;
  const rtp = message.announce({ protocol: UDP, port: message.port & ~1 });
  const rtcp = message.announce({ protocol: UDP, port: message.port | 1 });
  const { nat } = message;
  if (nat !== null && message.isHidden) return nat.expectMedia(message, { rtp, rtcp });
  if (!message.expect(rtp)) return false;
  if (message.expect(rtcp)) return true;
  message.core.expectations.remove(rtp);
  return false;
}

function expectData(message: H323Message, stack: Value | null): boolean {
  if (!message.readMediaAddress(stack?.part('networkAddress')?.chosen('localAreaAddress') ?? null)) return true;
  if (!message.isSenders || message.port === 0) return true;
  const expectation = message.announce({ protocol: TCP, port: message.port });
  expectation.flags = ExpectFlag.Permanent;
  const { nat } = message;
  return nat !== null && message.isHidden ? nat.expectData(message, expectation) : message.expect(expectation);
}
