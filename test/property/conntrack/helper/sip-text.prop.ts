/** What SIP's reader makes of characters, against what regular expressions make of the same text. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SipText } from '../../../../src/conntrack/helper/sip-text.ts';
import { parseIpv6 } from '../../../../src/inet/ipv6.ts';
import { build } from '../../../../src/packet/build.ts';
import { ipv4, ipv6, payload, tcp, udp } from '../../../../src/packet/build-layers.ts';
import { packetFrom } from '../../../support/nat-frames.ts';

const LEAD = 3;

/** A reader of `text`, which stands behind some octets of the payload and is the last of the packet. */
function reader(text: string, { family = 4, stream = false }: { family?: 4 | 6; stream?: boolean } = {}): SipText {
  const ip = family === 4 ? ipv4('10.0.0.2', '10.1.0.2') : ipv6('fd00::2', 'fd01::2');
  const upper = stream ? tcp(1000, 5060, {}, Uint8Array.of(1, 1, 1, 1)) : udp(1000, 5060);
  return new SipText(
    packetFrom(build(ip, upper, payload(Uint8Array.from(`${'9'.repeat(LEAD)}${text}`, (char) => char.charCodeAt(0))))),
    LEAD,
    text.length,
  );
}

const piece = fc.constantFrom(
  ...'0123456789aAfFgGzZ[]{}@`/:. \t\r\n;='.split(''),
  '\r\n ',
  '\n\t',
  '255',
  '256',
  '1024',
  '65535',
  '65536',
  '4294967295',
  '10.0.0.2',
);
const texts = fc.array(piece, { maxLength: 14 }).map((parts) => parts.join(''));
const given = fc.tuple(texts, fc.nat(), fc.nat(), fc.boolean()).map(([text, a, b, stream]) => {
  const limit = b % (text.length + 1);
  return { text, from: a % (text.length + 2), limit, stream };
});

/** What stands at a place before the limit. */
const rest = (text: string, from: number, limit: number): string => text.slice(0, limit).slice(from);
const run = (pattern: RegExp, text: string): number => pattern.exec(text)?.[0].length ?? 0;

