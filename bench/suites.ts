/**
 * The suites of the micro bench: parts of the path of a packet, each with what it is measured against.
 * @module
 */
import { readFileSync } from 'node:fs';
import { EventEmitter } from 'node:events';
import { parse } from 'pcap-parser';
import { openCapture } from '../src/capture/index.ts';
import { finish, replaceU32, sum16 } from '../src/inet/checksum.ts';
import { decode } from '../src/packet/decode.ts';
import { LinkType } from '../src/packet/link-type.ts';
import { Packet } from '../src/packet/packet.ts';
import type { Case } from './support/micro.ts';
import { trafficFiles } from './support/traffic.ts';

const PACKETS = 10_000;

function traffic(mix: 'tcp64' | 'imix'): Uint8Array {
  return new Uint8Array(readFileSync(trafficFiles(`${mix}-100`).main));
}

/** Records of a capture in memory: our reader (which copies into its window) and pcap-parser. */
function captureSuite(): Case[] {
  return (['tcp64', 'imix'] as const).flatMap((mix) => {
    const octets = traffic(mix);
    const buffer = Buffer.from(octets);
    return [
      { name: `block reader, ${mix}`, items: PACKETS, expected: PACKETS, run: () => readBlocks(octets) },
      { name: `pcap-parser, ${mix}`, items: PACKETS, expected: PACKETS, run: () => readParsed(buffer) },
    ];
  });
}

function readBlocks(octets: Uint8Array): number {
  const capture = openCapture(octets);
  const packet = new Packet();
  while (capture.next(packet));
  return capture.count;
}

class Feed extends EventEmitter {
  pause(): void {}
  resume(): void {}
}

function readParsed(buffer: Buffer): number {
  const feed = new Feed();
  let packets = 0;
  parse(feed).on('packet', () => packets++);
  for (let at = 0; at < buffer.length; at += 65_536) feed.emit('data', buffer.subarray(at, at + 65_536));
  return packets;
}

/** decode() of packets that stand in the cache. */
function decodeSuite(): Case[] {
  return (['tcp64', 'imix'] as const).map((mix) => {
    const octets = traffic(mix);
    const view = new DataView(octets.buffer);
    const packet = new Packet();
    packet.view = view;
    packet.bytes = octets;
    const run = (): number => {
      let ports = 0;
      for (let at = 24; at < octets.length; at = packet.end) {
        packet.start = at + 16;
        packet.end = packet.start + view.getUint32(at + 8, true);
        decode(packet, LinkType.Ethernet);
        ports = (ports + packet.srcPort) | 0;
      }
      return ports;
    };
    return { name: `decode, ${mix}`, items: PACKETS, expected: run(), run };
  });
}

function checksumSuite(): Case[] {
  const view = new DataView(new ArrayBuffer(1600));
  for (let i = 0; i < 1600; i++) view.setUint8(i, (i * 7) & 0xff);
  const before = view.getInt32(12);
  const amend = (): number => {
    let checksum = 0x1234;
    for (let i = 0; i < 1000; i++) checksum = replaceU32(checksum, before + i, i);
    return checksum;
  };
  return [
    ...[20, 40, 1480].map((length) => ({
      name: `sum16 of ${length} octets`,
      items: 1,
      expected: finish(sum16(view, 0, length)),
      run: () => finish(sum16(view, 0, length)),
    })),
    { name: 'replaceU32 (RFC 1624)', items: 1000, expected: amend(), run: amend },
  ];
}

export const SUITES: Readonly<Record<string, () => Case[]>> = { capture: captureSuite, decode: decodeSuite, checksum: checksumSuite };
