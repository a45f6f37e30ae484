/** Our reader against libpcap: what tcpdump copies out of each fixture is what we deliver. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { contentsOf, type PlainRecord } from '../support/capture-records.ts';

const FOLDER = fileURLToPath(new URL('../../fixtures/pcap/', import.meta.url));
const TCPDUMP = spawnSync('tcpdump', ['--version']).status === 0;

const listed: { file: string; tcpdump: string | null }[] = JSON.parse(readFileSync(`${FOLDER}MANIFEST.json`, 'utf8'));
const readable = listed.filter(({ tcpdump }) => tcpdump === null).map(({ file }) => file);

function facts({ us, ns, octets, wire }: PlainRecord): unknown[] {
  return [us, ns, octets, wire];
}

describe.skipIf(!TCPDUMP)(`the reader and tcpdump${TCPDUMP ? '' : ' (skipped: no tcpdump)'}`, () => {
  it.each(readable)('agree on %s', (file) => {
    // a fraction out of range survives tcpdump in its own unit only
    const unit = file.includes('nano') ? 'nano' : 'micro';
    const { stdout } = spawnSync('tcpdump', ['-r', FOLDER + file, '-w', '-', `--time-stamp-precision=${unit}`], { maxBuffer: 1 << 26 });
    const theirs = contentsOf(new Uint8Array(stdout), { anyLinkType: true }).records;
    const mine = contentsOf(FOLDER + file, { anyLinkType: true }).records;
    expect(mine.map(facts)).toEqual(theirs.map(facts));
  });
});
