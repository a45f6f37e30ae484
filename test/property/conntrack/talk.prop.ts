/**
 * What must not matter to connection tracking does not: who is on which side, what hosts, ports and zones are called, a clock that
 * runs back. And what holds of the table after every packet. Talks of all protocols, both families, errors among them.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Direction, Status } from '../../../src/conntrack/ctinfo.ts';
import type { ConntrackLine } from '../../../src/conntrack/dump.ts';
import { Tuple } from '../../../src/conntrack/tuple.ts';
import { ConntrackMachine, type Fate, START_SEC } from '../../support/conntrack-machine.ts';
import { NAMES, type Names, type Packed, packed, talks } from '../../support/flow-talk.ts';

const told = (fates: readonly Fate[]): string =>
  fates.map((f) => `${f.state} ${f.direction} ${f.tcp} ${f.timeoutSec} ${f.assured} ${f.seenReply} ${f.invalid}`).join('\n');

interface Heard {
  readonly machine: ConntrackMachine;
  readonly fates: Fate[];
  readonly table: ConntrackLine[];
}

/** A machine that has heard a talk; `zone` by packet. */
function hear(packets: readonly Packed[], times: readonly number[], zone: (packet: Packed) => number = () => 0): Heard {
  const machine = new ConntrackMachine();
  const templates = new Map<number, number>();
  const templateOf = (id: number): number => {
    if (!templates.has(id)) templates.set(id, machine.conntrack.template({ zone: id }));
    return templates.get(id)!;
  };
  const fates = packets.map((packet, i) => machine.pass(packet.octets, { at: times[i]!, template: templateOf(zone(packet)) }));
  return { machine, fates, table: machine.conntrack.dump((START_SEC + Math.max(...times)) * 1e6) };
}

const clockOf = (packets: readonly Packed[]): number[] => {
  let at = 0;
  return packets.map(({ pause }) => (at += pause));
};

/** Lines under other names, in an order that depends on them alone. */
function lines(table: readonly ConntrackLine[], rename: (line: ConntrackLine) => ConntrackLine = (line) => line): string[] {
  return table.map((line) => JSON.stringify({ ...rename(line), entry: 0 })).sort();
}

