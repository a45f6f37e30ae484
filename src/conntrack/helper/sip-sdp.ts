/**
 * The session description in a SIP message. RFC 4566: lines of one letter.
 *
 *   v=0   o=- 1 1 IN IP4 10.0.0.2   c=IN IP4 10.0.0.2   m=audio 4000 RTP/AVP 0   [c= of this medium]   m=video ...
 *
 * Kernel counterpart: ct_sip_get_sdp_header of net/netfilter/nf_conntrack_sip.c (behaviour only).
 * @module
 */
import { Found, type SipMessage } from './sip-message.ts';

export const SdpLine = { Version: 'v=', Owner: 'o=', Connection: 'c=', Media: 'm=' } as const;
export type SdpLine = (typeof SdpLine)[keyof typeof SdpLine];

/** The first line of a kind at or behind a place, but not behind the first `before`: the part of it that counts. */
export function findSdp(message: SipMessage, from: number, line: SdpLine, before: SdpLine | null): Found {
  const limit = message.length;
  for (let at = from; at < limit; at++) {
    if (!message.isLineEnd(at)) continue;
    at = message.nextLine(at);
    if (at >= limit) break;
    if (before !== null && limit - at >= 2 && message.says(at, before)) break;
    if (limit - at < 2 || !message.says(at, line)) continue;
    return findPart(message, at + 2, line);
  }
  return Found.Missing;
}

/** The address of a line; see message.address. */
export function findSdpAddress(message: SipMessage, from: number, line: SdpLine, before: SdpLine): Found {
  const found = findSdp(message, from, line, before);
  if (found !== Found.Found) return found;
  const { matchOffset, matchLength } = message;
  return message.readPlainAddress(matchOffset, matchOffset + matchLength) ? Found.Found : Found.Bad;
}

function findPart(message: SipMessage, value: number, line: SdpLine): Found {
  message.matchOffset = value;
  let at = value;
  if (line === SdpLine.Owner || line === SdpLine.Connection) {
    at = findNetwork(message, value);
    if (at < 0) return Found.Bad;
  }
  message.matchLength = measure(message, at, line);
  if (message.matchLength === 0) return Found.Bad;
  message.matchOffset = at;
  return Found.Found;
}

/** Behind `IN IP4 ` of this line, or -1. */
function findNetwork(message: SipMessage, from: number): number {
  const text = message.family === 6 ? 'IN IP6 ' : 'IN IP4 ';
  for (let at = from; at < message.length - text.length && !message.isLineEnd(at); at++) {
    if (message.saysExactly(at, text)) return at + text.length;
  }
  return -1;
}

function measure(message: SipMessage, at: number, line: SdpLine): number {
  const limit = message.length;
  if (line === SdpLine.Version) return message.countDigits(at, limit);
  if (line !== SdpLine.Media) return message.readPlainAddress(at, limit) ? message.behind - at : 0;
  const letters = message.countLetters(at, limit);
  if (at + letters >= limit || message.at(at + letters) !== 0x20) return 0;
  return letters + 1 + message.countDigits(at + letters + 1, limit);
}
