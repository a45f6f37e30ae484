/** What helpers ask of octets: every octet counts, and the ones beside those meant do not. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDigit, isLetter, startsWith, startsWithAnyCase } from '../../../../src/conntrack/helper/payload.ts';

const viewOf = (text: string): DataView => new DataView(Uint8Array.from(text, (char) => char.charCodeAt(0)).buffer);
const word = fc.stringMatching(/^[a-z0-9 :/]{1,12}$/);

describe('startsWith', () => {
  it('compares every octet, with or without case', () => {
    fc.assert(
      fc.property(word, fc.nat(), fc.nat(), fc.constantFrom('#', '~', '`', '{', '@', '[', ']'), (text, at, place, wrong) => {
        const [before, i] = ['x'.repeat(at % 5), place % text.length];
        const spoilt = text.slice(0, i) + wrong + text.slice(i + 1);
        for (const same of [startsWith, startsWithAnyCase]) {
          expect(same(viewOf(before + text), before.length, text)).toBe(true);
          expect(same(viewOf(before + spoilt), before.length, text)).toBe(false);
        }
        const upper = viewOf(before + text.toUpperCase());
        expect(startsWithAnyCase(upper, before.length, text)).toBe(true);
        expect(startsWith(upper, before.length, text)).toBe(text === text.toUpperCase());
      }),
    );
  });
});

describe('an octet', () => {
  const octets = Array.from({ length: 256 }, (_, octet) => octet);

  it('is a digit of ASCII or a letter of Latin-1 (recorded: sip-odd-2)', () => {
    expect(String.fromCharCode(...octets.filter(isDigit))).toBe('0123456789');
    const letters = octets.filter((octet) => /\p{L}/u.test(String.fromCharCode(octet)));
    // the kernel takes these for signs
    const signs = [0xaa, 0xb5, 0xba];
    expect(octets.filter(isLetter)).toEqual(letters.filter((octet) => !signs.includes(octet)));
  });
});
