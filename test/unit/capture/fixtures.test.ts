import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openCapture } from '../../../src/capture/index.ts';
import { CaptureError } from '../../../src/errors.ts';
import { Packet } from '../../../src/packet/packet.ts';
import { contentsOf } from '../../support/capture-records.ts';

interface Listed {
  readonly file: string;
  readonly sha256: string;
  readonly octets: number;
  readonly packets: number;
  readonly licence: string;
  readonly origin: { readonly repository: string; readonly path: string; readonly commit: string };
}

const FOLDER = fileURLToPath(new URL('../../../fixtures/pcap/', import.meta.url));
const MAX_LEN = 256 * 1024;
const listed: Listed[] = JSON.parse(readFileSync(`${FOLDER}MANIFEST.json`, 'utf8'));

function endOf(path: string): { packets: number; end: string } {
  try {
    const capture = openCapture(path, { anyLinkType: true, name: 'x' });
    while (capture.next(new Packet()));
    return { packets: capture.count, end: capture.damage?.message ?? 'whole' };
  } catch (error) {
    if (error instanceof CaptureError) return { packets: 0, end: error.message };
    throw error;
  }
}

/** The three that libpcap 1.10.3 refuses, too. */
const REFUSED: Readonly<Record<string, string>> = {
  'damaged/linktype-reserved-field-not-zero.pcap': 'x: at octet 20: reserved bits of the link type are set (0x300000)',
  'damaged/pcap-invalid-version-1.pcap': 'x: at octet 4: version 1.4 is not supported: 2.0 to 2.4 are',
  'damaged/shb-option-too-long.pcapng': 'x: at octet 0: block lengths in front and behind differ',
};

describe('fixtures/pcap', () => {
  it('lists every capture with its origin and licence', () => {
    const there = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(pcap|pcapng|cap)$/.test(name));
    expect(listed.map(({ file }) => file).sort()).toEqual(there.sort());
    for (const { licence, origin } of listed) {
      expect(licence).toMatch(/^(BSD-3-Clause|MIT|Apache-2\.0|Apache-2\.0 OR MIT|Unlicense \(public domain\))$/);
      expect(origin.commit).toMatch(/^[0-9a-f]{40}$/);
    }
  });

  it.each(listed.map((entry) => [entry.file, entry] as const))('%s', (file, { sha256, octets, packets }) => {
    const bytes = readFileSync(FOLDER + file);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
    expect(bytes.length).toBe(octets);
    expect(octets).toBeLessThanOrEqual(MAX_LEN);
    expect(endOf(FOLDER + file)).toEqual({ packets, end: REFUSED[file] ?? 'whole' });
  });

  it('holds interfaces of several link types with their names', () => {
    const capture = openCapture(`${FOLDER}format/many_interfaces-1.pcapng`);
    const { records } = contentsOf(capture);
    expect(capture.interfaces.map(({ name, linkType }) => `${name} ${linkType}`)).toEqual(
      'en0 1,awdl0 1,bridge0 1,vboxnet0 1,utun0 0,en1 1,vboxnet1 1,en2 1,p2p0 12,vboxnet2 1,lo0 0'.split(','),
    );
    expect(records.filter(({ interfaceName, linkType }) => interfaceName === 'lo0' && linkType === 0)).toHaveLength(2);
  });

  it('holds comments', () => {
    const { records } = contentsOf(`${FOLDER}format/pcapng-example.pcapng`);
    expect(records.slice(0, 59).every(({ comment, linkType }) => comment === null && linkType === 1)).toBe(true);
    expect(records.slice(59).map(({ comment }) => comment)).toEqual(Array.from({ length: 100 }, (_, i) => `Packet #${i + 1}`));
  });

  it('is refused with the name of its link type where that cannot be decoded', () => {
    expect(() => openCapture(`${FOLDER}linktype/mpls-traceroute.pcap`)).toThrow('link type PPP (9) cannot be decoded');
    expect(() => openCapture(`${FOLDER}linktype/nflog.pcap`)).toThrow('link type NFLOG (239) cannot be decoded');
  });
});
