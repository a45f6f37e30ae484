/**
 * rateest: compare the rate that a RATEEST target measures with a number, or with another's.
 *
 *   -m rateest [--rateest-delta] --rateest RE1 [--rateest-bps1 r] [!] --rateest-lt|gt|eq --rateest-bps r | --rateest-pps n
 *   -m rateest [--rateest-delta] --rateest1 RE1 [!] --rateest-lt --rateest-bps --rateest2 RE2
 *
 * With --rateest-delta what is compared is how much each rate stays below bps1 and bps2 (or pps1 and pps2). Rates are whole
 * octets and packets a second, 0 until something was measured. The estimator is that of rate-estimator.ts.
 * Reference: iptables-extensions(8), "rateest". Kernel counterpart: net/netfilter/xt_rateest.c (behaviour only).
 * @module
 */
import type { MatchModule } from '../match.ts';
import type { Options } from '../options.ts';
import { RateEstimator } from '../rate-estimator.ts';
import type { Services } from '../services.ts';
import { MAX_U32, wholeNumber } from './option-value.ts';
import { formatBitRate, parseBitRate } from './rateest-text.ts';

const NAME = 'rateest';
const NAME_LEN = 15;
const MODES = ['lt', 'gt', 'eq'] as const;
type Mode = (typeof MODES)[number];

/** What is compared with what, in one measure. */
export interface RateTerms {
  readonly first: number;
  readonly second: number;
}

export interface RateestInfo {
  readonly name: string;
  /** The other estimator, or null: a number. */
  readonly other: string | null;
  readonly delta: boolean;
  readonly mode: Mode;
  readonly invert: boolean;
  /** Octets a second. */
  readonly bps: RateTerms | null;
  readonly pps: RateTerms | null;
}

export const rateest: MatchModule<RateestInfo> = {
  name: NAME,
  scope: 'global',
  options: [
    { name: 'rateest1', aliases: ['rateest'] },
    { name: 'rateest2' },
    { name: 'rateest-bps1', args: 'optional' },
    { name: 'rateest-pps1', args: 'optional' },
    { name: 'rateest-bps2', aliases: ['rateest-bps'], args: 'optional' },
    { name: 'rateest-pps2', aliases: ['rateest-pps'], args: 'optional' },
    { name: 'rateest-delta', args: 0 },
    ...MODES.map((mode) => ({ name: `rateest-${mode}`, args: 0, invert: true }) as const),
  ],

  parse(options) {
    const name = readName(options, 'rateest1');
    const mode = options.all().findLast((given) => MODES.some((word) => given.name === `rateest-${word}`));
    const bps = readTerms(options, 'bps');
    const pps = readTerms(options, 'pps');
    if (name === null || mode === undefined || (bps === null && pps === null)) {
      return options.fail(`${NAME}: needs an estimator, one of lt, gt and eq, and bps or pps`);
    }
    return {
      name,
      other: readName(options, 'rateest2'),
      delta: options.has('rateest-delta'),
      mode: MODES.find((word) => mode.name === `rateest-${word}`)!,
      invert: mode.invert,
      bps,
      pps,
    };
  },

  print(info) {
    const { name, other, delta, bps, pps } = info;
    const words = [`${delta ? '--rateest-delta ' : ''}--${other === null ? 'rateest' : 'rateest1'} ${name}`];
    if (bps !== null) words.push(printTerms(info, 'bps', { first: formatBitRate(bps.first), second: formatBitRate(bps.second) }));
    if (pps !== null) words.push(printTerms(info, 'pps', { first: `${pps.first}`, second: `${pps.second}` }));
    if (other !== null) words.push(`--rateest2 ${other}`);
    return words.join(' ');
  },

  list(info) {
    const start = `rateest match ${info.name}${info.delta ? ' delta' : ''}`;
    return `${start} ${info.other === null ? listNumbers(info) : listOther(info, info.other)}`;
  },

  compile(info, services) {
    const { name, other, delta, mode, invert, bps, pps } = info;
    // Looked up with the first packet: the target that makes the estimator may stand in a later rule.
    let first: RateEstimator | null = null;
    let second: RateEstimator | null = null;
    return ({ nowUs }) => {
      first ??= find(services, name);
      first.advance(nowUs);
      if (other !== null) {
        second ??= find(services, other);
        second.advance(nowUs);
      }
      const bpsHold = bps === null || holds(mode, left(first.bytesPerSec, bps, delta), right(second?.bytesPerSec, bps, delta));
      const ppsHold = pps === null || holds(mode, left(first.packetsPerSec, pps, delta), right(second?.packetsPerSec, pps, delta));
      return (bpsHold && ppsHold) !== invert;
    };
  },
};

