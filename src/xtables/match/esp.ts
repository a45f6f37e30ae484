/**
 * esp: the security parameter index of an ESP header.
 *
 *   -p esp [-m esp] [!] --espspi 256:511
 *
 * Reference: iptables-extensions(8), "esp". Kernel counterpart: net/netfilter/xt_esp.c.
 * @module
 */
import * as ipproto from '../../inet/protocol.ts';
import { ESP_HEADER_LEN } from '../../wire/ipsec.ts';
import type { MatchModule } from '../match.ts';
import { listSpiRange, printSpiRange, readSpiRange, type SpiRange } from './spi-range.ts';

export const esp: MatchModule<SpiRange> = {
  name: 'esp',
  scope: 'stateless',
  protocols: [ipproto.ESP],
  options: [{ name: 'espspi', invert: true }],

  parse(options) {
    return readSpiRange(options.get('espspi'), 'esp');
  },

  print(info) {
    return printSpiRange('espspi', info);
  },

  list(info) {
    const spi = listSpiRange(info);
    return spi === '' ? 'esp' : `esp ${spi}`;
  },

  compile({ lo, hi, invert }) {
    return (packet) => {
      if (packet.fragOffset !== 0) return false;
      if (packet.transportLength < ESP_HEADER_LEN) {
        packet.hotdrop = true;
        return false;
      }
      const spi = packet.view.getUint32(packet.transport);
      return (spi >= lo && spi <= hi) !== invert;
    };
  },
};
