/**
 * ipcomp: the compression index of an IPComp header. RFC 3173 §3.3.
 *
 *   -p ipcomp -m ipcomp [!] --ipcompspi 18 [--compres]
 *
 * Without --ipcompspi iptables 1.8.9 asks for index 0. --compres is kept and printed; the kernel does not look at it.
 * Reference: iptables-extensions(8), "ipcomp". Kernel counterpart: net/netfilter/xt_ipcomp.c (behaviour only).
 * @module
 */
import type { MatchModule } from '../match.ts';
import { MAX_U32, range32 } from './option-value.ts';
import { formatRange } from './port-option.ts';

const NAME = 'ipcomp';
const IPCOMP = 108;
const HEADER_LEN = 4;
const CPI = 2;

export interface IpcompInfo {
  readonly lo: number;
  readonly hi: number;
  readonly invert: boolean;
  readonly reserved: boolean;
}

export const ipcomp: MatchModule<IpcompInfo> = {
  name: NAME,
  scope: 'stateless',
  protocols: [IPCOMP],
  options: [
    { name: 'ipcompspi', invert: true },
    { name: 'compres', args: 0 },
  ],

  parse(options) {
    const given = options.get('ipcompspi');
    const [lo, hi] = given === undefined ? [0, 0] : range32(given, NAME);
    return { lo, hi, invert: given?.invert ?? false, reserved: options.has('compres') };
  },

  print({ lo, hi, invert, reserved }) {
    const words: string[] = [];
    if (lo !== 0 || hi !== MAX_U32) words.push(`${invert ? '! ' : ''}--ipcompspi ${formatRange(lo, hi)}`);
    if (reserved) words.push('--compres');
    return words.join(' ');
  },

  list({ lo, hi, invert, reserved }) {
    const all = lo === 0 && hi === MAX_U32 && !invert;
    const index = all ? '' : `${lo === hi ? 'spi' : 'spis'}:${invert ? '!' : ''}${formatRange(lo, hi)}`;
    return `comp ${index}${reserved ? ' reserved' : ''}`;
  },

  compile({ lo, hi, invert }) {
    return (packet) => {
      if (packet.fragOffset !== 0) return false;
      if (packet.transportLength < HEADER_LEN) {
        packet.hotdrop = true;
        return false;
      }
      const index = packet.view.getUint16(packet.transport + CPI);
      return (index >= lo && index <= hi) !== invert;
    };
  },
};
