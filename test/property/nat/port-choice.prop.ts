/**
 * The port that is chosen when the own one is taken, beside 400 choices of the kernel for each class of ports (recorded: two clients
 * that send from the same port to the same server, behind SNAT to one address; every pair a server port and a second client of its own).
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Hook } from '../../../src/hook/hook.ts';
import { Verdict } from '../../../src/hook/verdict.ts';
import { ipv4, payload, udp } from '../../../src/packet/build-layers.ts';
import { packetOf } from '../../support/nat-frames.ts';
import { NatRouter, range } from '../../support/nat-router.ts';

interface Choices {
  /** The port that is taken. */
  readonly port: number;
  readonly chosen: readonly number[];
}

const { classes } = JSON.parse(readFileSync(new URL('../../unit/nat/port-choice.json', import.meta.url), 'utf8')) as { classes: Choices[] };
const CLASSES = [
  [1, 511],
  [600, 1023],
  [1024, 65_535],
] as const;
/** Two samples of one distribution are further apart once in a million times (Kolmogorov and Smirnov). */
const APART = Math.sqrt(-Math.log(1e-6 / 2) / 2);

/** What hookline chooses where the kernel chose. */
function choices(seed: number, port: number, count: number): number[] {
  const to = range('10.1.0.50');
  const router = new NatRouter((hook, packet, nat) => (hook === Hook.Postrouting ? nat.setup(packet, to, 'src') : Verdict.Accept), {
    seed,
  });
  const sent = (client: string, server: number): number => {
    const packet = packetOf(ipv4(client, '10.1.0.2'), udp(port, server), payload('x'));
    expect(router.forward(packet)).toBe(true);
    return packet.view.getUint16(packet.transport);
  };
  return Array.from({ length: count }, (_, i) => {
    expect(sent('10.0.0.2', 10_000 + i)).toBe(port);
    return sent(`10.0.${1 + (i >> 8)}.${i & 0xff}`, 10_000 + i);
  });
}

/** The greatest distance of the two distributions, in units of what chance makes of it. */
function distance(a: readonly number[], b: readonly number[]): number {
  const below = (sample: readonly number[], limit: number): number => sample.filter((one) => one <= limit).length / sample.length;
  const most = Math.max(...[...a, ...b].map((limit) => Math.abs(below(a, limit) - below(b, limit))));
  return most * Math.sqrt((a.length * b.length) / (a.length + b.length));
}

describe('the port chosen for one that is taken', () => {
  it.each(classes.map((recorded, i) => [recorded.port, recorded.chosen, CLASSES[i]!] as const))(
    'is spread as the kernel spreads it, for %i, and hangs on the seed alone',
    (port, recorded, [low, high]) => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 0x7fffffff }), (seed) => {
          const chosen = choices(seed, port, recorded.length);
          for (const one of [...chosen, ...recorded]) {
            expect(one).toBeGreaterThanOrEqual(low);
            expect(one).toBeLessThanOrEqual(high);
          }
          expect(distance(chosen, recorded)).toBeLessThan(APART);
          expect(choices(seed, port, 20)).toEqual(chosen.slice(0, 20));
          expect(choices(seed + 1, port, 20)).not.toEqual(chosen.slice(0, 20));
        }),
        { numRuns: 10 },
      );
    },
  );
});
