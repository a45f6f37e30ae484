/**
 * TOS: write the TOS octet or traffic class, ECN bits included.
 *
 *   -j TOS --set-tos value[/mask]        tos = (tos & ~mask) ^ value
 *
 * A name of RFC 1349 (Minimize-Delay ...) has the mask 0x3f.
 * Reference: iptables-extensions(8), "TOS". Kernel counterpart: net/netfilter/xt_DSCP.c.
 * @module
 */
import { Verdict } from '../../hook/verdict.ts';
import type { GivenOption } from '../options.ts';
import type { TargetModule } from '../target.ts';
import { hex, parseUint, readUint, U8, type Masked } from './number.ts';
import { TrafficClass } from './traffic-class.ts';

const NAMES: ReadonlyMap<string, number> = new Map([
  ['minimize-delay', 0x10],
  ['maximize-throughput', 0x08],
  ['maximize-reliability', 0x04],
  ['minimize-cost', 0x02],
  ['normal-service', 0x00],
]);
const NAME_MASK = 0x3f;

export const tos: TargetModule<Masked> = {
  name: 'TOS',
  scope: 'stateless',
  perFlow: true,
  tables: ['mangle'],
  options: [{ name: 'set-tos' }, { name: 'and-tos' }, { name: 'or-tos' }, { name: 'xor-tos' }],

  parse(options) {
    const option = options.exactlyOne('set-tos', 'and-tos', 'or-tos', 'xor-tos');
    if (option.name === 'set-tos') return readTos(option);
    const bits = readUint(option, 0, U8);
    if (option.name === 'and-tos') return { value: 0, mask: ~bits & U8 };
    return { value: bits, mask: option.name === 'or-tos' ? bits : 0 };
  },

  print({ value, mask }) {
    return `--set-tos ${hex(value, 2)}/${hex(mask, 2)}`;
  },

  list({ value, mask }) {
    return `TOS set ${hex(value, 2)}/${hex(mask, 2)}`;
  },

  compile({ value, mask }) {
    const field = new TrafficClass();
    const keep = ~mask & U8;
    return (packet) => {
      field.write(packet, (field.read(packet) & keep) ^ value);
      return Verdict.Continue;
    };
  },
};

function readTos(option: GivenOption): Masked {
  const named = NAMES.get(option.value.toLowerCase());
  if (named !== undefined) return { value: named, mask: NAME_MASK };
  const [value, mask, ...rest] = option.value.split('/').map(parseUint);
  if (value === undefined || value === null || value > U8) return option.fail(`symbolic name "${option.value}" is unknown`);
  if (mask === null || (mask ?? 0) > U8 || rest.length > 0) return option.fail(`illegal value: "${option.value}"`);
  return { value, mask: mask ?? U8 };
}
