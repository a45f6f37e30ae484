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
}

function measure(name: string): Measured {
  return JSON.parse(execFileSync(process.execPath, ['--expose-gc', CHILD, DIST, name], { encoding: 'utf8' })) as Measured;
}

describe.skipIf(!existsSync(DIST))('heap allocated per packet, once warm', () => {
  it.each(['stateless', 'mangled', 'stateful', 'translated', 'ipv6', 'datagrams'])('is nothing for packets that pass (%s)', (name) => {
    const { octets, packets, left } = measure(name);
    expect(left).toBe(packets);
    expect(octets).toBeLessThan(MAX_OCTETS);
  });

  it('is nothing for packets that are dropped', () => {
    const { octets, left } = measure('dropped');
    expect(left).toBe(0);
    expect(octets).toBeLessThan(MAX_OCTETS);
  });
});