describe('to connection tracking it does not matter', () => {
  it('which of two hosts is which: the talk with its sides exchanged gives the table with its sides exchanged', () => {
    const mirror = (address: string): string => {
      if (address.startsWith('10.')) return `10.${address[3] === '0' ? 1 : 0}${address.slice(4)}`;
      return `fd0${address[3] === '0' ? 1 : 0}${address.slice(4)}`;
    };
    const turn = (line: ConntrackLine): ConntrackLine => {
      const side = (one: ConntrackLine['original']): ConntrackLine['original'] => {
        const hasPorts = [6, 17, 132, 136].includes(line.protocol);
        const named = { ...one, source: one.destination, destination: one.source };
        return hasPorts ? { ...named, sourceL4: one.destinationL4, destinationL4: one.sourceL4 } : named;
      };
      return { ...line, original: side(line.original), reply: side(line.reply) };
    };
    expect(mirror(mirror('10.1.0.2'))).toBe('10.1.0.2');
    fc.assert(
      fc.property(talks(), (talk) => {
        const [plain, turned] = [packed(talk), packed(talk, NAMES, true)];
        const [one, two] = [hear(plain, clockOf(plain)), hear(turned, clockOf(turned))];
        expect(told(two.fates)).toBe(told(one.fates));
        expect(lines(two.table)).toEqual(lines(one.table, turn));
      }),
    );
  });

  it('what hosts and ports are called', () => {
    const ports = fc.uniqueArray(fc.nat(0xffff), { minLength: 9, maxLength: 9 });
    const octet = fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(talks(), ports, octet, (talk, numbers, hosts) => {
        const known = [1, 500, 700, 1024, 5000, 65_535, 53, 80, 3000];
        const names: Names = {
          near: (host, family) => (family === 4 ? `203.0.113.${hosts[host]}` : `2001:db8:${hosts[host]}::1`),
          far: (host, family) => (family === 4 ? `198.51.${hosts[host]}.7` : `fd09:${hosts[host]}::7`),
          port: (port) => numbers[known.indexOf(port)]!,
        };
        const hostNames = new Map<string, string>();
        for (const family of [4, 6] as const)
          for (const host of [1, 2, 3]) {
            hostNames.set(NAMES.near(host, family), names.near(host, family));
            hostNames.set(NAMES.far(host, family), names.far(host, family));
          }
        const rename = (line: ConntrackLine): ConntrackLine => {
          const hasPorts = [6, 17, 132, 136].includes(line.protocol);
          const isPing = line.protocol === 1 || line.protocol === 58;
          const side = (one: ConntrackLine['original']): ConntrackLine['original'] => ({
            ...one,
            source: hostNames.get(one.source)!,
            destination: hostNames.get(one.destination)!,
            sourceL4: hasPorts || isPing ? names.port(one.sourceL4) : one.sourceL4,
            destinationL4: hasPorts ? names.port(one.destinationL4) : one.destinationL4,
          });
          return { ...line, original: side(line.original), reply: side(line.reply) };
        };
        const [plain, renamed] = [packed(talk), packed(talk, names)];
        const [one, two] = [hear(plain, clockOf(plain)), hear(renamed, clockOf(renamed))];
        expect(told(two.fates)).toBe(told(one.fates));
        expect(lines(two.table)).toEqual(lines(one.table, rename));
      }),
    );
  });

  it('which numbers zones have, if those that differ still do', () => {
    const zones = fc.uniqueArray(fc.nat(0xffff), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(talks(), zones, fc.array(fc.nat(2), { minLength: 5, maxLength: 5 }), (talk, numbers, of) => {
        const packets = packed(talk);
        const times = clockOf(packets);
        const zoneOf = (packet: Packed): number => of[talk.flows.indexOf(packet.flow)]!;
        const one = hear(packets, times, zoneOf);
        const two = hear(packets, times, (packet) => numbers[zoneOf(packet)]!);
        expect(told(two.fates)).toBe(told(one.fates));
        const rename = (line: ConntrackLine): ConntrackLine => ({
          ...line,
          original: { ...line.original, zone: numbers[line.original.zone]! },
          reply: { ...line.reply, zone: numbers[line.reply.zone]! },
        });
        expect(lines(two.table)).toEqual(lines(one.table, rename));
      }),
    );
  });

  it('how far the clock runs back: it stands until time has caught up', () => {
    fc.assert(
      fc.property(talks(), fc.infiniteStream(fc.constantFrom(0, 0, 1, 1, 40, -0.5, -20, -400, 130)), (talk, steps) => {
        const packets = packed(talk);
        let at = 1000;
        const times = packets.map(() => (at += steps.next().value));
        const standing = times.map((_, i) => Math.max(...times.slice(0, i + 1)));
        const [one, two] = [hear(packets, times), hear(packets, standing)];
        expect(told(one.fates)).toBe(told(two.fates));
        expect(lines(one.table)).toEqual(lines(two.table));
      }),
    );
  });
});

/** What answers look like, written anew: the ends exchanged; a ping keeps its id and answers with the type of its answer. */
function inverseOf(tuple: Tuple): Tuple {
  const { src0, src1, src2, src3, dst0, dst1, dst2, dst3, srcL4, dstL4, protocol } = tuple;
  const inverse = new Tuple().copyFrom(tuple);
  Object.assign(inverse, { src0: dst0, src1: dst1, src2: dst2, src3: dst3, dst0: src0, dst1: src1, dst2: src2, dst3: src3 });
  const types = new Map([
    [0x0800, 0x0000],
    [0x0d00, 0x0e00],
    [0x8000, 0x8100],
  ]);
  if (protocol === 1 || protocol === 58) return Object.assign(inverse, { srcL4, dstL4: types.get(dstL4) });
  return Object.assign(inverse, { srcL4: dstL4, dstL4: srcL4 });
}

