import fc from 'fast-check';
import { describe, it } from 'vitest';
import { formatIpv4 } from '../../../../src/inet/ipv4.ts';
import { Packet } from '../../../../src/packet/packet.ts';
import { parseSets, PLAIN_TEST } from '../../../../src/xtables/set/store.ts';

interface Network {
  readonly address: number;
  readonly length: number;
  readonly nomatch: boolean;
}

/** Addresses that differ in few bits, so that networks nest and meet. */
const address = (): fc.Arbitrary<number> =>
  fc.tuple(fc.constantFrom(0x0a000000, 0x0a010000, 0xc0a80000, 0xffffff00, 0), fc.nat(0x3ff)).map(([base, low]) => (base | low) >>> 0);
const network = (): fc.Arbitrary<Network> =>
  fc.record({ address: address(), length: fc.integer({ min: 1, max: 32 }), nomatch: fc.boolean() });

const masked = (word: number, length: number): number => Math.floor(word / 2 ** (32 - length));

/** The network a text names last counts: `-exist` overwrites the flag. */
function model(networks: readonly Network[], word: number): 'none' | 'match' | 'nomatch' {
  let best: Network | null = null;
  for (const candidate of networks) {
    const holds = masked(word, candidate.length) === masked(candidate.address, candidate.length);
    if (holds && (best === null || candidate.length >= best.length)) best = candidate;
  }
  if (best === null) return 'none';
  return best.nomatch ? 'nomatch' : 'match';
}

function packetFrom(word: number): Packet {
  const packet = new Packet();
  packet.family = 4;
  packet.src0 = word | 0;
  packet.networkLength = 20;
  return packet;
}

describe('hash:net', () => {
  it('lets the longest prefix decide, also when it says nomatch', () => {
    fc.assert(
      fc.property(fc.array(network(), { maxLength: 30 }), fc.array(address(), { minLength: 1, maxLength: 20 }), (networks, words) => {
        const lines = networks.map(
          ({ address: base, length, nomatch }) => `add n ${formatIpv4(base | 0)}/${length}${nomatch ? ' nomatch' : ''} -exist`,
        );
        const set = parseSets(['create n hash:net', ...lines].join('\n')).get('n')!;
        const src = Uint8Array.of(1);
        return words.every((word) => {
          const expected = model(networks, word);
          const packet = packetFrom(word);
          const plain = set.test(packet, src);
          const returned = set.test(packet, src, { ...PLAIN_TEST, returnNomatch: true });
          return plain === (expected === 'match') && returned === (expected === 'nomatch');
        });
      }),
    );
  });

  it('forgets a network that is deleted, and only that one', () => {
    fc.assert(
      fc.property(
        fc.array(network(), { minLength: 1, maxLength: 20 }),
        fc.nat(),
        fc.array(address(), { minLength: 1 }),
        (networks, pick, words) => {
          const gone = networks[pick % networks.length]!;
          const same = (other: Network): boolean =>
            other.length === gone.length && masked(other.address, other.length) === masked(gone.address, gone.length);
          const text = ({ address: base, length }: Network): string => `${formatIpv4(base | 0)}/${length}`;
          const lines = networks.map((each) => `add n ${text(each)}${each.nomatch ? ' nomatch' : ''} -exist`);
          const set = parseSets(['create n hash:net', ...lines, `del n ${text(gone)}`].join('\n')).get('n')!;
          const left = networks.filter((other) => !same(other));
          return words.every((word) => set.test(packetFrom(word), Uint8Array.of(1)) === (model(left, word) === 'match'));
        },
      ),
    );
  });
});
