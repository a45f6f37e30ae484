/** Why a packet is INVALID, in words: a packet for every reason, cut, spoilt or out of turn by itself. */
import { describe, expect, it } from 'vitest';
import { build } from '../../../src/packet/build.ts';
import { fragment, icmp, icmpv6, ipv4, ipv6, payload, sctp, tcp, udp, udplite } from '../../../src/packet/build-layers.ts';
import { ConntrackMachine } from '../../support/conntrack-machine.ts';
import { A, F, R, S, TcpTalk } from './tcp-talk.ts';

const v4 = ipv4('10.0.0.2', '10.1.0.2');
const v6 = ipv6('fd00::2', 'fd01::2');
const IP_LEN = 20;

/** An IPv4 packet whose transport holds `length` octets, its header true. */
function cut(bytes: Uint8Array, length: number): Uint8Array {
  const octets = bytes.slice(0, IP_LEN + length);
  const view = new DataView(octets.buffer);
  const before = view.getUint16(2);
  view.setUint16(2, octets.length);
  // the sum of the header moves with its length
  let sum = (~view.getUint16(10) & 0xffff) + (~before & 0xffff) + octets.length;
  sum = (sum & 0xffff) + (sum >>> 16);
  sum = (sum & 0xffff) + (sum >>> 16);
  view.setUint16(10, ~sum & 0xffff);
  return octets;
}

/** With an octet of the transport changed. */
function spoilt(bytes: Uint8Array, at: number, value: number, header = IP_LEN): Uint8Array {
  const octets = bytes.slice();
  octets[header + at] = value;
  return octets;
}

function why(...packets: readonly Uint8Array[]): string {
  const machine = new ConntrackMachine();
  let told = '';
  for (const bytes of packets) {
    const { state, invalid } = machine.pass(bytes);
    told = state === 'INVALID' ? invalid : `not invalid: ${state}`;
  }
  return told;
}

const TCP = build(v4, tcp(1000, 80, { flags: S, seq: 1 }), payload('abc'));
const UDP = build(v4, udp(1000, 53), payload('abc'));
const LITE = build(v4, udplite(1000, 53), payload('abcdef'));
const PING = build(v4, icmp(8, 0, { identifier: 7 }), payload('ping'));
const PING6 = build(v6, icmpv6(128, 0), payload('ping'));
const SCTP = build(v4, sctp(1000, 80), payload(Uint8Array.of(1, 0, 0, 20, 0, 0, 0, 5, 0, 0, 9, 9, 0, 1, 0, 1, 0, 0, 0, 1)));
/** An ICMP error of a third host about a packet. */
const error = (quoted: Uint8Array, to = '10.0.0.2', type = 3): Uint8Array => build(ipv4('10.9.0.9', to), icmp(type, 1), payload(quoted));