/** An estimator nobody measures for stays at 0. */
function find(services: Services, name: string): RateEstimator {
  return services.shared(NAME, name, () => new RateEstimator(0, 1));
}

function left(rate: number, terms: RateTerms, delta: boolean): number {
  const measured = Math.floor(rate);
  return delta ? Math.max(terms.first - measured, 0) : measured;
}

function right(rate: number | undefined, terms: RateTerms, delta: boolean): number {
  if (rate === undefined) return terms.second;
  const measured = Math.floor(rate);
  return delta ? Math.max(terms.second - measured, 0) : measured;
}

function holds(mode: Mode, a: number, b: number): boolean {
  if (mode === 'lt') return a < b;
  return mode === 'gt' ? a > b : a === b;
}

function readName(options: Options, name: string): string | null {
  return options.get(name)?.value.slice(0, NAME_LEN) ?? null;
}

/** The numbers of one measure, 0 where none is given; null when the measure is not asked for. */
function readTerms(options: Options, measure: 'bps' | 'pps'): RateTerms | null {
  const names = [`rateest-${measure}1`, `rateest-${measure}2`];
  if (!names.some((name) => options.has(name))) return null;
  const [first, second] = names.map((name) => readRate(options, name, measure));
  return { first: first!, second: second! };
}

function readRate(options: Options, name: string, measure: 'bps' | 'pps'): number {
  const given = options.get(name);
  if (given === undefined || given.value === '') return 0;
  if (measure === 'bps') return parseBitRate(given.value) ?? given.fail(`${NAME}: could not parse rate \`${given.value}'`);
  const packets = wholeNumber(given.value, 0n, BigInt(MAX_U32));
  return packets === null ? given.fail(`${NAME}: could not parse pps \`${given.value}'`) : Number(packets);
}

function printTerms(info: RateestInfo, measure: string, terms: { first: string; second: string }): string {
  const mode = `${info.invert ? '! ' : ''}--rateest-${info.mode}`;
  if (info.delta) return `--rateest-${measure}1 ${terms.first} ${mode} --rateest-${measure}2 ${terms.second}`;
  return `${mode} --rateest-${measure}${info.other === null ? ` ${terms.second}` : ''}`;
}

function listNumbers({ delta, mode, invert, bps, pps }: RateestInfo): string {
  const compared = `${invert ? '! ' : ''}${mode}`;
  const words: string[] = [];
  if (bps !== null) words.push(`bps ${delta ? `${bps.first} ` : ''}${bps.second} ${compared}`);
  if (pps !== null) words.push(`pps ${delta ? `${pps.first} ` : ''}${compared} ${pps.second}`);
  return words.join(' ');
}

function listOther({ delta, mode, invert, bps, pps }: RateestInfo, other: string): string {
  const measures = (of: (terms: RateTerms) => number): string => {
    const words: string[] = [];
    if (bps !== null) words.push(`bps${delta ? ` ${of(bps)}` : ''}`);
    if (pps !== null) words.push(`pps${delta ? ` ${of(pps)}` : ''}`);
    return words.join(' ');
  };
  return `${measures(({ first }) => first)} ${invert ? '! ' : ''}${mode} ${other} ${measures(({ second }) => second)}`;
}
