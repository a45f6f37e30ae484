/**
 * statistic: match at random with a probability, or every n-th packet, beginning with number p (from 0).
 *
 *   -m statistic --mode random [!] --probability 0.25
 *   -m statistic --mode nth [!] --every 3 --packet 0
 *
 * The count is the rule's own and goes on with every packet that comes as far as this match.
 * Reference: iptables-extensions(8), "statistic". Kernel counterpart: net/netfilter/xt_statistic.c.
 * @module
 */
import type { MatchModule } from '../match.ts';
import type { GivenOption, Options } from '../options.ts';
import { MAX_U32, mandatory, unsigned } from './option-value.ts';

const NAME = 'statistic';
/** Probabilities are counted in 2^-31. */
const ONE = 0x8000_0000;
const ONE_BITS = 31n;
const RANDOM_MASK = 0x7fff_ffff;
const DECIMALS = 11;

export interface StatisticInfo {
  readonly mode: 'random' | 'nth';
  readonly invert: boolean;
  /** 0 to 2^31. */
  readonly probability: number;
  readonly every: number;
  readonly packet: number;
}

export const statistic: MatchModule<StatisticInfo> = {
  name: NAME,
  scope: 'global',
  draws: ({ mode, probability, invert }) => (mode === 'random' ? { threshold: probability, invert } : null),
  options: [{ name: 'mode' }, { name: 'probability', invert: true }, { name: 'every', invert: true }, { name: 'packet' }],

  parse(options) {
    const mode = mandatory(options, NAME, 'mode');
    refuseMixture(options);
    if (mode.value === 'random') return readRandom(options);
    return mode.value === 'nth' ? readNth(options) : mode.fail(`Bad mode "${mode.value}"`);
  },

  print({ mode, invert, probability, every, packet }) {
    const not = invert ? '! ' : '';
    if (mode === 'random') return `--mode random ${not}--probability ${formatProbability(probability)}`;
    return `--mode nth ${not}--every ${every} --packet ${packet}`;
  },

  list({ mode, invert, probability, every, packet }) {
    const not = invert ? '! ' : '';
    if (mode === 'random') return `statistic mode random ${not}probability ${formatProbability(probability)}`;
    return `statistic mode nth ${not}every ${every}${packet === 0 ? '' : ` packet ${packet}`}`;
  },

  compile({ mode, invert, probability, every, packet }, { random }) {
    if (mode === 'random') return () => (random.u32() & RANDOM_MASK) < probability !== invert;
    let count = every - 1 - packet;
    return () => {
      count = count === every - 1 ? 0 : count + 1;
      return (count === 0) !== invert;
    };
  },
};

function refuseMixture(options: Options): void {
  const probability = options.get('probability');
  const other = options.get('every') ?? options.get('packet');
  if (probability === undefined || other === undefined) return;
  probability.fail(`${NAME}: option "--probability" cannot be used together with "--${other.name}"`);
}

function readRandom(options: Options): StatisticInfo {
  const option = options.get('probability') ?? options.fail('--probability must be specified when using random mode');
  return { mode: 'random', invert: option.invert, probability: readProbability(option), every: 0, packet: 0 };
}

function readNth(options: Options): StatisticInfo {
  const every = options.get('every') ?? options.fail('--every and --packet must be specified when using nth mode');
  const packet = options.get('packet') ?? every.fail(`${NAME}: option "--every" also requires "--packet"`);
  const info = { every: unsigned(every, NAME, 1, MAX_U32), packet: unsigned(packet, NAME) };
  if (info.packet >= info.every) packet.fail('the --packet p must be 0 <= p <= n-1');
  return { mode: 'nth', invert: every.invert, probability: 0, ...info };
}

function readProbability(option: GivenOption): number {
  const value = /^\s*\+?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(option.value) ? Number(option.value) : -1;
  if (value < 0 || value > 1) option.fail(`${NAME}: bad value for option "--probability", or out of range (0-1)`);
  return Math.round(value * ONE);
}

/** Eleven decimals; exactly between two, the even one, as printf does (toFixed takes the larger). */
function formatProbability(probability: number): string {
  const scaled = BigInt(probability) * 10n ** BigInt(DECIMALS);
  const rest = BigInt.asUintN(Number(ONE_BITS), scaled);
  const half = 1n << (ONE_BITS - 1n);
  let digits = scaled >> ONE_BITS;
  if (rest > half || (rest === half && (digits & 1n) === 1n)) digits++;
  const text = digits.toString().padStart(DECIMALS + 1, '0');
  return `${text.slice(0, -DECIMALS)}.${text.slice(-DECIMALS)}`;
}
