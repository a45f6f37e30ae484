/**
 * Packets of a few words, as captures: what tests of whole replays send.
 *
 *   capture([tcpLine('10.0.0.2:1000 > 203.0.113.9:80', 'S'), ...])      one second apart, or `[seconds, frame]`
 */
import { ICMP } from '../../src/inet/protocol.ts';
import { build } from '../../src/packet/build.ts';
import { ethernet, icmp, ipv4, ipv6, type LayerSpec, payload, tcp, udp } from '../../src/packet/build-layers.ts';

/** A MAC no interface of a test's host has. */
const LINK = ethernet('02:00:00:00:0f:01', '02:00:00:00:0f:02');
const FLAGS: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, A: 16 };

function ends(line: string): { from: string; fromPort: number; to: string; toPort: number } {
  const found = /^\[?(.+?)\]?(?::(\d+))? > \[?(.+?)\]?(?::(\d+))?$/.exec(line)!;
  return { from: found[1]!, fromPort: Number(found[2] ?? 0), to: found[3]!, toPort: Number(found[4] ?? 0) };
}

function network(from: string, to: string): LayerSpec {
  return from.includes(':') ? ipv6(from, to) : ipv4(from, to);
}

/** `flags`: letters of FSRPA. */
export function tcpLine(line: string, flags: string, seq = 100, ack = 0, data = ''): Uint8Array {
  const { from, fromPort, to, toPort } = ends(line);
  const bits = Array.from(flags).reduce((sum, letter) => sum | FLAGS[letter]!, 0);
  return build(LINK, network(from, to), tcp(fromPort, toPort, { flags: bits, seq, ack, window: 65_535 }), payload(data));
}

export function udpLine(line: string, data = 'x'): Uint8Array {
  const { from, fromPort, to, toPort } = ends(line);
  return build(LINK, network(from, to), udp(fromPort, toPort), payload(data));
}

export function pingLine(line: string, type: number, id: number): Uint8Array {
  const { from, to } = ends(line);
  return build(LINK, ipv4(from, to), icmp(type, 0, { identifier: id }), payload('ping'));
}

/** An ICMP error that quotes the IP packet of a frame. */
export function errorLine(line: string, type: number, code: number, quoted: Uint8Array): Uint8Array {
  const { from, to } = ends(line);
  return build(LINK, ipv4(from, to, { protocol: ICMP }), icmp(type, code), payload(quoted.subarray(14, 14 + 28)));
}

/** A classic pcap of Ethernet frames, one second apart unless the time is told. */
export function capture(
  frames: readonly (Uint8Array | readonly [seconds: number, frame: Uint8Array])[],
  first = 1_700_000_000,
): Uint8Array {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(65_535, 16);
  head.writeUInt32LE(1, 20);
  const records = frames.map((given, i) => {
    const [seconds, frame] = given instanceof Uint8Array ? [i, given] : given;
    const record = Buffer.alloc(16 + frame.length);
    record.writeUInt32LE(first + Math.floor(seconds), 0);
    record.writeUInt32LE(Math.round((seconds % 1) * 1e6), 4);
    record.writeUInt32LE(frame.length, 8);
    record.writeUInt32LE(frame.length, 12);
    record.set(frame, 16);
    return record;
  });
  return Buffer.concat([head, ...records]);
}
