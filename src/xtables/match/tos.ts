/**
 * tos: the TOS octet or traffic class under a mask.
 *
 *   -m tos [!] --tos 0x10/0x3f | Minimize-Delay
 *
 * Reference: iptables-extensions(8), "tos"; names: RFC 1349. Kernel counterpart: net/netfilter/xt_dscp.c.
 * @module
 */
import type { MatchModule } from '../match.ts';
import type { GivenOption } from '../options.ts';
import { hex, type MaskedValue } from './masked-value.ts';
import { mandatory, scanNumber } from './option-value.ts';
import { trafficClass } from './traffic-class.ts';

const MAX = 0xff;
/** A name leaves the bits alone that ECN took over. */
const NAME_MASK = 0x3f;
const NAMES: ReadonlyMap<string, number> = new Map([
  ['minimize-delay', 0x10],
  ['maximize-throughput', 0x08],
  ['maximize-reliability', 0x04],
  ['minimize-cost', 0x02],
  ['normal-service', 0x00],
]);

export const tos: MatchModule<MaskedValue> = {
  name: 'tos',
  scope: 'stateless',
  perFlow: true,
  options: [{ name: 'tos', invert: true }],

  parse(options) {
    return readTos(mandatory(options, 'tos', 'tos'));
  },

  print({ value, mask, invert }) {
    return `${invert ? '! ' : ''}--tos ${hex(value, 2)}/${hex(mask, 2)}`;
  },

  list({ value, mask, invert }) {
    return `tos match${invert ? '!' : ''}${hex(value, 2)}/${hex(mask, 2)}`;
  },

  compile({ value, mask, invert }) {
    return (packet) => ((trafficClass(packet) & mask) === value) !== invert;
  },
};

function readTos(option: GivenOption): MaskedValue {
  const { value: text, invert } = option;
  const value = scanNumber(text);
  if (value === null || value.value > MAX) {
    const named = NAMES.get(text.toLowerCase()) ?? option.fail(`Symbolic name "${text}" is unknown`);
    return { value: named, mask: NAME_MASK, invert };
  }
  if (value.end === text.length) return { value: Number(value.value), mask: MAX, invert };
  const mask = text[value.end] === '/' ? scanNumber(text, value.end + 1) : null;
  if (mask === null || mask.end !== text.length || mask.value > MAX) return option.fail(`Illegal value: "${text}"`);
  return { value: Number(value.value), mask: Number(mask.value), invert };
}
