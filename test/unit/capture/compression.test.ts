import * as zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openCapture } from '../../../src/capture/index.ts';
import { CaptureError } from '../../../src/errors.ts';
import { Packet } from '../../../src/packet/packet.ts';
import { pcapFile } from '../../support/capture-octets.ts';
import { contentsOf } from '../../support/capture-records.ts';

/** Packets whose octets do not compress well, so that the compressed capture is several reads long. */
const RECORDS = Array.from({ length: 3000 }, (_, i) => ({ seconds: i, data: noise(200, i) }));
const PLAIN = pcapFile({}, RECORDS);
const GZIP = new Uint8Array(zlib.gzipSync(PLAIN));
const RECORD_LEN = 16 + 200;

function noise(length: number, seed: number): Uint8Array {
  let word = seed + 1;
  return Uint8Array.from({ length }, () => {
    word = (Math.imul(word, 1664525) + 1013904223) | 0;
    return word >>> 26;
  });
}

function refusal(octets: Uint8Array): string {
  try {
    openCapture(octets, { name: 'x' });
  } catch (error) {
    if (error instanceof CaptureError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'opened';
}

function damageOf(octets: Uint8Array, maxDecompressed?: number): { count: number; damage: string } {
  const capture = openCapture(octets, { name: 'x', ...(maxDecompressed === undefined ? {} : { maxDecompressed }) });
  const packet = new Packet();
  while (capture.next(packet));
  return { count: capture.count, damage: `${capture.damage?.code} ${capture.damage?.message}` };
}

describe('gzip', () => {
  it('is undone', () => {
    expect(contentsOf(GZIP)).toEqual(contentsOf(PLAIN));
    expect(contentsOf(GZIP, { blockLength: 777 })).toEqual(contentsOf(PLAIN));
  });

  it('is undone in any number of members, wherever one ends', () => {
    for (const cut of [1, 24, 5000, PLAIN.length - 1]) {
      const members = [PLAIN.subarray(0, cut), PLAIN.subarray(cut)].map((part) => zlib.gzipSync(part));
      expect(contentsOf(Buffer.concat(members))).toEqual(contentsOf(PLAIN));
    }
  });

  it('may be followed by zeros', () => {
    expect(contentsOf(Buffer.concat([GZIP, Buffer.alloc(100_000)]))).toEqual(contentsOf(PLAIN));
  });

  it('delivers everything in front of what is no gzip', () => {
    const { count, damage } = damageOf(Buffer.concat([GZIP, Buffer.from('garbage')]));
    expect(count).toBe(RECORDS.length);
    expect(damage).toMatch(/^ERR_COMPRESSION x: at octet 648024: gzip data damaged behind \d+ compressed octets: incorrect header check$/);
  });

  it('delivers what is whole when it is cut', () => {
    for (const length of [GZIP.length - 1, GZIP.length - 8]) {
      const { count, damage } = damageOf(GZIP.subarray(0, length));
      expect(count).toBe(RECORDS.length);
      expect(damage).toBe(`ERR_CAPTURE_TRUNCATED x: at octet ${PLAIN.length}: gzip data cut after ${length} compressed octets`);
    }
    const { count, damage } = damageOf(GZIP.subarray(0, GZIP.length / 2));
    expect(count).toBeGreaterThan(1000);
    expect(damage).toMatch(/^ERR_CAPTURE_TRUNCATED x: at octet \d+: gzip data cut after \d+ compressed octets$/);
  });

  it('loses no more than one step when it is damaged inside', () => {
    const damaged = GZIP.slice();
    damaged.fill(0xff, 300_000, 300_100);
    const { count, damage } = damageOf(damaged);
    const offset = Number(/at octet (\d+)/.exec(damage)?.[1]);
    expect(damage).toMatch(/^ERR_COMPRESSION x: /);
    expect(count).toBe(Math.floor((offset - 24) / RECORD_LEN));
    expect(count).toBeGreaterThan(1500);
  });

  it('ends at the limit that was set', () => {
    const { count, damage } = damageOf(GZIP, 100_000);
    expect(damage).toMatch(/^ERR_LIMIT x: at octet \d+: gzip data grows to more than the limit of 100000 octets$/);
    expect(count).toBeLessThan(100_000 / RECORD_LEN + 20);
  });

  it('does not follow a bomb', () => {
    const zeros = zlib.gzipSync(Buffer.alloc(100 * 1024 * 1024), { level: 9 });
    const bomb = Buffer.concat([zlib.gzipSync(pcapFile({}, [])), zeros]);
    const { count, damage } = damageOf(bomb);
    expect(damage).toMatch(/^ERR_LIMIT x: at octet 671\d+: gzip data grows to more than 200 times its size$/);
    expect(count).toBeGreaterThan(1_000_000);
  });

  it('says what is wrong inside', () => {
    expect(refusal(zlib.gzipSync(Buffer.from('no capture')))).toBe('ERR_CAPTURE_FORMAT x: at octet 0: no capture: neither pcap nor pcapng');
    expect(refusal(zlib.gzipSync(Buffer.alloc(0)))).toBe(
      'ERR_CAPTURE_TRUNCATED x: at octet 0: file header cut: 4 octets needed, 0 are there',
    );
    expect(refusal(Uint8Array.of(0x1f, 0x8b, 0x08, 0, 0, 0))).toBe(
      'ERR_CAPTURE_TRUNCATED x: at octet 0: gzip data cut after 6 compressed octets',
    );
  });
});

describe('other compressions', () => {
  it.each([
    ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], 'xz -dc'],
    ['bzip2', [0x42, 0x5a, 0x68, 0x39], 'bzip2 -dc'],
    ['lz4', [0x04, 0x22, 0x4d, 0x18], 'lz4 -dc'],
    ['compress', [0x1f, 0x9d, 0x90, 0], 'uncompress -c'],
    ['zip', [0x50, 0x4b, 0x03, 0x04], 'unzip -p'],
  ])('%s is named with the command that undoes it', (name, octets, command) => {
    expect(refusal(Uint8Array.from(octets))).toBe(
      `ERR_COMPRESSION x: at octet 0: ${name} compressed: decompress it first: ${command} FILE | hookline … -`,
    );
  });

  const compress: unknown = Reflect.get(zlib, 'zstdCompressSync');

  it.skipIf(typeof compress !== 'function')('zstd is undone', () => {
    if (typeof compress !== 'function') return;
    const zstd: Uint8Array = Reflect.apply(compress, zlib, [PLAIN]);
    expect(contentsOf(zstd)).toEqual(contentsOf(PLAIN));
    expect(
      contentsOf(
        Buffer.concat([Reflect.apply(compress, zlib, [PLAIN.subarray(0, 999)]), Reflect.apply(compress, zlib, [PLAIN.subarray(999)])]),
      ),
    ).toEqual(contentsOf(PLAIN));
    const { count, damage } = damageOf(zstd.subarray(0, zstd.length - 40));
    expect(count).toBeGreaterThan(1000);
    expect(damage).toMatch(/^ERR_CAPTURE_TRUNCATED/);
  });

  it.skipIf(typeof compress === 'function')('zstd is refused with a way out where Node cannot', () => {
    const message = 'zstd compressed: Node 22.15 or later reads it, or zstd -dc FILE | hookline … -';
    expect(refusal(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd))).toBe(`ERR_COMPRESSION x: at octet 0: ${message}`);
  });
});
