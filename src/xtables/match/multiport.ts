/**
 * multiport: compare the source port, the destination port, or either, with a list of ports and ranges.
 *
 *   -p tcp -m multiport [!] --dports 22,http,8000:8080
 *
 * Reference: iptables-extensions(8), "multiport". Kernel counterpart: net/netfilter/xt_multiport.c.
 * @module
 */
import { formatPortRanges, inRanges } from '../../inet/ports.ts';
import * as ipproto from '../../inet/protocol.ts';
import type { MatchModule } from '../match.ts';
import type { GivenOption, Options } from '../options.ts';
import { forbidTogether } from './option-value.ts';
import { readPort } from './port-option.ts';

const NAME = 'multiport';
/** Ports one rule may list; a range takes two. */
const MAX_SLOTS = 15;
/** Octets of transport header that hold both ports. */
const PORTS_LEN = 4;

/** Options in the order iptables checks them, and the word each prints as. */
const PRINTED: Readonly<Record<string, MultiportInfo['option']>> = {
  'source-ports': 'sports',
  'destination-ports': 'dports',
  ports: 'ports',
};

export interface MultiportInfo {
  readonly option: 'sports' | 'dports' | 'ports';
  readonly invert: boolean;
  /** Flat: lo,hi,lo,hi. */
  readonly ranges: Uint16Array;
}

export const multiport: MatchModule<MultiportInfo> = {
  name: NAME,
  scope: 'stateless',
  perFlow: true,
  protocols: [ipproto.TCP, ipproto.UDP, ipproto.UDPLITE, ipproto.DCCP, ipproto.SCTP],
  options: [
    { name: 'source-ports', aliases: ['sports'], invert: true },
    { name: 'destination-ports', aliases: ['dports'], invert: true },
    { name: 'ports', invert: true },
  ],

  parse(options) {
    checkProtocol(options);
    const names = Object.keys(PRINTED);
    forbidTogether(options, NAME, ...names);
    const option = options.all()[0] ?? options.fail('multiport expects an option');
    return { option: PRINTED[option.name]!, invert: option.invert, ranges: readList(option, options.context.protocol) };
  },

  print({ option, invert, ranges }) {
    return `${invert ? '! ' : ''}--${option} ${formatPortRanges(ranges)}`;
  },

  list({ option, invert, ranges }) {
    return `${NAME} ${option} ${invert ? ' !' : ''}${formatPortRanges(ranges)}`;
  },

  compile({ option, invert, ranges }) {
    const useSrc = option !== 'dports';
    const useDst = option !== 'sports';
    return (packet) => {
      if (packet.fragOffset !== 0) return false; // a later fragment carries no ports
      if (packet.transportLength < PORTS_LEN) {
        packet.hotdrop = true; // asked to judge ports that are not there
        return false;
      }
      const found = (useSrc && inRanges(ranges, packet.srcPort)) || (useDst && inRanges(ranges, packet.dstPort));
      return found !== invert;
    };
  },
};

function checkProtocol(options: Options): void {
  const { protocol, protocolInverted } = options.context;
  if (protocol === 0) options.fail("multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'");
  if (protocolInverted || !multiport.protocols!.includes(protocol)) {
    options.fail('multiport only works with TCP, UDP, UDPLITE, SCTP and DCCP');
  }
}

function readList(option: GivenOption, protocol: number): Uint16Array {
  const parts = option.value.split(',', MAX_SLOTS + 1);
  const ranges = new Uint16Array(2 * parts.length);
  let used = 0;
  for (let i = 0; i < parts.length; i++) {
    const [first = '', ...rest] = parts[i]!.split(':');
    const isRange = rest.length > 0;
    used += isRange ? 2 : 1;
    if (used > MAX_SLOTS) option.fail('too many ports specified');
    const lo = readPort(option, first, protocol);
    const hi = isRange ? readPort(option, rest.join(':'), protocol) : lo;
    if (isRange && lo >= hi) option.fail('invalid portrange specified');
    ranges[2 * i] = lo;
    ranges[2 * i + 1] = hi;
  }
  return ranges;
}