describe('characters', () => {
  it('are those of the text, and none beside it', () => {
    fc.assert(
      fc.property(given, ({ text, from, limit, stream }) => {
        const sip = reader(text, { stream });
        expect(sip.at(from)).toBe(from < text.length ? text.charCodeAt(from) : -1);
        const one = text[from] ?? '';
        expect([sip.isLineEnd(from), sip.isBlank(from)]).toEqual([/^[\r\n]$/.test(one), /^[ \t]$/.test(one)]);
        expect(sip.countLetters(from, limit)).toBe(run(/^[a-z]*/i, rest(text, from, limit)));
        expect(sip.countDigits(from, limit)).toBe(run(/^[0-9]*/, rest(text, from, limit)));
        expect(sip.nextLine(from)).toBe(from + (text.startsWith('\r\n', from) ? 2 : 1));
      }),
      { numRuns: 600 },
    );
  });

  it('are compared with or without case', () => {
    fc.assert(
      fc.property(given, fc.nat(4), fc.constantFrom('', 'x', '{', '@'), ({ text, from, stream }, size, other) => {
        const sip = reader(text, { stream });
        const exact = text.slice(from, from + size);
        expect(sip.saysExactly(from, exact)).toBe(true);
        expect(sip.says(from, exact.toLowerCase())).toBe(true);
        expect(sip.saysExactly(from, exact + other)).toBe(text.startsWith(exact + other, from));
        expect(sip.says(from, exact.toLowerCase() + other)).toBe(text.toLowerCase().startsWith(exact.toLowerCase() + other, from));
        expect(sip.saysExactly(from, exact.toUpperCase())).toBe(exact === exact.toUpperCase());
      }),
      { numRuns: 600 },
    );
  });

  it('are skipped where they are blank, over one line that goes on, up to the limit and not beyond', () => {
    fc.assert(
      fc.property(given, ({ text, from, limit, stream }) => checkBlanks(reader(text, { stream }), text, from, limit)),
      { numRuns: 1000 },
    );
    everywhere(' \t\r\n \t \n\t \r  \r\n\r\n x', checkBlanks);
  });

  it('are searched for within a header, its lines that go on included, and not at the very end', () => {
    const value = fc
      .array(fc.constantFrom('a', 'b', ';', 'x=', ' ', '\r\n ', '\n\t', '\r '), { maxLength: 8 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(value, value, fc.constantFrom('', 'z', '\r\nnext: needle', '\nneedle'), fc.boolean(), (before, behind, end, there) => {
        const text = `${before}q${there ? 'NeeDle' : ''}${behind}${end}`;
        const sip = reader(text);
        const found = sip.search(0, text.length, 'needle');
        // needs an octet behind it, and a line that goes on has something
        if (!there) expect(found).toBe(-1);
        else if (behind.length + end.length > 8) expect(found).toBe(before.length + 1);
        else if (behind === '' && end === '') expect(found).toBe(-1);
        expect(sip.search(0, before.length + 7, 'needle')).toBe(-1);
      }),
      { numRuns: 600 },
    );
  });

  it('are not seen right behind the blanks of a line that goes on, as in the kernel', () => {
    const found = (text: string): number => reader(text).search(0, text.length, 'needle');
    expect([found('a\r\n needle;'), found('a\r\n qneedle;'), found('a needle;')]).toEqual([-1, 5, 2]);
  });
});

function checkBlanks(sip: SipText, text: string, from: number, limit: number): void {
  // a line's end, and blanks of the next: all before the limit
  const follow = (seen: string): number => /^(?:\r\n|[^])[ \t]+/.exec(seen)?.[0].length ?? -1;
  const seen = rest(text, from, limit);
  const next = follow(seen);
  expect(sip.followContinuation(from, limit)).toBe(next < 0 ? -1 : from + next);
  const [blanks, behind] = [/^[ \t]*/.exec(seen)![0].length, seen.replace(/^[ \t]*/, '')];
  const more = /^[\r\n]/.test(behind) ? follow(behind) : 0;
  expect(sip.skipBlanks(from, limit)).toBe(more < 0 ? -1 : from + blanks + more);
}

/** What is read at a place must be what regular expressions read in the text before the limit. */
function checkNumbers(sip: SipText, text: string, from: number, limit: number): void {
  const seen = rest(text, from, limit);
  const digits = /^[0-9]*/.exec(seen)![0];
  const isNumber = digits !== '' && digits.length <= 11 && Number(digits) <= 0xffffffff;
  expect(sip.readNumber(from, limit)).toBe(isNumber);
  // one digit too many is enough to know
  expect([sip.value, sip.behind]).toEqual([isNumber ? Number(digits) : 0, from + Math.min(digits.length, 12)]);
  const port = /^([0-9]{1,5})[^0-9]/.exec(seen)?.[1] ?? '0';
  const isPort = Number(port) >= 1024 && Number(port) <= 0xffff;
  expect(sip.readPort(from, limit)).toBe(isPort);
  if (isPort) expect([sip.value, sip.behind]).toEqual([Number(port), from + port.length]);
}

function checkIpv4(sip: SipText, text: string, from: number, limit: number): void {
  const seen = rest(text, from, limit);
  const match = /^([0-9]+)\.([0-9]+)\.([0-9]+)\.([0-9]+)(?![.0-9a-f])/i.exec(seen);
  const octets = match?.slice(1).map(Number) ?? [];
  const isAddress = match !== null && octets.every((octet) => octet <= 255);
  const word = isAddress ? octets.reduce((sum, octet) => (sum << 8) | octet, 0) : 0;
  const asks = [
    () => sip.readAddress(from, limit, true),
    () => sip.readAddress(from, limit, false),
    () => sip.readPlainAddress(from, limit),
  ];
  for (const ask of asks) {
    // nothing is left of an address read before
    sip.address.fill(7);
    expect([ask(), ...sip.address]).toEqual([isAddress, word, 0, 0, 0]);
    if (isAddress) expect(sip.behind).toBe(from + match[0].length);
  }
}

/** Every place in a text as the first, every place as the limit. */
function everywhere(text: string, check: (sip: SipText, text: string, from: number, limit: number) => void): void {
  const sip = reader(text);
  for (let from = 0; from <= text.length; from++) for (let limit = 0; limit <= text.length; limit++) check(sip, text, from, limit);
}

describe('numbers', () => {
  it('are none before one was read', () => {
    const { value, behind, address } = reader('12');
    expect([value, behind, ...address]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('have eleven digits at most (recorded: sip-odd-1) and fit 32 bits; ports are those of users, with something behind them', () => {
    fc.assert(
      fc.property(given, ({ text, from, limit, stream }) => checkNumbers(reader(text, { stream }), text, from, limit)),
      { numRuns: 600 },
    );
  });

  it.each([
    '4294967295;',
    '4294967296;4294967295',
    '0000000009;',
    '000000000012;',
    '123456789012345678901234567890',
    ';',
    '1023;1024;1025;',
    '65534>65535>65536>',
    '01024/001024/65535',
    '9:/1024:/65535/:',
    '00000,10000,99999',
  ])('%s, from everywhere to everywhere', (text) => everywhere(text, checkNumbers));
});

describe('addresses', () => {
  it('of IPv4 have four numbers, and nothing behind that could be more of it', () => {
    fc.assert(
      fc.property(given, ({ text, from, limit, stream }) => checkIpv4(reader(text, { stream }), text, from, limit)),
      { numRuns: 1000 },
    );
  });

  it.each([
    '10.0.0.255;',
    '255.255.255.255.',
    '256.1.1.1 1.256.1.1 1.1.1.256',
    '0.0.0.0 00.01.002.0003',
    '127.0.0.1',
    '1..2.3.4 .1.2.3.4',
    '254.9.8.7:5060',
  ])('of IPv4: %s, from everywhere to everywhere', (text) => everywhere(text, checkIpv4));

  it('of IPv4 end before every character but those of an address', () => {
    for (let octet = 0; octet < 256; octet++) {
      const text = `10.0.0.2${String.fromCharCode(octet)}`;
      checkIpv4(reader(text), text, 0, text.length);
    }
  });

  it('of IPv6 stand in brackets where they have to', () => {
    const address = fc.constantFrom(
      'fd00::2',
      '::',
      '::ffff:10.0.0.2',
      '1:2:3:4:5:6:7:8',
      'FD00::A',
      'fd00',
      '1::2::3',
      '1:2:3:4:5:6:7:8:9',
      '',
    );
    const long = fc.constantFrom('0'.repeat(50), `${'0:'.repeat(30)}`);
    fc.assert(
      fc.property(
        fc.constantFrom('', '['),
        fc.oneof({ weight: 9, arbitrary: address }, long),
        fc.constantFrom('', ']', ';', ']:5060', ' ', 'g'),
        fc.nat(3),
        (open, text, end, cut) => {
          const all = `${open}${text}${end}`;
          const limit = Math.max(0, all.length - cut);
          const sip = reader(all, { family: 6 });
          const words = (seen: string): Int32Array | null => parseIpv6(/^[0-9a-f:.]{0,46}/i.exec(seen)![0]);
          const seen = all.slice(0, limit);
          const opens = seen.startsWith('[');
          const inner = words(seen.slice(opens ? 1 : 0));
          const length = /^[0-9a-f:.]*/i.exec(seen.slice(opens ? 1 : 0))![0].length + (opens ? 1 : 0);
          const closes = seen[length] === ']';
          expect(sip.readAddress(0, limit, false)).toBe(inner !== null);
          if (inner !== null) expect([[...sip.address], sip.behind]).toEqual([[...inner], length + (closes ? 1 : 0)]);
          expect(sip.readAddress(0, limit, true)).toBe(inner !== null && opens && closes);
          const plain = words(seen);
          expect(sip.readPlainAddress(0, limit)).toBe(plain !== null);
        },
      ),
      { numRuns: 600 },
    );
  });

  it('of IPv6 have the characters of one, 45 at most, and leave nothing of an address read before', () => {
    const longest = 'ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255';
    const words = [...parseIpv6(longest)!];
    const read = (text: string): unknown[] => {
      const sip = reader(text, { family: 6 });
      return [() => sip.readAddress(0, text.length, false), () => sip.readPlainAddress(0, text.length)].map((ask) => {
        sip.address.fill(7);
        return [ask(), ...sip.address];
      });
    };
    const both = (...answer: unknown[]): unknown[] => [answer, answer];
    expect(read(longest)).toEqual(both(true, ...words));
    for (let octet = 0; octet < 256; octet++) {
      const char = String.fromCharCode(octet);
      const isMore = /[0-9a-f:.]/i.test(char);
      expect(read(longest + char)).toEqual(isMore ? both(false, 0, 0, 0, 0) : both(true, ...words));
      const short = `fd00::2${char}`;
      const address = parseIpv6(isMore ? short : 'fd00::2');
      expect(read(short)).toEqual(both(address !== null, ...(address ?? [0, 0, 0, 0])));
    }
  });
});
