import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { pseudoHeaderSum, sum16 } from '../../../src/inet/checksum.ts';
import { build, tcpOptions } from '../../../src/packet/build.ts';
import * as layer from '../../../src/packet/build-layers.ts';
import { decodeInner } from '../../../src/packet/inner.ts';
import { Packet } from '../../../src/packet/packet.ts';
import { SctpView } from '../../../src/wire/sctp.ts';
import { decoded, MAC_A, MAC_B } from './kit.ts';

const ethernet = layer.ethernet(MAC_B, MAC_A);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('build', () => {
  it('makes the frame another builder makes of the same description', () => {
    // Made by the recorder's own builder, in Python: it is the frame of tcp/push-ack.hex.
    const fields = { seq: 5, ack: 9, flags: 0x18, window: 64_240 };
    const frame = build(ethernet, layer.ipv4('10.0.0.1', '10.0.0.2'), layer.tcp(1024, 2222, fields), layer.payload('hello'));
    const lines = readFileSync(new URL('../../../fixtures/frames/tcp/push-ack.hex', import.meta.url), 'utf8').split('\n');
    expect(hex(frame)).toBe(
      lines
        .filter((line) => !line.startsWith('#'))
        .join('')
        .replaceAll(' ', ''),
    );
  });

  it('computes checksums that hold, in every layer, odd lengths and tunnels included', () => {
    for (const data of ['', 'a', 'ab', 'abc']) {
      for (const upper of [layer.tcp(1, 2), layer.udp(1, 2), layer.udplite(1, 2), layer.icmpv6(128)]) {
        for (const ip of [layer.ipv4('10.0.0.1', '255.255.255.255'), layer.ipv6('fd00::1', 'ffff::ffff')]) {
          const frame = build(ethernet, layer.ipv4('1.2.3.4', '5.6.7.8'), layer.gre({ checksum: true }), ip, upper, layer.payload(data));
          const outer = decoded(frame);
          const inner = new Packet();
          expect(decodeInner(outer, inner)).toBe(true);
          expect(sum16(outer.view, outer.network, 20)).toBe(0xffff);
          expect(sum16(outer.view, outer.transport, outer.transportLength)).toBe(0xffff);
          const pseudo = pseudoHeaderSum(inner, inner.protocol, inner.transportLength);
          expect(sum16(inner.view, inner.transport, inner.transportLength, pseudo)).toBe(0xffff);
        }
      }
    }
  });

  it('computes the sums of ICMP, IGMP and SCTP', () => {
    for (const upper of [layer.icmp(8, 0, { identifier: 7 }), layer.igmp(0x16, '224.0.0.251')]) {
      const packet = decoded(build(ethernet, layer.ipv4('10.0.0.1', '10.0.0.2'), upper, layer.payload('abc')));
      expect(sum16(packet.view, packet.transport, packet.transportLength)).toBe(0xffff);
    }
    const sctp = decoded(build(ethernet, layer.ipv4('10.0.0.1', '10.0.0.2'), layer.sctp(1, 2), layer.payload('hex: 0b 00 00 04')));
    const view = new SctpView().at(sctp.view, sctp.transport);
    expect(view.checksum).toBe(view.computeChecksum(sctp.transportLength));
  });

  it('never sends a UDP checksum of 0', () => {
    // Two octets of payload take every value, so that one of them makes the sum 0xffff.
    let least = 0xffff;
    for (let value = 0; value <= 0xffff; value++) {
      const frame = build(layer.ipv4('10.0.0.1', '10.0.0.2'), layer.udp(1, 2), layer.payload(Uint8Array.of(value >> 8, value & 255)));
      least = Math.min(least, (frame[26]! << 8) | frame[27]!);
    }
    expect(least).toBe(1);
  });

  it('lets what is given stand, wrong as it may be', () => {
    const frame = build(
      layer.ipv4('10.0.0.1', '10.0.0.2', { checksum: 0x1234, totalLength: 9, protocol: 99, headerWords: 7 }),
      layer.udp(1, 2, { checksum: 0, length: 3 }),
    );
    expect(hex(frame)).toBe('4700000900000000406312340a0000010a000002' + '0001000200030000');
  });

  it('writes SNAP, QinQ and extension headers', () => {
    expect(hex(build(ethernet, layer.snap(), layer.payload('ab'))).slice(24)).toBe('000a' + 'aaaa030000000000' + '6162');
    expect(hex(build(ethernet, layer.vlan(100, { priority: 7 }, 0x88a8), layer.vlan(5), layer.ipv6('::', '::'))).slice(24, 44)).toBe(
      '88a8e06481000005' + '86dd',
    );
    const chain = build(
      layer.ipv6('::', '::'),
      layer.hopByHop(Uint8Array.of(5, 2, 0, 0)),
      layer.fragment({ fragmentOffset: 3, identification: 9 }),
      layer.ah(),
      layer.esp({ spi: 1 }),
    );
    expect(hex(chain.subarray(40))).toBe('2c00050200000100' + '3300001800000009' + '32040000'.padEnd(48, '0') + '0000000100000000');
  });

  it('writes TCP options in the order given', () => {
    const all = tcpOptions(
      ['mss', 1460],
      ['nop'],
      ['wscale', 7],
      ['sackOK'],
      ['timestamps', 1, 0xffffffff],
      ['sack', 1, 2],
      ['raw', 99, Uint8Array.of(8)],
      ['eol'],
    );
    expect(hex(all)).toBe('020405b4' + '01' + '030307' + '0402' + '080a00000001ffffffff' + '050a0000000100000002' + '630308' + '00');
  });

  it('refuses addresses that are none', () => {
    expect(() => layer.ipv4('10.0.0', '10.0.0.2')).toThrow('expected an IPv4 address, got 10.0.0');
    expect(() => layer.ethernet('x', MAC_A)).toThrow(RangeError);
    expect(() => build(layer.ipv4('10.0.0.1', '10.0.0.2', { length: 3 }))).toThrow(RangeError);
    expect(build()).toEqual(new Uint8Array(0));
  });
});
