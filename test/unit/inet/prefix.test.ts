import { describe, expect, it } from 'vitest';
import { parseIpv4 } from '../../../src/inet/ipv4.ts';
import { parseIpv6 } from '../../../src/inet/ipv6.ts';
import { formatPrefix, makePrefix, maskOf, parsePrefix, prefixContains } from '../../../src/inet/prefix.ts';

describe('parsePrefix', () => {
  it.each([
    ['10.1.2.3', 4, '10.1.2.3/32'],
    ['10.1.2.3/8', 4, '10.0.0.0/8'],
    ['10.1.2.3/0', 4, '0.0.0.0/0'],
    ['10.1.2.3/255.255.0.0', 4, '10.1.0.0/16'],
    ['10.1.2.3/255.0.255.0', 4, '10.0.2.0/255.0.255.0'],
    ['10.1.2.3/0.0.0.0', 4, '0.0.0.0/0'],
    ['2001:db8::1', 6, '2001:db8::1/128'],
    ['2001:db8:ffff::1/33', 6, '2001:db8:8000::/33'],
    ['::1/0', 6, '::/0'],
    ['fe80::1/ffff:ffff::', 6, 'fe80::/32'],
    ['fe80::1/ffff::ffff', 6, 'fe80::1/ffff::ffff'],
  ] as const)('reads %s (IPv%d) as %s', (text, family, printed) => {
    expect(formatPrefix(parsePrefix(text, family)!)).toBe(printed);
  });

  it.each([
    ['10.1.2.3/33', 4],
    ['10.1.2.3/', 4],
    ['10.1.2.3/-1', 4],
    ['10.1.2.3/8/8', 4],
    ['10.1.2/8', 4],
    ['::1/129', 6],
    ['::1/24.0.0.0', 6],
  ] as const)('refuses %s (IPv%d)', (text, family) => {
    expect(parsePrefix(text, family)).toBeNull();
  });
});

describe('prefixContains', () => {
  it('compares only the bits of the mask', () => {
    const inside = parsePrefix('10.1.0.0/16', 4)!;
    expect(prefixContains(inside, parseIpv4('10.1.255.255')!, 9, 9, 9)).toBe(true);
    expect(prefixContains(inside, parseIpv4('10.2.0.0')!, 0, 0, 0)).toBe(false);
    expect(prefixContains(parsePrefix('0.0.0.0/0', 4)!, -1, 0, 0, 0)).toBe(true);
  });

  it('looks at all four words of IPv6', () => {
    const prefix = parsePrefix('2001:db8::8000:0/97', 6)!;
    const at = (text: string): boolean => {
      const [w0, w1, w2, w3] = parseIpv6(text)!;
      return prefixContains(prefix, w0!, w1!, w2!, w3!);
    };
    expect(at('2001:db8::8000:1')).toBe(true);
    expect(at('2001:db8::7fff:ffff')).toBe(false);
    expect(at('2001:db8:1::8000:1')).toBe(false);
    expect(at('2001:db8::1:0:8000:1')).toBe(false);
    expect(at('2001:db9::8000:1')).toBe(false);
  });

  it('has as many leading ones as it says, for every length', () => {
    for (let length = 0; length <= 128; length++) {
      const ones = [...maskOf(length, 6)].map((word) => (word >>> 0).toString(2).padStart(32, '0')).join('');
      expect(ones).toBe('1'.repeat(length) + '0'.repeat(128 - length));
      expect(parsePrefix(`ffff::/${length}`, 6)!.length).toBe(length);
    }
    expect(formatPrefix(makePrefix(Int32Array.of(-1), 12))).toBe('255.240.0.0/12');
  });
});
