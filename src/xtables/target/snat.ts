/**
 * SNAT and DNAT: give a connection another source or destination. Decided by the connection's first packet.
 *
 *   -j SNAT --to-source 192.0.2.1-192.0.2.9:1024-2047 [--random] [--random-fully] [--persistent]
 *   -j DNAT --to-destination 10.0.0.5:8080 [--random] [--persistent]
 *
 * The choice within the range is nat/select.ts. A base port (`:3000-3010/80`) shifts; SNAT's is read but counts as 0.
 * Reference: iptables-extensions(8), "SNAT", "DNAT". Kernel counterpart: net/netfilter/xt_nat.c.
 * @module
 */
import { Hook, hookMask } from '../../hook/hook.ts';
import { RangeFlag, type NatRange } from '../../nat/range.ts';
import type { TargetModule } from '../target.ts';
import { printFlags, printNatRange, readFlags, readNatRange } from './nat-range.ts';

export const snat: TargetModule<NatRange> = {
  name: 'SNAT',
  scope: 'flow',
  binds: true,
  tables: ['nat'],
  hooks: hookMask(Hook.Postrouting, Hook.Input),
  conntrack: true,
  options: [{ name: 'to-source' }, { name: 'random', args: 0 }, { name: 'random-fully', args: 0 }, { name: 'persistent', args: 0 }],

  parse(options) {
    const range = readFlags(options, readNatRange(options.exactlyOne('to-source'), options.context));
    return (range.flags & RangeFlag.ProtoOffset) !== 0 ? { ...range, baseProto: 0 } : range;
  },
  print: (range, { family }) => `--to-source ${printNatRange(range, family)}${printFlags(range, ' --')}`,
  list: (range, { family }) => `to:${printNatRange(range, family)}${printFlags(range, ' ')}`,
  compile:
    (range, { nat }) =>
    (packet) =>
      nat.setup(packet, range, 'src'),
};

export const dnat: TargetModule<NatRange> = {
  name: 'DNAT',
  scope: 'flow',
  binds: true,
  tables: ['nat'],
  hooks: hookMask(Hook.Prerouting, Hook.Output),
  conntrack: true,
  options: [{ name: 'to-destination' }, { name: 'random', args: 0 }, { name: 'persistent', args: 0 }],

  parse: (options) => readFlags(options, readNatRange(options.exactlyOne('to-destination'), options.context)),
  print: (range, { family }) => `--to-destination ${printNatRange(range, family)}${printFlags(range, ' --')}`,
  list: (range, { family }) => `to:${printNatRange(range, family)}${printFlags(range, ' ')}`,
  compile:
    (range, { nat }) =>
    (packet) =>
      nat.setup(packet, range, 'dst'),
};
