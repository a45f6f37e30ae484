/** Promises of the TCP tracker that hold for every conversation. */
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { build } from '../../../src/packet/build.ts';
import { ipv4, payload, tcp } from '../../../src/packet/build-layers.ts';
import { ConntrackMachine, type Fate } from '../../support/conntrack-machine.ts';

interface Segment {
  readonly server: boolean;
  readonly flags: number;
  /** Distance from the sender's next sequence number. */
  readonly seq: number;
  /** Distance from the peer's next sequence number. */
  readonly ack: number;
  readonly length: number;
  readonly window: number;
  /** Seconds since the segment before. */
  readonly pause: number;
}

const distance = fc.oneof(fc.constant(0), fc.integer({ min: -3, max: 3 }), fc.constantFrom(-70_000, 70_000, -1000, 1000, 1e8));
const flags = fc.oneof(fc.constantFrom(0x02, 0x12, 0x10, 0x18, 0x11, 0x04, 0x14), fc.nat(0x3f));
const segment: fc.Arbitrary<Segment> = fc.record({
  server: fc.boolean(),
  flags,
  seq: distance,
  ack: distance,
  length: fc.constantFrom(0, 0, 1, 100),
  window: fc.constantFrom(0, 1, 1000, 65_535),
  pause: fc.constantFrom(0, 0, 0.01, 1),
});
const OPENING: readonly Segment[] = [
  { server: false, flags: 0x02, seq: 0, ack: 0, length: 0, window: 65_535, pause: 0 },
  { server: true, flags: 0x12, seq: 0, ack: 0, length: 0, window: 65_535, pause: 0 },
  { server: false, flags: 0x10, seq: 0, ack: 0, length: 0, window: 65_535, pause: 0 },
];
const talk: fc.Arbitrary<Segment[]> = fc
  .tuple(fc.boolean(), fc.array(segment, { minLength: 1, maxLength: 25 }))
  .map(([opened, rest]) => [...(opened ? OPENING : []), ...rest]);

interface Setting {
  readonly client?: string;
  readonly server?: string;
  readonly ports?: readonly [number, number];
  /** Added to all sequence numbers of the client and of the server. */
  readonly turn?: readonly [number, number];
  readonly start?: number;
  readonly twice?: boolean;
}

/** What a conversation looks like to the tracker, packet by packet. */
function walk(segments: readonly Segment[], setting: Setting = {}): Fate[] {
  const { client = '10.0.0.2', server = '10.1.0.2', ports = [1000, 80], turn = [0, 0], start = 0, twice = false } = setting;
  const machine = new ConntrackMachine();
  const next = [1000, 5_000_000];
  let at = start;
  return segments.flatMap((one) => {
    const from = one.server ? 1 : 0;
    const [sport, dport] = one.server ? [ports[1], ports[0]] : ports;
    at += one.pause;
    const seq = next[from]! + one.seq;
    const ack = next[1 - from]! + one.ack;
    next[from] = Math.max(next[from]!, seq + one.length + (one.flags & 2 ? 1 : 0) + (one.flags & 1));
    const fields = {
      flags: one.flags,
      window: one.window,
      seq: (seq + turn[from]!) >>> 0,
      ack: one.flags & 0x10 ? (ack + turn[1 - from]!) >>> 0 : 0,
    };
    const [source, destination] = one.server ? [server, client] : [client, server];
    const bytes = build(ipv4(source, destination), tcp(sport, dport, fields), payload(new Uint8Array(one.length)));
    return Array.from({ length: twice ? 2 : 1 }, () => machine.pass(bytes, { at }));
  });
}

const told = (fates: readonly Fate[]): string =>
  fates.map((f) => `${f.state} ${f.direction} ${f.tcp} ${f.timeoutSec} ${f.assured} ${f.seenReply} ${f.invalid}`).join('\n');

describe('the TCP tracker', () => {
  it('does not care where sequence numbers begin', () => {
    fc.assert(
      // a reset without a number, and an acknowledgement of 0, are special: keep clear of 0
      fc.property(talk, fc.integer({ min: 0, max: 2 ** 31 }), fc.integer({ min: 0, max: 2 ** 31 }), (segments, a, b) => {
        const plain = segments.filter((one) => Math.abs(one.seq) < 1e7 && (one.flags & 4) === 0);
        return told(walk(plain)) === told(walk(plain, { turn: [a, b] }));
      }),
    );
  });

  it('does not care who talks to whom on which ports', () => {
    fc.assert(
      fc.property(talk, fc.nat(65_535), fc.nat(65_535), (segments, a, b) => {
        const renamed = walk(segments, { client: '198.51.100.7', server: '192.0.2.1', ports: [a, b] });
        return told(renamed) === told(walk(segments));
      }),
    );
  });

  it('does not care what time it is', () => {
    fc.assert(fc.property(talk, fc.nat(1e6), (segments, start) => told(walk(segments, { start: start * 0.004 })) === told(walk(segments))));
  });

  it('is ASSURED only after a reply', () => {
    fc.assert(fc.property(talk, (segments) => walk(segments).every((fate) => !fate.assured || fate.seenReply)));
  });

  it('lets a repeated pure acknowledgement change no state', () => {
    fc.assert(
      fc.property(talk, (segments) => {
        const fates = walk(segments, { twice: true });
        return segments.every((one, i) => {
          const [first, second] = [fates[2 * i]!, fates[2 * i + 1]!];
          const pure = one.flags === 0x10 && one.length === 0;
          return !pure || first.state === 'INVALID' || second.tcp === first.tcp || first.tcp === 'FIN_WAIT' || first.tcp === 'LAST_ACK';
        });
      }),
    );
  });

  it('never throws, whatever the octets', () => {
    const machine = new ConntrackMachine({ checksum: 0 });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 60 }), fc.constantFrom(1, 6, 17, 47, 58, 132, 136, 50), (octets, protocol) => {
        const bytes = build(ipv4('10.0.0.2', '10.1.0.2', { protocol }), payload(octets));
        machine.pass(bytes);
        return machine.conntrack.count < 100_000;
      }),
      { numRuns: 1000 },
    );
  });
});
