/** ICMP errors and their like by type, and the redirect of neighbour discovery (RFC 4861 §4.5), whose quote is an option. */
import { describe, expect, it } from 'vitest';
import { build } from '../../../src/packet/build.ts';
import { icmp, icmpv6, ipv4, ipv6, payload, udp } from '../../../src/packet/build-layers.ts';
import { ConntrackMachine } from '../../support/conntrack-machine.ts';

const [CLIENT, SERVER, ROUTER] = ['fd00::2', 'fd01::2', 'fe80::1'];
const QUERY6 = build(ipv6(CLIENT, SERVER), udp(1000, 53), payload('question'));
const REDIRECT = 137;
const BAD = 'a malformed neighbour discovery redirect';
/** It goes on to the lookup, and cannot begin a connection. */
const GOES_ON = 'type 137 has no answer, so it cannot begin a connection';
const OPTION_REDIRECTED = 4;

/** What becomes of a redirect to the client, once its datagram is known: RELATED, or why not. */
function fateOf(fields: {
  src?: string;
  hopLimit?: number;
  code?: number;
  option?: readonly number[];
  quote?: Uint8Array;
  size?: number;
}): string {
  const { src = ROUTER, hopLimit = 255, code = 0, option = [OPTION_REDIRECTED, 7, 0, 0, 0, 0, 0, 0], quote = QUERY6, size } = fields;
  const machine = new ConntrackMachine();
  machine.pass(QUERY6);
  // target and destination, then options
  const body = [...Array.from({ length: 32 }, () => 0), ...option, ...quote];
  const octets = Uint8Array.from(size === undefined ? body : body.slice(0, size - 8));
  const { state, invalid, direction } = machine.pass(build(ipv6(src, CLIENT, { hopLimit }), icmpv6(REDIRECT, code), payload(octets)));
  return state === 'INVALID' ? invalid : `${state} ${direction}`;
}

describe('a redirect of neighbour discovery', () => {
  // biome-ignore format: a table
  it.each([
    ['of a router on the link', {}, 'RELATED reply'],
    ['of the lowest address of a link', { src: 'fe80::' }, 'RELATED reply'],
    ['of the highest address of a link', { src: 'febf:ffff::1' }, 'RELATED reply'],
    ['of an address below those of a link', { src: 'fe7f:ffff::1' }, BAD],
    ['of an address above those of a link', { src: 'fec0::1' }, BAD],
    ['of a global address', { src: 'fd77::9' }, BAD],
    ['that was forwarded', { hopLimit: 254 }, BAD],
    ['that was forwarded from elsewhere', { hopLimit: 254, src: 'fd77::9' }, BAD],
    ['that has all but the last octet of its fixed part', { size: 39 }, BAD],
    ['that has all but the last octet, of another code', { size: 39, code: 1 }, BAD],
    ['that has no option', { size: 40 }, BAD],
    ['that has half an option', { size: 41 }, BAD],
    ['that has an option of no length', { option: [OPTION_REDIRECTED, 0, 0, 0, 0, 0, 0, 0] }, BAD],
    ['that has an option without a quote', { size: 48 }, 'the packet quoted by the ICMP error cannot be read'],
    ['that has the first octets of an option', { size: 42 }, 'the packet quoted by the ICMP error cannot be read'],
    ['that quotes what nobody sent', { quote: build(ipv6(CLIENT, SERVER), udp(1000, 54)) }, 'the packet quoted by the ICMP error belongs to no known connection'],
    ['that quotes what the other side sent', { quote: build(ipv6(SERVER, CLIENT), udp(53, 1000)) }, 'the ICMP error is not addressed to the sender of the packet it quotes'],
    ['with another option first', { option: [1, 1, 2, 0, 0, 0, 0, 1] }, GOES_ON],
    ['with another option in its last octets', { option: [1, 1], quote: new Uint8Array(0) }, GOES_ON],
    ['of another code', { code: 1 }, GOES_ON],
    ['of another code that has no option', { code: 1, size: 40 }, GOES_ON],
    ['of another code from anywhere', { code: 1, hopLimit: 1, src: 'fd77::9' }, GOES_ON],
  ] as const)('%s', (_, fields, due) => {
    expect(fateOf(fields)).toBe(due);
  });
});

