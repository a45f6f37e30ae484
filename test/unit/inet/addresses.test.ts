import { isIP } from 'node:net';
import { describe, expect, it } from 'vitest';
import { formatAddress, parseAddress } from '../../../src/inet/address.ts';
import { formatIpv4, parseIpv4 } from '../../../src/inet/ipv4.ts';
import { formatIpv6, parseIpv6 } from '../../../src/inet/ipv6.ts';
import { formatMac, parseMac } from '../../../src/inet/mac.ts';

describe('parseIpv4', () => {
  it.each([
    ['0.0.0.0', 0],
    ['10.0.0.1', 0x0a000001],
    ['127.255.255.255', 0x7fffffff],
    ['192.168.1.20', 0xc0a80114 | 0],
    ['255.255.255.255', -1],
  ] as const)('reads %s', (text, word) => {
    expect(parseIpv4(text)).toBe(word);
    expect(formatIpv4(word)).toBe(text);
  });

  it.each([
    '',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.00',
    '0x1.2.3.4',
    '1.2.3.4 ',
    ' 1.2.3.4',
    '1..3.4',
    '1.2.3.',
    '+1.2.3.4',
    '1.2.3.4/8',
    '1.2.3.1234567890',
  ])('refuses %j', (text) => {
    expect(parseIpv4(text)).toBeNull();
  });
});

/** Left: a text; right: what glibc 2.36's inet_ntop prints for it. */
const IPV6: readonly (readonly [string, string])[] = [
  ['::', '::'],
  ['::1', '::1'],
  ['1::', '1::'],
  ['::1:0', '::0.1.0.0'],
  ['::1.2.3.4', '::1.2.3.4'],
  ['::ffff:1.2.3.4', '::ffff:1.2.3.4'],
  ['::ffff:0:0', '::ffff:0.0.0.0'],
  ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
  ['1:0:0:2:0:0:3:4', '1::2:0:0:3:4'],
  ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['0:0:0:1::', '0:0:0:1::'],
  ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
  ['fe80::1:0:0:abcd', 'fe80::1:0:0:abcd'],
  ['::ffff:0:1.2.3.4', '::ffff:0:102:304'],
  ['::fffe:1.2.3.4', '::fffe:102:304'],
  ['0:1::', '0:1::'],
  ['::1:2:3', '::1:2:3'],
  ['::ABCD:EF01', '::171.205.239.1'],
];

describe('parseIpv6', () => {
  it.each(IPV6)('reads %s and prints it as inet_ntop does', (text, printed) => {
    const words = parseIpv6(text);
    expect(words).not.toBeNull();
    expect(formatIpv6(words![0]!, words![1]!, words![2]!, words![3]!)).toBe(printed);
  });

  it.each([
    '1::2::3',
    ':::',
    '::1:',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '::1:2:3:4:5:6:7:8',
    '12345::',
    'g::',
    '1:2',
    '',
    '::1.2.3',
    '::1.2.3.04',
    '::1.2.3.256',
    '1.2.3.4::',
    '::1%lo',
    ' ::1',
    '1:2:3:4:5:6:7:1.2.3.4',
    ':1',
    '1:',
    ':',
    '::1.2.3.4:5',
  ])('refuses %j as inet_pton does', (text) => {
    expect(parseIpv6(text)).toBeNull();
  });

  it('agrees with node about what is an address', () => {
    for (const text of ['1:2:3:4:5:6:1.2.3.4', '::5:1.2.3.4', 'a:b:c:d:e:f:0:1', '1:2:3:4:5:6:7', '::00001']) {
      expect(parseIpv6(text) !== null, text).toBe(isIP(text) === 6);
    }
  });
});

describe('parseAddress', () => {
  it('reads only its own family', () => {
    expect(parseAddress('10.0.0.1', 6)).toBeNull();
    expect(parseAddress('::1', 4)).toBeNull();
    expect(formatAddress(parseAddress('10.0.0.1', 4)!)).toBe('10.0.0.1');
    expect(formatAddress(parseAddress('fd00::1', 6)!)).toBe('fd00::1');
  });
});

describe('parseMac', () => {
  it('reads six pairs and prints them in lower case', () => {
    expect(parseMac('02:00:5E:aB:00:ff')).toEqual(Uint8Array.of(2, 0, 0x5e, 0xab, 0, 0xff));
    expect(formatMac(Uint8Array.of(9, 2, 0, 0x5e, 0xab, 0, 0xff), 1)).toBe('02:00:5e:ab:00:ff');
  });

  it.each(['', '2:0:5e:ab:0:ff', '02:00:5e:ab:00', '02:00:5e:ab:00:ff:00', '02-00-5e-ab-00-ff', '0g:00:5e:ab:00:ff'])(
    'refuses %j',
    (text) => {
      expect(parseMac(text)).toBeNull();
    },
  );
});
