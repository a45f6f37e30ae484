/**
 * Generated captures: the same name gives the same octets on every machine. They are made once and kept in .cache/traffic.
 *
 *   tcp64   TCP/IPv4 in the shortest frames (60 octets, 64 on the wire), each flow from SYN to FIN again and again
 *   imix    frames of 60, 590 and 1514 octets as 7 : 4 : 1; by flow 70 % TCP and 12 % UDP over IPv4, 4 % ping, 14 % IPv6; 4 % tagged
 *
 * Which flow speaks next is drawn evenly: the worst case for caches.
 * @module
 */
import { existsSync, mkdirSync } from 'node:fs';
import { createCapture } from '../../src/capture/index.ts';
import { Random } from '../../src/inet/random.ts';
import { type Flow, Frames } from './frames.ts';
import { PingTalk, type Talk, TcpTalk, UdpTalk } from './talk.ts';

export interface Traffic {
  readonly mix: 'tcp64' | 'imix';
  readonly flows: number;
  readonly packets: number;
  readonly seed: number;
}

/** To be raised when the same traffic comes out otherwise. */
const VERSION = 1;
const FOLDER = '.cache/traffic';
/** 2024-01-01. */
const START_US = 1_704_067_200_000_000;
const STEP_US = 1;
const SMALL = 60;
const MIDDLE = 590;
const LARGE = 1514;
const CLIENTS = 0x0a000100;
const SERVERS = 0xc6336401 | 0;
const SERVER_COUNT = 200;
const SERVER_PORTS: readonly number[] = [80, 443, 22, 8080];

export const MEBI: number = 1 << 20;

export function trafficName({ mix, flows, packets, seed }: Traffic): string {
  return `${mix}-${flows}-${packets}-s${seed}-v${VERSION}`;
}

/** The path of the capture, which is generated if it is not there. */
export function trafficFile(traffic: Traffic): string {
  const path = `${FOLDER}/${trafficName(traffic)}.pcap`;
  if (!existsSync(path)) generate(traffic, path);
  return path;
}

function generate(traffic: Traffic, path: string): void {
  mkdirSync(FOLDER, { recursive: true });
  const random = new Random(traffic.seed);
  const frames = new Frames();
  const talks = Array.from({ length: traffic.flows }, (_, i) => talkOf(traffic, i, random));
  const writer = createCapture(path, { format: 'pcap' });
  for (let i = 0; i < traffic.packets; i++) {
    const talk = talks[random.below(traffic.flows)]!;
    talk.next(frames, traffic.mix === 'tcp64' ? SMALL : imixSize(random));
    frames.packet.nowUs = START_US + i * STEP_US;
    writer.write(frames.packet);
  }
  writer.close();
}

function imixSize(random: Random): number {
  const draw = random.below(12);
  return draw < 7 ? SMALL : draw < 11 ? MIDDLE : LARGE;
}

function talkOf({ mix, flows, packets }: Traffic, index: number, random: Random): Talk {
  const kind = mix === 'tcp64' ? 0 : random.below(100);
  const flow: Flow = {
    family: kind < 86 ? 4 : 6,
    tagged: mix === 'imix' && random.below(100) < 4,
    client: CLIENTS + index,
    server: SERVERS + (index % SERVER_COUNT),
    clientPort: 1024 + random.below(60_000),
    serverPort: SERVER_PORTS[index % SERVER_PORTS.length]!,
  };
  if (kind >= 70 && kind < 82) return new UdpTalk(flow);
  if (kind >= 82 && kind < 86) return new PingTalk(flow);
  // about two lives a flow, but no life longer than a page load
  const dataPackets = Math.min(40, Math.max(4, Math.floor(packets / flows / 2) - 6)) & ~1;
  return new TcpTalk(flow, random, dataPackets);
}
