/** What is found in the lines of a session description, against what regular expressions make of the same text. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findSdp, SdpLine } from '../../../../src/conntrack/helper/sip-sdp.ts';
import { SipModel } from '../../../support/sip-model.ts';
import { type Family, sipMessage, theEnds } from '../../../support/sip-texts.ts';

const LINES = Object.values(SdpLine);
const BEFORE = [null, SdpLine.Media, SdpLine.Connection];

function checkLines(text: string, length: number, family: Family, from: number): void {
  const message = sipMessage(text, length, family);
  const model = new SipModel(text.slice(0, length), family);
  for (const line of LINES)
    for (const before of BEFORE) {
      const due = model.sdp(from, line, before);
      expect(findSdp(message, from, line, before)).toBe(due !== null);
      if (due === null) continue;
      expect([message.matchOffset, message.matchLength]).toEqual([due.at, due.length]);
      if (due.words !== undefined) expect([...message.address]).toEqual(due.words);
    }
}

const breaks = fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r', '\n\n', '\r\n\r\n', '\n\r', ' ');
const kinds = fc.constantFrom('v=', 'o=', 'c=', 'm=', 'C=', 'M=', 'O=', 'V=', 'v', 'm', 'c', 's=', 'mm=', ' c=', '=', 'a=');
const networks = fc.constantFrom('IN IP4 ', 'IN IP6 ', 'IN IP4 ', 'IN IP6 ', 'in ip4 ', 'IN IP4', 'IN IP4  ', 'xIN IP6 ', '\nIN IP4 ');
const addresses = fc.constantFrom(
  '10.0.0.2',
  '10.0.0.25',
  '256.0.0.1',
  '10.0.0',
  'fd00::2',
  '::',
  '1:2:3:4:5:6:7:8',
  '[fd00::2]',
  '1::2::3',
  '',
);
const media = fc.constantFrom('audio ', 'Video ', 'x', ' ', 'image  ', '4audio ', '0', '7', '4000', '65535 RTP', '-', '- 1 ');
const behind = fc.constantFrom('', '/127', ' ', '.', 'a', 'g', ':', ';');
const values = fc.oneof(
  fc.tuple(fc.constantFrom('', '- 1 1 ', 'IN '), networks, addresses, behind).map((parts) => parts.join('')),
  fc.array(media, { maxLength: 4 }).map((parts) => parts.join('')),
);
const descriptions = fc
  .tuple(fc.constantFrom('', 'x', 'v=1', 'm='), fc.array(fc.tuple(breaks, kinds, values), { maxLength: 8 }))
  .map(([first, lines]) => first + lines.flat().join(''));

const FRAMES: readonly (readonly [Family, string])[] = [
  [4, '\r\nv=0\r\no=- 1 1 IN IP4 10.0.0.2\r\nc=IN IP4 10.0.0.3\r\nm=audio 4000 RTP/AVP 0\r\nc=IN IP4 10.0.0.4\r\n'],
  [6, '\nV=12\nO=- IN IP6 fd00::2\nc=IN IP4 1.2.3.4 IN IP6 ::7\nM=audio 4000\nC=IN IP6 fd00::3/8 '],
  [4, 'v=1\rv=2\rm=\rm= \rm=x 5'],
  [4, '\nm=audio  4000\nm= 4000\n'],
  [4, '\nv=\nv=3\n\nc=IN IP4 10.0.0.1\n'],
  [6, '::1\nc=x\no=- IN IP6\n'],
  [4, '\nc=IN IP4\n 10.0.0.2\nc=IN IP4 10.0.0.3 '],
];

describe('a session description', () => {
  it('is read as its text says', () => {
    fc.assert(
      fc.property(descriptions, fc.constantFrom<Family>(4, 6), fc.nat(200), fc.nat(20), fc.boolean(), (text, family, at, cut, isCut) => {
        const length = Math.max(0, text.length - (isCut ? cut : 0));
        checkLines(text, length, family, 0);
        checkLines(text, length, family, at % (length + 1));
      }),
      { numRuns: 1000 },
    );
  });

  it.each(FRAMES)('ends at its length, whatever stands behind: IPv%i, %j', (family, text) => {
    theEnds(text, (length) => checkLines(text, length, family, 0));
  });

  it.each(FRAMES)('is searched from every place: IPv%i, %j', (family, text) => {
    for (let from = 0; from <= text.length; from++) checkLines(text, text.length, family, from);
  });
});
