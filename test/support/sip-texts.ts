/** SIP messages for tests: a text within the payload of a packet, with more before and behind it. */
import { SipMessage } from '../../src/conntrack/helper/sip-message.ts';
import { build } from '../../src/packet/build.ts';
import { ipv4, ipv6, payload, udp } from '../../src/packet/build-layers.ts';
import { packetFrom } from './nat-frames.ts';

export type Family = 4 | 6;

const LEAD = '\r\nm: sip:1.1.1.1;\r\n9';

/** The message of the first `length` octets of a text; the rest of it stands behind the message's end, as the next in a stream does. */
export function sipMessage(text: string, length: number, family: Family): SipMessage {
  const ip = family === 4 ? ipv4('10.0.0.2', '10.1.0.2') : ipv6('fd00::2', 'fd01::2');
  const octets = Uint8Array.from(LEAD + text, (char) => char.charCodeAt(0));
  const owner = { entry: 5, direction: 1, memory: new Int32Array(3) } as const;
  return new SipMessage(packetFrom(build(ip, udp(5060, 5060), payload(octets))), { offset: LEAD.length, length }, owner);
}

/** A check at every length of a text. */
export function theEnds(text: string, check: (length: number) => void): void {
  for (let length = 0; length <= text.length; length++) check(length);
}
