/**
 * iprange: source and destination address between two addresses, both included.
 *
 *   -m iprange [!] --src-range 10.0.0.1-10.0.0.99 [!] --dst-range fd00::1-fd00::ff
 *
 * A range that runs backwards holds no address. Names and shortened addresses are not read.
 * Reference: iptables-extensions(8), "iprange". Kernel counterpart: net/netfilter/xt_iprange.c.
 * @module
 */
import { formatAddress, parseAddress } from '../../inet/address.ts';
import type { MatchFunction, MatchModule } from '../match.ts';
import type { GivenOption, Options } from '../options.ts';

const NAME = 'iprange';
/** Flips the sign bit: int32 words then compare as the unsigned numbers they stand for. */
const FLIP = 0x8000_0000 | 0;

export interface AddressRange {
  readonly first: Int32Array;
  readonly last: Int32Array;
  readonly invert: boolean;
}

export interface IprangeInfo {
  readonly src: AddressRange | null;
  readonly dst: AddressRange | null;
}

export const iprange: MatchModule<IprangeInfo> = {
  name: NAME,
  scope: 'stateless',
  perFlow: true,
  options: [
    { name: 'src-range', invert: true },
    { name: 'dst-range', invert: true },
  ],

  parse(options) {
    const info = { src: readRange(options, 'src-range'), dst: readRange(options, 'dst-range') };
    if (info.src === null && info.dst === null) options.fail("iprange match: You must specify `--src-range' or `--dst-range'");
    return info;
  },

  print({ src, dst }) {
    const words: string[] = [];
    if (src !== null) words.push(`${src.invert ? '! ' : ''}--src-range ${formatRange(src)}`);
    if (dst !== null) words.push(`${dst.invert ? '! ' : ''}--dst-range ${formatRange(dst)}`);
    return words.join(' ');
  },

  list({ src, dst }) {
    const words: string[] = [];
    if (src !== null) words.push(`source IP range ${src.invert ? '! ' : ''}${formatRange(src)}`);
    if (dst !== null) words.push(`destination IP range ${dst.invert ? '! ' : ''}${formatRange(dst)}`);
    return words.join(' ');
  },

  compile({ src, dst }, { family }) {
    const inSrc = src === null ? null : sourceTest(src, family);
    const inDst = dst === null ? null : destinationTest(dst, family);
    if (inDst === null) return inSrc!;
    if (inSrc === null) return inDst;
    return (packet) => inSrc(packet) && inDst(packet);
  },
};

function readRange(options: Options, name: string): AddressRange | null {
  const option = options.get(name);
  if (option === undefined) return null;
  const dash = option.value.indexOf('-');
  const first = readAddress(option, dash < 0 ? option.value : option.value.slice(0, dash), options.context.family);
  const last = dash < 0 ? first : readAddress(option, option.value.slice(dash + 1), options.context.family);
  return { first, last, invert: option.invert };
}

function readAddress(option: GivenOption, text: string, family: 4 | 6): Int32Array {
  return parseAddress(text, family) ?? option.fail(`${NAME}: Bad value for "--${option.name}" option: "${text}"`);
}

function formatRange({ first, last }: AddressRange): string {
  return `${formatAddress(first)}-${formatAddress(last)}`;
}

function sourceTest({ first, last, invert }: AddressRange, family: 4 | 6): MatchFunction {
  if (family === 6) {
    return ({ src0, src1, src2, src3 }) => (!isBelow(src0, src1, src2, src3, first) && !isAbove(src0, src1, src2, src3, last)) !== invert;
  }
  const lo = first[0]! ^ FLIP;
  const hi = last[0]! ^ FLIP;
  return (packet) => {
    const word = packet.src0 ^ FLIP;
    return (word >= lo && word <= hi) !== invert;
  };
}

function destinationTest({ first, last, invert }: AddressRange, family: 4 | 6): MatchFunction {
  if (family === 6) {
    return ({ dst0, dst1, dst2, dst3 }) => (!isBelow(dst0, dst1, dst2, dst3, first) && !isAbove(dst0, dst1, dst2, dst3, last)) !== invert;
  }
  const lo = first[0]! ^ FLIP;
  const hi = last[0]! ^ FLIP;
  return (packet) => {
    const word = packet.dst0 ^ FLIP;
    return (word >= lo && word <= hi) !== invert;
  };
}

function isBelow(w0: number, w1: number, w2: number, w3: number, end: Int32Array): boolean {
  if (w0 !== end[0]!) return (w0 ^ FLIP) < (end[0]! ^ FLIP);
  if (w1 !== end[1]!) return (w1 ^ FLIP) < (end[1]! ^ FLIP);
  if (w2 !== end[2]!) return (w2 ^ FLIP) < (end[2]! ^ FLIP);
  return (w3 ^ FLIP) < (end[3]! ^ FLIP);
}

function isAbove(w0: number, w1: number, w2: number, w3: number, end: Int32Array): boolean {
  if (w0 !== end[0]!) return (w0 ^ FLIP) > (end[0]! ^ FLIP);
  if (w1 !== end[1]!) return (w1 ^ FLIP) > (end[1]! ^ FLIP);
  if (w2 !== end[2]!) return (w2 ^ FLIP) > (end[2]! ^ FLIP);
  return (w3 ^ FLIP) > (end[3]! ^ FLIP);
}
