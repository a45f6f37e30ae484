/**
 * Large compressed files are undone by a thread of their own (built code only): what is read, and how damage is told, is what the
 * reading thread itself makes of the same octets.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { openCapture, Packet } from 'hookline';
import { Random } from '../../src/inet/random.ts';
import { join as joined, pcapFile } from '../support/capture-octets.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'hookline-'));
const FRAME_LEN = 1500;
const RECORD_LEN = 16 + FRAME_LEN;
const random = new Random(5);
const noise = new Uint8Array(Uint32Array.from({ length: 3 << 20 }, () => random.u32()).buffer);
const records = Array.from({ length: Math.floor(noise.length / FRAME_LEN) }, (_, i) => ({
  seconds: i,
  data: noise.subarray(i * FRAME_LEN, (i + 1) * FRAME_LEN),
}));
const GZIP = new Uint8Array(gzipSync(pcapFile({}, records), { level: 1 }));

afterAll(() => rmSync(FOLDER, { recursive: true }));

function read(source: string | Uint8Array, maxDecompressed?: number): { count: number; digest: string; damage: string | undefined } {
  const capture = openCapture(source, { name: 'x', ...(maxDecompressed === undefined ? {} : { maxDecompressed }) });
  const packet = new Packet();
  const hash = createHash('sha256');
  while (capture.next(packet)) hash.update(packet.bytes.subarray(packet.start, packet.end));
  capture.close();
  return { count: capture.count, digest: hash.digest('hex'), damage: capture.damage?.message };
}

function alike(octets: Uint8Array, maxDecompressed?: number): ReturnType<typeof read> {
  const path = join(FOLDER, 'capture.gz');
  writeFileSync(path, octets);
  const threaded = read(path, maxDecompressed);
  expect(threaded).toEqual(read(octets, maxDecompressed));
  return threaded;
}

/** Whether this process holds the file open. */
function isOpen(path: string): boolean {
  return readdirSync('/proc/self/fd').some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      return false;
    }
  });
}

describe('the decompressing thread', () => {
  it('reads what the reading thread would', () => {
    expect(alike(GZIP)).toMatchObject({ count: records.length, damage: undefined });
  });

  it('tells a cut file behind the last whole packet', () => {
    const { count, damage } = alike(GZIP.subarray(0, GZIP.length - 100_000));
    expect(count).toBeGreaterThan(records.length * 0.9);
    expect(damage).toMatch(/gzip data cut after \d+ compressed octets$/);
  });

  it('tells damage behind the last whole packet', () => {
    const broken = joined([GZIP, Uint8Array.of(1, 2, 3, 4)]);
    expect(alike(broken)).toMatchObject({ count: records.length });
    expect(alike(broken).damage).toMatch(/gzip data damaged behind \d+ compressed octets/);
  });

  it('keeps the limit', () => {
    const { count, damage } = alike(GZIP, 1_000_000);
    expect(count).toBeLessThanOrEqual(Math.floor(1_100_000 / RECORD_LEN));
    expect(damage).toMatch(/grows to more than the limit of 1000000 octets/);
  });

  it('lets go of the file when the capture is closed early', async () => {
    const path = join(FOLDER, 'early.gz');
    writeFileSync(path, GZIP);
    const capture = openCapture(path);
    expect(capture.next(new Packet())).toBe(true);
    expect(isOpen(path)).toBe(true);
    capture.close();
    for (let tries = 0; tries < 100 && isOpen(path); tries++) await setTimeout(50);
    expect(isOpen(path)).toBe(false);
    expect(capture.next(new Packet())).toBe(false);
  });
});