describe('after every packet', () => {
  const [tuple, reply, other] = [new Tuple(), new Tuple(), new Tuple()];
  const FIELDS = ['src0', 'dst0', 'srcL4', 'dstL4', 'protocol', 'family'] as const;

  /** What is promised of each connection, and of the table. */
  function check({ conntrack }: ConntrackMachine, nowUs: number, max: number): void {
    const table = conntrack.dump(nowUs);
    expect(conntrack.count).toBeLessThanOrEqual(max);
    expect(table.length).toBeLessThanOrEqual(conntrack.count);
    for (const { entry, status, original, timeoutSec } of table) {
      conntrack.readTuple(entry, Direction.Original, tuple);
      conntrack.readTuple(entry, Direction.Reply, reply);
      const { zone } = original;
      expect([conntrack.find(tuple, zone), conntrack.foundDirection]).toEqual([entry, Direction.Original]);
      expect([conntrack.find(reply, zone), conntrack.foundDirection]).toEqual([entry, Direction.Reply]);
      for (const one of [tuple, reply]) {
        for (const field of FIELDS) {
          other.copyFrom(one)[field] ^= field === 'family' ? 2 : 1;
          if (!other.equals(tuple) && !other.equals(reply)) expect(conntrack.find(other, zone)).not.toBe(entry);
        }
        expect(conntrack.find(one, zone ^ 1)).not.toBe(entry);
      }
      expect(reply).toEqual(inverseOf(tuple));
      expect((status & Status.Confirmed) !== 0 && conntrack.deadlineUs(entry) > nowUs && timeoutSec >= 0).toBe(true);
      if ((status & Status.Assured) !== 0) expect(status & Status.SeenReply).not.toBe(0);
    }
  }

  it('each connection is found by its two tuples and no other, and what has run out by none', () => {
    const pauses = fc.infiniteStream(fc.constantFrom(0, 0, 0, 0.01, 1, 9, 29.99, 30, 31, 119, 200, 700));
    fc.assert(
      fc.property(talks(), pauses, fc.integer({ min: 2, max: 8 }), (talk, pause, max) => {
        const machine = new ConntrackMachine({ max });
        const known: Tuple[] = [];
        let at = 0;
        for (const { octets } of packed(talk)) {
          at += pause.next().value;
          machine.pass(octets, { at });
          check(machine, (START_SEC + at) * 1e6, max);
        }
        // long after, nothing is listed and nothing found
        for (const { entry } of machine.conntrack.dump((START_SEC + at) * 1e6)) {
          for (const way of [0, 1] as const) known.push(machine.conntrack.readTuple(entry, way, new Tuple()));
        }
        const late = (START_SEC + at + 432_001) * 1e6;
        expect(machine.conntrack.dump(late)).toEqual([]);
        machine.conntrack.expire(late);
        for (const one of known) expect(machine.conntrack.find(one, 0)).toBe(-1);
        expect(machine.conntrack.count).toBe(0);
      }),
    );
  });

  it('what has run out is neither listed nor found, though nothing has swept it', () => {
    fc.assert(
      fc.property(talks(), fc.integer({ min: 0, max: 700 }), (talk, later) => {
        const packets = packed(talk);
        const { machine, table } = hear(packets, clockOf(packets));
        const last = clockOf(packets).at(-1)!;
        const nowUs = (START_SEC + last + later) * 1e6;
        const due = table.filter(({ timeoutSec, entry }) => timeoutSec >= later && machine.conntrack.deadlineUs(entry) > nowUs);
        expect(machine.conntrack.dump(nowUs).map(({ entry }) => entry)).toEqual(due.map(({ entry }) => entry));
        const tuples = table.map(({ entry }) => [0, 1].map((way) => machine.conntrack.readTuple(entry, way as Direction, new Tuple())));
        // a packet of nobody: it only moves the clock
        machine.pass(Uint8Array.of(0x45, 0, 0, 20, 0, 0, 0, 0, 64, 2, 0, 0, 10, 9, 9, 9, 10, 9, 9, 8), { at: last + later, dropped: true });
        tuples.forEach((one, i) => {
          const found = one.map((way) => machine.conntrack.find(way, 0));
          const wanted = due.includes(table[i]!) ? table[i]!.entry : -1;
          expect(found).toEqual([wanted, wanted]);
        });
      }),
    );
  });
});
