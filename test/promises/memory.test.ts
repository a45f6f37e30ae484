/** Promises of memory: what a capture holds more of costs time, not memory. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { openCapture } from '../../src/capture/index.ts';
import { HooklineError } from '../../src/errors.ts';
import { MAIN, ROOT } from '../support/cli.ts';

const PROGRAMS = join(ROOT, 'test/promises/programs');
const PEAK = pathToFileURL(join(PROGRAMS, 'peak.mjs')).href;
const folder = mkdtempSync(join(tmpdir(), 'hookline-memory-'));
afterAll(() => rmSync(folder, { recursive: true }));
/** Garbage waits longer when there is more of it. */
const SLACK_KIB = 40 * 1024;

interface Flood {
  readonly rssKib: number;
  readonly count: number;
  readonly max: number;
  readonly caught: number;
  readonly expected: number;
  readonly expectMax: number;
}

function flood(packets: number): Flood {
  const { stdout, stderr } = spawnSync(process.execPath, [join(PROGRAMS, 'flood.mjs'), String(packets)], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Flood;
}

/** Peak of a replay of so many megabytes from a pipe. */
function replayed(megabytes: number): number {
  const command = `"${process.execPath}" "${join(PROGRAMS, 'stream.mjs')}" ${megabytes} | "${process.execPath}" --import '${PEAK}' "${MAIN}" replay - --conntrack --json`;
  const { stdout, stderr, status } = spawnSync('sh', ['-c', command], { encoding: 'utf8', maxBuffer: 1 << 28 });
  expect([status, stdout.length > 0]).toEqual([0, true]);
  return Number(/peak (\d+)/.exec(stderr)![1]);
}

describe('memory', () => {
  it('of connections, fragments, expectations, sets and per-address tables is bounded whatever is sent', () => {
    const few = flood(60_000);
    const many = flood(240_000);
    expect(many.count).toBeLessThanOrEqual(many.max);
    expect([many.caught, many.count > 1000]).toEqual([4096, true]);
    expect(many.expected).toBe(many.expectMax);
    expect(many.rssKib).toBeLessThan(few.rssKib + SLACK_KIB);
  }, 120_000);

  it('of a replay is the same for a capture four times as long', () => {
    expect(replayed(256)).toBeLessThan(replayed(64) + SLACK_KIB);
  }, 120_000);

  it.each([
    ['a pcap record of 4 GiB', pcapWith(0xffffffff)],
    ['a pcap record one octet above the limit', pcapWith(262_145)],
    ['a pcapng block of 4 GiB', pcapngWith(0xfffffffc)],
    ['a pcapng option that is longer than its block', Uint8Array.from([...pcapngWith(32), ...Array.from({ length: 64 }, () => 0xff)])],
  ])('is never taken because a length asks for it: %s', (_name, octets) => {
    const before = process.memoryUsage().arrayBuffers;
    let told = '';
    try {
      const capture = openCapture(octets);
      for (const packet of capture) expect(packet.end - packet.start).toBeLessThan(262_145);
      told = capture.damage?.message ?? '';
    } catch (error) {
      expect(error).toBeInstanceOf(HooklineError);
      told = (error as Error).message;
    }
    expect(told).toMatch(/at octet \d+/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 << 20);
  });

  it('of a compressed capture does not follow a bomb', () => {
    const path = join(folder, 'bomb.pcap.gz');
    // 300 MB of nothing in 300 kB
    writeFileSync(path, gzipSync(Buffer.concat([Buffer.from(pcapWith(0)).subarray(0, 24), Buffer.alloc(300 << 20)]), { level: 9 }));
    const { stderr } = spawnSync(process.execPath, ['--import', PEAK, MAIN, 'replay', path], { encoding: 'utf8', maxBuffer: 1 << 28 });
    expect(Number(/peak (\d+)/.exec(stderr)![1])).toBeLessThan(150 * 1024);
    expect(stderr).toContain('grows to more than 200 times its size');
  }, 120_000);
});

/** A classic capture whose only record claims this length. */
function pcapWith(captured: number): Uint8Array {
  const octets = Buffer.alloc(24 + 16 + 60);
  octets.writeUInt32LE(0xa1b2c3d4, 0);
  octets.writeUInt16LE(2, 4);
  octets.writeUInt16LE(4, 6);
  octets.writeUInt32LE(0, 16);
  octets.writeUInt32LE(1, 20);
  octets.writeUInt32LE(captured, 32);
  octets.writeUInt32LE(captured, 36);
  return octets;
}

/** A pcapng whose section header block claims this length. */
function pcapngWith(length: number): Uint8Array {
  const octets = Buffer.alloc(32);
  octets.writeUInt32LE(0x0a0d0d0a, 0);
  octets.writeUInt32LE(length, 4);
  octets.writeUInt32LE(0x1a2b3c4d, 8);
  octets.writeUInt16LE(1, 12);
  octets.writeInt32LE(-1, 16);
  octets.writeInt32LE(-1, 20);
  return octets;
}
