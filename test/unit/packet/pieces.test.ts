import { describe, expect, it } from 'vitest';
import { Packet } from '../../../src/packet/packet.ts';
import { joinPieces, pullTransport } from '../../../src/packet/pieces.ts';

function made(sizes: readonly number[], family: 4 | 6 = 4): Packet {
  const packet = new Packet();
  packet.family = family;
  packet.fragSizes = Int32Array.from(sizes);
  packet.fragCount = sizes.length;
  packet.network = 0;
  packet.transport = family === 4 ? 20 : 56;
  return packet;
}

/** Sizes of pieces a 6.18 kernel sent a TCP segment on in, after TCPOPTSTRIP with a header of 40 octets. */
const PULLS: readonly (readonly [before: number[], after: number[]])[] = [
  [
    [8, 132],
    [40, 100],
  ],
  [
    [24, 116],
    [40, 100],
  ],
  [
    [40, 100],
    [40, 100],
  ],
  [
    [48, 92],
    [48, 92],
  ],
  [
    [8, 56, 76],
    [40, 24, 76],
  ],
  [
    [16, 8, 40, 76],
    [40, 24, 76],
  ],
  [
    [8, 16, 16, 100],
    [40, 100],
  ],
  [[8, 24], [32]],
];

describe('pieces of a reassembled packet', () => {
  it.each(PULLS)('%j with 40 octets pulled are %j', (before, after) => {
    const packet = made(before);
    pullTransport(packet, 40);
    expect([...packet.fragSizes.subarray(0, packet.fragCount)]).toEqual(after);
  });

  it('count IPv6 extension headers into the first one', () => {
    const packet = made([24, 100], 6);
    pullTransport(packet, 20);
    expect([...packet.fragSizes]).toEqual([36, 88]);
  });

  it('are none of a packet that came whole', () => {
    const packet = made([]);
    pullTransport(packet, 40);
    expect(packet.fragCount).toBe(0);
  });

  it('are forgotten when they are joined', () => {
    const packet = made([8, 8]);
    joinPieces(packet);
    expect(packet.fragCount).toBe(0);
  });
});
