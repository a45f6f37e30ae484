/** Promises of defragmentation: in any order, with duplicates, the whole comes out once; an overlap never gets through. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Verdict } from '../../../src/hook/verdict.ts';
import { build } from '../../../src/packet/build.ts';
import { fragment, ipv4, ipv6, payload, udp } from '../../../src/packet/build-layers.ts';
import { ConntrackMachine } from '../../support/conntrack-machine.ts';

const UDP = 17;

interface Piece {
  readonly start: number;
  readonly end: number;
  readonly more: boolean;
}

/** A datagram of `size` octets behind its UDP header, cut at multiples of 8. */
const cut: fc.Arbitrary<{ size: number; pieces: Piece[] }> = fc
  .tuple(fc.integer({ min: 9, max: 2000 }), fc.array(fc.nat(250), { minLength: 1, maxLength: 8 }))
  .map(([size, at]) => {
    const total = size + 8;
    const inner = at.map((unit) => unit * 8).filter((offset) => offset > 0 && offset < total);
    const edges = [...new Set([0, ...inner, total])].sort((a, b) => a - b);
    if (edges.length === 2) edges.splice(1, 0, 8);
    const pieces = edges.slice(1).map((end, i) => ({ start: edges[i]!, end, more: end < total }));
    return { size, pieces };
  });

function whole(family: 4 | 6, size: number): Uint8Array {
  const data = Uint8Array.from({ length: size }, (_unused, i) => i * 7);
  if (family === 4) return build(ipv4('10.0.0.2', '10.1.0.2', { identification: 77 }), udp(1000, 53), payload(data));
  return build(ipv6('fd00::2', 'fd01::2'), udp(1000, 53), payload(data));
}

function cutOut(family: 4 | 6, datagram: Uint8Array, { start, end, more }: Piece, id = 77): Uint8Array {
  const header = family === 4 ? 20 : 40;
  const octets = payload(datagram.slice(header + start, header + end));
  if (family === 4) {
    const fields = { protocol: UDP, identification: id, moreFragments: more ? 1 : 0, fragmentOffset: start / 8 };
    return build(ipv4('10.0.0.2', '10.1.0.2', fields), octets);
  }
  const fields = { nextHeader: UDP, identification: id, fragmentOffset: start / 8, moreFragments: more ? 1 : 0 };
  return build(ipv6('fd00::2', 'fd01::2'), fragment(fields), octets);
}

/** The verdict of each piece, and the IP packet that came out. */
function pass(machine: ConntrackMachine, pieces: readonly Uint8Array[]): { verdicts: Verdict[]; out: Uint8Array[] } {
  const out: Uint8Array[] = [];
  const verdicts = pieces.map((bytes) => {
    const packet = machine.enter(bytes);
    const { verdict } = machine.leave(packet);
    if (verdict === Verdict.Accept) out.push(packet.bytes.slice(packet.network, packet.network + packet.networkLength));
    machine.conntrack.release(packet);
    return verdict;
  });
  return { verdicts, out };
}

/** Without what reassembly computes anew: IPv4 flags and header checksum. */
function comparable(bytes: Uint8Array): string {
  const copy = bytes.slice();
  if (copy[0]! >> 4 === 4) copy.fill(0, 10, 12);
  return Buffer.from(copy).toString('hex');
}

const family = fc.constantFrom(4 as const, 6 as const);