describe('the reason of an INVALID packet', () => {
  // biome-ignore format: a table
  it.each([
    ['a TCP header cut off', [cut(TCP, 19)], 'the transport header is cut off: needs 20 octets, 19 are there'],
    ['a UDP header cut off', [cut(UDP, 7)], 'the transport header is cut off: needs 8 octets, 7 are there'],
    ['a UDP-Lite header cut off', [cut(LITE, 7)], 'the transport header is cut off: needs 8 octets, 7 are there'],
    ['an SCTP header cut off', [cut(SCTP, 11)], 'the transport header is cut off: needs 12 octets, 11 are there'],
    ['an ICMP header cut off', [cut(PING, 7)], 'the transport header is cut off: needs 8 octets, 7 are there'],
    ['ports cut off', [cut(UDP, 3)], 'the transport header is cut off: needs 4 octets, 3 are there'],
    ['no chunk', [build(v4, sctp(1000, 80))], 'SCTP chunks that may not stand together, or none'],
    ['a header longer than the segment', [spoilt(TCP, 12, 0x60)], 'the length field says 24, 23 octets are there'],
    ['a header too short', [spoilt(TCP, 12, 0x40)], 'the length field says 16, 23 octets are there'],
    ['a datagram longer than the packet', [spoilt(UDP, 5, 12)], 'the length field says 12, 11 octets are there'],
    ['a datagram shorter than its header', [spoilt(UDP, 5, 7)], 'the length field says 7, 11 octets are there'],
    ['more covered than there is', [spoilt(LITE, 5, 15)], 'the length field says 15, 14 octets are there'],
    ['less covered than the header', [spoilt(LITE, 5, 7)], 'the length field says 7, 14 octets are there'],
    ['no checksum where there must be one', [spoilt(spoilt(LITE, 6, 0), 7, 0)], 'a checksum of zero, which this protocol does not allow'],
    ['impossible flags', [build(v4, tcp(1000, 80, { flags: S | F }))], 'an impossible combination of TCP flags (0x03)'],
    ['no flags', [build(v4, tcp(1000, 80, { flags: 0 }))], 'an impossible combination of TCP flags (0x00)'],
    ['a FIN of nothing', [build(v4, tcp(1000, 80, { flags: F | A }))], 'no connection is known and FIN cannot begin one'],
    ['a reset of nothing', [build(v4, tcp(1000, 80, { flags: R }))], 'no connection is known and RST cannot begin one'],
    ['an answer to nothing', [build(v4, tcp(1000, 80, { flags: S | A }))], 'no connection is known and SYN|ACK cannot begin one'],
    ['an ABORT of nothing', [build(v4, sctp(1000, 80), payload(Uint8Array.of(6, 0, 0, 4)))], 'no connection is known and this cannot begin one'],
    ['a pong to nothing', [build(v4, icmp(0, 0, { identifier: 7 }))], 'ICMP type 0 belongs to no connection and cannot begin one'],
    ['an ICMP type there is not', [build(v4, icmp(19))], 'ICMP type 19 belongs to no connection and cannot begin one'],
    ['a type that asks nothing', [build(v6, icmpv6(137))], 'a malformed neighbour discovery redirect'],
    ['a quotation cut off', [error(cut(UDP, 3))], 'the packet quoted by the ICMP error cannot be read'],
    ['a quotation of nobody', [error(UDP)], 'the packet quoted by the ICMP error belongs to no known connection'],
    ['a quotation for somebody else', [UDP, error(UDP, '10.0.0.3')], 'the ICMP error is not addressed to the sender of the packet it quotes'],
    ['ICMPv6 in IPv4', [build(ipv4('10.0.0.2', '10.1.0.2', { protocol: 58 }), payload(new Uint8Array(8).fill(128, 0, 1)))], 'an ICMP protocol of the other IP version'],
    ['GRE that carries no PPP', [build(ipv4('10.0.0.2', '10.1.0.2', { protocol: 47 }), payload(Uint8Array.of(0x20, 1, 8, 0, 0, 0, 0, 7)))], 'GRE version 1 that does not carry PPP'],
  ])('%s', (_, packets, reason) => {
    expect(why(...packets)).toBe(reason);
  });

  it.each([
    ['TCP', TCP, 16],
    ['UDP', UDP, 6],
    ['ICMP', PING, 2],
  ])('a wrong checksum of %s, with the right one', (_, bytes, at) => {
    const right = (bytes[IP_LEN + at]! << 8) | bytes[IP_LEN + at + 1]!;
    const wrong = right ^ 0x0101;
    const hex = (number: number): string => `0x${number.toString(16).padStart(4, '0')}`;
    const packet = spoilt(spoilt(bytes, at, wrong >> 8), at + 1, wrong & 0xff);
    expect(why(packet)).toBe(`wrong transport checksum: ${hex(wrong)}, ${hex(right)} would be right`);
  });

  it('a wrong checksum of ICMPv6', () => {
    expect(why(spoilt(PING6, 4, 99, 40))).toMatch(/^wrong transport checksum: 0x[0-9a-f]{4}, 0x[0-9a-f]{4} would be right$/);
  });

  it('a sum of zero that is due is told as it is sent', () => {
    // a datagram whose sum is 0 goes out as 0xffff
    for (let filler = 0; filler < 0x10000; filler++) {
      const bytes = build(v4, udp(1000, 53), payload(Uint8Array.of(filler >> 8, filler & 0xff)));
      if (bytes[IP_LEN + 6] !== 0xff || bytes[IP_LEN + 7] !== 0xff) continue;
      expect(why(spoilt(bytes, 6, 0x12))).toBe('wrong transport checksum: 0x12ff, 0xffff would be right');
      return;
    }
    expect.fail('no datagram has the sum 0');
  });

  it('of a connection that is known: state, window, acknowledgement, reset', () => {
    const talk = new TcpTalk(new ConntrackMachine());
    talk.open();
    const told = (flags: number, seq: number, ack: number, data = ''): string => talk.c(flags, seq, { ack, data }).invalid;
    expect(told(S | A, 101, 501)).toBe('SYN|ACK does not fit TCP state ESTABLISHED');
    expect(told(A, 200_000, 501, 'x')).toBe('135661 octets beyond the end of the window (64240 allowed)');
    expect(told(A, 101, 100_501)).toBe('acknowledges 100000 octets that were never seen');
    talk.s(A, 501, { ack: 101, data: 'y'.repeat(100) });
    talk.c(A, 101, { ack: 601 });
    expect(talk.s(R, 500).invalid).toBe('a reset 101 octets below what the peer has acknowledged');
  });

  it('picking up in the middle, where that is forbidden', () => {
    const machine = new ConntrackMachine({ tcpLoose: 0 });
    const { state, invalid } = machine.pass(build(v4, tcp(1000, 80, { flags: A })));
    expect([state, invalid]).toEqual(['INVALID', 'no connection is known and tcp_loose=0 forbids to pick one up in the middle']);
  });

  it('a piece that comes alone is none: it is kept', () => {
    const piece = build(ipv6('fd00::2', 'fd01::2'), fragment({ nextHeader: 17, fragmentOffset: 2, moreFragments: 0 }), payload('tail'));
    expect(new ConntrackMachine().pass(piece).state).not.toBe('NEW');
  });
});
