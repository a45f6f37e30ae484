import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const DIST = process.env['HOOKLINE_DIST'] ?? fileURLToPath(new URL('../../dist', import.meta.url));
const CHILD = fileURLToPath(new URL('heap-per-packet.mjs', import.meta.url));
/** A packet's share of what the measuring itself costs stays far below it; one object a packet is sixteen and more. */
const MAX_OCTETS = 1;
interface Measured {
  readonly octets: number;
  readonly packets: number;
  readonly left: number;
  /** Packets that went the short way of known flows. */
  readonly short: number;
}

type Way = 'short' | 'long' | 'frames' | 'fresh';

function measure(name: string, way: Way): Measured {
  return JSON.parse(execFileSync(process.execPath, ['--expose-gc', CHILD, DIST, name, way], { encoding: 'utf8' })) as Measured;
}

describe.skipIf(!existsSync(DIST))('heap allocated per packet, once warm', () => {
  it.each(['stateless', 'mangled', 'stateful', 'translated', 'ipv6', 'datagrams'])('is nothing through every hook (%s)', (name) => {
    const { octets, packets, left, short } = measure(name, 'long');
    expect([left, short]).toEqual([packets, 0]);
    expect(octets).toBeLessThan(MAX_OCTETS);
  });

  it.each([
    ['stateful', 'short'],
    ['translated', 'short'],
    ['datagrams', 'short'],
    ['ipv6', 'short'],
    ['stateful', 'frames'],
    ['translated', 'frames'],
    ['datagrams', 'frames'],
  ] as const)('is nothing for packets of known flows (%s, %s)', (name, way) => {
    const { octets, packets, left, short } = measure(name, way);
    expect(left).toBeGreaterThanOrEqual(packets);
    expect(short).toBeGreaterThan(packets * 0.99);
    expect(octets).toBeLessThan(MAX_OCTETS);
  });

  it.each(['stateful', 'translated', 'datagrams'])('is nothing for packets of flows that begin (%s)', (name) => {
    const { octets, packets, left, short } = measure(name, 'fresh');
    expect(left).toBe(packets);
    expect(short).toBeGreaterThan(packets * 0.99);
    expect(octets).toBeLessThan(MAX_OCTETS);
  });

  it('is nothing for packets that are dropped', () => {
    const { octets, left } = measure('dropped', 'long');
    expect(left).toBe(0);
    expect(octets).toBeLessThan(MAX_OCTETS);
  });
});
