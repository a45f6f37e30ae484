/**
 * Every recorded scenario by 1, 2, 3, 4, 8 and 16 workers, in chunks of several lengths: the same octets as by one. Some worker
 * counts in `npm test`; all with WORKERS_ALL=1.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Job, JobCapture } from '../../src/shard/job.ts';
import { hostOf } from '../../src/shard/shard.ts';
import { byMany, byOne, jobOf } from '../support/virtual-workers.ts';

const FOLDER = fileURLToPath(new URL('../../fixtures/scenarios', import.meta.url));
const ALL = process.env['WORKERS_ALL'] !== undefined;
const COUNTS = ALL ? [2, 3, 4, 8, 16] : [2, 3];
const BATCHES = ALL ? [1, 7, 64] : [7];

function scenarios(folder: string): string[] {
  if (existsSync(join(folder, 'host.json'))) return [folder];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => scenarios(join(folder, entry.name)));
}

function scenarioJob(directory: string): Job {
  const read = (name: string): { text: string; file: string } | null => {
    const path = join(directory, name);
    return existsSync(path) ? { text: readFileSync(path, 'utf8'), file: name } : null;
  };
  const described = JSON.parse(read('host.json')!.text) as object;
  // a recorder's host has the sockets its description lists and no others
  const hostText = { text: JSON.stringify({ listeners: [], ...described }), file: 'host.json' };
  const host = hostOf(hostText);
  const captures: JobCapture[] = [];
  for (const device of host.interfaces) {
    const source = join(directory, `in-${device?.name}.pcap`);
    if (device !== undefined && existsSync(source)) captures.push({ source, indev: device.index, local: false });
  }
  const sent = join(directory, 'local.pcap');
  if (existsSync(sent)) captures.push({ source: sent, indev: 0, local: true });
  const rules = ([4, 6] as const).flatMap((family) => {
    const text = read(`rules.v${family}`);
    return text === null ? [] : [{ ...text, family }];
  });
  return jobOf({ captures, host: hostText, rules, sets: read('ipset.save'), conntrack: host.settings.conntrack === 'always' });
}

const directories = scenarios(FOLDER).sort();
let shared = 0;

describe('recorded scenarios by many workers', () => {
  it.each(directories.map((directory) => [directory.slice(FOLDER.length + 1), directory]))('%s', (_name, directory) => {
    const job = scenarioJob(directory);
    const expected = byOne(job);
    for (const count of COUNTS) {
      for (const batch of BATCHES) {
        const { text, why } = byMany(job, count, batch);
        if (why === '') shared++;
        if (process.env['WORKERS_SHOW'] !== undefined) console.log(`${_name} ${count} ${why}`);
        expect(text === expected || text, `${count} workers, chunks of ${batch}`).toBe(text === expected ? true : expected);
      }
    }
  });

  it('were split in good part', () => {
    expect(shared).toBeGreaterThan(directories.length / 3);
  });
});
