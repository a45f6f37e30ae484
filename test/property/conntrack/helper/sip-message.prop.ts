/** What is found in a SIP message's request line and headers, against what regular expressions make of the same text. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Found, type HeaderKind, SipHeader, type SipMessage } from '../../../../src/conntrack/helper/sip-message.ts';
import { SipModel } from '../../../support/sip-model.ts';
import { type Family, sipMessage, theEnds } from '../../../support/sip-texts.ts';

const KINDS = Object.values(SipHeader);
const URI_KINDS = KINDS.filter(({ part }) => part !== 'digits');

const { Bad, Missing } = Found;

/** What was found, with all that goes with it. */
function uriOf(message: SipMessage, isFound: boolean): unknown {
  if (!isFound) return null;
  const { matchOffset, matchLength, port, address } = message;
  return { at: matchOffset, length: matchLength, port, words: [...address] };
}

function checkHeader(message: SipMessage, model: SipModel, kind: HeaderKind, from: number): void {
  const found = message.findHeader(kind, from);
  const due = model.header(kind, from);
  if (due === null) expect(found).toBe(Missing);
  else if ('bad' in due) expect([found, message.matchOffset]).toEqual([Bad, due.bad]);
  else expect([found, message.matchOffset, message.matchLength]).toEqual([Found.Found, due.at, due.length]);
}

function checkUris(message: SipMessage, model: SipModel, kind: HeaderKind): void {
  expect(uriOf(message, message.findUri(kind))).toEqual(model.firstUri(kind));
  for (let again = 0; again < 2; again++) {
    const all: unknown[] = [];
    message.beginUris();
    while (message.findNextUri(kind)) all.push(uriOf(message, true));
    expect(all).toEqual(model.uris(kind));
    // the second walk begins in the midst of another
    message.beginUris();
    message.findNextUri(kind);
  }
}

function checkRequest(message: SipMessage, model: SipModel): void {
  expect(uriOf(message, message.readRequestUri())).toEqual(model.requestUri());
}

function checkParameters(message: SipMessage, model: SipModel, from: number): void {
  const behind = (length: number, name: string): unknown => [Found.Found, model.parameterPlace(name, from), length];
  const answer = (found: Found): unknown => (found === Found.Found ? [found, message.matchOffset, message.matchLength] : found);
  expect(message.findParameter('transport=', from)).toBe(model.parameterPlace('transport=', from));
  for (const bracketed of [true, false]) {
    const value = model.parameter('maddr=', from);
    const address = value === null ? null : model.address(value, bracketed);
    expect(answer(message.findAddressParameter('maddr=', from, bracketed))).toEqual(
      address === null ? Missing : behind(address.length, 'maddr='),
    );
    if (address !== null) expect([...message.address]).toEqual(address.words);
  }
  const digits = /^[0-9]*/.exec(model.parameter('expires=', from) ?? '')![0];
  const isNumber = digits !== '' && digits.length <= 10 && Number(digits) <= 0xffffffff;
  const found = answer(message.findNumberParameter('expires=', from));
  if (isNumber) expect([found, message.value]).toEqual([behind(digits.length, 'expires='), Number(digits)]);
  else expect(found).toBe(model.parameter('expires=', from) === null ? Missing : Bad);
}

function checkAll(text: string, length: number, family: Family, from: number): void {
  const message = sipMessage(text, length, family);
  const model = new SipModel(text.slice(0, length), family);
  checkRequest(message, model);
  checkParameters(message, model, from);
  for (const kind of KINDS) checkHeader(message, model, kind, from);
  for (const kind of URI_KINDS) checkUris(message, model, kind);
}

const HOSTS: Readonly<Record<Family, readonly string[]>> = {
  4: ['10.0.0.2', '10.0.0.25', '255.255.255.255', '256.1.1.1', '10.0.0', '1.2.3.4.5', 'phone', '[fd00::2]', ''],
  6: ['[fd00::2]', '[::]', '[FD00::a]', 'fd00::2', '[fd00::2', '[fd00::2]]', '[1::2::3]', '10.0.0.2', '[::ffff:10.0.0.2]', ''],
};
const ports = fc.constantFrom('', '', ':', ':0', ':1023', ':1024', ':5060', ':65535', ':65536', ':05060', ':005060', ':x');
const users = fc.constantFrom('', 'a@', 'a@b@', '@', 'a', 'a\r\n@', '10.0.0.9@');
const blanks = fc.constantFrom('', '', '', ' ', '\t ', '\r\n ', '\n\t', '\r ', '\r\n', '\r\n \r\n ');
const ends = fc.constantFrom('', '>', ';', ' ', ',', '.', 'a', 'g', '/', '\r', '\n');
const uris = (family: Family): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom('sip:', 'sip:', 'SIP:', 'Sip :', 'si', 'sips:', 'UDP ', 'SIP/2.0/TCP ', 'udp\t'), users)
    .chain((head) => fc.tuple(fc.constantFrom(...HOSTS[family]), ports, ends).map((tail) => [...head, ...tail].join('')));