describe('defragmentation', () => {
  it('puts a datagram together whatever the order of its pieces', () => {
    fc.assert(
      fc.property(family, cut, fc.infiniteStream(fc.nat()), (v, { size, pieces }, draw) => {
        const datagram = whole(v, size);
        const shuffled = [...pieces].sort(() => (draw.next().value & 1) - 0.5);
        const { verdicts, out } = pass(
          new ConntrackMachine(),
          shuffled.map((piece) => cutOut(v, datagram, piece)),
        );
        expect(verdicts.slice(0, -1).every((verdict) => verdict === Verdict.Stolen)).toBe(true);
        expect(out.map(comparable)).toEqual([comparable(datagram)]);
      }),
    );
  });

  it('drops exact duplicates and loses nothing', () => {
    fc.assert(
      fc.property(family, cut, fc.nat(), (v, { size, pieces }, pick) => {
        const datagram = whole(v, size);
        const frames = pieces.map((piece) => cutOut(v, datagram, piece));
        const at = pick % (frames.length - 1);
        frames.splice(at + 1, 0, frames[at]!);
        const { verdicts, out } = pass(new ConntrackMachine(), frames);
        expect(verdicts[at + 1]).toBe(Verdict.Drop);
        expect(out.map(comparable)).toEqual([comparable(datagram)]);
      }),
    );
  });

  it('takes for a duplicate what lies within pieces that came in order', () => {
    const machine = new ConntrackMachine();
    const datagram = whole(4, 9);
    const pieces = [
      { start: 0, end: 8, more: true },
      { start: 8, end: 16, more: true },
      { start: 0, end: 16, more: true },
      { start: 16, end: 17, more: false },
    ];
    const frames = pieces.map((piece) => cutOut(4, datagram, piece));
    expect(pass(machine, frames).verdicts).toEqual([Verdict.Stolen, Verdict.Stolen, Verdict.Drop, Verdict.Accept]);
  });

  it('never lets a datagram with an overlap through', () => {
    fc.assert(
      fc.property(family, cut, fc.nat(), (v, { size, pieces }, pick) => {
        const datagram = whole(v, size);
        const frames = pieces.map((piece) => cutOut(v, datagram, piece));
        const victim = pieces[pick % pieces.length]!;
        // from the middle of one piece into the next, or 8 octets into the first
        const start = victim.start > 0 ? victim.start - 8 : 0;
        const end = Math.min(start + 16, size + 8);
        const stray = cutOut(v, datagram, { start, end, more: end < size + 8 });
        const exact = pieces.some((piece) => piece.start === start && piece.end === end);
        const inside = pieces.some((piece) => piece.start <= start && piece.end >= end);
        fc.pre(!exact && !inside && end - start > 8);
        // backwards, so that no two pieces grow together into one run, inside which the stray would be a duplicate
        const [last, ...others] = frames;
        const { out } = pass(new ConntrackMachine(), [...others.reverse(), stray, last!]);
        return out.length === 0;
      }),
    );
  });

  it('keeps apart what differs in identification', () => {
    fc.assert(
      fc.property(family, cut, (v, { size, pieces }) => {
        const datagram = whole(v, size);
        const mixed = pieces.flatMap((piece) => [cutOut(v, datagram, piece, 77), cutOut(v, datagram, piece, 78)]);
        return pass(new ConntrackMachine(), mixed).out.length === 2;
      }),
    );
  });

  it('gives up after 30 s (IPv4) and 60 s (IPv6)', () => {
    for (const [v, seconds] of [
      [4, 30],
      [6, 60],
    ] as const) {
      const datagram = whole(v, 100);
      const first = cutOut(v, datagram, { start: 0, end: 48, more: true });
      const last = cutOut(v, datagram, { start: 48, end: 108, more: false });
      const late = (at: number): Verdict => {
        const machine = new ConntrackMachine();
        machine.enter(first, { at: 0 });
        return machine.pass(last, { at }).verdict;
      };
      expect(late(seconds - 0.01)).toBe(Verdict.Accept);
      expect(late(seconds)).toBe(Verdict.Stolen);
    }
  });

  it('keeps a bounded amount of pieces', () => {
    const machine = new ConntrackMachine();
    const datagram = whole(4, 1400);
    let kept = 0;
    for (let id = 0; id < 5000; id++) {
      if (pass(machine, [cutOut(4, datagram, { start: 0, end: 1400, more: true }, id)]).verdicts[0] === Verdict.Stolen) kept++;
    }
    expect(kept).toBeGreaterThan(1000);
    expect(kept).toBeLessThan(2000);
  });

  it('notes what the whole was made of', () => {
    const machine = new ConntrackMachine();
    const datagram = whole(4, 100);
    machine.enter(cutOut(4, datagram, { start: 48, end: 108, more: false }));
    const packet = machine.enter(cutOut(4, datagram, { start: 0, end: 48, more: true }));
    expect([packet.fragMaxSize, packet.fragMaxDf, packet.fragCount, ...packet.fragSizes.slice(0, 2)]).toEqual([80, 0, 2, 48, 60]);
  });

  // recorded: of 64 pieces between, the datagram comes out; of 65 the piece that was kept is lost, and the new one begins it again
  it.each([
    [63, true],
    [64, false],
  ])('begins a datagram anew that is %i pieces of its source behind: %s', (between, comesOut) => {
    const datagram = whole(4, 100);
    const [head, tail] = [
      cutOut(4, datagram, { start: 0, end: 48, more: true }),
      cutOut(4, datagram, { start: 48, end: 108, more: false }),
    ];
    const others = Array.from({ length: between }, (_, i) => cutOut(4, datagram, { start: 0, end: 48, more: true }, 1000 + i));
    for (const [first, last] of [
      [head, tail],
      [tail, head],
    ] as const) {
      const machine = new ConntrackMachine();
      expect(pass(machine, [first, ...others, last]).out.map(comparable)).toEqual(comesOut ? [comparable(datagram)] : []);
      expect(pass(machine, [first]).out.map(comparable)).toEqual(comesOut ? [] : [comparable(datagram)]);
    }
  });

  it('keeps the pieces of zones apart', () => {
    for (const v of [4, 6] as const) {
      const machine = new ConntrackMachine();
      const { conntrack } = machine;
      const [one, two, marked] = [{ zone: 1 }, { zone: 2 }, { zoneFromMark: true }].map((options) => conntrack.template(options));
      const datagram = whole(v, 100);
      const [head, tail] = [
        cutOut(v, datagram, { start: 0, end: 48, more: true }),
        cutOut(v, datagram, { start: 48, end: 108, more: false }),
      ];
      expect(machine.pass(head, { template: one! }).verdict).toBe(Verdict.Stolen);
      expect(machine.pass(tail, { template: two! }).verdict).toBe(Verdict.Stolen);
      expect(machine.pass(tail, { template: marked!, mark: 0x10003 }).verdict).toBe(Verdict.Stolen);
      expect(machine.pass(tail).verdict).toBe(Verdict.Stolen);
      expect(machine.pass(head, { template: marked!, mark: 3 }).verdict).toBe(Verdict.Accept);
      expect(machine.pass(tail, { template: one! }).verdict).toBe(Verdict.Accept);
    }
  });

  it('keeps the pieces that arrive and those that are sent apart', () => {
    for (const v of [4, 6] as const) {
      const machine = new ConntrackMachine();
      const datagram = whole(v, 100);
      const [head, tail] = [
        cutOut(v, datagram, { start: 0, end: 48, more: true }),
        cutOut(v, datagram, { start: 48, end: 108, more: false }),
      ];
      expect(machine.pass(head).verdict).toBe(Verdict.Stolen);
      expect(machine.pass(tail, { local: true }).verdict).toBe(Verdict.Stolen);
      expect(machine.pass(head, { local: true }).verdict).toBe(Verdict.Accept);
      expect(machine.pass(tail).verdict).toBe(Verdict.Accept);
    }
  });

  it('notes what the whole was made of in IPv6: the largest piece, the octets in front of the fragment header', () => {
    const machine = new ConntrackMachine();
    const datagram = whole(6, 100);
    machine.enter(cutOut(6, datagram, { start: 48, end: 108, more: false }));
    const packet = machine.enter(cutOut(6, datagram, { start: 0, end: 48, more: true }));
    expect([packet.fragMaxSize, packet.fragMaxDf, packet.fragCount, ...packet.fragSizes.slice(0, 2)]).toEqual([8 + 60 + 40, 0, 2, 48, 60]);
    expect([packet.reassembledAt, packet.fragHeadroom, packet.networkLength]).toEqual([40, 40, 40 + 108]);
  });

  it('knows IPv4 datagrams by all that RFC 791 says, and the pieces of 64 KiB', () => {
    const fields = { identification: 77, moreFragments: 1, fragmentOffset: 0, protocol: UDP };
    const piece = (change: object, addresses: readonly [string, string] = ['10.0.0.2', '10.1.0.2']): Uint8Array =>
      build(ipv4(...addresses, { ...fields, ...change }), payload(new Uint8Array(16)));
    const last = { moreFragments: 0, fragmentOffset: 2 };
    const verdicts = [
      piece({ ...last, identification: 78 }),
      piece({ ...last, protocol: 50 }),
      piece(last, ['10.0.0.3', '10.1.0.2']),
      piece(last, ['10.0.0.2', '10.1.0.3']),
      piece(last),
    ].map((other) => {
      const machine = new ConntrackMachine();
      machine.pass(piece({}));
      return machine.pass(other).verdict;
    });
    expect(verdicts).toEqual([Verdict.Stolen, Verdict.Stolen, Verdict.Stolen, Verdict.Stolen, Verdict.Accept]);
  });
});
