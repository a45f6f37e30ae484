/**
 * udp: ports of a UDP datagram.
 *
 *   -p udp [-m udp] [!] --sport 1024:65535 [!] --dport domain
 *
 * Reference: iptables-extensions(8), "udp". Kernel counterpart: net/netfilter/xt_tcpudp.c.
 * @module
 */
import * as ipproto from '../../inet/protocol.ts';
import { UDP_HEADER_LEN } from '../../wire/udp.ts';
import type { MatchModule } from '../match.ts';
import { ANY_PORT, isFullRange, listPorts, type PortTest, printPorts, readLaxPortTest } from './port-option.ts';

const NAME = 'udp';

export interface UdpInfo {
  readonly sport: PortTest;
  readonly dport: PortTest;
}

export const udp: MatchModule<UdpInfo> = {
  name: NAME,
  scope: 'stateless',
  perFlow: true,
  protocols: [ipproto.UDP],
  options: [
    { name: 'source-port', aliases: ['sport'], invert: true },
    { name: 'destination-port', aliases: ['dport'], invert: true },
  ],

  parse(options) {
    const sport = options.get('source-port');
    const dport = options.get('destination-port');
    return {
      sport: sport === undefined ? ANY_PORT : readLaxPortTest(sport, NAME, 'source-port'),
      dport: dport === undefined ? ANY_PORT : readLaxPortTest(dport, NAME, 'destination-port'),
    };
  },

  print({ sport, dport }) {
    const words: string[] = [];
    if (!isFullRange(sport)) words.push(printPorts('sport', sport));
    if (!isFullRange(dport)) words.push(printPorts('dport', dport));
    return words.join(' ');
  },

  list({ sport, dport }) {
    return [NAME, listPorts('spt', sport), listPorts('dpt', dport)].filter((word) => word !== '').join(' ');
  },

  compile({ sport, dport }) {
    const { lo: sportLo, hi: sportHi, invert: sportInvert } = sport;
    const { lo: dportLo, hi: dportHi, invert: dportInvert } = dport;
    return (packet) => {
      if (packet.fragOffset !== 0) return false;
      if (packet.transportLength < UDP_HEADER_LEN) {
        packet.hotdrop = true;
        return false;
      }
      const { srcPort, dstPort } = packet;
      if ((srcPort >= sportLo && srcPort <= sportHi) === sportInvert) return false;
      return (dstPort >= dportLo && dstPort <= dportHi) !== dportInvert;
    };
  },
};
