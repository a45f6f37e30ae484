/**
 * u32: words of the packet, wherever they are: load 32 bits, mask and shift them, add the result to the place and load again.
 *
 *   -m u32 [!] --u32 "6&0xFF=1 && 4&0x3FFF=0 && 0>>22&0x3C@0>>24=0:3"
 *
 * Places count from the IP header and must lie in the IP packet: a load beyond it makes the whole expression false (and the
 * inverted one true). The language is in u32-text.ts.
 * Reference: iptables-extensions(8), "u32". Kernel counterpart: net/netfilter/xt_u32.c (behaviour only).
 * @module
 */
import type { ReadonlyPacket } from '../../packet/packet.ts';
import type { MatchModule } from '../match.ts';
import { mandatory } from './option-value.ts';
import { formatTests, type Operator, parseTests, type U32Test } from './u32-text.ts';

/** Octets of a load. */
const WORD = 4;
const CODES: Readonly<Record<Operator, number>> = { '&': 0, '<<': 1, '>>': 2, '@': 3 };

export interface U32Info {
  readonly tests: readonly U32Test[];
  readonly invert: boolean;
}

export const u32: MatchModule<U32Info> = {
  name: 'u32',
  scope: 'stateless',
  options: [{ name: 'u32', invert: true }],

  parse(options) {
    const given = mandatory(options, 'u32', 'u32');
    return { tests: parseTests(given), invert: given.invert };
  },

  print({ tests, invert }) {
    return `${invert ? '! ' : ''}--u32 "${formatTests(tests)}"`;
  },

  list({ tests, invert }) {
    return `u32 ${invert ? '! ' : ''}"${formatTests(tests)}"`;
  },

  compile({ tests, invert }) {
    const compiled = tests.map(compileTest);
    return (packet) => {
      for (let i = 0; i < compiled.length; i++) {
        if (!compiled[i]!(packet)) return invert;
      }
      return !invert;
    };
  },
};

type Test = (packet: ReadonlyPacket) => boolean;

function compileTest({ start, steps, values }: U32Test): Test {
  const codes = Uint8Array.from(steps, ({ operator }) => CODES[operator]);
  const numbers = Float64Array.from(steps, ({ number }) => number);
  const ranges = Float64Array.from(values);
  return (packet) => {
    const length = packet.networkLength;
    if (length < WORD || start > length - WORD) return false;
    let at = 0;
    let value = packet.view.getUint32(packet.network + start);
    for (let i = 0; i < codes.length; i++) {
      const number = numbers[i]!;
      if (codes[i] === 0) value = (value & number) >>> 0;
      else if (codes[i] === 1) value = (value << number) >>> 0;
      else if (codes[i] === 2) value = value >>> number;
      else {
        // The kernel adds in 32 bits and takes a sum that wraps for a place outside; here the sum is simply too large.
        at += value;
        if (at + number + WORD > length) return false;
        value = packet.view.getUint32(packet.network + at + number);
      }
    }
    return contains(ranges, value);
  };
}

function contains(ranges: Float64Array, value: number): boolean {
  for (let i = 0; i < ranges.length; i += 2) {
    if (value >= ranges[i]! && value <= ranges[i + 1]!) return true;
  }
  return false;
}
