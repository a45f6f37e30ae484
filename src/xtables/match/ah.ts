/**
 * ah: the security parameter index of an AH header over IPv4.
 *
 *   -p ah [-m ah] [!] --ahspi 256:511
 *
 * Reference: iptables-extensions(8), "ah". Kernel counterpart: net/ipv4/netfilter/ipt_ah.c.
 * @module
 */
import * as ipproto from '../../inet/protocol.ts';
import { AH_HEADER_LEN, AH_LAYOUT } from '../../wire/ipsec.ts';
import type { MatchModule } from '../match.ts';
import { listSpiRange, printSpiRange, readSpiRange, type SpiRange } from './spi-range.ts';

const SPI = AH_LAYOUT.offsetOf('spi');

export const ah: MatchModule<SpiRange> = {
  name: 'ah',
  scope: 'stateless',
  families: [4],
  protocols: [ipproto.AH],
  options: [{ name: 'ahspi', invert: true }],

  parse(options) {
    return readSpiRange(options.get('ahspi'), 'ah');
  },

  print(info) {
    return printSpiRange('ahspi', info);
  },

  list(info) {
    return `ah ${listSpiRange(info)}`;
  },

  compile({ lo, hi, invert }) {
    return (packet) => {
      if (packet.fragOffset !== 0) return false;
      if (packet.transportLength < AH_HEADER_LEN) {
        packet.hotdrop = true;
        return false;
      }
      const spi = packet.view.getUint32(packet.transport + SPI);
      return (spi >= lo && spi <= hi) !== invert;
    };
  },
};
