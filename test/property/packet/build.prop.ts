import fc from 'fast-check';
import { describe, it } from 'vitest';
import { sum16 } from '../../../src/inet/checksum.ts';
import { formatIpv4 } from '../../../src/inet/ipv4.ts';
import { build } from '../../../src/packet/build.ts';
import * as layer from '../../../src/packet/build-layers.ts';
import { Fault } from '../../../src/packet/fault.ts';
import { decoded, MAC_A, MAC_B } from '../../unit/packet/kit.ts';

describe('build', () => {
  it('makes what decode finds without a fault', () => {
    const input = fc.record({
      src: fc.integer(),
      dst: fc.integer(),
      tags: fc.nat(3),
      options: fc.uint8Array({ min: 1, max: 1, maxLength: 40 }),
      sport: fc.nat(0xffff),
      dport: fc.nat(0xffff),
      data: fc.uint8Array({ maxLength: 100 }),
      tcp: fc.boolean(),
    });
    fc.assert(
      fc.property(input, ({ src, dst, tags, options, sport, dport, data, tcp }) => {
        const tagged = Array.from({ length: tags }, (_, i) => layer.vlan(i + 1));
        const upper = tcp ? layer.tcp(sport, dport, {}, options) : layer.udp(sport, dport);
        const ip = layer.ipv4(formatIpv4(src), formatIpv4(dst), {}, options);
        const packet = decoded(build(layer.ethernet(MAC_B, MAC_A), ...tagged, ip, upper, layer.payload(data)));
        return (
          packet.fault === Fault.None &&
          packet.src0 === src &&
          packet.dst0 === dst &&
          packet.srcPort === sport &&
          packet.dstPort === dport &&
          packet.vlan === (tags === 0 ? -1 : tags) &&
          packet.network + packet.networkLength === packet.end &&
          sum16(packet.view, packet.network, packet.headerLength) === 0xffff
        );
      }),
      { numRuns: 500 },
    );
  });
});
