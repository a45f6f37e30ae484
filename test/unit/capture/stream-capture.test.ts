import { createReadStream, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { streamCapture } from '../../../src/capture/index.ts';
import { CaptureError } from '../../../src/errors.ts';
import { blocks, join, option, pcapFile, text } from '../../support/capture-octets.ts';
import { contentsOf, piecesOf, streamedContents } from '../../support/capture-records.ts';

const FRAMES = Array.from({ length: 40 }, (_, i) => Uint8Array.from({ length: i * 7 }, () => i));
const LE = blocks(true);
const PCAPNG = join([
  LE.section(),
  LE.device(1, 0, option(true, 2, text('eth0'))),
  ...FRAMES.map((data, i) => LE.enhanced({ data, low: i, options: option(true, 1, text(`no. ${i}`)) })),
]);
const SIZES = [[1], [3], [64], [1, 1000, 7], [100_000]];

async function refusal(pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<string> {
  try {
    for await (const _ of streamCapture(pieces, { name: 'x' }));
  } catch (error) {
    if (error instanceof CaptureError) return error.message;
    throw error;
  }
  return 'read';
}

describe('streamCapture', () => {
  it.each([0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34])(
    'reads classic captures in pieces as the block reader reads the file: magic %d',
    async (magic) => {
      for (const littleEndian of [true, false]) {
        const octets = pcapFile(
          { magic, littleEndian, snapLength: 200, linkType: 0x54000065 },
          FRAMES.map((data, i) => ({ data, fraction: i * 1001, wire: 300 })),
        );
        const expected = contentsOf(octets);
        expect(expected.records).toHaveLength(FRAMES.length);
        for (const sizes of SIZES) expect(await streamedContents(piecesOf(octets, sizes))).toEqual(expected);
      }
    },
  );

  it('turns the lengths of old versions', async () => {
    for (const minor of [2, 3]) {
      const octets = pcapFile(
        { minor },
        FRAMES.map((data) => ({ data, captured: 1000, wire: data.length })),
      );
      expect(await streamedContents(piecesOf(octets, [50]))).toEqual(contentsOf(octets));
    }
  });

  it('reads pcapng in pieces, with names and comments', async () => {
    const expected = contentsOf(PCAPNG);
    expect(expected.records[9]).toMatchObject({ interfaceName: 'eth0', comment: 'no. 9' });
    for (const sizes of SIZES) expect(await streamedContents(piecesOf(PCAPNG, sizes))).toEqual(expected);
  });

  it('undoes gzip', async () => {
    const gzip = gzipSync(PCAPNG);
    for (const sizes of SIZES) expect(await streamedContents(piecesOf(gzip, sizes))).toEqual(contentsOf(PCAPNG));
    const { records, damage } = await streamedContents(piecesOf(gzip.subarray(0, gzip.length - 1), [100]));
    expect(records).toHaveLength(FRAMES.length);
    expect(damage).toBe(`ERR_CAPTURE_TRUNCATED at ${PCAPNG.length}`);
  });

  it('tells damage where the block reader tells it', async () => {
    const octets = pcapFile(
      {},
      FRAMES.map((data) => ({ data })),
    );
    for (let length = 24; length < octets.length; length += 5) {
      const cut = octets.subarray(0, length);
      expect(await streamedContents(piecesOf(cut, [13]))).toEqual(contentsOf(cut));
    }
    const long = pcapFile({}, [{ data: FRAMES[9]! }, { data: FRAMES[9]!, captured: 0xffffffff }]);
    expect(await streamedContents(piecesOf(long, [13]))).toEqual(contentsOf(long));
  });

  it('refuses what is no capture, and link types that cannot be decoded', async () => {
    expect(await refusal(piecesOf(text('hello world'), [1]))).toBe('x: at octet 0: no capture: neither pcap nor pcapng');
    expect(await refusal([])).toBe('x: at octet 0: file header cut: 4 octets needed, 0 are there');
    expect(await refusal([Uint8Array.of(1, 2)])).toBe('x: at octet 2: file header cut: 4 octets needed, 2 are there');
    expect(await refusal([pcapFile({ linkType: 9 }, [])])).toBe('x: at octet 0: link type PPP (9) cannot be decoded');
    expect(await refusal([pcapFile({ minor: 5 }, [])])).toBe('x: at octet 4: version 2.5 is not supported: 2.0 to 2.4 are');
    expect(await refusal([Uint8Array.of(0x42, 0x5a, 0x68, 0x39)])).toMatch(/bzip2 -dc FILE/);
  });

  it('tells an error of the source as damage behind what came before it', async () => {
    async function* broken(): AsyncGenerator<Uint8Array, void, void> {
      yield PCAPNG;
      await Promise.resolve();
      throw new Error('reset by peer');
    }
    const capture = streamCapture(broken(), { name: 'x' });
    for await (const _ of capture);
    expect(capture.count).toBe(FRAMES.length);
    expect(capture.damage?.message).toBe('x: at octet 0: cannot read: reset by peer');
  });

  it('yields one packet, fresh each time', async () => {
    for await (const packet of streamCapture([PCAPNG])) {
      expect([packet.mark, packet.indev]).toEqual([0, 0]);
      packet.mark = 1;
      packet.indev = 1;
    }
  });

  it('asks for the next piece only when it is needed', async () => {
    let asked = 0;
    function* counted(): Generator<Uint8Array, void, void> {
      for (const piece of piecesOf(PCAPNG, [500])) {
        asked++;
        yield piece;
      }
    }
    for await (const packet of streamCapture(counted())) if (packet.index === 3) break;
    expect(asked).toBeLessThan(4);
  });

  it('reads a file stream', async () => {
    const folder = mkdtempSync(joinPath(tmpdir(), 'hookline-stream-'));
    const path = joinPath(folder, 'in.pcapng');
    writeFileSync(path, PCAPNG);
    const capture = streamCapture(createReadStream(path, { highWaterMark: 100 }));
    for await (const _ of capture);
    expect([capture.count, capture.format, capture.damage]).toEqual([FRAMES.length, 'pcapng', null]);
    rmSync(folder, { recursive: true });
  });
});
