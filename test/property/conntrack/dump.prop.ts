/** The beginning of a dump is the beginning of the whole one, however the table was filled. */
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { build } from '../../../src/packet/build.ts';
import { ipv4, ipv6, tcp, udp } from '../../../src/packet/build-layers.ts';
import { ConntrackMachine } from '../../support/conntrack-machine.ts';

// octets whose texts stand in another order than their numbers
const octet = fc.constantFrom(0, 1, 2, 9, 10, 19, 100, 112, 199, 200, 255);
const address = fc.tuple(fc.constantFrom(10, 9, 100), octet).map(([net, host]) => ({ v4: `${net}.0.0.${host}`, v6: `${net}::${host}` }));
const flow = fc.record({ src: address, dst: address, port: fc.integer({ min: 1, max: 3 }), isTcp: fc.boolean(), isV6: fc.boolean() });

function first({ src, dst, port, isTcp, isV6 }: typeof flow extends fc.Arbitrary<infer Flow> ? Flow : never): Uint8Array {
  const network = isV6 ? ipv6(src.v6, dst.v6) : ipv4(src.v4, dst.v4);
  return build(network, isTcp ? tcp(port, 80, { flags: 2 }) : udp(port, 53));
}

describe('a listing', () => {
  it('begins as the whole table does, and counts all of it', () => {
    const tables = fc.tuple(fc.array(flow, { minLength: 1, maxLength: 80 }), fc.integer({ min: 0, max: 12 }));
    fc.assert(
      fc.property(tables, ([flows, most]) => {
        const machine = new ConntrackMachine();
        for (const each of flows) machine.pass(first(each));
        const all = machine.conntrack.dump(0);
        const { lines, count } = machine.conntrack.list(0, most);
        return count === all.length && JSON.stringify(lines) === JSON.stringify(all.slice(0, most));
      }),
      { numRuns: 400 },
    );
  });
});
