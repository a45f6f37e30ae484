/**
 * A capture dealt out to workers, against the same read by one: every packet comes to one of them, with its number, octets, length and
 * time, in order; and a capture that ends badly ends at the same place, in the same words.
 */
import { describe, expect, it } from 'vitest';
import { openCapture } from '../../../src/capture/index.ts';
import { Random } from '../../../src/inet/random.ts';
import { decode } from '../../../src/packet/decode.ts';
import { LinkType } from '../../../src/packet/link-type.ts';
import { Packet } from '../../../src/packet/packet.ts';
import { Dealer, dealableHeader, PlacedFile, ringFor } from '../../../src/shard/dealer.ts';
import { DealtCapture } from '../../../src/shard/dealt-capture.ts';
import { Home } from '../../../src/shard/home.ts';
import { Near } from '../../../src/shard/near.ts';
import { Ring } from '../../../src/shard/ring.ts';
import { octets, type PcapRecord } from '../../support/pcap-octets.ts';
import { SharedTraffic } from '../../support/shared-traffic.ts';

const ROUNDS = 200;
const NEAR = new Near({ v4: [[0x0a000000, -256]], v6: [] });

/** A capture of frames from traffic and of noise; cut off, with a length that lies, or with packets longer than its snap length. */
function damaged(random: Random, seed: number): Uint8Array {
  const bytes = new SharedTraffic(seed).capture();
  const view = new DataView(bytes.buffer);
  switch (random.below(5)) {
    case 0:
      return bytes.slice(0, Math.max(24, random.below(bytes.length)));
    case 1:
      view.setUint32(24 + 8, 262_145 + random.below(1000), true);
      return bytes;
    case 2:
      view.setUint32(16, 40, true);
      return bytes;
    case 3:
      view.setUint32(24 + 12, 0xffff_fff0, true);
      return bytes;
    default:
      return bytes;
  }
}

function serial(bytes: Uint8Array): string[] {
  const capture = openCapture(bytes);
  const packet = new Packet();
  const told: string[] = [];
  while (capture.next(packet)) told.push(line(packet));
  return [...told, capture.damage?.message ?? ''];
}

function line({ index, bytes, start, end, wireLength, nowUs, remainderNs }: Packet): string {
  return `${index} ${nowUs} ${remainderNs} ${wireLength} ${Buffer.from(bytes.subarray(start, end)).toString('hex')}`;
}

/** What `workers` are dealt, by the numbers of the packets. */
function dealt(bytes: Uint8Array, workers: number, slotLength: number): string[] {
  const memory = ringFor({ captures: [{ source: bytes, indev: 0, local: false }], workers }, slotLength)!;
  const home = new Home(workers, workers % 2 === 0 ? NEAR : null);
  const hands = Array.from({ length: workers }, (_, worker) => {
    const file = new PlacedFile(bytes);
    const { snapLength } = dealableHeader(file)!;
    const ring = new Ring(memory, { stopped: false, waiting: () => undefined });
    return new DealtCapture(ring, new Dealer(file, dealableHeader(file)!, ring, home), { file, worker, snapLength });
  });
  const packet = new Packet();
  const told: string[] = [];
  do {
    hands.forEach((hand, worker) => {
      for (let left = hand.open(); left > 0; left--) {
        expect(hand.next(packet)).toBe(true);
        expect(told[packet.index], 'comes to one worker').toBeUndefined();
        told[packet.index] = line(packet);
        decode(packet, LinkType.Ethernet);
        expect(home.ofPacket(packet), 'which is its own').toBe(worker);
      }
      expect(hand.next(packet)).toBe(false);
    });
  } while (!hands[0]!.opened.ended);
  return [...told, hands[0]!.damage?.message ?? ''];
}

describe('a capture that is dealt out', () => {
  it('comes whole, and ends as it does for one', () => {
    const random = new Random(7);
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = damaged(random, round);
      const expected = serial(bytes);
      const [workers, slotLength] = [1 + random.below(5), [20, 64, 500, 4096, 262_144][random.below(5)]!];
      expect(dealt(bytes, workers, slotLength), `round ${round}`).toEqual(expected);
    }
  });

  it('tells a clock that runs backwards, from one slot to the next too', () => {
    const records: PcapRecord[] = [5, 6, 5].map((seconds) => ({ nowUs: seconds * 1e6, frame: new Uint8Array(60) }));
    for (const slotLength of [60, 4096]) {
      for (const [count, runs] of [
        [2, false],
        [3, true],
      ] as const) {
        const bytes = octets(records.slice(0, count), true);
        const memory = ringFor({ captures: [{ source: bytes, indev: 0, local: false }], workers: 2 }, slotLength)!;
        const file = new PlacedFile(bytes);
        const header = dealableHeader(file)!;
        const ring = new Ring(memory, { stopped: false, waiting: () => undefined });
        const { snapLength } = header;
        const hand = new DealtCapture(ring, new Dealer(file, header, ring, new Home(2, null)), { file, worker: 0, snapLength });
        let ran = false;
        do {
          hand.open();
          ran ||= hand.opened.runsBackwards;
          ring.done(1, 100);
        } while (!hand.opened.ended);
        expect(ran).toBe(runs);
      }
    }
  });

  it('is none of another byte order, of nanoseconds, or several', () => {
    const capture = { source: octets([]), indev: 0, local: false };
    expect(ringFor({ captures: [capture], workers: 2 })).toBeNull();
    const usual = { ...capture, source: octets([], true) };
    expect(ringFor({ captures: [usual], workers: 2 })).not.toBeNull();
    expect(ringFor({ captures: [usual, usual], workers: 2 })).toBeNull();
    const nanoseconds = octets([], true);
    new DataView(nanoseconds.buffer).setUint32(0, 0xa1b23c4d, true);
    expect(ringFor({ captures: [{ ...usual, source: nanoseconds }], workers: 2 })).toBeNull();
  });
});

describe('the home of a frame', () => {
  it('is that of the packet it holds, or is not told', () => {
    const random = new Random(8);
    const home = new Home(16, NEAR);
    const packet = new Packet();
    let told = 0;
    for (let seed = 0; seed < ROUNDS; seed++) {
      const capture = openCapture(new SharedTraffic(seed).capture());
      while (capture.next(packet)) {
        // a bit of it may be another
        const bytes = packet.bytes;
        if (random.below(2) === 0) bytes[packet.start + random.below(packet.end - packet.start)]! ^= 1 << random.below(8);
        if (random.below(4) === 0) packet.end -= random.below(packet.end - packet.start);
        const { view, start, end } = packet;
        const found = home.ofFrame(view, start, end, LinkType.Ethernet);
        if (found < 0) continue;
        told++;
        decode(packet, LinkType.Ethernet);
        expect(found, Buffer.from(bytes.subarray(start, end)).toString('hex')).toBe(home.ofPacket(packet));
      }
    }
    expect(told).toBeGreaterThan(ROUNDS);
    expect(home.ofFrame(packet.view, packet.start, packet.end, LinkType.Raw)).toBe(-1);
  });
});
