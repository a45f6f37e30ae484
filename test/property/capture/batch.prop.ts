import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openCapture } from '../../../src/capture/index.ts';
import { CaptureError } from '../../../src/errors.ts';
import { build } from '../../../src/packet/build.ts';
import { ethernet, ipv4, ipv6, payload, tcp, udp } from '../../../src/packet/build-layers.ts';
import { decode } from '../../../src/packet/decode.ts';
import { Packet } from '../../../src/packet/packet.ts';
import { BATCH_WORDS, BatchWord, PacketBatch } from '../../../src/packet/packet-batch.ts';
import { captureOctets } from '../../support/capture-arbitrary.ts';
import { pcapFile } from '../../support/capture-octets.ts';

/** What a packet of a capture is: its octets and time, and what was decoded of it. */
interface Seen {
  readonly octets: string;
  readonly numbers: readonly number[];
}

function seen(packet: Packet): Seen {
  const { index, nowUs, remainderNs, wireLength, family, src0, dst0, srcPort, dstPort, protocol, transportLength } = packet;
  return {
    octets: Buffer.from(packet.bytes.subarray(packet.start, packet.end)).toString('hex'),
    numbers: [index, nowUs, remainderNs, wireLength, family, src0, dst0, srcPort, dstPort, protocol, transportLength],
  };
}

function oneByOne(octets: Uint8Array, blockLength: number): { packets: Seen[]; damage: string | undefined } {
  const capture = openCapture(octets, { blockLength });
  const packet = new Packet();
  const packets: Seen[] = [];
  while (capture.next(packet)) {
    decode(packet, capture.linkType);
    packets.push(seen(packet));
  }
  return { packets, damage: capture.damage?.message };
}

/** The same by batches; what the words tell must be what decode() finds. */
function byBatches(octets: Uint8Array, blockLength: number): { packets: Seen[]; damage: string | undefined } {
  const capture = openCapture(octets, { blockLength });
  const batch = new PacketBatch();
  const packets: Seen[] = [];
  while (capture.nextBatch(batch) > 0) {
    for (let n = 0; n < batch.count; n++) {
      const packet = new Packet();
      capture.aim(batch, n, packet);
      decode(packet, capture.linkType);
      packets.push(seen(packet));
      const at = n * BATCH_WORDS;
      const word = (which: number): number => batch.words[at + which]!;
      expect([word(BatchWord.Start), word(BatchWord.End)]).toEqual([packet.start, packet.end]);
      expect(batch.view.buffer).toBe(packet.view.buffer);
      if (word(BatchWord.Protocol) < 0) {
        expect(packet.plain).toBe(0);
        continue;
      }
      const ports = packet.srcPort < 0 ? -1 : (packet.srcPort << 16) | packet.dstPort;
      const { src0, dst0, protocol, transportLength } = packet;
      expect([word(BatchWord.Src), word(BatchWord.Dst), word(BatchWord.Ports)]).toEqual([src0, dst0, ports]);
      expect([word(BatchWord.Protocol), word(BatchWord.TransportLength), packet.plain]).toEqual([protocol, transportLength, 1]);
    }
  }
  return { packets, damage: capture.damage?.message };
}

function frame(): fc.Arbitrary<Uint8Array> {
  const link = ethernet('02:00:00:00:00:01', '02:00:00:00:00:02');
  const upper = fc.oneof(fc.constant(tcp(1, 80)), fc.constant(udp(65_535, 53)));
  const network = fc.constantFrom(
    ipv4('10.0.0.1', '255.0.0.2'),
    ipv4('10.0.0.1', '10.0.0.2', {}, Uint8Array.of(1, 1)),
    ipv6('fd00::1', 'fd00::2'),
  );
  return fc
    .tuple(network, upper, fc.uint8Array({ maxLength: 30 }), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 2 }))
    .map(([ip, last, data, damage]) => {
      const made = build(link, ip, last, payload(data));
      for (const [at, octet] of damage) made[at % made.length] = octet;
      return made;
    });
}

/** Ethernet captures of the usual kind, perhaps cut. */
function usual(): fc.Arbitrary<Uint8Array> {
  return fc.tuple(fc.array(frame(), { maxLength: 600 }), fc.nat(40), fc.constantFrom(262_144, 60)).map(([frames, cut, snapLength]) => {
    const octets = pcapFile(
      { snapLength },
      frames.map((data, i) => ({ seconds: i, fraction: 999_999 - i, data })),
    );
    return octets.subarray(0, Math.max(24, octets.length - cut));
  });
}

describe('batches', () => {
  it('hold what next() delivers, and words that agree with decode()', () => {
    fc.assert(
      fc.property(fc.oneof(usual(), captureOctets()), fc.integer({ min: 1, max: 3000 }), (octets, blockLength) => {
        let expected;
        try {
          expected = oneByOne(octets, blockLength);
        } catch (error) {
          if (error instanceof CaptureError) return;
          throw error;
        }
        expect(byBatches(octets, blockLength)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});
