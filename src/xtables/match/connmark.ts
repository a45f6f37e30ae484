/**
 * connmark: the mark of the packet's connection under a mask. Without a connection it never matches, inverted or not.
 *
 *   -m connmark [!] --mark 0x10/0xff
 *
 * Reference: iptables-extensions(8), "connmark". Kernel counterpart: net/netfilter/xt_connmark.c.
 * @module
 */
import type { MatchModule } from '../match.ts';
import { formatMaskedValue, type MaskedValue, readMaskedValue } from './masked-value.ts';
import { mandatory } from './option-value.ts';

const NAME = 'connmark';

export const connmark: MatchModule<MaskedValue> = {
  name: NAME,
  scope: 'flow',
  perFlow: true,
  conntrack: true,
  options: [{ name: 'mark', invert: true }],

  parse(options) {
    return readMaskedValue(mandatory(options, NAME, 'mark'), NAME);
  },

  print(info) {
    return `${info.invert ? '! ' : ''}--mark ${formatMaskedValue(info)}`;
  },

  list(info) {
    return `connmark match ${info.invert ? '!' : ''} ${formatMaskedValue(info)}`;
  },

  compile({ value, mask, invert }, { conntrack }) {
    return (packet) => packet.ct >= 0 && ((conntrack.mark(packet.ct) & mask) === value) !== invert;
  },
};
