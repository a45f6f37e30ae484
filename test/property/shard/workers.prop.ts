/**
 * Random rule sets and captures, full of what flows share, by many workers: the same octets as by one. SHARD_RUNS says how many, and
 * WORKERS_ALL=1 that each is done by 2, 3, 4, 8 and 16 workers, not by one of these.
 */
import { describe, expect, it } from 'vitest';
import type { Job } from '../../../src/shard/job.ts';
import { SHARED_HOST, SharedTraffic } from '../../support/shared-traffic.ts';
import { byMany, byOne, jobOf } from '../../support/virtual-workers.ts';

const RUNS = Number(process.env['SHARD_RUNS'] ?? 150);
const FIRST = Number(process.env['SHARD_SEED'] ?? 0);
const COUNTS = [2, 3, 4, 8, 16];
const BATCHES = [1, 5, 17, 1000];
/** Octets of the pieces in which one capture is dealt out: less than a packet, some, all. */
const SLOT_LENGTHS = [40, 300, 4096, 262_144, 1000];
const HOST = { text: JSON.stringify(SHARED_HOST), file: 'host.json' };

/** One capture is dealt out, two are read by each worker. */
function sources(traffic: SharedTraffic, inOne: boolean): Job['captures'] {
  if (inOne) return [{ source: traffic.capture(), indev: 0, local: false }];
  return traffic.captures().map((source, i) => ({ source, indev: i + 1, local: false }));
}

function randomJob(seed: number): Job {
  const traffic = new SharedTraffic(seed);
  const captures = sources(traffic, seed % 2 === 0);
  const rules = [{ text: traffic.rules(), file: 'rules', family: traffic.family }];
  // frames that nobody wants to see go the short way, undecoded
  const blind = seed % 4 === 2 ? { frames: seed % 8 === 2, lines: null } : {};
  return jobOf({ captures, host: HOST, rules, sets: null, conntrack: seed % 3 === 0, ...blind });
}

describe('many workers', () => {
  it(`tell what one tells of ${RUNS} random rule sets`, { timeout: 3_600_000 }, () => {
    const whys = new Map<string, number>();
    for (let seed = FIRST; seed < FIRST + RUNS; seed++) {
      const job = randomJob(seed);
      const expected = byOne(job);
      for (const count of process.env['WORKERS_ALL'] === undefined ? [COUNTS[seed % COUNTS.length]!] : COUNTS) {
        const { text, why } = byMany(job, count, BATCHES[(seed >> 1) % BATCHES.length]!, {
          dealt: seed % 3 !== 0,
          slotLength: SLOT_LENGTHS[(seed >> 1) % SLOT_LENGTHS.length]!,
        });
        const kind = why.replace(/^\S+ \(\S+\): /, '');
        whys.set(kind, (whys.get(kind) ?? 0) + 1);
        if (text !== expected) expect(text, `seed ${seed}, ${count} workers\n${job.rules[0]!.text}`).toBe(expected);
      }
    }
    if (process.env['WORKERS_SHOW'] !== undefined) console.log(whys);
    expect(whys.get('') ?? 0, 'were split to the end').toBeGreaterThan(RUNS / 4);
  });
});
