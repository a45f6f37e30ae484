/**
 * The session description in a SIP message. RFC 4566: lines of one letter.
 *
 *   v=0   o=- 1 1 IN IP4 10.0.0.2   c=IN IP4 10.0.0.2   m=audio 4000 RTP/AVP 0   [c= of this medium]   m=video ...
 *
 * Kernel counterpart: ct_sip_get_sdp_header of net/netfilter/nf_conntrack_sip.c (behaviour only).
 * @module
 */
import type { SipMessage } from './sip-message.ts';
import { NONE } from './sip-text.ts';

export const SdpLine = { Version: 'v=', Owner: 'o=', Connection: 'c=', Media: 'm=' } as const;
export type SdpLine = (typeof SdpLine)[keyof typeof SdpLine];

/**
 * The first line of a kind at or behind a place, but not behind the first `before`: the part of it that counts, see matchOffset; of an
 * address also message.address. A line that begins behind the message has no such part.
 */
export function findSdp(message: SipMessage, from: number, line: SdpLine, before: SdpLine | null): boolean {
  const limit = message.length;
  for (let at = from; at < limit; at++) {
    if (!message.isLineEnd(at)) continue;
    at = message.nextLine(at);
    if (before !== null && message.says(at, before)) break;
    if (message.says(at, line)) return findPart(message, at + line.length, line);
  }
  return false;
}

function findPart(message: SipMessage, value: number, line: SdpLine): boolean {
  const at = line === SdpLine.Owner || line === SdpLine.Connection ? findNetwork(message, value) : value;
  if (at === NONE) return false;
  message.matchOffset = at;
  message.matchLength = measure(message, at, line);
  return message.matchLength > 0;
}

/** Behind `IN IP4 ` of this line, or NONE. */
function findNetwork(message: SipMessage, from: number): number {
  const text = message.family === 6 ? 'IN IP6 ' : 'IN IP4 ';
  for (let at = from; at < message.length && !message.isLineEnd(at); at++) {
    if (message.saysExactly(at, text)) return at + text.length;
  }
  return NONE;
}

function measure(message: SipMessage, at: number, line: SdpLine): number {
  const limit = message.length;
  if (line === SdpLine.Version) return message.countDigits(at, limit);
  if (line !== SdpLine.Media) return message.readPlainAddress(at, limit) ? message.behind - at : 0;
  const letters = message.countLetters(at, limit);
  if (at + letters >= limit || message.at(at + letters) !== 0x20) return 0;
  return letters + 1 + message.countDigits(at + letters + 1, limit);
}
