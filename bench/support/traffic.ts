/**
 * Generated captures: the same name gives the same octets on every machine. They are made once and kept in .cache/traffic.
 *
 *   tcp64      TCP/IPv4 in the shortest frames (60 octets, 64 on the wire)
 *   tcp64v6    the same over IPv6 (74 octets)
 *   imix       frames of 60, 590 and 1514 octets as 7 : 4 : 1; by flow 70 % TCP and 12 % UDP over IPv4, 4 % ping, 14 % IPv6; 4 % tagged
 *   kube       TCP/IPv4, half of the flows to services of the kube-proxy rule set, answered by the pods they are sent on to
 *   snat       tcp64, the answers sent to the address the clients are translated to; dnat: by the one the servers are
 *   syn        SYNs, every one a connection of its own; kube-syn: each to another service in turn
 *
 * All flows are opened in a capture of their own, which nobody times; in the main one they are in the midst of things, and one
 * packet of 46 opens a new connection. Which flow speaks next is drawn evenly: the worst case for caches.
 * @module
 */
import { existsSync, mkdirSync } from 'node:fs';
import { createCapture } from '../../src/capture/index.ts';
import { Random } from '../../src/inet/random.ts';
import { type Flow, Frames } from './frames.ts';
import { KubeRules, type Service } from './kube.ts';
import { PingTalk, SynTalk, type Talk, TcpTalk, UdpTalk } from './talk.ts';

type Mix = 'tcp64' | 'tcp64v6' | 'imix' | 'snat' | 'dnat' | 'kube' | 'syn' | 'kube-syn';

interface Traffic {
  readonly mix: Mix;
  readonly flows: number;
  /** In the main capture. */
  readonly packets: number;
}

export const MEBI: number = 1 << 20;

/** Services of the kube-proxy rule set of the benches: 160,000 rules. */
export const SERVICES = 20_000;

const TRAFFIC: Readonly<Record<string, Traffic>> = {
  'tcp64-100': { mix: 'tcp64', flows: 100, packets: 10_000 },
  'imix-100': { mix: 'imix', flows: 100, packets: 10_000 },
  'tcp64-1k': { mix: 'tcp64', flows: 1000, packets: 2 * MEBI },
  'tcp64-100k': { mix: 'tcp64', flows: 100_000, packets: 2 * MEBI },
  'tcp64-1m': { mix: 'tcp64', flows: 1_000_000, packets: 2 * MEBI },
  'tcp64v6-500k': { mix: 'tcp64v6', flows: 500_000, packets: 0 },
  /** For whole processes, whose start must not count. */
  'tcp64-100k-long': { mix: 'tcp64', flows: 100_000, packets: 8 * MEBI },
  'tcp64-1m-long': { mix: 'tcp64', flows: 1_000_000, packets: 8 * MEBI },
  'imix-100k-long': { mix: 'imix', flows: 100_000, packets: 4 * MEBI },
  'imix-100k': { mix: 'imix', flows: 100_000, packets: MEBI },
  'snat-1k': { mix: 'snat', flows: 1000, packets: 2 * MEBI },
  'snat-100k': { mix: 'snat', flows: 100_000, packets: 2 * MEBI },
  'dnat-100k': { mix: 'dnat', flows: 100_000, packets: 2 * MEBI },
  'kube-100k': { mix: 'kube', flows: 100_000, packets: 2 * MEBI },
  syn: { mix: 'syn', flows: 1, packets: MEBI },
  'kube-syn': { mix: 'kube-syn', flows: 1, packets: MEBI },
};

/** To be raised when the same traffic comes out otherwise. */
const VERSION = 2;
const FOLDER = '.cache/traffic';
const SEED = 1;
/** 2024-01-01. */
const START_US = 1_704_067_200_000_000;
const STEP_US = 1;
const SMALL = 60;
const MIDDLE = 590;
const LARGE = 1514;
const CLIENTS = 0x0a000100;
/** Pods that are clients: behind the endpoints of the services, in the same cluster network. */
const PODS = 0x0af60000;
const SERVERS = 0xc6336401 | 0;
const SERVER_COUNT = 200;
const SERVER_PORTS: readonly number[] = [80, 443, 22, 8080];
const POD_PORT = 8080;
/** What the rules of the benches translate to (rules.ts): 203.0.113.1 and 203.0.113.80. */
const SNAT_TO = 0xcb007101 | 0;
const DNAT_TO = 0xcb007150 | 0;
/** Ports between two clients of one server, so that translation keeps them. */
const PORT_STEP = 113;

