/**
 * Frames of known flows are not decoded by workers either, whether they are counted or written.
 */
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/engine/engine.ts';
import type { FramePath } from '../../../src/engine/frame-path.ts';
import { ringFor } from '../../../src/shard/dealer.ts';
import { Shard } from '../../../src/shard/shard.ts';
import { capture, udpLine } from '../../support/lines.ts';
import { byMany, byOne, jobOf } from '../../support/virtual-workers.ts';

const FLOWS = 20;
const ROUNDS = 10;

function talk(): Uint8Array {
  const frames: Uint8Array[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (let flow = 0; flow < FLOWS; flow++) {
      frames.push(udpLine(`10.0.0.${flow}:1000 > 203.0.113.9:53`), udpLine(`203.0.113.9:53 > 10.0.0.${flow}:1000`));
    }
  }
  return capture(frames.map((frame, i): [number, Uint8Array] => [i / 100, frame]));
}

describe('workers', () => {
  it.each([
    [true, true],
    [false, true],
    [true, false],
    [false, false],
  ])('send known flows the short way: frames wanted %s, capture dealt out %s', (frames, dealt) => {
    const captures = [{ source: talk(), indev: 0, local: false }];
    const job = jobOf({ captures, fallback: 'sides', host: null, rules: [], sets: null, conntrack: true, frames, lines: null });
    for (const batch of [1000, 3])
      expect(byMany(job, 2, batch, { dealt })).toEqual({ text: byOne(job), why: '', shared: 2 * FLOWS * ROUNDS });
    const split = { ...job, workers: 2 };
    const shards = [0, 1].map((number) => new Shard({ ...split, ring: dealt ? ringFor(split) : null }, number, { line: null }));
    // each has a ring of its own here, and deals for itself
    let taken = 0;
    for (const shard of shards) {
      while (shard.run()?.ended === false);
      const { frames: path } = Reflect.get(shard, 'replay') as unknown as { readonly frames: FramePath | null };
      expect(path?.isOpen).toBe(true);
      taken += (Reflect.get(shard, 'engine') as Engine).flows.taken;
      shard.close();
    }
    expect(taken).toBeGreaterThan(FLOWS * ROUNDS);
  });
});
