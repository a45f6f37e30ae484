/**
 * string: whether a packet contains a string, somewhere from octet `from` to before octet `to`, counted from the IP header.
 *
 *   -m string [!] --string "GET /" --algo bm [--from 40] [--to 200] [--icase]
 *
 * Both algorithms find the same on a packet that lies in one piece, but for an oddity of --icase (string-search.ts), which folds
 * letters as the kernel does, Latin-1 ones included.
 * Reference: iptables-extensions(8), "string". Kernel counterpart: net/netfilter/xt_string.c, lib/ts_*.c (behaviour only).
 * @module
 */
import type { MatchModule } from '../match.ts';
import type { Options } from '../options.ts';
import { forbidTogether, mandatory, unsigned } from './option-value.ts';
import { formatPattern, parseHexString, parseString } from './string-pattern.ts';
import { bmSearch, kmpSearch } from './string-search.ts';

const NAME = 'string';
const MAX_OFFSET = 65535;
const ALGORITHMS: readonly string[] = ['bm', 'kmp'];

export interface StringInfo {
  readonly pattern: Uint8Array;
  readonly invert: boolean;
  readonly algo: string;
  readonly from: number;
  readonly to: number;
  readonly icase: boolean;
}

export const string: MatchModule<StringInfo> = {
  name: NAME,
  scope: 'stateless',
  options: [
    { name: 'from' },
    { name: 'to' },
    { name: 'algo' },
    { name: 'string', invert: true },
    { name: 'hex-string', invert: true },
    { name: 'icase', args: 0 },
  ],

  parse(options) {
    const algo = mandatory(options, NAME, 'algo');
    if (!ALGORITHMS.includes(algo.value)) algo.fail(`${NAME}: no search algorithm "${algo.value}"`);
    const from = readOffset(options, 'from', 0);
    const to = readOffset(options, 'to', MAX_OFFSET);
    if (from > to) options.fail(`${NAME}: --from ${from} lies behind --to ${to}`);
    return { ...readPattern(options), algo: algo.value, from, to, icase: options.has('icase') };
  },

  print({ pattern, invert, algo, from, to, icase }) {
    const { hex, text } = formatPattern(pattern);
    const words = [`${invert ? '! ' : ''}--${hex ? 'hex-string' : 'string'} ${text} --algo ${algo}`];
    if (from !== 0) words.push(`--from ${from}`);
    if (to !== MAX_OFFSET) words.push(`--to ${to}`);
    if (icase) words.push('--icase');
    return words.join(' ');
  },

  list({ pattern, invert, algo, from, to, icase }) {
    const words = [`STRING match ${invert ? '!' : ''} ${formatPattern(pattern).text} ALGO name ${algo}`];
    if (from !== 0) words.push(`FROM ${from}`);
    if (to !== MAX_OFFSET) words.push(`TO ${to}`);
    if (icase) words.push('ICASE');
    return words.join(' ');
  },

  compile({ pattern, invert, algo, from, to, icase }) {
    const found = algo === 'bm' ? bmSearch(pattern, icase) : kmpSearch(pattern, icase);
    return (packet) => {
      const end = Math.min(packet.network + to, packet.networkEnd);
      return found(packet.bytes, packet.network + from, end) !== invert;
    };
  },
};

function readPattern(options: Options): Pick<StringInfo, 'pattern' | 'invert'> {
  forbidTogether(options, NAME, 'string', 'hex-string');
  const hex = options.get('hex-string');
  if (hex !== undefined) return { pattern: parseHexString(hex), invert: hex.invert };
  const text = options.get('string');
  if (text === undefined) return options.fail("STRING match: You must specify `--string' or `--hex-string'");
  return { pattern: parseString(text), invert: text.invert };
}

function readOffset(options: Options, name: string, absent: number): number {
  const given = options.get(name);
  return given === undefined ? absent : unsigned(given, NAME, 0, MAX_OFFSET);
}
