/**
 * ah: the AH header of an IPv6 packet, wherever it stands among the extension headers.
 *
 *   -m ah [!] --ahspi 256:511 [!] --ahlen 24 --ahres
 *
 * Needs no `-p`: for ip6tables AH is a header on the way, not a protocol. A header that claims to reach beyond the packet drops it.
 * Reference: iptables-extensions(8), "ah". Kernel counterpart: net/ipv6/netfilter/ip6t_ah.c.
 * @module
 */
import * as ipproto from '../../inet/protocol.ts';
import { AH_HEADER_LEN, AH_LAYOUT } from '../../wire/ipsec.ts';
import type { MatchModule } from '../match.ts';
import { ABSENT, findHeader, lengthOf } from './ipv6-extension.ts';
import { unsigned } from './option-value.ts';
import { listSpiRange, printSpiRange, readSpiRange, type SpiRange } from './spi-range.ts';

const SPI = AH_LAYOUT.offsetOf('spi');
const RESERVED = AH_LAYOUT.offsetOf('reserved');

export interface Ah6Info {
  readonly spi: SpiRange;
  /** Octets of the header; 0 for any. */
  readonly length: number;
  readonly lengthInvert: boolean;
  /** Whether the reserved field must be zero. */
  readonly reserved: boolean;
}

export const ah6: MatchModule<Ah6Info> = {
  name: 'ah',
  scope: 'stateless',
  families: [6],
  options: [
    { name: 'ahspi', invert: true },
    { name: 'ahlen', invert: true },
    { name: 'ahres', args: 0 },
  ],

  parse(options) {
    const length = options.get('ahlen');
    return {
      spi: readSpiRange(options.get('ahspi'), 'ah'),
      length: length === undefined ? 0 : unsigned(length, 'ah'),
      lengthInvert: length?.invert ?? false,
      reserved: options.has('ahres'),
    };
  },

  print({ spi, length, lengthInvert, reserved }) {
    const words = [printSpiRange('ahspi', spi)];
    if (length !== 0) words.push(`${lengthInvert ? '! ' : ''}--ahlen ${length}`);
    if (reserved) words.push('--ahres');
    return words.filter((word) => word !== '').join(' ');
  },

  list({ spi, length, lengthInvert, reserved }) {
    const octets = length === 0 && !lengthInvert ? '' : `length:${lengthInvert ? '!' : ''}${length}`;
    return `ah ${listSpiRange(spi)}${octets}${reserved ? ' reserved' : ''}`;
  },

  compile({ spi: { lo, hi, invert }, length, lengthInvert, reserved }) {
    return (packet) => {
      const at = findHeader(packet, ipproto.AH);
      if (at === ABSENT) return false;
      const { view, networkEnd } = packet;
      if (at < 0 || at + AH_HEADER_LEN > networkEnd || at + lengthOf(view, at, ipproto.AH) > networkEnd) {
        packet.hotdrop = true;
        return false;
      }
      const spi = view.getUint32(at + SPI);
      if ((spi >= lo && spi <= hi) === invert) return false;
      if (length !== 0 && (lengthOf(view, at, ipproto.AH) === length) === lengthInvert) return false;
      return !reserved || view.getUint16(at + RESERVED) === 0;
    };
  },
};
