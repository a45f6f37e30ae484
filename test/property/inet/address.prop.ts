import fc from 'fast-check';
import { isIPv4, isIPv6 } from 'node:net';
import { describe, it } from 'vitest';
import { formatIpv4, parseIpv4 } from '../../../src/inet/ipv4.ts';
import { formatIpv6, parseIpv6 } from '../../../src/inet/ipv6.ts';
import { formatPrefix, parsePrefix } from '../../../src/inet/prefix.ts';

const word = (): fc.Arbitrary<number> => fc.oneof(fc.integer(), fc.constantFrom(0, 0, 0, 1, 0xffff, 0x10000, -1));

describe('addresses', () => {
  it('are read back as they were printed', () => {
    fc.assert(fc.property(word(), (w) => parseIpv4(formatIpv4(w)) === w));
    fc.assert(
      fc.property(word(), word(), word(), word(), (a, b, c, d) => {
        const text = formatIpv6(a, b, c, d);
        const back = parseIpv6(text);
        return isIPv6(text) && back !== null && [a, b, c, d].every((w, i) => back[i] === w);
      }),
      { numRuns: 2000 },
    );
  });

  it('are accepted when node accepts them, and only then', () => {
    const v4like = fc.stringMatching(/^[0-9]{1,3}(?:\.[0-9a]{0,3}){2,4}$/);
    fc.assert(
      fc.property(v4like, (text) => (parseIpv4(text) !== null) === isIPv4(text)),
      { numRuns: 2000 },
    );
    const v6like = fc.array(fc.oneof(fc.constantFrom(':', '::', '.', '0', '1.2.3.4'), fc.stringMatching(/^[0-9a-fg]{1,5}$/)), {
      maxLength: 16,
    });
    fc.assert(
      fc.property(v6like, (parts) => (parseIpv6(parts.join('')) !== null) === isIPv6(parts.join(''))),
      { numRuns: 5000 },
    );
  });

  it('never throw, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        parseIpv4(text);
        parseIpv6(text);
        parsePrefix(text, 4);
        parsePrefix(text, 6);
        return true;
      }),
    );
  });
});

describe('prefixes', () => {
  it('print what reads as themselves', () => {
    fc.assert(
      fc.property(word(), word(), (address, mask) => {
        const prefix = parsePrefix(`${formatIpv4(address)}/${formatIpv4(mask)}`, 4)!;
        const again = parsePrefix(formatPrefix(prefix), 4)!;
        return again.address[0] === (address & mask) && again.mask[0] === mask && again.length === prefix.length;
      }),
    );
  });
});
