/**
 * Our filters against tcpdump's: over every collection of frames and for every filter in fixtures/filters, the packets that
 * tcpdump 4.99.3 selected (recorded), and where tcpdump is present, its programs run beside ours. RECORD_FILTERS=1 records anew.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { BpfProgram } from '../../src/bpf/code.ts';
import { compileProgram, interpreted } from '../../src/bpf/compile.ts';
import { compileFilter, FilterError } from '../../src/filter/index.ts';
import { type Answers, HAS_TCPDUMP, ranges, REFUSED, TcpdumpFile } from '../support/filter-answers.ts';
import { type Collection, collections, expressions } from '../support/filter-frames.ts';

const PATH = fileURLToPath(new URL('../../fixtures/filters/answers.json.gz', import.meta.url));
const ALL = collections();
const FILTERS = expressions();

/**
 * Filters that select otherwise, and the collection where they do. tcpdump leaves out tests that cannot change the answer; ours
 * reads for them, and what a capture cut off ends the filter: an IPv6 packet without its first octets is not `tcp and ip`.
 */
const KNOWN: ReadonlyMap<string, string> = new Map([['tcp and ip or ip6', 'rare']]);

function record(): void {
  const answers: Record<string, string[]> = Object.fromEntries(FILTERS.map((filter) => [filter, []]));
  for (const collection of ALL) {
    const file = new TcpdumpFile(collection);
    for (const filter of FILTERS) answers[filter]!.push(file.selected(filter));
    file.remove();
  }
  const recorded: Answers = { tcpdump: '4.99.3, libpcap 1.10.3', collections: ALL.map(({ name }) => name), answers };
  writeFileSync(PATH, gzipSync(JSON.stringify(recorded), { level: 9 }));
}

if (process.env['RECORD_FILTERS'] === '1') record();
const recorded = JSON.parse(gunzipSync(readFileSync(PATH)).toString()) as Answers;

function programOf(filter: string, linkType: number): BpfProgram | null {
  try {
    return compileFilter(filter, linkType);
  } catch (error) {
    if (error instanceof FilterError) return null;
    throw error;
  }
}

function selected({ frames }: Collection, program: BpfProgram, make: typeof compileProgram): string {
  const run = make(program);
  const numbers: number[] = [];
  frames.forEach(({ octets, wireLength }, i) => {
    if (run(new DataView(octets.buffer, octets.byteOffset), 0, octets.length, wireLength) !== 0) numbers.push(i);
  });
  return ranges(numbers);
}

describe('filters and what tcpdump selected', () => {
  it('are recorded for all collections', () => {
    expect(recorded.collections).toEqual(ALL.map(({ name }) => name));
    expect(Object.keys(recorded.answers).sort()).toEqual([...FILTERS].sort());
    expect(FILTERS.length).toBeGreaterThanOrEqual(500);
  });

  it.each(ALL.map((collection, i) => [collection.name, collection, i] as const))('agree on %s', (_name, collection, i) => {
    const wrong: string[] = [];
    for (const filter of FILTERS) {
      const program = programOf(filter, collection.linkType);
      const mine = program === null ? REFUSED : selected(collection, program, compileProgram);
      const theirs = recorded.answers[filter]![i]!;
      if (KNOWN.get(filter) === collection.name) expect(mine).not.toBe(theirs);
      else if (mine !== theirs) wrong.push(`${filter}: ${mine}, tcpdump ${theirs}`);
      else if (program !== null && selected(collection, program, interpreted) !== mine) wrong.push(`${filter}: interpreted otherwise`);
    }
    expect(wrong).toEqual([]);
  });

  it('select something, most of them', () => {
    const never = FILTERS.filter((filter) => recorded.answers[filter]!.every((answer) => answer === '' || answer === REFUSED));
    const refused = never.filter((filter) => recorded.answers[filter]!.every((answer) => answer === REFUSED));
    expect(FILTERS.length - never.length).toBeGreaterThan(390);
    expect(never.length - refused.length).toBeLessThan(45);
  });
});

/** All filters for Ethernet, some for the others: each is a process. */
describe.skipIf(!HAS_TCPDUMP)(`filters and the programs of tcpdump${HAS_TCPDUMP ? '' : ' (skipped: no tcpdump)'}`, () => {
  const byType = new Map(ALL.map((collection) => [collection.linkType, collection]));
  it.each([...byType.keys()])('agree for link type %i', { timeout: 120_000 }, (linkType) => {
    const file = new TcpdumpFile(byType.get(linkType)!);
    const wrong: string[] = [];
    FILTERS.forEach((filter, n) => {
      if (n % (linkType === 1 ? 3 : 12) !== 0) return;
      const lines = file.program(filter);
      const mine = programOf(filter, linkType);
      if (lines === null || mine === null) return;
      const theirs = {
        code: Uint16Array.from(lines, ([code]) => code!),
        jt: Uint8Array.from(lines, ([, jt]) => jt!),
        jf: Uint8Array.from(lines, ([, , jf]) => jf!),
        k: Int32Array.from(lines, ([, , , k]) => k! | 0),
      };
      for (const collection of ALL.filter((one) => one.linkType === linkType && linkType !== 0)) {
        if (selected(collection, mine, interpreted) !== selected(collection, theirs, interpreted))
          wrong.push(`${filter} on ${collection.name}`);
      }
    });
    file.remove();
    expect(wrong).toEqual([]);
  });
});
