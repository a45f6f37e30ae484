/** What SIP's reader makes of characters, against what regular expressions make of the same text. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SipText } from '../../../src/conntrack/helper/sip-text.ts';
import { parseIpv6 } from '../../../src/inet/ipv6.ts';
import { build } from '../../../src/packet/build.ts';
import { ipv4, ipv6, payload, tcp, udp } from '../../../src/packet/build-layers.ts';
import { packetFrom } from '../../support/nat-frames.ts';

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

  it('are skipped where they are blank, over one line that goes on', () => {
    fc.assert(
      fc.property(given, ({ text, from, limit, stream }) => {
        const sip = reader(text, { stream });
        // a line's end, and blanks of the next: all before the limit
        const follow = (at: number): number => {
          const end = at + (text.startsWith('\r\n', at) ? 2 : 1);
          const blanks = run(/^[ \t]*/, rest(text, end, limit));
          return at + 1 >= limit || blanks === 0 ? -1 : end + blanks;
        };
        expect(sip.followContinuation(from, limit)).toBe(follow(from));
        const at = from + run(/^[ \t]*/, rest(text, from, limit));
        expect(sip.skipBlanks(from, limit)).toBe(/^[\r\n]/.test(rest(text, at, limit)) ? follow(at) : at);
      }),
      { numRuns: 1000 },
    );
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

describe('numbers', () => {
  it('have ten digits at most and fit 32 bits', () => {
    fc.assert(
      fc.property(given, ({ text, from, limit, stream }) => {
        const sip = reader(text, { stream });
        const digits = /^[0-9]*/.exec(rest(text, from, limit))![0];
        const isNumber = digits !== '' && digits.length <= 10 && Number(digits) <= 0xffffffff;
        expect(sip.readNumber(from, limit)).toBe(isNumber);
        expect(sip.value).toBe(isNumber ? Number(digits) : 0);
        if (isNumber) expect(sip.behind).toBe(from + digits.length);
      }),
      { numRuns: 600 },
    );
  });

  it.each([
    ['4294967295;', 4_294_967_295],
    ['4294967296;', null],
    ['0000000009;', 9],
    ['00000000009;', null],
    [';', null],
  ])('%s', (text, value) => {
    const sip = reader(text);
    expect(sip.readNumber(0) ? sip.value : null).toBe(value);
  });

  it('are ports of users with something behind them', () => {
    fc.assert(
      fc.property(given, ({ text, from, limit, stream }) => {
        const sip = reader(text, { stream });
        const [all, digits] = /^([0-9]*)[^]?/.exec(rest(text, from, limit))!;
        const isPort = digits!.length >= 1 && digits!.length <= 5 && all.length > digits!.length;
        expect(sip.readPort(from, limit)).toBe(isPort && Number(digits) >= 1024 && Number(digits) <= 0xffff);
      }),
      { numRuns: 600 },
    );
  });
});

describe('addresses', () => {
  it('of IPv4 have four numbers, and nothing behind that could be more of it', () => {
    fc.assert(
      fc.property(given, ({ text, from, limit, stream }) => {
        const sip = reader(text, { stream });
        const seen = rest(text, from, limit);
        const match = /^([0-9]+)\.([0-9]+)\.([0-9]+)\.([0-9]+)/.exec(seen);
        const octets = match?.slice(1).map(Number) ?? [];
        const isAddress = match !== null && octets.every((octet) => octet <= 255) && !/^[.0-9a-f]/i.test(seen.slice(match[0].length));
        for (const ask of [sip.readAddress(from, limit, true), sip.readAddress(from, limit, false), sip.readPlainAddress(from, limit)])
          expect(ask).toBe(isAddress);
        expect([...sip.address]).toEqual(isAddress ? [octets.reduce((word, octet) => (word << 8) | octet, 0), 0, 0, 0] : [0, 0, 0, 0]);
        if (isAddress) expect(sip.behind).toBe(from + match[0].length);
      }),
      { numRuns: 1000 },
    );
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
});
