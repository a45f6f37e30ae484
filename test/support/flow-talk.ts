/**
 * Talks of a few flows of every tracked protocol, as fast-check makes them: who says what in which order, apart from the names
 * (addresses, ports) it is said under. The same talk can so be written down under other names, or with the sides exchanged.
 */
import fc from 'fast-check';
import { UDPLITE } from '../../src/inet/protocol.ts';
import { build } from '../../src/packet/build.ts';
import { esp, gre, icmp, icmpv6, ipv4, ipv6, type LayerSpec, payload, sctp, tcp, udp } from '../../src/packet/build-layers.ts';

export type TalkProtocol = 'tcp' | 'udp' | 'udplite' | 'sctp' | 'ping' | 'gre' | 'esp';

export interface TalkFlow {
  readonly family: 4 | 6;
  readonly protocol: TalkProtocol;
  /** Numbers of the hosts on either side. */
  readonly near: number;
  readonly far: number;
  readonly nearPort: number;
  readonly farPort: number;
  /** Whether a TCP flow begins with its handshake. */
  readonly opened: boolean;
}

export interface Said {
  readonly flow: number;
  readonly back: boolean;
  readonly kind: number;
  /** Distance from the sender's next sequence number, and from the peer's. */
  readonly seq: number;
  readonly ack: number;
  readonly window: number;
  readonly length: number;
  /** An ICMP error about what would have been said, sent to who would have said it. */
  readonly isError: boolean;
  /** Seconds since what was said before. */
  readonly pause: number;
}

export interface Talk {
  readonly flows: readonly TalkFlow[];
  readonly said: readonly Said[];
}

/** What hosts and ports are called. */
export interface Names {
  readonly near: (host: number, family: 4 | 6) => string;
  readonly far: (host: number, family: 4 | 6) => string;
  readonly port: (port: number) => number;
}

export const NAMES: Names = {
  near: (host, family) => (family === 4 ? `10.0.0.${host}` : `fd00::${host}`),
  far: (host, family) => (family === 4 ? `10.1.0.${host}` : `fd01::${host}`),
  port: (port) => port,
};
const ROUTER = { 4: '192.0.2.9', 6: 'fd77::9' };
const ALL: readonly TalkProtocol[] = ['tcp', 'tcp', 'udp', 'udplite', 'sctp', 'ping', 'gre', 'esp'];
const PORTS = [1, 500, 700, 1024, 5000, 65_535] as const;

export function talks(protocols: readonly TalkProtocol[] = ALL, families: readonly (4 | 6)[] = [4, 6]): fc.Arbitrary<Talk> {
  const flow = fc.record({
    family: fc.constantFrom(...families),
    protocol: fc.constantFrom(...protocols),
    near: fc.integer({ min: 1, max: 3 }),
    far: fc.integer({ min: 1, max: 2 }),
    nearPort: fc.constantFrom(...PORTS),
    farPort: fc.constantFrom(53, 80, 3000),
    opened: fc.boolean(),
  });
  const distance = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(-1, 1, -1000, 70_000, 1e8) });
  const said = fc.record({
    flow: fc.nat(5),
    back: fc.boolean(),
    kind: fc.nat(19),
    seq: distance,
    ack: distance,
    window: fc.constantFrom(0, 1000, 65_535),
    length: fc.constantFrom(0, 1, 100),
    isError: fc.nat(9).map((draw) => draw === 0),
    pause: fc.constantFrom(0, 0, 0.01, 1, 3),
  });
  return fc.record({
    flows: fc.array(flow, { minLength: 1, maxLength: 5 }),
    said: fc.array(said, { minLength: 1, maxLength: 40, size: 'max' }),
  });
}

const FLAGS = [0x10, 0x18, 0x10, 0x18, 0x10, 0x18, 0x02, 0x12, 0x11, 0x04, 0x14];
/** Types of SCTP chunks. */
const CHUNKS = [0, 1, 2, 10, 11, 4, 5, 7, 8, 14, 6];
const TAGS = [5, 9] as const;

export interface Packed {
  readonly octets: Uint8Array;
  readonly flow: TalkFlow;
  readonly back: boolean;
  readonly pause: number;
}