/** The two captures of a name, generated if they are not there. Quick ones are an eighth as long. */
export function trafficFiles(name: string, quick = false): { readonly opening: string; readonly main: string } {
  const traffic = TRAFFIC[name];
  if (traffic === undefined) throw new RangeError(`no traffic ${name}`);
  const packets = quick ? traffic.packets >> 3 : traffic.packets;
  const stem = `${FOLDER}/${name}-${packets}-v${VERSION}`;
  const files = { opening: `${stem}-opening.pcap`, main: `${stem}.pcap` };
  if (!existsSync(files.main)) generate(traffic, packets, files);
  return files;
}

function generate(traffic: Traffic, packets: number, { opening, main }: { opening: string; main: string }): void {
  mkdirSync(FOLDER, { recursive: true });
  const random = new Random(SEED);
  const talks = talksOf(traffic, random);
  const capture = new Recording(opening);
  for (let round = 0; talks.some((talk) => round < talk.opening); round++) {
    for (const talk of talks) if (round < talk.opening) capture.add(talk, SMALL);
  }
  capture.close();
  for (const talk of talks) talk.age(random);
  const next = new Recording(main, capture);
  for (let i = 0; i < packets; i++) next.add(talks[random.below(talks.length)]!, traffic.mix === 'imix' ? imixSize(random) : SMALL);
  next.close();
}

/** Packets to a file, a microsecond apart, going on where another recording ended. */
class Recording {
  private readonly frames: Frames;
  private readonly writer: ReturnType<typeof createCapture>;
  private nowUs: number;

  constructor(path: string, before?: Recording) {
    this.writer = createCapture(path, { format: 'pcap' });
    this.frames = before?.frames ?? new Frames();
    this.nowUs = before?.nowUs ?? START_US;
  }

  add(talk: Talk, size: number): void {
    talk.next(this.frames, size);
    this.frames.packet.nowUs = this.nowUs;
    this.nowUs += STEP_US;
    this.writer.write(this.frames.packet);
  }

  close(): void {
    this.writer.close();
  }
}

function imixSize(random: Random): number {
  const draw = random.below(12);
  return draw < 7 ? SMALL : draw < 11 ? MIDDLE : LARGE;
}

function talksOf({ mix, flows }: Traffic, random: Random): Talk[] {
  if (mix === 'syn') return [new SynTalk((index) => synFlow(index), random)];
  const services = mix === 'kube' || mix === 'kube-syn' ? new KubeRules(SERVICES).services : [];
  if (mix === 'kube-syn') return [new SynTalk((index) => serviceFlow(services[index % services.length]!, index), random)];
  const single = services.filter(({ pods }) => pods.length === 1);
  return Array.from({ length: flows }, (_, i) => {
    if (mix === 'kube' && i % 2 === 0) return new TcpTalk(serviceFlow(single[(i * 7919) % single.length]!, i), random);
    return talkOf(mix, i, random);
  });
}

function talkOf(mix: Mix, index: number, random: Random): Talk {
  const kind = mix === 'imix' ? random.below(100) : mix === 'tcp64v6' ? 100 : 0;
  const flow: Flow = {
    family: kind < 86 ? 4 : 6,
    tagged: mix === 'imix' && random.below(100) < 4,
    client: CLIENTS + index,
    server: SERVERS + (index % SERVER_COUNT),
    clientPort: 1024 + ((Math.floor(index / SERVER_COUNT) * PORT_STEP) % 60_000),
    serverPort: SERVER_PORTS[index % SERVER_PORTS.length]!,
    ...(mix === 'snat' ? { answered: SNAT_TO } : {}),
    ...(mix === 'dnat' ? { answerer: DNAT_TO } : {}),
  };
  if (kind >= 70 && kind < 82) return new UdpTalk(flow);
  if (kind >= 82 && kind < 86) return new PingTalk(flow);
  return new TcpTalk(flow, random);
}

/** A new client and port each time, so that no two are one connection. */
function synFlow(index: number): Flow {
  return {
    family: 4,
    tagged: false,
    client: CLIENTS + (index & 0xffff),
    server: SERVERS + (index % SERVER_COUNT),
    clientPort: 1024 + ((index * 7919) % 64_000),
    serverPort: SERVER_PORTS[index % SERVER_PORTS.length]!,
  };
}

/** A pod that talks to a service; what answers is the pod behind it. */
function serviceFlow({ word, port, pods }: Service, index: number): Flow {
  const answering = pods.length === 1 ? { answerer: pods[0]!, answererPort: POD_PORT } : {};
  return {
    family: 4,
    tagged: false,
    client: PODS + 1 + (index & 0xffff),
    server: word,
    clientPort: 1024 + (index >>> 16),
    serverPort: port,
    ...answering,
  };
}
