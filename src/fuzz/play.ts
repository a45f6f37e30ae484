/**
 * play: conversations held through a machine. The far end answers what reached it, with the addresses it saw there, as a host behind
 * a translating router does; an end that heard nothing yet speaks to whom it would expect.
 *
 * What was put in is a list of packets with times: it can be put into another machine as it stands, and cut smaller (minimise.ts).
 * @module
 */
import { ICMP, ICMPV6, TCP } from '../inet/protocol.ts';
import { build, tcpOptions } from '../packet/build.ts';
import { ethernet, icmp, icmpv6, ipv4, ipv6, type LayerSpec, payload, tcp, udp } from '../packet/build-layers.ts';
import { TcpFlag } from '../wire/tcp.ts';
import type { Act, By, Conversation, Step, Traffic } from './conversation.ts';
import { type Injected, linkTypeOf, type Observation, type Observer } from './observe.ts';

/** 2026-01-01, microseconds since the epoch. */
export const BEGIN_US = 1_767_225_600e6;
/** A neighbour of the host. */
const PEER_MAC = '02:00:00:00:00:99';
const OLD = -100_000;
const AHEAD = 5_000_000;
/** Octets of the first piece, behind the IP header. */
const PIECE = 16;
const IPV4_HEADER = 20;
const QUOTED = 28;
const QUOTED6 = 100;

/** Where an end sends from and to. */
interface Way {
  readonly device: number;
  readonly from: string;
  readonly to: string;
  readonly fromPort: number;
  readonly toPort: number;
}

/** One end's memory. */
class Mouth {
  way: Way;
  /** Next sequence number. */
  next: number;
  /** Packets sent last, for retransmissions. */
  last: readonly Uint8Array[] = [];
  /** What reached it last, from the IP header on. */
  heard: Uint8Array | null = null;
  readonly first: number;

  constructor(way: Way, first: number) {
    this.way = way;
    this.first = first;
    this.next = first;
  }
}

/** A conversation under way. */
class Talk {
  readonly conversation: Conversation;
  readonly client: Mouth;
  readonly server: Mouth;
  /** Time and number of the next step. */
  atUs: number;
  step = 0;

  constructor(conversation: Conversation, number: number) {
    const { client, server, startMs, steps, protocol } = conversation;
    this.conversation = conversation;
    const echoes = protocol === ICMP || protocol === ICMPV6;
    const serverPort = echoes ? client.port : server.port;
    const there: Way = { device: client.device, from: client.address, to: server.address, fromPort: client.port, toPort: serverPort };
    this.client = new Mouth(there, 1000 + 100_000 * number);
    // until it hears something, the server answers as if nothing were translated, from where the client is not
    this.server = new Mouth(
      { device: -1, from: server.address, to: client.address, fromPort: serverPort, toPort: client.port },
      0xffff_ff00 - number,
    );
    this.atUs = BEGIN_US + 1000 * (startMs + (steps[0]?.waitMs ?? 0)) + number;
  }

  get done(): boolean {
    return this.step >= this.conversation.steps.length;
  }

  mouth(by: By): Mouth {
    return by === 'client' ? this.client : this.server;
  }

  advance(): void {
    this.step++;
    this.atUs += 1000 * (this.conversation.steps[this.step]?.waitMs ?? 0);
  }
}

/** Hold conversations through the observer's machine, in order of time. Returns what was observed. */
export function play(observer: Observer, traffic: Traffic): Observation[] {
  const talks = traffic.map((conversation, i) => new Talk(conversation, i));
  const observations: Observation[] = [];
  for (;;) {
    const talk = earliest(talks);
    if (talk === null) return observations;
    const step = talk.conversation.steps[talk.step]!;
    for (const injected of packetsOf(observer, talk, step)) {
      const observation = observer.put(injected);
      observations.push(observation);
      hear(talk, step.by, observation);
    }
    talk.advance();
  }
}

function earliest(talks: readonly Talk[]): Talk | null {
  let first: Talk | null = null;
  for (const talk of talks) if (!talk.done && (first === null || talk.atUs < first.atUs)) first = talk;
  return first;
}

/** What a step puts into the machine; nothing when it has nothing to say (an error about nothing heard). */
function packetsOf(observer: Observer, talk: Talk, step: Step): Injected[] {
  const mouth = talk.mouth(step.by);
  const { host } = observer.machine;
  const device = mouth.way.device >= 0 ? mouth.way.device : elsewhere(observer, talk.client.way.device);
  const datagrams = step.oddity === 'again' && mouth.last.length > 0 ? mouth.last : say(talk, step);
  mouth.last = datagrams;
  const linkType = linkTypeOf(host, device);
  return datagrams.map((datagram, i) => ({
    device,
    linkType,
    frame: linkType === 1 ? framed(datagram, macOf(observer, device), talk.conversation.family) : datagram,
    nowUs: talk.atUs + i,
  }));
}

/** Another interface than the client's, if there is one. */
function elsewhere(observer: Observer, device: number): number {
  const { host } = observer.machine;
  return (
    host.interfaces.find((other) => other !== undefined && other.index > 0 && other.index !== host.loopback && other.index !== device)
      ?.index ?? device
  );
}

function macOf(observer: Observer, device: number): string {
  return Array.from(observer.machine.host.interfaces[device]?.mac ?? [], (octet) => octet.toString(16).padStart(2, '0')).join(':');
}

function framed(datagram: Uint8Array, mac: string, family: number): Uint8Array {
  return build({ ...ethernet(mac, PEER_MAC, { type: family === 6 ? 0x86dd : 0x0800 }) }, payload(datagram));
}

