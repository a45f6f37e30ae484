/**
 * MARK: write the packet's mark.
 *
 *   -j MARK --set-xmark value[/mask]        mark = (mark & ~mask) ^ value
 *
 * The other forms are this one in disguise, and print as it.
 * Reference: iptables-extensions(8), "MARK". Kernel counterpart: net/netfilter/xt_mark.c.
 * @module
 */
import { Verdict } from '../../hook/verdict.ts';
import type { OptionSpec, Options } from '../options.ts';
import type { TargetModule } from '../target.ts';
import { hex, readMasked, readUint, U32, type Masked } from './number.ts';

/** The options that say how a mark changes; CONNMARK has them too. */
export const SET_MARK_OPTIONS: readonly OptionSpec[] = [
  { name: 'set-xmark' },
  { name: 'set-mark' },
  { name: 'and-mark' },
  { name: 'or-mark' },
  { name: 'xor-mark' },
];

/** Bring one of these options to a value and a mask. */
export function readSetMark(options: Options, name: string): Masked {
  const option = options.get(name)!;
  if (name === 'set-xmark') return readMasked(option);
  if (name === 'set-mark') {
    const { value, mask } = readMasked(option);
    return { value, mask: value | mask };
  }
  const bits = readUint(option, 0, U32) | 0;
  if (name === 'and-mark') return { value: 0, mask: ~bits };
  return { value: bits, mask: name === 'or-mark' ? bits : 0 };
}

/** As a listing words it. */
export function listSetMark({ value, mask }: Masked): string {
  if (value === 0) return `and ${hex(~mask)}`;
  if (value === mask) return `or ${hex(value)}`;
  if (mask === 0) return `xor ${hex(value)}`;
  return mask === -1 ? `set ${hex(value)}` : `xset ${hex(value)}/${hex(mask)}`;
}

export const mark: TargetModule<Masked> = {
  name: 'MARK',
  scope: 'stateless',
  perFlow: true,
  options: SET_MARK_OPTIONS,

  parse(options) {
    return readSetMark(options, options.exactlyOne(...SET_MARK_OPTIONS.map(({ name }) => name)).name);
  },

  print({ value, mask }) {
    return `--set-xmark ${hex(value)}/${hex(mask)}`;
  },

  list(info) {
    return `MARK ${listSetMark(info)}`;
  },

  compile({ value, mask }) {
    const keep = ~mask;
    return (packet) => {
      packet.mark = (packet.mark & keep) ^ value;
      return Verdict.Continue;
    };
  },
};
