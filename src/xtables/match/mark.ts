/**
 * mark: the packet's mark under a mask.
 *
 *   -m mark [!] --mark 0x10/0xff
 *
 * Reference: iptables-extensions(8), "mark". Kernel counterpart: net/netfilter/xt_mark.c.
 * @module
 */
import type { MatchModule } from '../match.ts';
import { formatMaskedValue, type MaskedValue, readMaskedValue } from './masked-value.ts';
import { mandatory } from './option-value.ts';

export const mark: MatchModule<MaskedValue> = {
  name: 'mark',
  scope: 'stateless',
  perFlow: true,
  options: [{ name: 'mark', invert: true }],

  parse(options) {
    return readMaskedValue(mandatory(options, 'mark', 'mark'), 'mark');
  },

  print(info) {
    return `${info.invert ? '! ' : ''}--mark ${formatMaskedValue(info)}`;
  },

  list(info) {
    return `mark match ${info.invert ? '! ' : ''}${formatMaskedValue(info)}`;
  },

  compile({ value, mask, invert }) {
    return (packet) => ((packet.mark & mask) === value) !== invert;
  },
};
