/**
 * MASQUERADE and REDIRECT: NAT to an address the machine itself has: that of the device a packet leaves by, or came in by.
 *
 *   -j MASQUERADE [--to-ports 1024-2047] [--random] [--random-fully]
 *   -j REDIRECT [--to-ports 3128] [--random]
 *
 * Reference: iptables-extensions(8), "MASQUERADE", "REDIRECT". Kernel counterparts: xt_MASQUERADE.c, xt_REDIRECT.c.
 * @module
 */
import { Hook, hookMask } from '../../hook/hook.ts';
import { EMPTY_RANGE, RangeFlag, type NatRange } from '../../nat/range.ts';
import type { Options } from '../options.ts';
import type { TargetModule } from '../target.ts';
import { printFlags, printPorts, readFlags, readPorts } from './nat-range.ts';

export const masquerade: TargetModule<NatRange> = {
  name: 'MASQUERADE',
  scope: 'flow',
  binds: true,
  tables: ['nat'],
  hooks: hookMask(Hook.Postrouting),
  conntrack: true,
  options: [{ name: 'to-ports' }, { name: 'random', args: 0 }, { name: 'random-fully', args: 0 }],

  parse: readToPorts,
  print: (range) => printToPorts(range, '--to-ports ', ' --'),
  list: (range) => printToPorts(range, 'masq ports: ', ' '),
  compile:
    (range, { nat }) =>
    (packet) =>
      nat.masquerade(packet, range),
};

export const redirect: TargetModule<NatRange> = {
  name: 'REDIRECT',
  scope: 'flow',
  tables: ['nat'],
  hooks: hookMask(Hook.Prerouting, Hook.Output),
  conntrack: true,
  options: [{ name: 'to-ports' }, { name: 'random', args: 0 }],

  parse: readToPorts,
  print: (range) => printToPorts(range, '--to-ports ', ' --'),
  list: (range) => printToPorts(range, 'redir ports ', ' '),
  compile:
    (range, { nat }) =>
    (packet) =>
      nat.redirect(packet, range),
};

function readToPorts(options: Options): NatRange {
  const option = options.get('to-ports');
  const range = option === undefined ? EMPTY_RANGE : readPorts(option, option.value, options.context);
  if ((range.flags & RangeFlag.ProtoOffset) !== 0) option!.fail('shifted portmap ranges not supported with this kernel');
  return readFlags(options, range);
}

function printToPorts(range: NatRange, before: string, beforeFlag: string): string {
  const ports = printPorts(range);
  return ((ports === '' ? '' : before + ports) + printFlags(range, beforeFlag)).trimStart();
}
