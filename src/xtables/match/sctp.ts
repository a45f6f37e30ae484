/**
 * sctp: ports and chunks of an SCTP packet.
 *
 *   -p sctp [-m sctp] [!] --sport 80 [!] --dport 1024: [!] --chunk-types any|all|only DATA:Be,INIT
 *
 * Reference: iptables-extensions(8), "sctp". Kernel counterpart: net/netfilter/xt_sctp.c.
 * @module
 */
import * as ipproto from '../../inet/protocol.ts';
import { SCTP_HEADER_LEN } from '../../wire/sctp.ts';
import type { MatchModule } from '../match.ts';
import { ANY_PORT, listPorts, type PortTest, printPorts, readPortTest } from './port-option.ts';
import { type ChunkTest, formatChunkTest, listChunkTest, readChunkTest } from './sctp-chunk.ts';
import { SctpChunkWalk } from './sctp-chunk-walk.ts';

export interface SctpInfo {
  /** null: not asked. A full range that was asked for prints. */
  readonly sport: PortTest | null;
  readonly dport: PortTest | null;
  readonly chunks: ChunkTest | null;
}

export const sctp: MatchModule<SctpInfo> = {
  name: 'sctp',
  scope: 'stateless',
  protocols: [ipproto.SCTP],
  options: [
    { name: 'source-port', aliases: ['sport'], invert: true },
    { name: 'destination-port', aliases: ['dport'], invert: true },
    { name: 'chunk-types', args: 2, invert: true },
  ],

  parse(options) {
    const sport = options.get('source-port');
    const dport = options.get('destination-port');
    const chunks = options.get('chunk-types');
    return {
      sport: sport === undefined ? null : readPortTest(sport, ipproto.SCTP),
      dport: dport === undefined ? null : readPortTest(dport, ipproto.SCTP),
      chunks: chunks === undefined ? null : readChunkTest(chunks),
    };
  },

  print({ sport, dport, chunks }) {
    const words: string[] = [];
    if (sport !== null) words.push(printPorts('sport', sport));
    if (dport !== null) words.push(printPorts('dport', dport));
    if (chunks !== null) words.push(`${chunks.invert ? '! ' : ''}--chunk-types ${formatChunkTest(chunks)}`);
    return words.join(' ');
  },

  list({ sport, dport, chunks }) {
    const words = ['sctp', listPorts('spt', sport ?? ANY_PORT), listPorts('dpt', dport ?? ANY_PORT)];
    if (chunks !== null) words.push(`${chunks.invert ? '! ' : ''}${listChunkTest(chunks)}`);
    return words.filter((word) => word !== '').join(' ');
  },

  compile({ sport, dport, chunks }) {
    const { lo: sportLo, hi: sportHi, invert: sportInvert } = sport ?? ANY_PORT;
    const { lo: dportLo, hi: dportHi, invert: dportInvert } = dport ?? ANY_PORT;
    const walk = chunks === null ? null : new SctpChunkWalk(chunks);
    const chunksWanted = chunks !== null && !chunks.invert;
    return (packet) => {
      if (packet.fragOffset !== 0) return false;
      if (packet.transportLength < SCTP_HEADER_LEN) {
        packet.hotdrop = true;
        return false;
      }
      const { srcPort, dstPort } = packet;
      if ((dstPort >= dportLo && dstPort <= dportHi) === dportInvert) return false;
      if ((srcPort >= sportLo && srcPort <= sportHi) === sportInvert) return false;
      return walk === null || walk.matches(packet) === chunksWanted;
    };
  },
};
