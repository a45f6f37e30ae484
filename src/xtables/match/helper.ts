/**
 * helper: whether the packet's connection was announced by one that a helper (ftp, tftp ...) listens to.
 *
 *   -m helper [!] --helper ftp
 *
 * The empty name stands for any helper. Without such a connection the inverted rule matches.
 * Reference: iptables-extensions(8), "helper". Kernel counterpart: net/netfilter/xt_helper.c.
 * @module
 */
import type { MatchModule } from '../match.ts';
import { quoteWord } from '../target/quote.ts';
import { mandatory } from './option-value.ts';

const NAME = 'helper';
/** Characters of a name; the rest is cut off. */
const MAX_NAME = 29;

export interface HelperInfo {
  readonly helper: string;
  readonly invert: boolean;
}

export const helper: MatchModule<HelperInfo> = {
  name: NAME,
  scope: 'flow',
  perFlow: true,
  conntrack: true,
  options: [{ name: 'helper', invert: true }],

  parse(options) {
    const option = mandatory(options, NAME, 'helper');
    return { helper: option.value.slice(0, MAX_NAME), invert: option.invert };
  },

  print({ helper: name, invert }) {
    return `${invert ? '! ' : ''}--helper ${quoteWord(name)}`;
  },

  list({ helper: name, invert }) {
    return `helper match ${invert ? '! ' : ''}"${name}"`;
  },

  compile({ helper: wanted, invert }, { conntrack }) {
    return (packet) => {
      const master = packet.ct < 0 ? -1 : conntrack.master(packet.ct);
      const name = master < 0 ? null : conntrack.helperName(master);
      if (name === null) return invert;
      // The kernel compares as many letters as its own name has: `ftp` is found in a rule's `ftp-2121`.
      return (wanted === '' || wanted.startsWith(name)) !== invert;
    };
  },
};