const others = fc.constantFrom(
  '<',
  ',',
  ', ',
  ';',
  '7',
  '4294967295',
  '600 ',
  'expires=60',
  'EXPIRES=4294967296',
  'expires=x',
  'transport=udp',
  ';maddr=',
);
const values = (family: Family): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof({ weight: 3, arbitrary: uris(family) }, others, blanks, fc.constantFrom(...HOSTS[family])), { maxLength: 6 })
    .map((parts) => parts.join(''));
const NAMES = 'Contact CONTACT m M Contacts mx Conta Via v VIA From f To t Tom CSeq c Expires e Content-Length Content-Lengt l L';
const names = fc.constantFrom('', ...NAMES.split(' '));
const colons = fc.tuple(blanks, fc.constantFrom(':', ':', ':', ':', '', ';'), blanks).map((parts) => parts.join(''));
const breaks = fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r', '\n\n', '\r\n\r\n', '\n\r', '\r\n ', ' ');
const headers = (family: Family): fc.Arbitrary<string> => fc.tuple(breaks, names, colons, values(family)).map((parts) => parts.join(''));
const firsts = (family: Family): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom('INVITE', 'a', '', '1', 'ACK x'), fc.constantFrom(' ', '  ', '', '\n', ' sip'), uris(family))
    .map((parts) => parts.join(''));
const messages = fc.constantFrom<Family>(4, 6).chain((family) =>
  fc.record({
    family: fc.constant(family),
    text: fc.tuple(firsts(family), fc.array(headers(family), { maxLength: 6 })).map(([first, rest]) => first + rest.join('')),
    from: fc.nat(300),
    cut: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(40)),
  }),
);

const FRAMES: readonly (readonly [Family, string])[] = [
  [
    4,
    'INVITE sip:a@10.0.0.2:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.3:1024;x\r\nm : <sip:b@10.0.0.4>,\r\n <sip:10.0.0.5:65535>\r\nCSeq: 12 A',
  ],
  [6, 'ACK sip:[fd00::2]:1024 x\nv: SIP/2.0/TCP [fd00::3];\nContact:\n <sip:c@[fd00::4]:5060>;maddr=[fd00::5];expires=60,sip:[fd00::6] '],
  [
    4,
    'A sip:b\r\nContact: sip:c\r\nContact: sip:10.0.0.1;, sip:d, sip:10.0.0.2; \r\nl:3\r\nL :4\r\nExpires:\t5\r\n\r\nExpires: 6;maddr=10.0.0.9,',
  ],
  [4, 'x,sip:10.0.0.7;, sip:10.0.0.8;@\r\nm: sip:10.0.0.1;@\r\nm: sip:10.0.0.2;\r\nm:\r\nx, sip:10.0.0.3;@'],
  [4, '\nm: sip:10.0.0.1 \nTo: sip:10.0.0.2, sip:10.0.0.3 \n'],
  [4, 'x,sip:10.0.0.7; y\nm: sip:10.0.0.1; '],
  [4, ',maddr=10.0.0.1;expires=7;transport=x,maddr=10.0.0.2;expires=8'],
  [4, 'maddr=10.0.0.1,'],
  [4, 'expires=1,'],
  [4, 'transport=1,'],
  [4, 'x 10.0.0.2 sip:10.0.0.2 \n\nTo: sip:10.0.0.1 \nTo\n : sip:10.0.0.2 \nt'],
  [4, 'm: sip:10.0.0.1 \r\rm: sip:10.0.0.2 \rmm: sip:10.0.0.3 \rm\r : sip:10.0.0.4 \rm:\r sip:10.0.0.5 , sip:10.0.0.6 '],
];

describe('a SIP message', () => {
  it('is read as its text says', () => {
    fc.assert(
      fc.property(messages, ({ text, cut, family, from }) => {
        const length = Math.max(0, text.length - cut);
        checkAll(text, length, family, from % (length + 1));
      }),
      { numRuns: 1000 },
    );
  });

  it.each(FRAMES)('ends at its length, whatever stands behind: IPv%i, %j', (family, text) => {
    theEnds(text, (length) => checkAll(text, length, family, 0));
  });

  it.each(FRAMES)('is searched from every place: IPv%i, %j', (family, text) => {
    for (let from = 0; from <= text.length; from++) checkAll(text, text.length, family, from);
  });

  it('has nothing found before it is read', () => {
    const { matchOffset, matchLength, port, nextUri } = sipMessage('INVITE', 6, 4);
    expect([matchOffset, matchLength, port, nextUri]).toEqual([0, 0, 0, 0]);
  });

  it('has no more URIs than a walk that has not begun finds', () => {
    const message = sipMessage('x,sip:10.0.0.7;\r\nm: sip:10.0.0.1;', 34, 4);
    expect([message.findNextUri(SipHeader.Contact), message.matchOffset]).toEqual([true, 24]);
  });
});
