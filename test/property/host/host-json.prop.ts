import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { HooklineError } from '../../../src/errors.ts';
import { parseHost } from '../../../src/host/host-json.ts';
import { parseSavedHost } from '../../../src/host/saved-host.ts';

const HOST = {
  interfaces: [
    { name: 'eth0', mac: '02:00:00:00:00:01', mtu: 1500, addresses: ['10.0.0.1/24', 'fd00::1/64'] },
    { name: 'eth0.5', link: 'eth0', vlan: 5, addresses: ['10.5.0.1/24'] },
  ],
  routes: [{ dst: '0.0.0.0/0', via: '10.0.0.9', dev: 'eth0', metric: 5, mtu: 1400, table: 100, tos: '0x10', type: 'unicast' }],
  neighbors: [{ dev: 'eth0', ip: '10.0.0.9', mac: '02:00:00:00:00:09' }],
  ip_rules: ['not from 10.0.0.0/8 fwmark 1/0xff priority 7 lookup 100'],
  sysctls: { 'net.ipv4.conf.default.rp_filter': 1 },
  listeners: [{ proto: 'udp', addr: '10.0.0.1', port: 53 }],
};
const SAVED = ['addr.json', 'route.json', 'route6.json', 'neigh.json', 'rule.json', 'rule6.json'].map(
  (name) => [name, readFileSync(new URL(`../../unit/host/saved/${name}`, import.meta.url), 'utf8')] as const,
);

const hostile = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    0,
    1e99,
    0.5,
    '',
    '\u0000',
    '__proto__',
    '::/0',
    '0.0.0.0/0',
    '9'.repeat(400),
    [],
    {},
    [[]],
    [null],
  ),
  fc.string(),
  fc.jsonValue({ maxDepth: 2 }),
);

/** A copy of `value` with what stands at the end of a random way put away for something else. */
function damaged(value: unknown, way: readonly number[], by: unknown): unknown {
  const [step = 0, ...rest] = way;
  if (way.length === 0 || typeof value !== 'object' || value === null) return by;
  if (Array.isArray(value)) return value.length === 0 ? by : value.with(step % value.length, damaged(value[step % value.length], rest, by));
  const keys = Object.keys(value);
  const key = keys[step % keys.length];
  return key === undefined ? by : { ...value, [key]: damaged((value as Record<string, unknown>)[key], rest, by) };
}

/** True when it returns, or refuses in the way that is promised. */
function isTame(read: () => unknown): boolean {
  try {
    read();
  } catch (error) {
    return error instanceof HooklineError && error.code === 'ERR_HOST' && error.message.length < 400;
  }
  return true;
}

const way = fc.array(fc.nat(30), { minLength: 1, maxLength: 4 });

describe('host files', () => {
  it('of any damage are read or refused, never worse', () => {
    fc.assert(
      fc.property(way, hostile, (steps, by) => isTame(() => parseHost(damaged(HOST, steps, by) as object))),
      { numRuns: 1500 },
    );
  });

  it('saved by iproute2 and damaged anywhere are read or refused', () => {
    fc.assert(
      fc.property(fc.nat(SAVED.length - 1), way, hostile, (which, steps, by) => {
        const files = new Map<string, string>(SAVED);
        const [name, text] = SAVED[which]!;
        files.set(name, JSON.stringify(damaged(JSON.parse(text), steps, by)));
        return isTame(() => parseSavedHost(files));
      }),
      { numRuns: 600 },
    );
  });

  it('that are no JSON are refused', () => {
    fc.assert(fc.property(fc.string(), (text) => isTame(() => parseHost(text))));
  });
});
