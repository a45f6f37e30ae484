/**
 * What filters are tried on: the captures of fixtures/ that can be decoded, the frames of fixtures/frames, and frames of
 * encapsulations that none of them has (LLC, IS-IS, PPPoE, Geneve, MPLS, cut ones).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openCapture } from '../../src/capture/index.ts';
import { HooklineError } from '../../src/errors.ts';
import { LinkType } from '../../src/packet/link-type.ts';
import { Packet } from '../../src/packet/packet.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));

export interface Frame {
  readonly octets: Uint8Array;
  readonly wireLength: number;
}

export interface Collection {
  readonly name: string;
  readonly linkType: number;
  readonly frames: readonly Frame[];
}

/** The filters, in the order of the file. */
export function expressions(): string[] {
  return readFileSync(join(FIXTURES, 'filters/expressions.txt'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => (line === '(empty)' ? '' : line));
}

/** All of one link type each, in an order that does not change. */
export function collections(): Collection[] {
  const files = ['demo', 'pcap/format', 'pcap/linktype'].flatMap((folder) =>
    readdirSync(join(FIXTURES, folder))
      .sort()
      .filter((name) => /\.pcap(ng)?$/.test(name))
      .map((name) => `${folder}/${name}`),
  );
  return [...files.flatMap(ofCapture), { name: 'frames', linkType: LinkType.Ethernet, frames: frameFiles() }, RARE, LOOP, NULL];
}

function ofCapture(name: string): Collection[] {
  try {
    const capture = openCapture(join(FIXTURES, name));
    const byType = new Map<number, Frame[]>();
    const packet = new Packet();
    while (capture.next(packet)) {
      const frames = byType.get(capture.linkType) ?? [];
      byType.set(capture.linkType, frames);
      frames.push({ octets: packet.bytes.slice(packet.start, packet.end), wireLength: packet.wireLength });
    }
    capture.close();
    return [...byType].map(([linkType, frames]) => ({ name: byType.size > 1 ? `${name}:${linkType}` : name, linkType, frames }));
  } catch (error) {
    if (error instanceof HooklineError) return []; // a link type that cannot be decoded
    throw error;
  }
}

function frameFiles(): Frame[] {
  const folder = join(FIXTURES, 'frames');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.hex'))
    .sort()
    .map((name) => whole(hex(readFileSync(join(folder, name), 'utf8').replace(/^#.*$/gm, ''))));
}

function hex(text: string): Uint8Array {
  return Uint8Array.from(text.trim().split(/\s+/), (pair) => Number.parseInt(pair, 16));
}

function whole(octets: Uint8Array): Frame {
  return { octets, wireLength: octets.length };
}

// -- frames that are written down here

const MACS = '02 00 00 00 00 02 02 00 00 00 00 01';
const BROADCAST = 'ff ff ff ff ff ff 02 00 00 00 00 01';
const PADDING = ' 00'.repeat(40);

function word16(value: number): string {
  return `${(value >>> 8).toString(16)} ${(value & 0xff).toString(16)}`;
}

function ipv4(protocol: number, payload: string, words = 5): string {
  const length = words * 4 + payload.split(' ').length;
  const options = ' 01'.repeat(words * 4 - 20);
  return `4${words.toString(16)} 00 ${word16(length)} 00 07 00 00 40 ${protocol.toString(16)} 00 00 0a 00 00 01 1e 00 00 01${options} ${payload}`;
}

function ipv6(next: number, payload: string): string {
  const address = (last: string): string => `20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 ${last}`;
  return `60 00 00 00 ${word16(payload.split(' ').length)} ${next.toString(16)} 40 ${address('01')} ${address('02')} ${payload}`;
}

function tcp(to: number): string {
  return `04 00 ${word16(to)} 00 00 00 01 00 00 00 00 50 02 ff ff 00 00 00 00`;
}

function udp(to: number, payload: string): string {
  return `04 00 ${word16(to)} ${word16(8 + payload.split(' ').length)} 00 00 ${payload}`;
}

function llc(rest: string): string {
  return `${MACS} 00 2e ${rest}${PADDING}`;
}

function isis(kind: number): string {
  return llc(`fe fe 03 83 1b 01 00 ${kind.toString(16)} 01 00`);
}

function geneve(network: string, type: string, inner: string, options = ''): string {
  const words = options === '' ? 0 : options.split(' ').length / 4;
  return udp(6081, `0${words} 00 ${type} ${network} 00 ${options === '' ? '' : `${options} `}${inner}`);
}

const HTTP4 = ipv4(6, tcp(80));
const HTTP6 = ipv6(6, tcp(80));
const DNS4 = ipv4(17, udp(53, '61 62 63'));
const INNER_ETHERNET = `${BROADCAST} 08 00 ${HTTP4}`;

const RARE_TEXTS = [
  // 802.3: every kind of LLC frame, IS-IS packets, IPX, AppleTalk, raw IPX
  ...['00', '01', '05', '09', '03', '63', '43', '6f', 'e3', 'af', '87', '02'].map((control) => llc(`42 42 ${control} 00`)),
  ...[15, 16, 17, 18, 20, 24, 25, 26, 27].map(isis),
  llc('fe fe 03 81 00'),
  llc('fe fe 03 82 00'),
  llc('fe fe 03 02 00'),
  llc('e0 e0 03 00'),
  llc('f0 f0 03 00'),
  llc('06 06 03 00'),
  llc('ff ff 00 30'),
  llc('aa aa 03 00 00 00 81 37'),
  llc('aa aa 03 08 00 07 80 9b'),
  llc('aa aa 03 00 00 00 80 f3'),
  ...['81 37', '80 9b', '80 f3', '60 01', '60 02', '60 03', '60 04', '60 07', '90 00', '80 35'].map(
    (type) => `${MACS} ${type} 00 01 08 00 06 04 00 03${PADDING}`,
  ),
  // tags and labels
  `${MACS} 81 00 00 01 08 00 ${HTTP4}`,
  `${MACS} 81 00 00 0a 86 dd ${HTTP6}`,
  `${MACS} 81 00 00 64 81 00 00 c8 08 00 ${HTTP4}`,
  `${MACS} 88 a8 00 64 81 00 00 c8 08 06 00 01 08 00 06 04 00 01${PADDING}`,
  `${MACS} 91 00 00 20 08 00 ${DNS4}`,
  `${MACS} 81 00 00 68 88 47 00 01 01 40 ${HTTP4}`,
  `${MACS} 88 47 00 01 01 40 ${HTTP4}`,
  `${MACS} 88 47 00 01 01 03 ${HTTP6}`,
  `${MACS} 88 47 18 6a 00 40 00 01 d1 05 ${ipv4(1, '08 00 00 00 00 01 00 01')}`,
  `${MACS} 88 47 00 01 d1 02 ${HTTP4}`,
  `${MACS} 88 48 00 01 01 40 ${HTTP4}`,
  // PPPoE
  `${MACS} 88 63 11 09 00 00 00 00${PADDING}`,
  `${MACS} 88 64 11 00 00 01 00 2a 00 21 ${HTTP4}`,
  `${MACS} 88 64 11 00 00 11 00 2a 00 21 ${HTTP4}`,
  `${MACS} 88 64 11 00 00 27 00 3e 00 57 ${HTTP6}`,
  `${MACS} 88 64 11 00 00 01 00 08 c0 21 01 01 00 04`,
  // Geneve: IP and Ethernet inside, with and without options, over both families
  `${MACS} 08 00 ${ipv4(17, geneve('00 00 0a', '08 00', HTTP4))}`,
  `${MACS} 08 00 ${ipv4(17, geneve('00 00 0b', '65 58', INNER_ETHERNET))}`,
  `${MACS} 08 00 ${ipv4(17, geneve('00 00 0a', '65 58', INNER_ETHERNET, '00 01 02 01 aa bb cc dd'))}`,
  `${MACS} 08 00 ${ipv4(17, geneve('00 00 0a', '86 dd', HTTP6), 6)}`,
  `${MACS} 86 dd ${ipv6(17, geneve('00 00 0b', '08 00', DNS4))}`,
  `${MACS} 86 dd ${ipv6(17, geneve('00 00 0b', '65 58', `${MACS} 08 06 00 01 08 00 06 04 00 01${PADDING}`, '00 01 02 00'))}`,
  `${MACS} 81 00 00 05 08 00 ${ipv4(17, geneve('00 00 0b', '08 00', ipv4(1, '08 00 00 00 00 01 00 01')))}`,
  // IPv4 with options and fragments, IPv6 behind a fragment header, unusual protocols
  `${MACS} 08 00 ${ipv4(6, tcp(443), 15)}`,
  `${MACS} 08 00 ${HTTP4.replace('00 07 00 00', '00 07 20 00')}`,
  `${MACS} 08 00 ${HTTP4.replace('00 07 00 00', '00 07 20 b9')}`,
  `${MACS} 86 dd ${ipv6(44, `06 00 00 01 00 00 00 07 ${tcp(80)}`)}`,
  `${MACS} 86 dd ${ipv6(44, `3a 00 00 00 00 00 00 07 80 00 00 00`)}`,
  ...[2, 9, 50, 51, 89, 103, 112, 132].map(
    (protocol) => `${MACS} 08 00 ${ipv4(protocol, `16 00 00 50 00 50 00 00 00 00 00 00 01 00 00 08`)}`,
  ),
  ...[50, 51, 58, 103, 132].map((protocol) => `${MACS} 86 dd ${ipv6(protocol, `87 00 00 50 00 50 00 00 00 00 00 00 01 00 00 08`)}`),
  `${BROADCAST} 08 06 00 01 08 00 06 04 00 01 02 00 00 00 00 01 0a 00 00 01 00 00 00 00 00 00 c0 a8 7a 04`,
];

/** Each frame whole, and cut where headers begin and end: what is not there decides too. */
const RARE: Collection = {
  name: 'rare',
  linkType: LinkType.Ethernet,
  frames: RARE_TEXTS.map(hex).flatMap((octets) => [
    whole(octets),
    ...[13, 17, 24, 34, 36, 54]
      .filter((length) => length < octets.length)
      .map((length) => ({ octets: octets.slice(0, length), wireLength: octets.length })),
  ]),
};

const FAMILIES = ['02', '0a', '18', '1c', '1e', '07'];
const looped = (before: string, after: string): Frame[] =>
  FAMILIES.flatMap((family) => [HTTP4, HTTP6].map((packet) => whole(hex(`${before}${family}${after} ${packet}`))));
const LOOP: Collection = { name: 'loop', linkType: LinkType.Loop, frames: looped('00 00 00 ', '') };
const NULL: Collection = { name: 'null', linkType: LinkType.Null, frames: looped('', ' 00 00 00') };
