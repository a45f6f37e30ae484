/**
 * dscp: the DSCP of the IP header, as a number or by class.
 *
 *   -m dscp [!] --dscp 0x2e | --dscp-class EF
 *
 * Reference: iptables-extensions(8), "dscp"; classes: RFC 2474, RFC 2597, RFC 3246. Kernel counterpart: net/netfilter/xt_dscp.c.
 * @module
 */
import type { MatchModule } from '../match.ts';
import type { GivenOption } from '../options.ts';
import { hex } from './masked-value.ts';
import { forbidTogether, unsigned } from './option-value.ts';
import { trafficClass } from './traffic-class.ts';

const NAME = 'dscp';
const MAX = 0x3f;
const SHIFT = 2;

export interface DscpInfo {
  readonly value: number;
  readonly invert: boolean;
}

export const dscp: MatchModule<DscpInfo> = {
  name: NAME,
  scope: 'stateless',
  perFlow: true,
  options: [
    { name: 'dscp', invert: true },
    { name: 'dscp-class', invert: true },
  ],

  parse(options) {
    forbidTogether(options, NAME, 'dscp', 'dscp-class');
    const [option] = options.all();
    if (option === undefined) return options.fail('DSCP match: Parameter --dscp is required');
    const value = option.name === 'dscp' ? unsigned(option, NAME, 0, MAX) : readClass(option);
    return { value, invert: option.invert };
  },

  print({ value, invert }) {
    return `${invert ? '! ' : ''}--dscp ${hex(value, 2)}`;
  },

  list({ value, invert }) {
    return `DSCP match ${invert ? '!' : ''}${hex(value, 2)}`;
  },

  compile({ value, invert }) {
    return (packet) => (trafficClass(packet) >>> SHIFT === value) !== invert;
  },
};

/** CS0 to CS7, AF11 to AF43, BE or EF. */
function readClass(option: GivenOption): number {
  const name = option.value.toUpperCase();
  if (name === 'BE') return 0;
  if (name === 'EF') return 0x2e;
  const selector = /^CS([0-7])$/.exec(name);
  if (selector !== null) return Number(selector[1]) << 3;
  const forwarding = /^AF([1-4])([1-3])$/.exec(name);
  if (forwarding !== null) return (Number(forwarding[1]) << 3) | (Number(forwarding[2]) << 1);
  return option.fail(`Invalid DSCP value \`${option.value}'`);
}
