import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Capture, openCapture } from '../../../src/capture/index.ts';
import { CaptureError, HooklineError } from '../../../src/errors.ts';
import { Packet } from '../../../src/packet/packet.ts';
import { pcapFile } from '../../support/capture-octets.ts';
import { contentsOf } from '../../support/capture-records.ts';

const folder = mkdtempSync(joinPath(tmpdir(), 'hookline-capture-'));
afterAll(() => rmSync(folder, { recursive: true }));

const RECORDS = Array.from({ length: 50 }, (_, i) => ({ seconds: i, data: Uint8Array.from({ length: i * 3 }, () => i) }));
const OCTETS = pcapFile({ linkType: 101 }, RECORDS);
const PATH = joinPath(folder, 'in.pcap');
writeFileSync(PATH, OCTETS);

function refusal(source: string): string {
  try {
    openCapture(source);
  } catch (error) {
    if (error instanceof HooklineError) return `${error.code} ${error.message.replace(folder, '')}`;
    throw error;
  }
  return 'opened';
}

describe('openCapture', () => {
  it('reads a file as it reads the same octets in memory', () => {
    expect(contentsOf(PATH)).toEqual(contentsOf(OCTETS));
    expect(contentsOf(PATH).records).toHaveLength(RECORDS.length);
  });

  it('reads a part of a larger buffer', () => {
    const larger = new Uint8Array(OCTETS.length + 100).fill(0xa5);
    larger.set(OCTETS, 50);
    expect(contentsOf(larger.subarray(50, 50 + OCTETS.length))).toEqual(contentsOf(OCTETS));
  });

  it('keeps zeros behind the last octet, also where an earlier block stood', () => {
    const long = pcapFile({}, [
      { data: new Uint8Array(900).fill(0xa5) },
      { data: new Uint8Array(900).fill(0xa5) },
      { data: Uint8Array.of(1, 2, 3) },
    ]);
    const capture = openCapture(long, { blockLength: 700 });
    const packet = new Packet();
    while (capture.next(packet));
    expect(packet.end - packet.start).toBe(3);
    expect(packet.bytes.subarray(packet.end, packet.end + 64)).toEqual(new Uint8Array(64));
  });

  it('says what cannot be opened', () => {
    expect(refusal(joinPath(folder, 'missing'))).toBe('ERR_INPUT /missing: cannot open: ENOENT');
    expect(refusal(folder)).toBe('ERR_INPUT : cannot read: EISDIR');
    writeFileSync(joinPath(folder, 'empty'), '');
    expect(refusal(joinPath(folder, 'empty'))).toBe(
      'ERR_CAPTURE_TRUNCATED /empty: at octet 0: file header cut: 4 octets needed, 0 are there',
    );
    writeFileSync(joinPath(folder, 'text'), 'no capture at all');
    expect(refusal(joinPath(folder, 'text'))).toBe('ERR_CAPTURE_FORMAT /text: at octet 0: no capture: neither pcap nor pcapng');
  });

  it('gives damage the name, the octet and the reason', () => {
    const capture = openCapture(OCTETS.subarray(0, OCTETS.length - 1), { name: 'cut.pcap' });
    expect(capture.damage).toBeNull();
    while (capture.next(new Packet()));
    const { damage } = capture;
    expect(damage).toBeInstanceOf(CaptureError);
    expect(damage).toMatchObject({ file: 'cut.pcap', offset: OCTETS.length - 16 - 147, code: 'ERR_CAPTURE_TRUNCATED' });
    expect(capture.next(new Packet())).toBe(false);
    expect(capture.damage).toBe(damage);
  });

  it('closes quietly, twice, and delivers nothing afterwards', () => {
    const capture = openCapture(PATH);
    const packet = new Packet();
    expect(capture.next(packet)).toBe(true);
    capture.close();
    capture.close();
    expect(capture.next(packet)).toBe(false);
  });

  it('leaves what the caller set on a packet alone', () => {
    const capture = openCapture(OCTETS);
    const packet = new Packet();
    packet.mark = 7;
    packet.indev = 3;
    capture.next(packet);
    expect(packet).toMatchObject({ mark: 7, indev: 3, index: 0 });
    capture.next(packet);
    expect(packet.index).toBe(1);
  });
});

describe('a capture as an iterable', () => {
  const ping = Uint8Array.from(Buffer.from('4500001c00010000400126df0a0000010a0000020800f7ff00000000', 'hex'));
  const octets = pcapFile({ linkType: 101 }, [{ data: ping }, { seconds: 9, data: ping.subarray(0, 10) }, { data: ping }]);

  it('yields one packet, decoded and fresh each time', () => {
    const seen: string[] = [];
    const objects = new Set<Packet>();
    for (const packet of openCapture(octets)) {
      seen.push(`${packet.index} ${packet.nowUs} ${packet.family} ${packet.protocol} ${packet.fault === 0} ${packet.mark}`);
      packet.mark = 5;
      objects.add(packet);
    }
    expect(seen).toEqual(['0 1000002 4 1 true 0', '1 9000002 0 -1 false 0', '2 1000002 4 1 true 0']);
    expect(objects.size).toBe(1);
  });

  it('closes the capture when the loop is left', () => {
    const capture: Capture = openCapture(octets);
    for (const _ of capture) break;
    expect(capture.next(new Packet())).toBe(false);
  });
});
