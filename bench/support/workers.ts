/**
 * The command line as it is used, `hookline replay` with so many workers, over a capture that opens its flows first. A capture of
 * the opening alone is replayed, too, and taken off: what is left is the main part, without starts and ends of processes.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Contender } from './contender.ts';
import { HOST_JSON } from './router.ts';
import { rulesFile } from './rule-files.ts';
import { trafficFiles } from './traffic.ts';

const MAIN = 'dist/bundle/main.js';
const HOST_FILE = '.cache/traffic/host.json';
const PCAP_FILE_LEN = 24;
const NS = 1e9;

interface Replayed {
  readonly packets: number;
  readonly seconds: number;
  /** Of everything told. */
  readonly digest: number;
}

export function workers(traffic: string, count: number, quick: boolean): Contender {
  return {
    name: `hookline replay --workers ${count}`,
    prepare() {
      const help = spawnSync(process.execPath, [MAIN, 'replay', '--help'], { encoding: 'utf8' }).stdout;
      if (!help.includes('--workers')) return 'not available: hookline replay has no --workers';
      mkdirSync('.cache/traffic', { recursive: true });
      writeFileSync(HOST_FILE, JSON.stringify(HOST_JSON));
      rulesFile('ten');
      wholeFile(traffic, quick);
      return null;
    },
    run() {
      const opening = replayed(trafficFiles(traffic, quick).opening, count);
      const whole = replayed(wholeFile(traffic, quick), count);
      const items = whole.packets - opening.packets;
      const ns = ((whole.seconds - opening.seconds) * NS) / items;
      if (ns <= 0) throw new RangeError('the opening alone took as long as the whole: starts of processes hide what a packet takes');
      return { items, check: whole.digest, wall: [ns], cpu: [ns], memory: 0 };
    },
  };
}

/** Both captures of a traffic in one file. */
function wholeFile(traffic: string, quick: boolean): string {
  const { opening, main } = trafficFiles(traffic, quick);
  const whole = main.replace(/\.pcap$/, '-whole.pcap');
  if (existsSync(whole)) return whole;
  copyFileSync(opening, whole);
  appendFileSync(whole, readFileSync(main).subarray(PCAP_FILE_LEN));
  return whole;
}

function replayed(path: string, count: number): Replayed {
  const router = ['-r', rulesFile('ten'), '--host', HOST_FILE, '--in', 'eth0'];
  const words = ['replay', path, ...router, ...(count === 1 ? [] : ['--workers', String(count)])];
  const started = process.hrtime.bigint();
  const { stdout, stderr, status } = spawnSync(process.execPath, [MAIN, ...words], { encoding: 'utf8', maxBuffer: 1 << 28 });
  const seconds = Number(process.hrtime.bigint() - started) / NS;
  if (status !== 0) throw new Error(`hookline failed: ${stderr.slice(-500)}`);
  const [, packets] = /^(\d+) packets/m.exec(stdout) ?? [];
  if (packets === undefined) throw new Error('hookline told no packets');
  return { packets: Number(packets), seconds, digest: createHash('sha256').update(stdout).digest().readInt32LE(0) };
}
