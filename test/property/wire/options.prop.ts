import fc from 'fast-check';
import { describe, it } from 'vitest';
import { Ipv6Options } from '../../../src/wire/ipv6-options.ts';
import { NdOptions } from '../../../src/wire/nd-options.ts';
import { OptionWalker } from '../../../src/wire/option-walker.ts';
import { SctpChunks } from '../../../src/wire/sctp.ts';

/** Octets whose lengths often fit, in a buffer of exactly their size. */
const area = (): fc.Arbitrary<DataView> =>
  fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.uint8Array({ max: 12, maxLength: 60 })).map((bytes) => new DataView(bytes.slice().buffer));

interface Walk {
  readonly offset: number;
  readonly length: number;
  readonly malformed: boolean;
  next(): boolean;
}

const WALKS: readonly (readonly [string, (view: DataView) => Walk])[] = [
  ['IPv4 and TCP options', (view) => new OptionWalker().at(view, 0, view.byteLength)],
  ['IPv6 options', (view) => new Ipv6Options().at(view, 0, view.byteLength)],
  ['neighbour discovery options', (view) => new NdOptions().at(view, 0, view.byteLength)],
  ['SCTP chunks', (view) => new SctpChunks().at(view, 0, view.byteLength)],
];

describe.each(WALKS)('a walk over %s', (_, start) => {
  it('ends, stays inside and never looks back, whatever the octets', () => {
    fc.assert(
      fc.property(area(), (view) => {
        const walk = start(view);
        let before = 0;
        let steps = 0;
        while (walk.next()) {
          if (walk.length < 1 || walk.offset < before || walk.offset + walk.length > view.byteLength) return false;
          before = walk.offset + walk.length;
          if (++steps > view.byteLength) return false;
        }
        return walk.offset >= before && !walk.next();
      }),
      { numRuns: 1000 },
    );
  });
});
