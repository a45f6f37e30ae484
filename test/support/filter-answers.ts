/**
 * What tcpdump says to the filters of fixtures/filters over the collections of filter-frames.ts. Recorded as one text for each
 * filter and collection: the numbers of the packets it selects (`0-3,7`), or `!` for a filter that it refuses.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Collection } from './filter-frames.ts';

export const REFUSED = '!';

export interface Answers {
  readonly tcpdump: string;
  /** Names of collections; each filter has an answer for each. */
  readonly collections: readonly string[];
  readonly answers: Readonly<Record<string, readonly string[]>>;
}

/** `0-3,7` for a list of numbers in order. */
export function ranges(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < numbers.length; ) {
    let k = i;
    while (numbers[k + 1] === numbers[k]! + 1) k++;
    parts.push(k === i ? `${numbers[i]}` : `${numbers[i]}-${numbers[k]}`);
    i = k + 1;
  }
  return parts.join(',');
}

export const HAS_TCPDUMP: boolean = spawnSync('tcpdump', ['--version']).status === 0;

const HEAD = 24;
const RECORD = 16;

/** A collection in a file whose packets carry their number as their time. */
export class TcpdumpFile {
  private readonly folder = mkdtempSync(join(tmpdir(), 'hookline-filter-'));
  private readonly path = join(this.folder, 'frames.pcap');

  constructor({ linkType, frames }: Collection) {
    const head = Buffer.alloc(HEAD);
    head.writeUInt32LE(0xa1b2c3d4, 0);
    head.writeUInt16LE(2, 4);
    head.writeUInt16LE(4, 6);
    head.writeUInt32LE(262_144, 16);
    head.writeUInt32LE(linkType, 20);
    const records = frames.flatMap(({ octets, wireLength }, index) => {
      const record = Buffer.alloc(RECORD);
      record.writeUInt32LE(index, 0);
      record.writeUInt32LE(octets.length, 8);
      record.writeUInt32LE(wireLength, 12);
      return [record, octets];
    });
    writeFileSync(this.path, Buffer.concat([head, ...records]));
  }

  /** `tcpdump -r FILE FILTER`. */
  selected(filter: string): string {
    const { status, stdout, stderr } = spawnSync('tcpdump', ['-r', this.path, '-w', '-', '--', filter], { maxBuffer: 1 << 28 });
    if (status !== 0) return stderr.includes('rejects all packets') ? '' : REFUSED;
    const numbers: number[] = [];
    for (let at = HEAD; at < stdout.length; at += RECORD + stdout.readUInt32LE(at + 8)) numbers.push(stdout.readUInt32LE(at));
    return ranges(numbers);
  }

  /** `tcpdump -ddd FILTER` for this link type; null when it is refused. */
  program(filter: string): number[][] | null {
    const { status, stdout } = spawnSync('tcpdump', ['-r', this.path, '-ddd', '--', filter], { encoding: 'utf8' });
    if (status !== 0) return null;
    const lines = stdout.trim().split('\n').slice(1);
    return lines.map((line) => line.split(' ').map(Number));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
