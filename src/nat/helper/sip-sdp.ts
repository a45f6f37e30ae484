/**
 * SIP's NAT half in the session description: addresses and ports of media, and the Content-Length that follows every change.
 * Kernel counterpart: nf_nat_sdp_* of net/netfilter/nf_nat_sip.c.
 * @module
 */
import type { Conntrack } from '../../conntrack/conntrack.ts';
import { Expected } from '../../conntrack/expect.ts';
import { Found, SipHeader, type SipMessage } from '../../conntrack/helper/sip-message.ts';
import { SIP_EXPECT_SEC, SIP_LIMITS } from '../../conntrack/helper/sip-media.ts';
import type { SipMedia, SipPlace } from '../../conntrack/helper/sip-nat.ts';
import { findSdp, SdpLine } from '../../conntrack/helper/sip-sdp.ts';
import { formatSipAddress, rewriteMessage } from './sip-text.ts';

const LAST_PORT = 0xffff;

/** Write an address into the first line of a kind in front of the next medium. */
export function writeSdpAddress(message: SipMessage, from: number, line: SdpLine, address: Int32Array): boolean {
  return writeLine(message, from, line, formatSipAddress(message, address, false)) === Found.Found && renewContentLength(message);
}

export function writeMediaPort(message: SipMessage, place: SipPlace, port: number): boolean {
  return rewriteMessage(message, place, String(port)) && renewContentLength(message);
}

/** The session's owner must have an address; a connection line of its own it may have. */
export function writeSessionAddress(message: SipMessage, from: number, address: Int32Array): boolean {
  const text = formatSipAddress(message, address, false);
  if (writeLine(message, from, SdpLine.Owner, text) !== Found.Found) return false;
  if (writeLine(message, from, SdpLine.Connection, text) === Found.Bad) return false;
  return renewContentLength(message);
}

/** Expect both streams at a pair of ports at which nobody waits, from the announced one up, and tell the port. */
export function expectMediaPair(conntrack: Conntrack, message: SipMessage, { rtp, rtcp }: SipMedia, place: SipPlace): boolean {
  const port = findPair(conntrack, { rtp, rtcp });
  if (port === 0) return false;
  if (port === rtp.savedPort || writeMediaPort(message, place, port)) return true;
  conntrack.unexpect(rtp);
  conntrack.unexpect(rtcp);
  return false;
}

function findPair(conntrack: Conntrack, { rtp, rtcp }: Pick<SipMedia, 'rtp' | 'rtcp'>): number {
  const limit = SIP_LIMITS[rtp.kind]!;
  for (let port = rtp.tuple.dstL4; port !== 0 && port <= LAST_PORT; port += 2) {
    rtp.tuple.dstL4 = port;
    const first = conntrack.helpers.expectOnce(rtp, limit, SIP_EXPECT_SEC);
    if (first === Expected.Busy) continue;
    if (first !== Expected.Accepted) return 0;
    rtcp.tuple.dstL4 = port + 1;
    const second = conntrack.helpers.expectOnce(rtcp, limit, SIP_EXPECT_SEC);
    if (second === Expected.Accepted) return port;
    conntrack.unexpect(rtp);
    if (second !== Expected.Busy) return 0;
  }
  return 0;
}

/** Missing: there is no such line, or it has no address; Bad: it cannot be changed. */
function writeLine(message: SipMessage, from: number, line: SdpLine, text: string): Found {
  if (!findSdp(message, from, line, SdpLine.Media)) return Found.Missing;
  const place = { offset: message.matchOffset, length: message.matchLength };
  return rewriteMessage(message, place, text) ? Found.Found : Found.Bad;
}

/** False when there is no description or no Content-Length. */
function renewContentLength(message: SipMessage): boolean {
  if (!findSdp(message, 0, SdpLine.Version, null)) return false;
  const length = message.length - message.matchOffset + SdpLine.Version.length;
  if (message.findHeader(SipHeader.ContentLength, 0) !== Found.Found) return false;
  return rewriteMessage(message, { offset: message.matchOffset, length: message.matchLength }, String(length));
}
