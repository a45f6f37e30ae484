/**
 * dccp: ports, packet types and options of DCCP. RFC 4340 §5.1.
 *
 *   -p dccp -m dccp [!] --sport 1:1023 [!] --dport 5001 [!] --dccp-types REQUEST,RESPONSE [!] --dccp-option 32
 *
 *    0       2       4     5          6         8                  9       12
 *   +-------+-------+-----+----------+---------+------------------+-------+
 *   | sport | dport | off | CCVal .. | checksum| res:3 type:4 X:1 | seq.. |   off counts words, header and options
 *   +-------+-------+-----+----------+---------+------------------+-------+
 *
 * A later fragment does not match; a header that is cut off, or options that are, drop the packet at once.
 * Reference: iptables-extensions(8), "dccp". Kernel counterpart: net/netfilter/xt_dccp.c (behaviour only).
 * @module
 */
import * as ipproto from '../../inet/protocol.ts';
import type { ReadonlyPacket } from '../../packet/packet.ts';
import type { MatchModule } from '../match.ts';
import type { GivenOption } from '../options.ts';
import { unsigned } from './option-value.ts';
import { listPorts, type PortTest, printPorts, readLaxPortTest } from './port-option.ts';

const NAME = 'dccp';
/** By number. The last name stands for all numbers from its own to 15. */
const TYPES = ['REQUEST', 'RESPONSE', 'DATA', 'ACK', 'DATAACK', 'CLOSEREQ', 'CLOSE', 'RESET', 'SYNC', 'SYNCACK', 'INVALID'] as const;
const INVALID = 10;
const INVALID_MASK = 0xfc00;

const HEADER_LEN = 12;
const DATA_OFFSET = 4;
const TYPE = 8;
const LONG_SEQ_LEN = 4;
/** Octets behind the basic header, by type; others have as many as RESET. */
const ACK_LEN = 8;
const EXTRA_LEN: readonly number[] = [4, ACK_LEN + 4, 0, ACK_LEN, ACK_LEN, ACK_LEN, ACK_LEN, ACK_LEN + 4, ACK_LEN, ACK_LEN];
const RESET_LEN = ACK_LEN + 4;

/** Answers of the option scan. */
const FOUND = 1;
const UNREADABLE = -1;

export interface DccpInfo {
  readonly sport: PortTest | null;
  readonly dport: PortTest | null;
  /** Bits by type number, or null. */
  readonly types: number | null;
  readonly typesInvert: boolean;
  readonly option: number | null;
  readonly optionInvert: boolean;
}

export const dccp: MatchModule<DccpInfo> = {
  name: NAME,
  scope: 'stateless',
  protocols: [ipproto.DCCP],
  options: [
    { name: 'sport', aliases: ['source-port'], invert: true },
    { name: 'dport', aliases: ['destination-port'], invert: true },
    { name: 'dccp-types', invert: true },
    { name: 'dccp-option', invert: true },
  ],

  parse(options) {
    const sport = options.get('sport');
    const dport = options.get('dport');
    const types = options.get('dccp-types');
    const option = options.get('dccp-option');
    return {
      sport: sport === undefined ? null : readLaxPortTest(sport, NAME, 'source-port'),
      dport: dport === undefined ? null : readLaxPortTest(dport, NAME, 'destination-port'),
      types: types === undefined ? null : readTypes(types),
      typesInvert: types?.invert ?? false,
      option: option === undefined ? null : unsigned(option, NAME, 1, 255),
      optionInvert: option?.invert ?? false,
    };
  },

  print({ sport, dport, types, typesInvert, option, optionInvert }) {
    const words: string[] = [];
    if (sport !== null) words.push(printPorts('sport', sport));
    if (dport !== null) words.push(printPorts('dport', dport));
    if (types !== null) words.push(`${typesInvert ? '! ' : ''}--dccp-types ${typeNames(types)}`);
    if (option !== null) words.push(`${optionInvert ? '! ' : ''}--dccp-option ${option}`);
    return words.join(' ');
  },

  list({ sport, dport, types, typesInvert, option, optionInvert }) {
    const words = ['dccp'];
    if (sport !== null) words.push(listPorts('spt', sport));
    if (dport !== null) words.push(listPorts('dpt', dport));
    let text = words.filter((word) => word !== '').join(' ');
    if (types !== null) text += ` ${typesInvert ? '! ' : ''}${typeNumbers(types)}`;
    if (option !== null) text += ` option=${optionInvert ? '!' : ''}${option}`;
    return text;
  },

  compile({ sport, dport, types, typesInvert, option, optionInvert }) {
    const typeMask = types ?? 0;
    const kind = option ?? 0;
    return (packet) => {
      if (packet.fragOffset !== 0) return false;
      if (packet.transportLength < HEADER_LEN) {
        packet.hotdrop = true;
        return false;
      }
      if (sport !== null && !portHolds(sport, packet.srcPort)) return false;
      if (dport !== null && !portHolds(dport, packet.dstPort)) return false;
      if (types !== null && ((typeMask & (1 << typeOf(packet))) !== 0) === typesInvert) return false;
      if (option === null) return true;
      const found = findOption(packet, kind);
      // The inverted test holds all the same: the rule counts before the packet is dropped.
      if (found === UNREADABLE) packet.hotdrop = true;
      return (found === FOUND) !== optionInvert;
    };
  },
};

function portHolds({ lo, hi, invert }: PortTest, port: number): boolean {
  return (port >= lo && port <= hi) !== invert;
}

function readTypes(option: GivenOption): number {
  let mask = 0;
  for (const word of option.value.split(',')) {
    if (word === '') continue;
    const type = TYPES.findIndex((name) => name === word.toUpperCase());
    if (type < 0) option.fail(`Unknown DCCP type \`${word}'`);
    mask |= type === INVALID ? INVALID_MASK : 1 << type;
  }
  return mask;
}

function typeNames(mask: number): string {
  return TYPES.filter((_, type) => (mask & (1 << type)) !== 0).join(',');
}

function typeNumbers(mask: number): string {
  return Array.from({ length: 16 }, (_, type) => type)
    .filter((type) => (mask & (1 << type)) !== 0)
    .join(',');
}

function typeOf(packet: ReadonlyPacket): number {
  return (packet.view.getUint8(packet.transport + TYPE) >> 1) & 0xf;
}

/** FOUND, 0, or UNREADABLE when the header says less than it has or the options are not all there. */
function findOption(packet: ReadonlyPacket, kind: number): number {
  const { view, transport } = packet;
  const long = (view.getUint8(transport + TYPE) & 1) !== 0;
  const start = HEADER_LEN + (long ? LONG_SEQ_LEN : 0) + (EXTRA_LEN[typeOf(packet)] ?? RESET_LEN);
  const end = view.getUint8(transport + DATA_OFFSET) * 4;
  if (end < start) return UNREADABLE;
  if (end === start) return 0;
  if (end > packet.transportLength) return UNREADABLE;
  for (let i = start; i < end; ) {
    const octet = view.getUint8(transport + i);
    if (octet === kind) return FOUND;
    // An option with no room for its length counts as one octet.
    if (octet < 2 || i + 1 === end) i++;
    else i += view.getUint8(transport + i + 1) || 1;
  }
  return 0;
}