describe('an ICMP message', () => {
  /** The types of which a message that quotes a known datagram has this state. */
  const typesOf = (v: 4 | 6): Map<string, number[]> => {
    const query = v === 6 ? QUERY6 : build(ipv4('10.0.0.2', '10.1.0.2'), udp(1000, 53), payload('question'));
    const states = new Map<string, number[]>();
    for (let type = 0; type < 256; type++) {
      const machine = new ConntrackMachine();
      machine.pass(query);
      const head =
        v === 6
          ? build(ipv6('fd77::9', CLIENT), icmpv6(type), payload(query))
          : build(ipv4('192.0.2.9', '10.0.0.2'), icmp(type), payload(query));
      const { state } = machine.pass(head);
      states.set(state, [...(states.get(state) ?? []), type]);
    }
    return states;
  };

  it('is an error, a query or nothing by its type, in IPv4', () => {
    const states = typesOf(4);
    expect(states.get('RELATED')).toEqual([3, 4, 5, 11, 12]);
    expect(states.get('NEW')).toEqual([8, 13, 15, 17]);
    expect(states.get('UNTRACKED')).toBeUndefined();
  });

  it('is an error, a query, left alone or nothing by its type, in IPv6', () => {
    const states = typesOf(6);
    expect(states.get('RELATED')).toEqual(Array.from({ length: 128 }, (_, type) => type));
    expect(states.get('NEW')).toEqual([128, 139]);
    expect(states.get('UNTRACKED')).toEqual([130, 131, 132, 133, 134, 135, 136, 143, 151, 152]);
  });

  it('says which type begins nothing', () => {
    const told = (type: number): string =>
      new ConntrackMachine().pass(build(ipv4('192.0.2.9', '10.0.0.2'), icmp(type), payload('data'))).invalid;
    expect([18, 19].map(told)).toEqual([
      'ICMP type 18 belongs to no connection and cannot begin one',
      'ICMP type 19 belongs to no connection and cannot begin one',
    ]);
    expect([1, 10].map(told)).toEqual([1, 10].map((type) => `type ${type} has no answer, so it cannot begin a connection`));
  });

  it('has eight octets, with a true checksum', () => {
    const told = (bytes: Uint8Array): string => {
      const { state, invalid } = new ConntrackMachine().pass(bytes);
      return state === 'INVALID' ? invalid : state;
    };
    for (const [ip, head] of [
      [ipv4('10.0.0.2', '10.1.0.2', { protocol: 1 }), icmp(8)],
      [ipv6(CLIENT, SERVER, { nextHeader: 58 }), icmpv6(128)],
    ] as const) {
      const whole = build(ip, head);
      expect(told(whole)).toBe('NEW');
      expect(told(build(ip, payload(whole.slice(-8, -1))))).toBe('the transport header is cut off: needs 8 octets, 7 are there');
      expect(told(whole.with(whole.length - 1, 1))).toMatch(/^wrong transport checksum/);
    }
  });

  it('answers each query of IPv4 by its own type', () => {
    for (const [query, answer] of [
      [8, 0],
      [13, 14],
      [15, 16],
      [17, 18],
    ] as const) {
      const machine = new ConntrackMachine();
      const pass = (src: string, dst: string, type: number): string =>
        machine.pass(build(ipv4(src, dst), icmp(type, 0, { identifier: 7 }))).state;
      expect(pass('10.0.0.2', '10.1.0.2', query)).toBe('NEW');
      for (const other of [0, 14, 16, 18]) expect(pass('10.1.0.2', '10.0.0.2', other)).toBe(other === answer ? 'ESTABLISHED' : 'INVALID');
    }
  });

  it('is one of the other IP version otherwise', () => {
    const four = build(ipv4('192.0.2.9', '10.0.0.2', { protocol: 58 }), payload(Uint8Array.of(128, 0, 0, 0, 0, 1, 0, 1)));
    expect(new ConntrackMachine().pass(four).invalid).toBe('an ICMP protocol of the other IP version');
  });
});
