/**
 * Conversations: what two ends say to each other, as data. A conversation names its ends and its steps; what becomes of it on the
 * way (translation, loss) is found out when it is played (play.ts), so that the far end answers what really reached it.
 *
 * Most are good ones (handshake, data, close), drawn as such; the rest are good ones with something odd at some steps:
 * retransmissions, resets, segments out of window, wrong checksums, fragments, ICMP errors about them.
 * @module
 */
import fc from 'fast-check';
import { ICMP, ICMPV6, TCP } from '../inet/protocol.ts';
import type { Landscape, Side } from './landscape.ts';

export type By = 'client' | 'server';

/** What a step sends: a TCP segment by its flags, a datagram, an echo, or an ICMP error about what was heard last. */
export type Act = 'syn' | 'synack' | 'ack' | 'data' | 'fin' | 'rst' | 'datagram' | 'echo' | 'unreachable' | 'toobig';

/** What is wrong with a step: nothing, the last packet once more, sequence or acknowledgement numbers out of place, ... */
export type Oddity = 'none' | 'again' | 'old' | 'ahead' | 'wrong-ack' | 'bad-checksum' | 'pieces';

export interface Step {
  readonly by: By;
  readonly act: Act;
  /** Milliseconds since the step before. */
  readonly waitMs: number;
  /** Octets of payload. */
  readonly size: number;
  readonly oddity: Oddity;
}

/** One end: an interface (0: the host itself), and an address behind it. */
export interface End {
  readonly device: number;
  readonly address: string;
  /** Port, or ICMP identifier. */
  readonly port: number;
}

export interface Conversation {
  readonly family: 4 | 6;
  readonly protocol: number;
  readonly client: End;
  /** Whom the client asks for; where that is, the host's routes say. */
  readonly server: { readonly address: string; readonly port: number };
  /** Milliseconds after the traffic's begin. */
  readonly startMs: number;
  readonly steps: readonly Step[];
}

type Line = readonly [by: By, act: Act, size?: number];

const TCP_SCRIPTS: readonly (readonly Line[])[] = [
  [
    ['client', 'syn'],
    ['server', 'synack'],
    ['client', 'ack'],
  ],
  [['client', 'syn']],
  [
    ['client', 'syn'],
    ['server', 'synack'],
    ['client', 'ack'],
    ['client', 'data', 40],
    ['server', 'data', 100],
    ['client', 'fin'],
    ['server', 'fin'],
    ['client', 'ack'],
  ],
  [
    ['client', 'syn'],
    ['server', 'rst'],
  ],
  // both open at once
  [
    ['client', 'syn'],
    ['server', 'syn'],
    ['client', 'synack'],
    ['server', 'ack'],
  ],
  // one side stops sending, the other goes on
  [
    ['client', 'syn'],
    ['server', 'synack'],
    ['client', 'ack'],
    ['client', 'fin'],
    ['server', 'data', 64],
    ['client', 'ack'],
    ['server', 'fin'],
  ],
  // picked up in the middle
  [
    ['client', 'data', 32],
    ['server', 'ack'],
  ],
  [
    ['client', 'syn'],
    ['server', 'synack'],
    ['client', 'ack'],
    ['server', 'data', 200],
    ['client', 'rst'],
    ['client', 'syn'],
  ],
];

const DATAGRAM_SCRIPTS: readonly (readonly Line[])[] = [
  [
    ['client', 'datagram', 20],
    ['server', 'datagram', 60],
  ],
  [['client', 'datagram', 20]],
  [
    ['client', 'datagram', 20],
    ['server', 'datagram', 60],
    ['client', 'datagram', 20],
    ['server', 'datagram', 1200],
  ],
  [
    ['client', 'datagram', 20],
    ['server', 'unreachable'],
  ],
];

const ECHO_SCRIPTS: readonly (readonly Line[])[] = [
  [
    ['client', 'echo', 56],
    ['server', 'echo', 56],
  ],
  [['client', 'echo', 56]],
];

const TCP_ODDITIES: readonly Oddity[] = ['again', 'old', 'ahead', 'wrong-ack', 'bad-checksum', 'pieces'];
const OTHER_ODDITIES: readonly Oddity[] = ['again', 'bad-checksum', 'pieces'];

/** Times apart that matter to timeouts: at once, a little, beyond UDP's and SYN_SENT's. */
const WAITS_MS: readonly number[] = [1, 20, 3_000, 31_000, 130_000];

/** How a good script is spoiled at one place. */
interface Spoiling {
  readonly at: number;
  readonly oddity: Oddity;
}

/** A step that no script foresees. */
interface Addition {
  readonly by: By;
  readonly act: Act;
  readonly size: number;
}

