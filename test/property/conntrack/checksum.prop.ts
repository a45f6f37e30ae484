/** A wrong checksum is told with the one that would be right. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { build } from '../../../src/packet/build.ts';
import { type Fields, icmp, ipv4, type LayerSpec, payload, tcp, udp } from '../../../src/packet/build-layers.ts';
import { ConntrackMachine } from '../../support/conntrack-machine.ts';

const layer = fc.constantFrom<(checksum: Fields) => LayerSpec>(
  (checksum) => tcp(1000, 80, { flags: 2, ...checksum }),
  (checksum) => udp(1000, 80, checksum),
  (checksum) => icmp(8, 0, { identifier: 7, ...checksum }),
);
/** Where the field stands behind an IPv4 header, by protocol. */
const FIELD: Readonly<Record<number, number>> = { 6: 16, 17: 6, 1: 2 };

describe('a wrong transport checksum', () => {
  it('is told with the one that would be right', () => {
    fc.assert(
      fc.property(layer, fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 0xffff }), (make, data, wrong) => {
        const right = build(ipv4('10.0.0.2', '10.1.0.2'), make({}), payload(data));
        const due = (right[20 + FIELD[right[9]!]!]! << 8) | right[21 + FIELD[right[9]!]!]!;
        fc.pre(wrong !== due && !(due === 0xffff && wrong === 0) && !(due === 0 && wrong === 0xffff));
        const bytes = build(ipv4('10.0.0.2', '10.1.0.2'), make({ checksum: wrong }), payload(data));
        const hex = (number: number): string => `0x${number.toString(16).padStart(4, '0')}`;
        expect(new ConntrackMachine().pass(bytes)).toMatchObject({
          state: 'INVALID',
          invalid: `wrong transport checksum: ${hex(wrong)}, ${hex(due)} would be right`,
        });
      }),
      { numRuns: 300 },
    );
  });
});
