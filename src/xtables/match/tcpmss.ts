/**
 * tcpmss: the maximum segment size a TCP header announces. A header without one matches the inverted rule.
 *
 *   -p tcp -m tcp --syn -m tcpmss [!] --mss 1400:1536
 *
 * Reference: iptables-extensions(8), "tcpmss". Kernel counterpart: net/netfilter/xt_tcpmss.c.
 * @module
 */
import * as ipproto from '../../inet/protocol.ts';
import { TCP_HEADER_LEN } from '../../wire/tcp.ts';
import type { MatchModule } from '../match.ts';
import { mandatory, unsignedRange } from './option-value.ts';
import { formatRange } from './port-option.ts';
import { readMss, UNREADABLE } from './tcp-option.ts';
import { uncheckedTransport } from './transport-offset.ts';

const NAME = 'tcpmss';
const MAX_MSS = 0xffffn;

export interface TcpmssInfo {
  readonly lo: number;
  readonly hi: number;
  readonly invert: boolean;
}

export const tcpmss: MatchModule<TcpmssInfo> = {
  name: NAME,
  scope: 'stateless',
  protocols: [ipproto.TCP],
  options: [{ name: 'mss', invert: true }],

  parse(options) {
    const option = mandatory(options, NAME, 'mss');
    const [lo, hi] = unsignedRange(option, NAME, MAX_MSS);
    if (lo > hi) option.fail('tcpmss: invalid range given');
    return { lo: Number(lo), hi: Number(hi), invert: option.invert };
  },

  print({ lo, hi, invert }) {
    return `${invert ? '! ' : ''}--mss ${formatRange(lo, hi)}`;
  },

  list({ lo, hi, invert }) {
    return `tcpmss match ${invert ? '!' : ''}${formatRange(lo, hi)}`;
  },

  compile({ lo, hi, invert }) {
    return (packet) => {
      const at = uncheckedTransport(packet);
      const mss = at + TCP_HEADER_LEN > packet.networkEnd ? UNREADABLE : readMss(packet, at);
      if (mss === UNREADABLE) {
        packet.hotdrop = true;
        return false;
      }
      return (mss >= lo && mss <= hi) !== invert; // ABSENT is below every size
    };
  },
};
