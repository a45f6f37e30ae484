/**
 * DSCP: write the six bits of the differentiated services code point; ECN stays.
 *
 *   -j DSCP --set-dscp 0x0a | --set-dscp-class AF11
 *
 * Reference: iptables-extensions(8), "DSCP". Kernel counterpart: net/netfilter/xt_DSCP.c.
 * @module
 */
import { Verdict } from '../../hook/verdict.ts';
import type { TargetModule } from '../target.ts';
import { hex, readUint } from './number.ts';
import { TrafficClass } from './traffic-class.ts';

export interface DscpInfo {
  readonly dscp: number;
}

const MAX_DSCP = 0x3f;
const ECN_BITS = 2;

/** Code point of a class: CS0-CS7, AF11-AF43 (RFC 2597), EF, BE; null for others. */
function classDscp(name: string): number | null {
  const upper = name.toUpperCase();
  if (upper === 'BE') return 0;
  if (upper === 'EF') return 0x2e;
  const selector = /^CS([0-7])$/.exec(upper);
  if (selector !== null) return Number(selector[1]) << 3;
  const assured = /^AF([1-4])([1-3])$/.exec(upper);
  return assured === null ? null : (Number(assured[1]) << 3) | (Number(assured[2]) << 1);
}

export const dscp: TargetModule<DscpInfo> = {
  name: 'DSCP',
  scope: 'stateless',
  perFlow: true,
  tables: ['mangle'],
  options: [{ name: 'set-dscp' }, { name: 'set-dscp-class' }],

  parse(options) {
    const option = options.exactlyOne('set-dscp', 'set-dscp-class');
    if (option.name === 'set-dscp') return { dscp: readUint(option, 0, MAX_DSCP) };
    return { dscp: classDscp(option.value) ?? option.fail(`invalid DSCP value '${option.value}'`) };
  },

  print(info) {
    return `--set-dscp ${hex(info.dscp, 2)}`;
  },

  list(info) {
    return `DSCP set ${hex(info.dscp, 2)}`;
  },

  compile(info) {
    const field = new TrafficClass();
    const bits = info.dscp << ECN_BITS;
    return (packet) => {
      field.write(packet, (field.read(packet) & 3) | bits);
      return Verdict.Continue;
    };
  },
};