/** The packets of a talk; `turned`: with the endpoints of every packet exchanged. */
export function packed({ flows, said }: Talk, names: Names = NAMES, turned = false): Packed[] {
  const next = flows.map(() => [1000, 5_000_000]);
  const made: Packed[] = [];
  flows.forEach((flow, i) => {
    if (flow.protocol !== 'tcp' || !flow.opened) return;
    for (const kind of [6, 7, 0]) {
      const step = { flow: i, back: kind === 7, kind, seq: 0, ack: 0, window: 65_535, length: 0, isError: false, pause: 0 };
      made.push({ octets: octetsOf(flow, step, next[i]!, names, turned), flow, back: step.back, pause: 0 });
    }
  });
  for (const one of said) {
    const at = one.flow % flows.length;
    const flow = flows[at]!;
    made.push({ octets: octetsOf(flow, one, next[at]!, names, turned), flow, back: one.back, pause: one.pause });
  }
  return made;
}

function octetsOf(flow: TalkFlow, one: Said, next: number[], names: Names, turned: boolean): Uint8Array {
  const { family, protocol } = flow;
  const ends = [names.near(flow.near, family), names.far(flow.far, family)];
  const ports = [names.port(flow.nearPort), names.port(flow.farPort)];
  const from = one.back !== turned ? 1 : 0;
  const [src, dst] = [ends[from]!, ends[1 - from]!];
  const upper = upperOf(flow, one, next, [ports[from]!, ports[1 - from]!]);
  // a ping has one number for both sides
  const layers = protocol === 'ping' ? [pingOf(flow, one, ports[0]!), payload(new Uint8Array(one.length))] : upper;
  // UDP-Lite with the sum the kernel takes for right: UDP's, over all of it
  const [fields4, fields6] = protocol === 'udplite' ? [{ protocol: UDPLITE }, { nextHeader: UDPLITE }] : [{}, {}];
  const packet = build(family === 4 ? ipv4(src, dst, fields4) : ipv6(src, dst, fields6), ...layers);
  if (!one.isError) return packet;
  if (family === 4) return build(ipv4(ROUTER[4], src), icmp(11, 0), payload(packet.slice(0, 48)));
  return build(ipv6(ROUTER[6], src), icmpv6(3, 0), payload(packet.slice(0, 68)));
}

function upperOf({ protocol }: TalkFlow, one: Said, next: number[], [sport, dport]: readonly [number, number]): LayerSpec[] {
  const data = payload(new Uint8Array(one.length));
  switch (protocol) {
    case 'tcp':
      return [tcp(sport, dport, segmentOf(one, next)), data];
    case 'udp':
    case 'udplite':
      return [udp(sport, dport), data];
    case 'sctp':
      return [sctp(sport, dport, { verificationTag: tagOf(one) }), payload(chunkOf(one))];
    case 'gre':
      return [gre(), data];
    default:
      return [esp(), data];
  }
}

function segmentOf(one: Said, next: number[]): Record<string, number> {
  const flags = FLAGS[one.kind % FLAGS.length]!;
  const from = one.back ? 1 : 0;
  const seq = next[from]! + one.seq;
  const ack = next[1 - from]! + one.ack;
  next[from] = Math.max(next[from]!, seq + one.length + ((flags >> 1) & 1) + (flags & 1));
  return { flags, window: one.window, seq: seq >>> 0, ack: flags & 0x10 ? ack >>> 0 : 0 };
}

function tagOf({ kind, back }: Said): number {
  return CHUNKS[kind % CHUNKS.length] === 1 ? 0 : TAGS[back ? 0 : 1];
}

function chunkOf({ kind, back }: Said): Uint8Array {
  const type = CHUNKS[kind % CHUNKS.length]!;
  return Uint8Array.of(type, 0, 0, 20, 0, 0, 0, TAGS[back ? 1 : 0], 0, 0, 9, 9, 0, 1, 0, 1, 0, 0, 0, 1);
}

function pingOf({ family }: TalkFlow, { back, kind }: Said, identifier: number): LayerSpec {
  if (family === 6) return icmpv6(back ? 129 : 128, 0, { identifier });
  const type = kind === 0 ? 13 : 8;
  return icmp(back ? (type === 8 ? 0 : 14) : type, 0, { identifier });
}