/** What a conversation has between its ends. */
function steps(scripts: readonly (readonly Line[])[], oddities: readonly Oddity[]): fc.Arbitrary<Step[]> {
  const spoiling = fc.record<Spoiling>({ at: fc.nat(9), oddity: fc.constantFrom(...oddities) });
  const more = fc.record<Addition>({
    by: fc.constantFrom<By>('client', 'server'),
    act: fc.constantFrom(...actsOf(scripts)),
    size: fc.nat(300),
  });
  return fc
    .record({
      script: fc.constantFrom(...scripts),
      waits: fc.array(fc.constantFrom(...WAITS_MS), { maxLength: 3 }),
      spoiled: fc.oneof(
        { weight: 3, arbitrary: fc.constant<Spoiling[]>([]) },
        { weight: 1, arbitrary: fc.array(spoiling, { minLength: 1, maxLength: 2 }) },
      ),
      more: fc.oneof({ weight: 4, arbitrary: fc.constant<Addition[]>([]) }, { weight: 1, arbitrary: fc.array(more, { maxLength: 4 }) }),
    })
    .map(({ script, waits, spoiled, more: extra }) => {
      const lines: Line[] = [...script, ...extra.map(({ by, act, size }): Line => [by, act, size])];
      return lines.map(([by, act, size = 0], i): Step => {
        const oddity = spoiled.find(({ at }) => at === i)?.oddity ?? 'none';
        return { by, act, size, waitMs: waits[i] ?? 1, oddity };
      });
    });
}

/** Acts for steps that no script foresees. */
function actsOf(scripts: readonly (readonly Line[])[]): Act[] {
  const acts = new Set(scripts.flatMap((script) => script.map(([, act]) => act)));
  return [...acts, 'unreachable', 'toobig'];
}

function stepsFor(protocol: number): fc.Arbitrary<Step[]> {
  if (protocol === TCP) return steps(TCP_SCRIPTS, TCP_ODDITIES);
  if (protocol === ICMP || protocol === ICMPV6) return steps(ECHO_SCRIPTS, OTHER_ODDITIES);
  return steps(DATAGRAM_SCRIPTS, OTHER_ODDITIES);
}

/** An address of the landscape; most of them behind `side` if one is given. */
export function address(land: Landscape, side: Side | null = null): fc.Arbitrary<string> {
  const any = fc.constantFrom(...land.addresses);
  return side === null ? any : fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...side.peers) }, { weight: 1, arbitrary: any });
}

/** A port of the landscape, or any. */
export function port(land: Landscape): fc.Arbitrary<number> {
  return fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...land.ports) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 0xffff }) });
}

/** Few source ports, so that translations meet; now and then a privileged one. */
const CLIENT_PORTS: readonly number[] = [40000, 40000, 40001, 50000, 1023, 400];

/** Nobody talks to himself: then the server is somebody else. */
function apart(land: Landscape, { client, server, ...rest }: Conversation): Conversation {
  if (client.address !== server.address) return { ...rest, client, server };
  const next = land.addresses[(land.addresses.indexOf(server.address) + 1) % land.addresses.length]!;
  return { ...rest, client, server: { ...server, address: next } };
}

/** A conversation of a client behind an interface (or of the host itself) with somebody the host leads to. */
export function conversation(land: Landscape): fc.Arbitrary<Conversation> {
  const sides = land.sides.length > 0 ? land.sides : [{ device: 0, name: '', mac: null, peers: land.addresses }];
  const client = fc.constantFrom(...sides).chain((side) =>
    fc.record<End>({
      device: fc.constant(side.device),
      address: address(land, side),
      port: fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...CLIENT_PORTS) }, { weight: 1, arbitrary: port(land) }),
    }),
  );
  const own = fc.constantFrom(...(land.own.length > 0 ? land.own : land.addresses));
  const local = fc.record<End>({
    device: fc.constant(0),
    address: own,
    port: fc.constantFrom(...CLIENT_PORTS),
  });
  return fc.constantFrom(...new Set(land.protocols)).chain((protocol) =>
    fc
      .record<Conversation>({
        family: fc.constant(land.family),
        protocol: fc.constant(protocol),
        client: fc.oneof({ weight: 10, arbitrary: client }, { weight: 1, arbitrary: local }),
        server: fc.record({ address: fc.oneof({ weight: 4, arbitrary: address(land) }, { weight: 1, arbitrary: own }), port: port(land) }),
        startMs: fc.constantFrom(0, 0, 5, 40_000),
        steps: stepsFor(protocol),
      })
      .map((drawn) => apart(land, drawn)),
  );
}

/** Conversations that happen side by side. */
export type Traffic = readonly Conversation[];

/** One to four conversations, of the families there is a landscape for; some share their server, so that translations meet. */
export function traffic(lands: readonly Landscape[]): fc.Arbitrary<Traffic> {
  const one = fc.oneof(...lands.map(conversation));
  const alone = fc.array(one, { minLength: 1, maxLength: 4 });
  const together = fc
    .tuple(one, fc.array(one, { minLength: 1, maxLength: 3 }))
    .map(([first, others]): Conversation[] => [
      first,
      ...others.map((other) =>
        other.family === first.family && other.protocol === first.protocol
          ? { ...other, server: first.server, client: { ...other.client, port: first.client.port } }
          : other,
      ),
    ]);
  return fc.oneof({ weight: 2, arbitrary: alone }, { weight: 1, arbitrary: together });
}
