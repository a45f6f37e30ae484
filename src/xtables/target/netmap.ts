/**
 * NETMAP: map a whole network onto another one, host bits kept: the destination in PREROUTING and OUTPUT, else the source.
 *
 *   -j NETMAP --to 10.1.0.0/16
 *
 * Reference: iptables-extensions(8), "NETMAP". Kernel counterpart: net/netfilter/xt_NETMAP.c.
 * @module
 */
import { Hook, hookMask } from '../../hook/hook.ts';
import { formatAddress } from '../../inet/address.ts';
import { maskOf } from '../../inet/prefix.ts';
import { EMPTY_RANGE, RangeFlag, type NatRange } from '../../nat/range.ts';
import type { TargetModule } from '../target.ts';
import { withAddresses } from './nat-range.ts';
import { readNetwork } from './prefix-option.ts';

export interface NetmapInfo {
  readonly range: NatRange;
  readonly length: number;
}

export const netmap: TargetModule<NetmapInfo> = {
  name: 'NETMAP',
  scope: 'flow',
  tables: ['nat'],
  hooks: hookMask(Hook.Prerouting, Hook.Input, Hook.Output, Hook.Postrouting),
  conntrack: true,
  options: [{ name: 'to' }],

  parse(options) {
    const option = options.exactlyOne('to');
    const { address, length } = readNetwork(option, options.context.family);
    const mask = maskOf(length, options.context.family);
    const first = address.map((word, i) => word & mask[i]!);
    const last = address.map((word, i) => word | ~mask[i]!);
    return { range: withAddresses({ ...EMPTY_RANGE, flags: RangeFlag.Netmap }, first, last), length };
  },

  print: (info, { family }) => `--to ${printTo(info, family)}`,
  list: (info, { family }) => `to:${printTo(info, family)}`,
  compile:
    ({ range }, { nat }) =>
    (packet) =>
      nat.netmap(packet, range),
};

function printTo({ range, length }: NetmapInfo, family: 4 | 6): string {
  const { min0, min1, min2, min3 } = range;
  return `${formatAddress(family === 4 ? Int32Array.of(min0) : Int32Array.of(min0, min1, min2, min3))}/${length}`;
}
