/**
 * srh: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe } from 'vitest';
import { parseIpv6 } from '../../../../src/inet/ipv6.ts';
import type { Packet } from '../../../../src/packet/packet.ts';
import { ipv6, packetOf, udp } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of srh (IPv6)', () => {
  // biome-ignore format: a table
  checkTexts([
    ['-m srh --srh-psid a::/64', '=', 'srh psid  a::/64'],
    ['-m srh --srh-psid a::1/64', '=', 'srh psid  a::1/64'],
    ['-m srh --srh-psid a::', '-m srh --srh-psid a::/128', 'srh psid  a::/128'],
    ['-m srh --srh-next-hdr tcp', 'FAIL', 'srh: bad value for option "--srh-next-hdr", or out of range (0-255)'],
    ['-m srh --srh-next-hdr 17 --srh-next-hdr 18', 'FAIL', 'srh: option "--srh-next-hdr" can only be used once'],
    ['-m srh --srh-hdr-len-eq 256', 'FAIL', 'srh: bad value for option "--srh-hdr-len-eq", or out of range (0-255)'],
    ['-m srh --srh-hdr-len-eq 8 --srh-hdr-len-gt 9', '-m srh --srh-hdr-len-eq 9 --srh-hdr-len-gt 9', 'srh hdr-len-eq:9 hdr-len-gt:9'],
    ['-m srh --srh-tag 65536', 'FAIL', 'srh: bad value for option "--srh-tag", or out of range (0-65535)'],
    ['-m srh --srh-tag 65535', '=', 'srh tag:65535'],
    ['-m srh ! --srh-next-hdr 17 ! --srh-hdr-len-eq 8 ! --srh-hdr-len-gt 8 ! --srh-hdr-len-lt 8 ! --srh-segs-left-eq 1 ! --srh-segs-left-gt 1 ! --srh-segs-left-lt 1 ! --srh-last-entry-eq 4 ! --srh-last-entry-gt 4 ! --srh-last-entry-lt 4 ! --srh-tag 0 ! --srh-psid a::/64 ! --srh-nsid b::/128 ! --srh-lsid c::/0', '=', 'srh next-hdr:!17 hdr-len-eq:!8 hdr-len-gt:!8 hdr-len-lt:!8 segs-left-eq:!1 segs-left-gt:!1 segs-left-lt:!1 last-entry-eq:!4 last-entry-gt:!4 last-entry-lt:!4 tag:!0 psid ! a::/64 nsid ! b::/128 lsid ! c::/0'],
    ['-m srh --srh-next-hdr 17 --srh-hdr-len-eq 8 --srh-segs-left-eq 1 --srh-last-entry-eq 4 --srh-tag 0 --srh-psid a::/64 --srh-nsid b::/128 --srh-lsid c::/0', '=', 'srh next-hdr:17 hdr-len-eq:8 segs-left-eq:1 last-entry-eq:4 tag:0 psid  a::/64 nsid  b::/128 lsid  c::/0'],
    ['-m srh --srh-psid foo', 'FAIL', 'srh: "foo" is no IPv6 address'],
    ['-m srh --srh-psid a::/129', 'FAIL', 'srh: bad value for option "--srh-psid", neither a valid network mask nor valid CIDR (0-128)'],
    ['-m srh --srh-nsid b::/64 --srh-tag 0x12', '-m srh --srh-tag 18 --srh-nsid b::/64', 'srh tag:18 nsid  b::/64'],
  ], { family: 6 });
});

const SIX = { family: 6 } as const;
const address = (text: string): number[] =>
  [...parseIpv6(text)!].flatMap((word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]);
const SEGMENTS = ['fd00::1', 'fd00::2', 'fd00::3'];
/** A header of three segments, two of them left. */
const of = (set: { type?: number; left?: number; last?: number } = {}): Packet => {
  const { type = 4, left = 1, last = 2 } = set;
  return packetOf(ipv6({ next: 43 }, [17, 6, type, left, last, 0, 1, 0, ...SEGMENTS.flatMap(address), ...udp(1, 2)]));
};

describe('answers of srh', () => {
  checkAnswers(
    [
      ['-m srh', of(), true, 'there is one'],
      ['-m srh', of({ type: 0 }), false, 'another routing header'],
      ['-m srh', of({ left: 3 }), false, 'more left than there are'],
      ['-m srh', packetOf(ipv6({ next: 17 }, udp(1, 2))), false, 'there is none'],
      ['-m srh', packetOf(ipv6({ next: 43 }, [17, 6, 4, 1, 2, 0, 0, 0])), false, 'shorter than it says'],
      ['-m srh --srh-next-hdr 17', of(), true, 'what is behind it'],
      ['-m srh ! --srh-next-hdr 6', of(), true, 'what is behind it'],
      ['-m srh --srh-hdr-len-eq 6', of(), true, 'its length field'],
      ['-m srh --srh-hdr-len-gt 6', of(), false, 'its length field'],
      ['-m srh --srh-hdr-len-lt 7', of(), true, 'its length field'],
      ['-m srh --srh-segs-left-eq 1 --srh-last-entry-eq 2', of(), true, 'two fields'],
      ['-m srh --srh-segs-left-gt 0 ! --srh-last-entry-lt 2', of(), true, 'two fields'],
      ['-m srh --srh-tag 1', of(), true, 'the tag 0x0100, as a little-endian machine reads it'],
      ['-m srh --srh-tag 256', of(), false, 'the tag 0x0100, as a little-endian machine reads it'],
      ['-m srh --srh-psid fd00::3', of(), true, 'the segment before'],
      ['-m srh --srh-nsid fd00::1', of(), true, 'the segment behind'],
      ['-m srh --srh-lsid fd00::1', of(), true, 'the last segment'],
      ['-m srh --srh-lsid fd00::/64', of(), true, 'a network'],
      ['-m srh ! --srh-lsid fd00::/64', of(), false, 'a network'],
      ['-m srh ! --srh-psid fd00::9', of({ left: 2 }), false, 'none before the first, inverted or not'],
      ['-m srh ! --srh-nsid fd00::9', of({ left: 0 }), false, 'none behind the last, inverted or not'],
    ],
    {},
    SIX,
  );
});
