/**
 * cpu: which processor handles the packet. A replay has one, number 0; so has a router whose packets all come in on one queue.
 *
 *   -m cpu [!] --cpu 0
 *
 * Reference: iptables-extensions(8), "cpu". Kernel counterpart: net/netfilter/xt_cpu.c (behaviour only).
 * @module
 */
import type { MatchModule } from '../match.ts';
import { mandatory, unsigned } from './option-value.ts';

/** The one processor of a replay. */
const THIS_CPU = 0;

export interface CpuInfo {
  readonly cpu: number;
  readonly invert: boolean;
}

export const cpu: MatchModule<CpuInfo> = {
  name: 'cpu',
  scope: 'stateless',
  perFlow: true,
  options: [{ name: 'cpu', invert: true }],

  parse(options) {
    const given = mandatory(options, 'cpu', 'cpu');
    return { cpu: unsigned(given, 'cpu'), invert: given.invert };
  },

  print({ cpu: wanted, invert }) {
    return `${invert ? '! ' : ''}--cpu ${wanted}`;
  },

  list({ cpu: wanted, invert }) {
    return `cpu ${invert ? '! ' : ''}${wanted}`;
  },

  compile({ cpu: wanted, invert }) {
    const answer = (wanted === THIS_CPU) !== invert;
    return () => answer;
  },
};
