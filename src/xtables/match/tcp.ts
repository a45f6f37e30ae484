/**
 * tcp: ports, flags and presence of an option of a TCP segment.
 *
 *   -p tcp [-m tcp] [!] --sport 1024:65535 [!] --dport ssh [!] --syn | --tcp-flags SYN,ACK SYN [!] --tcp-option 5
 *
 * A later fragment carries no header and never matches; one that would overwrite the flags (8 octets in) is an attack and is
 * dropped, over IPv4 only: the kernel counts IPv6 offsets in octets and never meets the 1 it looks for.
 * Reference: iptables-extensions(8), "tcp". Kernel counterpart: net/netfilter/xt_tcpudp.c.
 * @module
 */
import * as ipproto from '../../inet/protocol.ts';
import { TCP_FLAGS, TCP_HEADER_LEN } from '../../wire/tcp.ts';
import type { MatchModule } from '../match.ts';
import type { GivenOption, Options } from '../options.ts';
import { wholeNumber } from './option-value.ts';
import { isFullRange, listPorts, type PortTest, printPorts, readPortTest } from './port-option.ts';
import { FOUND, findTcpOption, UNREADABLE } from './tcp-option.ts';

/** Fragment offset at which a second header could hide the first one's flags. */
const OVERLAP = 8;

/** Bits of the flags octet by the names rules use; `ECE` and `CWR` have none. */
const FLAG_BITS: ReadonlyMap<string, number> = new Map([
  ['FIN', 1],
  ['SYN', 2],
  ['RST', 4],
  ['PSH', 8],
  ['ACK', 16],
  ['URG', 32],
]);
const ALL_FLAGS = 0x3f;
const SYN = 2;
const SYN_MASK = 0x17;

export interface TcpInfo {
  readonly sport: PortTest;
  readonly dport: PortTest;
  readonly flagMask: number;
  readonly flags: number;
  readonly flagsInvert: boolean;
  /** Kind of the option looked for; 0 for none. */
  readonly option: number;
  readonly optionInvert: boolean;
}

export const tcp: MatchModule<TcpInfo> = {
  name: 'tcp',
  scope: 'stateless',
  perFlow: ({ option }) => option === 0,
  tcpFlags: ({ flagMask }) => flagMask,
  protocols: [ipproto.TCP],
  options: [
    { name: 'source-port', aliases: ['sport'], invert: true },
    { name: 'destination-port', aliases: ['dport'], invert: true },
    { name: 'syn', args: 0, invert: true },
    { name: 'tcp-flags', args: 2, invert: true },
    { name: 'tcp-option', invert: true },
  ],

  parse(options) {
    const option = options.get('tcp-option');
    return {
      sport: readPortTest(options.get('source-port'), ipproto.TCP),
      dport: readPortTest(options.get('destination-port'), ipproto.TCP),
      ...readFlags(options),
      option: option === undefined ? 0 : readKind(option),
      optionInvert: option?.invert ?? false,
    };
  },

  print(info) {
    const { sport, dport } = info;
    const words: string[] = [];
    if (!isFullRange(sport)) words.push(printPorts('sport', sport));
    if (!isFullRange(dport)) words.push(printPorts('dport', dport));
    if (info.option !== 0 || info.optionInvert) words.push(`${info.optionInvert ? '! ' : ''}--tcp-option ${info.option}`);
    if (testsFlags(info)) words.push(`${info.flagsInvert ? '! ' : ''}--tcp-flags ${flagNames(info.flagMask)} ${flagNames(info.flags)}`);
    return words.join(' ');
  },

  list(info) {
    const words = ['tcp', listPorts('spt', info.sport), listPorts('dpt', info.dport)];
    if (info.option !== 0) words.push(`option=${info.optionInvert ? '!' : ''}${info.option}`);
    if (testsFlags(info)) words.push(`flags:${info.flagsInvert ? '!' : ''}${flagHex(info.flagMask)}/${flagHex(info.flags)}`);
    return words.filter((word) => word !== '').join(' ');
  },

  compile({ sport, dport, flagMask, flags, flagsInvert, option, optionInvert }) {
    const { lo: sportLo, hi: sportHi, invert: sportInvert } = sport;
    const { lo: dportLo, hi: dportHi, invert: dportInvert } = dport;
    const anyFlags = flagMask === 0 && flags === 0 && !flagsInvert;
    return (packet) => {
      if (packet.fragOffset !== 0) {
        if (packet.fragOffset === OVERLAP && packet.family === 4) packet.hotdrop = true;
        return false;
      }
      if (packet.transportLength < TCP_HEADER_LEN) {
        packet.hotdrop = true;
        return false;
      }
      const { srcPort, dstPort } = packet;
      if ((srcPort >= sportLo && srcPort <= sportHi) === sportInvert) return false;
      if ((dstPort >= dportLo && dstPort <= dportHi) === dportInvert) return false;
      if (!anyFlags && ((packet.view.getUint8(packet.transport + TCP_FLAGS) & flagMask) === flags) === flagsInvert) return false;
      if (option === 0) return true;
      const found = findTcpOption(packet, option);
      if (found === UNREADABLE) {
        packet.hotdrop = true;
        return false;
      }
      return (found === FOUND) !== optionInvert;
    };
  },
};

function readFlags(options: Options): { flagMask: number; flags: number; flagsInvert: boolean } {
  const [given, second] = options.all().filter(({ name }) => name === 'syn' || name === 'tcp-flags');
  if (second !== undefined) second.fail("Only one of `--syn' or `--tcp-flags' allowed");
  if (given === undefined) return { flagMask: 0, flags: 0, flagsInvert: false };
  if (given.name === 'syn') return { flagMask: SYN_MASK, flags: SYN, flagsInvert: given.invert };
  const [mask = '', flags = ''] = given.values;
  return { flagMask: readFlagSet(given, mask), flags: readFlagSet(given, flags), flagsInvert: given.invert };
}

/** A comma-separated list of flags, ALL or NONE. Empty words are passed over. */
function readFlagSet(option: GivenOption, text: string): number {
  let set = 0;
  for (const word of text.split(',')) {
    const name = word.toUpperCase();
    if (name === '' || name === 'NONE') continue;
    set |= name === 'ALL' ? ALL_FLAGS : (FLAG_BITS.get(name) ?? option.fail(`Unknown TCP flag \`${word}'`));
  }
  return set;
}

function readKind(option: GivenOption): number {
  return Number(wholeNumber(option.value, 1n, 255n) ?? option.fail(`Bad TCP option "${option.value}"`));
}

function testsFlags({ flagMask, flagsInvert }: TcpInfo): boolean {
  return flagMask !== 0 || flagsInvert;
}

function flagNames(set: number): string {
  const names = [...FLAG_BITS].filter(([, bit]) => (set & bit) !== 0).map(([name]) => name);
  return names.length === 0 ? 'NONE' : names.join(',');
}

function flagHex(set: number): string {
  return `0x${set.toString(16).toUpperCase().padStart(2, '0')}`;
}
