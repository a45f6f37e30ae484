/**
 * Where the host's own tests cut the IPv4 addresses: routes, policy rules, addresses and their subnets, neighbours, and the
 * addresses that mean something by themselves. What they answer is the same for all addresses between two cuts.
 * @module
 */
import type { FieldCuts } from '../inet/field-classes.ts';
import type { Interface } from './interface.ts';
import { mask4 } from './interface.ts';
import type { PolicyRule } from './policy-rule.ts';
import type { Route } from './route.ts';

/** 0.0.0.0, loopback, multicast and its local groups, limited broadcast: by address and length. */
const SPECIAL: readonly (readonly [word: number, length: number])[] = [
  [0, 32],
  [0x7f000000, 8],
  [0xe0000000 | 0, 4],
  [0xe0000000 | 0, 24],
  [-1, 32],
];

export interface TestedByHost {
  readonly interfaces: readonly Interface[];
  readonly rules: readonly PolicyRule[];
  readonly routes: Iterable<Route>;
  /** Addresses of neighbours. */
  readonly neighbours: readonly number[];
}

/** Cut sources and destinations: a look-up may be made of either. */
export function cutFields({ interfaces, rules, routes, neighbours }: TestedByHost, cuts: FieldCuts): void {
  const cut = (word: number, mask: number): void => {
    cuts.sources(word & mask, word | ~mask);
    cuts.destinations(word & mask, word | ~mask);
  };
  for (const [word, length] of SPECIAL) cut(word, mask4(length));
  for (const { addresses4 } of interfaces) {
    for (const { word, peer, mask, broadcast } of addresses4) {
      cut(word, -1);
      cut(peer, mask);
      cut(broadcast, -1);
    }
  }
  for (const { from, to } of rules) {
    if (from !== null) cut(from.w0, from.m0);
    if (to !== null) cut(to.w0, to.m0);
  }
  for (const { dst0, length } of routes) cut(dst0, mask4(length));
  for (const word of neighbours) cut(word, -1);
}
