/** Every capture of the shared collection, against the counts of the reference readers. The collection is no part of the project. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openCapture } from '../../src/capture/index.ts';
import { HooklineError } from '../../src/errors.ts';
import { decode } from '../../src/packet/decode.ts';
import { Packet } from '../../src/packet/packet.ts';

const FOLDER = fileURLToPath(new URL('../../../shared/captures/', import.meta.url));
const THERE = existsSync(`${FOLDER}INDEX.tsv`);
const CAPTURES = 141;

interface Row {
  readonly path: string;
  readonly packets: number;
  readonly notes: string;
}

function rows(): Row[] {
  const [head, ...lines] = readFileSync(`${FOLDER}INDEX.tsv`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split('\t'));
  const column = (name: string): number => head!.indexOf(name);
  return lines.map((fields) => ({
    path: fields[column('path')]!,
    packets: Number(fields[column('packets')]),
    notes: fields[column('reader_notes')] ?? '',
  }));
}

function read(path: string): { packets: number; end: string } {
  try {
    const capture = openCapture(FOLDER + path, { anyLinkType: true });
    const packet = new Packet();
    while (capture.next(packet)) decode(packet, capture.linkType);
    return { packets: capture.count, end: capture.damage?.message ?? 'whole' };
  } catch (error) {
    if (error instanceof HooklineError) return { packets: 0, end: error.message };
    throw error;
  }
}

describe.skipIf(!THERE)(`the shared captures${THERE ? '' : ' (skipped: ../shared is not there)'}`, () => {
  const all = THERE ? rows() : [];

  it('are all there', () => {
    expect(all).toHaveLength(CAPTURES);
  });

  it.each(all.map((row) => [row.path, row] as const))('%s', (path, { packets, notes }) => {
    const found = read(path);
    if (notes === '') expect(found).toEqual({ packets, end: 'whole' });
    else expect(found).toEqual({ packets: 0, end: expect.stringContaining(`${path}: at octet `) });
  });
});
