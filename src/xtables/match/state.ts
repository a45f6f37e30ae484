/**
 * state: how the packet relates to its connection. The short form of conntrack's --ctstate, without SNAT and DNAT.
 *
 *   -m state [!] --state RELATED,ESTABLISHED
 *
 * Reference: iptables-extensions(8), "state". Kernel counterpart: net/netfilter/xt_state.c.
 * @module
 */
import type { MatchModule } from '../match.ts';
import { type BitSet, formatBitSet, readBitSet, STATE_NAMES } from './ct-state.ts';
import { mandatory } from './option-value.ts';

export const state: MatchModule<BitSet> = {
  name: 'state',
  scope: 'flow',
  perFlow: true,
  conntrack: true,
  options: [{ name: 'state', invert: true }],

  parse(options) {
    return readBitSet(mandatory(options, 'state', 'state'), STATE_NAMES, 'state');
  },

  print({ bits, invert }) {
    return `${invert ? '! ' : ''}--state ${formatBitSet(bits, STATE_NAMES)}`;
  },

  list({ bits, invert }) {
    return `${invert ? '! ' : ''}state ${formatBitSet(bits, STATE_NAMES)}`;
  },

  compile({ bits, invert }, { conntrack }) {
    return (packet) => ((conntrack.stateBit(packet) & bits) !== 0) !== invert;
  },
};
