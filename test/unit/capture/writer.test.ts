import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCapture } from '../../../src/capture/index.ts';
import { HooklineError } from '../../../src/errors.ts';
import { Packet } from '../../../src/packet/packet.ts';
import { contentsOf } from '../../support/capture-records.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(joinPath(tmpdir(), 'hookline-capture-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function packetOf(length: number, us: number, ns = 0): Packet {
  const packet = new Packet();
  packet.blank(length);
  for (let i = 0; i < length; i++) packet.bytes[packet.start + i] = i + 1;
  packet.nowUs = us;
  packet.remainderNs = ns;
  return packet;
}

function codeOf(act: () => void): string {
  try {
    act();
  } catch (error) {
    if (error instanceof HooklineError) return `${error.code} ${error.message.replace(folder, '')}`;
    throw error;
  }
  return 'done';
}

describe('createCapture', () => {
  it('writes a classic capture, octet for octet', () => {
    const path = joinPath(folder, 'out.pcap');
    const writer = createCapture(path, { format: 'pcap', interfaces: [{ linkType: 101 }] });
    writer.write(packetOf(5, 1_700_000_000_123_456, 789));
    writer.close();
    const header = 'd4c3b2a1 0200 0400 00000000 00000000 00000400 65000000';
    const record = '00f15365 40e20100 05000000 05000000 0102030405';
    expect(readFileSync(path).toString('hex')).toBe(`${header}${record}`.replaceAll(' ', ''));
  });

  it('writes nanoseconds when asked to', () => {
    const path = joinPath(folder, 'out.pcap');
    const writer = createCapture(path, { format: 'pcap', nanoseconds: true });
    writer.write(packetOf(1, 1_000_002, 789));
    writer.close();
    expect(contentsOf(path).records).toMatchObject([{ us: 1_000_002, ns: 789 }]);
    expect(readFileSync(path).readUInt32LE()).toBe(0xa1b23c4d);
  });

  it('writes a pcapng capture, octet for octet', () => {
    const path = joinPath(folder, 'out.pcapng');
    const writer = createCapture(path, { interfaces: [{ name: 'eth0' }] });
    writer.write(packetOf(5, 1_700_000_000_123_456, 789), 0, 'made');
    writer.close();
    const section = '0a0d0d0a 2c000000 4d3c2b1a 0100 0000 ffffffffffffffff 0400 0800 686f6f6b6c696e65 00000000 2c000000';
    const device = '01000000 28000000 0100 0000 00000400 0200 0400 65746830 0900 0100 09000000 00000000 28000000';
    // 1700000000123456789 = 0x17979cfe3d85cd15
    const packet = '06000000 34000000 00000000 fe9c9717 15cd853d 05000000 05000000 0102030405000000 0100 0400 6d616465 00000000 34000000';
    expect(readFileSync(path).toString('hex')).toBe(`${section}${device}${packet}`.replaceAll(' ', ''));
  });

  it('keeps interfaces, link types, comments and cut packets', () => {
    const path = joinPath(folder, 'out.pcapng');
    const writer = createCapture(path, { interfaces: [{ name: 'lan' }], nanoseconds: false });
    expect(writer.addInterface({ name: 'tun0', linkType: 101 })).toBe(1);
    const cut = packetOf(60, 5);
    cut.wireLength = 1500;
    writer.write(cut, 1);
    writer.write(packetOf(61, 6), 0, 'über');
    writer.write(packetOf(300, 7));
    expect(writer.count).toBe(3);
    writer.close();
    expect(contentsOf(path).records).toMatchObject([
      { us: 5, wire: 1500, linkType: 101, interfaceName: 'tun0', comment: null },
      { us: 6, wire: 61, linkType: 1, interfaceName: 'lan', comment: 'über' },
      { us: 7, wire: 300, interfaceName: 'lan', comment: null },
    ]);
  });

  it('writes more than its buffer, and packets larger than it', () => {
    for (const format of ['pcap', 'pcapng'] as const) {
      const path = joinPath(folder, `out.${format}`);
      const writer = createCapture(path, { format });
      const lengths = [1000, 300_000, 64, 262_144, 1, 0, ...Array.from({ length: 400 }, (_, i) => i * 3)];
      for (const length of lengths) writer.write(packetOf(length, length));
      writer.close();
      const { records } = contentsOf(path, { maxCaptured: 300_000 });
      expect(records.map(({ octets }) => octets.length / 2)).toEqual(
        lengths.map((length) => (format === 'pcap' ? Math.min(length, 262_144) : length)),
      );
      expect(records[6 + 399]?.octets).toBe(Buffer.from(Uint8Array.from({ length: 1197 }, (_, i) => i + 1)).toString('hex'));
    }
  });

  it('cuts a comment to what an option holds', () => {
    const path = joinPath(folder, 'out.pcapng');
    const writer = createCapture(path);
    writer.write(packetOf(1, 1), 0, 'x'.repeat(100_000));
    writer.close();
    expect(contentsOf(path).records[0]?.comment).toHaveLength(65_532);
  });

  it('refuses an interface that was not described', () => {
    const writer = createCapture(joinPath(folder, 'out.pcapng'), { interfaces: [{ name: 'a' }] });
    expect(() => writer.write(packetOf(1, 1), 1)).toThrow(RangeError);
    expect(() => writer.write(packetOf(1, 1), -1)).toThrow(RangeError);
    writer.abort();
  });

  it('leaves the file that was there alone until it is closed', () => {
    const path = joinPath(folder, 'out.pcap');
    writeFileSync(path, 'before');
    const writer = createCapture(path, { format: 'pcap' });
    writer.write(packetOf(1, 1));
    writer.flush();
    expect(readFileSync(path, 'utf8')).toBe('before');
    writer.close();
    expect(readFileSync(path)).toHaveLength(24 + 16 + 1);
    expect(readdirSync(folder)).toEqual(['out.pcap']);
  });

  it('keeps two writers of one file apart: the last one closed wins', () => {
    const path = joinPath(folder, 'out.pcap');
    const [first, second] = [createCapture(path, { format: 'pcap' }), createCapture(path, { format: 'pcap' })];
    first.write(packetOf(10, 1));
    second.write(packetOf(20, 2));
    second.close();
    first.close();
    expect(contentsOf(path).records.map(({ wire }) => wire)).toEqual([10]);
    expect(readdirSync(folder)).toEqual(['out.pcap']);
  });

  it('leaves nothing behind when aborted, not even after the end', () => {
    const path = joinPath(folder, 'out.pcap');
    const writer = createCapture(path);
    writer.write(packetOf(1, 1));
    writer.abort();
    writer.abort();
    writer.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('writes behind a link, not over it', () => {
    writeFileSync(joinPath(folder, 'real'), '');
    symlinkSync(joinPath(folder, 'real'), joinPath(folder, 'link'));
    createCapture(joinPath(folder, 'link'), { format: 'pcap' }).close();
    expect(readFileSync(joinPath(folder, 'real'))).toHaveLength(24);
  });

  it('says where it cannot write', () => {
    expect(codeOf(() => createCapture(joinPath(folder, 'no/such/folder/out')))).toMatch(
      /^ERR_OUTPUT \/no\/such\/folder\/out: cannot open: ENOENT$/,
    );
    expect(codeOf(() => createCapture(folder))).toBe('ERR_OUTPUT : cannot open: EISDIR');
  });

  it.skipIf(!existsSync('/dev/full'))('says when the disk is full', () => {
    const writer = createCapture('/dev/full');
    writer.write(packetOf(1, 1));
    expect(codeOf(() => writer.close())).toBe('ERR_OUTPUT /dev/full: cannot write: ENOSPC');
    expect(readdirSync('/dev').filter((name) => name.includes('.part'))).toEqual([]);
  });

  it.skipIf(!isInstalled('tcpdump'))('writes what tcpdump reads', () => {
    for (const format of ['pcap', 'pcapng'] as const) {
      const path = joinPath(folder, `out.${format}`);
      const writer = createCapture(path, { format, nanoseconds: true });
      for (let i = 0; i < 100; i++) writer.write(packetOf(60 + i, 1_700_000_000_000_000 + i, i), 0, 'comment');
      writer.close();
      const output = execFileSync('tcpdump', ['-r', path, '-tt', '-n', '--time-stamp-precision=nano'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const lines = output.split('\n').filter((line) => /^\d/.test(line));
      expect(lines).toHaveLength(100);
      expect(lines[99]).toMatch(/^1700000000\.000099099 .* length 159/);
    }
  });
});

function isInstalled(command: string): boolean {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
