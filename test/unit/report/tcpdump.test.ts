import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { build, tcpOptions } from '../../../src/packet/build.ts';
import { ethernet, ipv4, payload, tcp } from '../../../src/packet/build-layers.ts';
import { decode } from '../../../src/packet/decode.ts';
import { LinkType } from '../../../src/packet/link-type.ts';
import { Packet } from '../../../src/packet/packet.ts';
import { Conversations, formatPacket } from '../../../src/report/tcpdump.ts';
import { TcpFlag } from '../../../src/wire/tcp.ts';

const FRAMES = fileURLToPath(new URL('../../../fixtures/frames', import.meta.url));

function decoded(frame: Uint8Array): Packet {
  const bytes = frame.slice();
  const packet = new Packet();
  packet.view = new DataView(bytes.buffer);
  packet.bytes = bytes;
  packet.end = bytes.length;
  packet.wireLength = bytes.length;
  decode(packet, LinkType.Ethernet);
  return packet;
}

const files = readdirSync(FRAMES, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.hex'));

describe('formatPacket', () => {
  it.each(files.sort())('prints frames/%s as tcpdump does', (name) => {
    const lines = readFileSync(`${FRAMES}/${name}`, 'utf8').trimEnd().split('\n');
    const expected = lines.filter((line) => line.startsWith('#= ')).map((line) => line.slice(3));
    const digits = lines.filter((line) => !line.startsWith('#')).join(' ');
    const frame = Uint8Array.from(digits.split(' '), (pair) => Number.parseInt(pair, 16));
    expect(formatPacket(decoded(frame)).split('\n\t')).toEqual(expected);
  });

  it('found its frames', () => {
    expect(files.length).toBeGreaterThan(120);
  });
});

describe('Conversations', () => {
  const [a, b] = ['10.0.0.1', '10.0.0.2'] as const;
  const macs = ethernet('02:00:00:00:00:02', '02:00:00:00:00:01');

  it('count from the first packet with ACK on, SACK blocks too', () => {
    const seen = new Conversations();
    const sent = (fields: Record<string, number>, data = '', options: Uint8Array = new Uint8Array(0)): string =>
      formatPacket(decoded(build(macs, ipv4(a, b), tcp(1024, 80, fields, options), payload(data))), seen).replace(/^.*Flags/, 'Flags');
    const answered = (fields: Record<string, number>, data = '', options: Uint8Array = new Uint8Array(0)): string =>
      formatPacket(decoded(build(macs, ipv4(b, a), tcp(80, 1024, fields, options), payload(data))), seen).replace(/^.*Flags/, 'Flags');
    expect(sent({ flags: TcpFlag.Syn, seq: 1000, window: 1 })).toBe('Flags [S], seq 1000, win 1, length 0');
    expect(answered({ flags: TcpFlag.Syn | TcpFlag.Ack, seq: 5000, ack: 1001, window: 1 })).toBe(
      'Flags [S.], seq 5000, ack 1001, win 1, length 0',
    );
    expect(sent({ flags: TcpFlag.Ack, seq: 1001, ack: 5001, window: 1 })).toBe('Flags [.], ack 1, win 1, length 0');
    expect(sent({ flags: TcpFlag.Ack, seq: 1001, ack: 5001, window: 1 }, 'abc')).toBe('Flags [.], seq 1:4, ack 1, win 1, length 3');
    const sack = tcpOptions(['nop'], ['nop'], ['sack', 1011, 1021]);
    expect(answered({ flags: TcpFlag.Ack, seq: 5001, ack: 1004, window: 1 }, '', sack)).toBe(
      'Flags [.], ack 4, win 1, options [nop,nop,sack 1 {11:21}], length 0',
    );
    expect(answered({ flags: TcpFlag.Rst, seq: 5001, window: 0 })).toBe('Flags [R], seq 5001, win 0, length 0');
  });

  it('begin anew with a new SYN and ACK on the same ports', () => {
    const seen = new Conversations();
    const line = (fields: Record<string, number>): string => formatPacket(decoded(build(macs, ipv4(b, a), tcp(80, 1024, fields))), seen);
    line({ flags: TcpFlag.Syn | TcpFlag.Ack, seq: 5000, ack: 1001 });
    expect(line({ flags: TcpFlag.Ack, seq: 5001, ack: 1001 })).toContain('ack 1,');
    expect(line({ flags: TcpFlag.Syn | TcpFlag.Ack, seq: 9000, ack: 2001 })).toContain('seq 9000, ack 2001');
    expect(line({ flags: TcpFlag.Ack, seq: 9001, ack: 2005 })).toContain('ack 5,');
  });
});
