/** Our block reader against pcap-parser, on what pcap-parser reads rightly: whole microsecond captures. */
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join as joinPath } from 'node:path';
import fc from 'fast-check';
import { type ParsedPacket, parse } from 'pcap-parser';
import { afterAll, describe, expect, it } from 'vitest';
import { pcapFile } from '../support/capture-octets.ts';
import { contentsOf } from '../support/capture-records.ts';

const folder = mkdtempSync(joinPath(tmpdir(), 'hookline-parity-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Fact = readonly [us: number, octets: string, wire: number];

function parsed(path: string): Promise<Fact[]> {
  return new Promise((resolve, reject) => {
    const facts: Fact[] = [];
    parse(createReadStream(path, { highWaterMark: 777 }))
      .on('packet', ({ header, data }: ParsedPacket) => {
        facts.push([
          header.timestampSeconds * 1e6 + header.timestampMicroseconds,
          Buffer.from(data).toString('hex'),
          header.originalLength,
        ]);
      })
      .on('error', reject)
      .on('end', () => resolve(facts));
  });
}

function ours(path: string): Fact[] {
  const { records, damage } = contentsOf(path, { anyLinkType: true });
  expect(damage).toBeNull();
  return records.map(({ us, octets, wire }) => [us, octets, wire]);
}

describe('the block reader and pcap-parser', () => {
  it('agree on any whole microsecond capture of either byte order', async () => {
    const record = fc.record({
      seconds: fc.nat(0xffffffff),
      fraction: fc.nat(999_999),
      more: fc.nat(50),
      data: fc.uint8Array({ maxLength: 300 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(record, { maxLength: 20 }), async (littleEndian, records) => {
        const path = joinPath(folder, 'in.pcap');
        writeFileSync(
          path,
          pcapFile(
            { littleEndian },
            records.map(({ more, ...rest }) => ({ ...rest, wire: rest.data.length + more })),
          ),
        );
        expect(ours(path)).toEqual(await parsed(path));
      }),
    );
  });

  it.each(['smtp.pcap', 'be.pcap'])("agree on pcap-parser's own %s", async (name) => {
    const main = createRequire(import.meta.url).resolve('pcap-parser');
    const path = joinPath(dirname(main), '..', 'test', name);
    const facts = ours(path);
    expect(facts.length).toBeGreaterThan(0);
    expect(facts).toEqual(await parsed(path));
  });
});
