/**
 * connbytes: how much a connection has carried, the packet at hand included.
 *
 *   -m connbytes [!] --connbytes from[:to] --connbytes-dir original|reply|both --connbytes-mode packets|bytes|avgpkt
 *
 * iptables writes an inverted range with its ends swapped; `! x:x` is the same to it as `x:x`. A rule with this match turns
 * accounting on, as in the kernel.
 * Reference: iptables-extensions(8), "connbytes". Kernel counterpart: net/netfilter/xt_connbytes.c (behaviour only).
 * @module
 */
import type { Conntrack } from '../../conntrack/conntrack.ts';
import { Direction } from '../../conntrack/ctinfo.ts';
import type { MatchModule } from '../match.ts';
import type { GivenOption } from '../options.ts';
import { mandatory, MAX_U64, unsignedRange } from './option-value.ts';

const NAME = 'connbytes';
const DIRECTIONS = ['original', 'reply', 'both'] as const;
const MODES = ['packets', 'bytes', 'avgpkt'] as const;

export interface ConnbytesInfo {
  /** from > to: everything outside of to..from. */
  readonly from: bigint;
  readonly to: bigint;
  readonly direction: (typeof DIRECTIONS)[number];
  readonly mode: (typeof MODES)[number];
}

export const connbytes: MatchModule<ConnbytesInfo> = {
  name: NAME,
  scope: 'flow',
  conntrack: true,
  options: [{ name: 'connbytes', invert: true }, { name: 'connbytes-dir' }, { name: 'connbytes-mode' }],

  parse(options) {
    const range = mandatory(options, NAME, 'connbytes');
    const direction = oneOf(mandatory(options, NAME, 'connbytes-dir'), DIRECTIONS);
    const mode = oneOf(mandatory(options, NAME, 'connbytes-mode'), MODES);
    const [lo, hi] = unsignedRange(range, NAME, MAX_U64, MAX_U64);
    if (lo > hi) range.fail(`${lo} should be less than ${hi}`);
    return { from: range.invert ? hi : lo, to: range.invert ? lo : hi, direction, mode };
  },

  print({ from, to, direction, mode }) {
    const inverted = from > to;
    const range = inverted ? formatRange(to, from) : formatRange(from, to);
    return `${inverted ? '! ' : ''}--connbytes ${range} --connbytes-mode ${mode} --connbytes-dir ${direction}`;
  },

  list({ from, to, direction, mode }) {
    const inverted = from > to;
    const range = inverted ? formatRange(to, from) : formatRange(from, to);
    return `${inverted ? '! ' : ''}connbytes ${range} connbytes mode ${mode} connbytes direction ${direction}`;
  },

  compile({ from, to, direction, mode }, services) {
    const { conntrack } = services;
    conntrack.enableAccounting();
    const amount = amountOf(conntrack, direction, mode);
    const lo = Number(from);
    const hi = Number(to);
    if (from > to) {
      return ({ ct }) => {
        if (ct < 0) return false;
        const value = amount(ct);
        return value < hi || value > lo;
      };
    }
    return ({ ct }) => {
      if (ct < 0) return false;
      const value = amount(ct);
      return value >= lo && value <= hi;
    };
  },
};

function oneOf<Name extends string>(option: GivenOption, names: readonly Name[]): Name {
  return names.find((name) => name === option.value) ?? option.fail(`Unknown --${option.name} \`${option.value}'`);
}

function formatRange(lo: bigint, hi: bigint): string {
  return hi === 0n || hi === MAX_U64 ? `${lo}` : `${lo}:${hi}`;
}

type Amount = (entry: number) => number;

function amountOf(conntrack: Conntrack, direction: ConnbytesInfo['direction'], mode: ConnbytesInfo['mode']): Amount {
  const packets = totalOf((entry, way) => conntrack.packets(entry, way), direction);
  if (mode === 'packets') return packets;
  const bytes = totalOf((entry, way) => conntrack.bytes(entry, way), direction);
  if (mode === 'bytes') return bytes;
  return (entry) => {
    const count = packets(entry);
    return count === 0 ? 0 : Math.floor(bytes(entry) / count);
  };
}

function totalOf(read: (entry: number, way: Direction) => number, direction: ConnbytesInfo['direction']): Amount {
  if (direction === 'original') return (entry) => read(entry, Direction.Original);
  if (direction === 'reply') return (entry) => read(entry, Direction.Reply);
  return (entry) => read(entry, Direction.Original) + read(entry, Direction.Reply);
}
