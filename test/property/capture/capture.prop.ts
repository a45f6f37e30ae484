import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { type CaptureFormat, createCapture, openCapture } from '../../../src/capture/index.ts';
import { CaptureError } from '../../../src/errors.ts';
import { Packet } from '../../../src/packet/packet.ts';
import { captureOctets } from '../../support/capture-arbitrary.ts';
import { type Contents, contentsOf, piecesOf, streamedContents } from '../../support/capture-records.ts';

const folder = mkdtempSync(joinPath(tmpdir(), 'hookline-property-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Contents, or the code that refused the capture as a whole. Anything else that is thrown fails the property. */
function read(octets: Uint8Array, blockLength?: number): Contents | string {
  try {
    return contentsOf(octets, blockLength === undefined ? {} : { blockLength });
  } catch (error) {
    if (error instanceof CaptureError) return error.message;
    throw error;
  }
}

/** Flip, cut and repeat octets. */
function damages(): fc.Arbitrary<(octets: Uint8Array) => Uint8Array> {
  const strike = fc.tuple(fc.nat(), fc.nat(255));
  return fc.tuple(fc.array(strike, { maxLength: 6 }), fc.option(fc.nat(), { nil: null })).map(([strikes, cut]) => (octets) => {
    const struck = octets.slice(0, cut === null ? octets.length : cut % (octets.length + 1));
    if (struck.length > 0) for (const [at, value] of strikes) struck[at % struck.length] = value;
    return struck;
  });
}

describe('a capture', () => {
  it('holds the same packets whatever the size of the blocks it is read in', () => {
    fc.assert(
      fc.property(captureOctets(), fc.integer({ min: 1, max: 300 }), (octets, blockLength) => {
        expect(read(octets, blockLength)).toEqual(read(octets));
      }),
    );
  });

  it('holds the same packets as a stream in pieces of any size, compressed or not', async () => {
    await fc.assert(
      fc.asyncProperty(
        captureOctets(),
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        async (octets, sizes, gzip) => {
          expect(await streamedContents(piecesOf(gzip ? gzipSync(octets) : octets, sizes))).toEqual(read(octets));
        },
      ),
    );
  });

  it('damaged anywhere ends in damage or a refusal, alike in every block size, and never otherwise', () => {
    fc.assert(
      fc.property(captureOctets(), damages(), fc.integer({ min: 1, max: 300 }), (octets, damage, blockLength) => {
        const damaged = damage(octets);
        expect(read(damaged, blockLength)).toEqual(read(damaged));
      }),
      { numRuns: 500 },
    );
  });

  it('cut anywhere still delivers the packets in front of the cut', () => {
    fc.assert(
      fc.property(captureOctets(), fc.nat(), (octets, at) => {
        const whole = contentsOf(octets);
        const cut = read(octets.subarray(0, at % octets.length));
        if (typeof cut === 'string') return;
        expect(whole.records.slice(0, cut.records.length)).toEqual(cut.records);
      }),
    );
  });

  it('survives random octets behind any magic', () => {
    const magic = fc.constantFrom(
      'a1b2c3d4',
      'd4c3b2a1',
      'a1b23c4d',
      '34cdb2a1',
      '0a0d0d0a1c0000004d3c2b1a01000000',
      '1f8b0800000000000003',
      '28b52ffd',
    );
    fc.assert(
      fc.property(magic, fc.uint8Array({ maxLength: 400 }), (head, tail) => {
        read(Buffer.concat([Buffer.from(head, 'hex'), tail]));
      }),
      { numRuns: 500 },
    );
  });

  it('keeps its packets when written in either format', () => {
    fc.assert(
      fc.property(captureOctets(), fc.constantFrom<CaptureFormat>('pcap', 'pcapng'), (octets, format) => {
        const before = contentsOf(octets).records;
        const path = copy(octets, format);
        const after = contentsOf(path).records;
        const kept = before.filter(({ us }) => format === 'pcapng' || us < 2 ** 32 * 1e6);
        const facts = ({ us, ns, octets: hex, wire, interfaceName, comment, linkType }: (typeof before)[number]): unknown[] =>
          format === 'pcapng' ? [us, ns, hex, wire, interfaceName, comment, linkType] : [us, ns, hex, wire];
        expect(after.map(facts)).toEqual(kept.map(facts));
      }),
    );
  });

  it('is written the same octet for octet when its copy is copied', () => {
    fc.assert(
      fc.property(captureOctets(), (octets) => {
        const first = readFileSync(copy(octets, 'pcapng'));
        expect(readFileSync(copy(first, 'pcapng'))).toEqual(first);
      }),
    );
  });
});

/** Read packet by packet and write each; a classic capture cannot hold times behind 2106, which are left out. */
function copy(octets: Uint8Array, format: CaptureFormat): string {
  const path = joinPath(folder, `copy.${format}`);
  const capture = openCapture(octets);
  const writer = createCapture(path, { format, nanoseconds: true, interfaces: [] });
  const packet = new Packet();
  let described = 0;
  while (capture.next(packet)) {
    for (; described < capture.interfaces.length; described++) writer.addInterface(capture.interfaces[described]!);
    if (format === 'pcapng' || packet.nowUs < 2 ** 32 * 1e6) writer.write(packet, capture.interfaceId, capture.comment ?? undefined);
  }
  writer.close();
  return path;
}