/** IP packets of a step. */
function say(talk: Talk, step: Step): Uint8Array[] {
  const { conversation } = talk;
  const { family } = conversation;
  const mouth = talk.mouth(step.by);
  const other = talk.mouth(step.by === 'client' ? 'server' : 'client');
  const { way } = mouth;
  const id = (talk.step * 257 + mouth.first) & 0xffff;
  const network = family === 6 ? ipv6(way.from, way.to) : ipv4(way.from, way.to, { identification: id });
  const upper = isError(step.act) ? errorLayers(step.act, family, mouth) : upperLayers(talk, step, mouth, other);
  if (upper === null) return [];
  const datagram = build(network, ...upper);
  if (step.oddity === 'bad-checksum') datagram[datagram.length - 1]! ^= 0x55;
  if (step.oddity === 'pieces' && family === 4) return pieces(datagram);
  return [datagram];
}

function isError(act: Act): boolean {
  return act === 'unreachable' || act === 'toobig';
}

/** An ICMP error about what the end heard last; null when that is nothing. */
function errorLayers(act: Act, family: 4 | 6, mouth: Mouth): LayerSpec[] | null {
  if (mouth.heard === null) return null;
  const quoted = payload(mouth.heard.slice(0, family === 6 ? QUOTED6 : QUOTED));
  if (family === 6) return [act === 'toobig' ? icmpv6(2, 0, { sequence: 1280 }) : icmpv6(1, 4), quoted];
  return [act === 'toobig' ? icmp(3, 4, { sequence: 1400 }) : icmp(3, 3), quoted];
}

function upperLayers(talk: Talk, step: Step, mouth: Mouth, other: Mouth): LayerSpec[] {
  const { protocol } = talk.conversation;
  const { fromPort, toPort } = mouth.way;
  const data = payload(new Uint8Array(step.size).fill(0x61));
  if (protocol === TCP) return [segment(step, mouth, other), data];
  if (protocol === ICMP) return [icmp(step.by === 'client' ? 8 : 0, 0, { identifier: fromPort, sequence: talk.step }), data];
  if (protocol === ICMPV6) return [icmpv6(step.by === 'client' ? 128 : 129, 0, { identifier: fromPort, sequence: talk.step }), data];
  return [udp(fromPort, toPort), data];
}

const FLAGS: Readonly<Partial<Record<Act, number>>> = {
  syn: TcpFlag.Syn,
  synack: TcpFlag.Syn | TcpFlag.Ack,
  ack: TcpFlag.Ack,
  data: TcpFlag.Ack | TcpFlag.Psh,
  fin: TcpFlag.Fin | TcpFlag.Ack,
  rst: TcpFlag.Rst | TcpFlag.Ack,
};
const SYN_OPTIONS = tcpOptions(['mss', 1460], ['sackOK'], ['nop'], ['wscale', 7]);

function segment(step: Step, mouth: Mouth, other: Mouth): LayerSpec {
  const flags = FLAGS[step.act] ?? TcpFlag.Ack;
  const opens = (flags & TcpFlag.Syn) !== 0;
  const at = opens ? mouth.first : mouth.next;
  const skew = step.oddity === 'old' ? OLD : step.oddity === 'ahead' ? AHEAD : 0;
  const ack = (flags & TcpFlag.Ack) === 0 ? 0 : other.next + (step.oddity === 'wrong-ack' ? AHEAD : 0);
  if (skew === 0) mouth.next = (at + step.size + (opens || step.act === 'fin' ? 1 : 0)) >>> 0;
  const fields = { flags, seq: (at + skew) >>> 0, ack: ack >>> 0, window: 0xf000 };
  return tcp(mouth.way.fromPort, mouth.way.toPort, fields, opens ? SYN_OPTIONS : undefined);
}

/** Two fragments, when there is enough for two. */
function pieces(datagram: Uint8Array): Uint8Array[] {
  const view = new DataView(datagram.buffer, datagram.byteOffset);
  if (datagram.length <= IPV4_HEADER + PIECE) return [datagram];
  const copy = (from: number, to: number, more: number): Uint8Array => {
    const header = {
      protocol: datagram[9]!,
      ttl: datagram[8]!,
      identification: view.getUint16(4),
      src: view.getInt32(12),
      dst: view.getInt32(16),
    };
    const fields = { ...header, moreFragments: more, fragmentOffset: from >> 3 };
    return build(ipv4('0.0.0.0', '0.0.0.0', fields), payload(datagram.slice(IPV4_HEADER + from, IPV4_HEADER + to)));
  };
  return [copy(0, PIECE, 1), copy(PIECE, datagram.length - IPV4_HEADER, 0)];
}

/** The other end takes note of what reached it. */
function hear(talk: Talk, by: By, { seen }: Observation): void {
  const sighting = seen.find(({ madeByHost }) => !madeByHost);
  if (sighting === undefined) return;
  const listener = talk.mouth(by === 'client' ? 'server' : 'client');
  listener.heard = sighting.frame.slice(sighting.network);
  if (by === 'server') return;
  const { ends, device } = sighting;
  if (ends.protocol !== talk.conversation.protocol) return;
  listener.way = {
    device,
    from: ends.destination,
    to: ends.source,
    fromPort: ends.destinationPort < 0 ? listener.way.fromPort : ends.destinationPort,
    toPort: ends.sourcePort < 0 ? listener.way.toPort : ends.sourcePort,
  };
}
