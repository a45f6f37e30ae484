/**
 * hashlimit: a rate limit for every combination of addresses and ports.
 *
 *   -m hashlimit --hashlimit-upto 40/sec --hashlimit-burst 20 --hashlimit-mode srcip,dstport --hashlimit-name web
 *
 * Counting is in hashlimit-table.ts, rates as text in hashlimit-rate.ts. Rules of one name share a table; how it counts (mode,
 * rate, masks) is the first rule's word, above or up to each rule's own.
 * Reference: iptables-extensions(8), "hashlimit". Kernel counterpart: net/netfilter/xt_hashlimit.c (behaviour only).
 * @module
 */
import { maskOf } from '../../inet/prefix.ts';
import type { MatchModule } from '../match.ts';
import type { GivenOption, Options } from '../options.ts';
import {
  BYTE_EXPIRE_BURST_SEC,
  BYTE_EXPIRE_SEC,
  costToBytes,
  parseBurst,
  parseRate,
  printCost,
  printPeriod,
  type Rate,
} from './hashlimit-rate.ts';
import { Answer, byteCostOf, creditOf, HashlimitTable } from './hashlimit-table.ts';
import { forbidTogether, mandatory, MAX_U32, scanDecimal, unsigned } from './option-value.ts';
import { parseMaskLength, RAGGED } from './mask-length.ts';

const NAME = 'hashlimit';
/** In the order they are printed. */
const FIELDS = ['srcip', 'srcport', 'dstip', 'dstport'] as const;
const DEFAULT_BURST = 5n;
const MAX_BURST = 1000000n;
const DEFAULT_GC_MS = 1000;
/** Octets of a table's name; the rest is cut off. */
const NAME_LEN = 254;

export interface HashlimitInfo {
  readonly above: boolean;
  readonly fields: readonly string[];
  readonly bytes: boolean;
  /** Millionths of a second a packet, or the cost of 16 octets. */
  readonly average: bigint;
  /** Packets, or in byte mode how often an empty entry is refilled. */
  readonly burst: bigint;
  readonly name: string;
  readonly size: number;
  readonly max: number;
  readonly gcMs: number;
  readonly expireMs: number;
  readonly srcMask: number;
  readonly dstMask: number;
  readonly rateMatch: boolean;
  readonly intervalSec: number;
}

export const hashlimit: MatchModule<HashlimitInfo> = {
  name: NAME,
  scope: 'global',
  options: [
    { name: 'hashlimit-upto', aliases: ['hashlimit'], invert: true },
    { name: 'hashlimit-above', invert: true },
    { name: 'hashlimit-srcmask' },
    { name: 'hashlimit-dstmask' },
    { name: 'hashlimit-burst' },
    { name: 'hashlimit-htable-size' },
    { name: 'hashlimit-htable-max' },
    { name: 'hashlimit-htable-gcinterval' },
    { name: 'hashlimit-htable-expire' },
    { name: 'hashlimit-mode' },
    { name: 'hashlimit-name' },
    { name: 'hashlimit-rate-match', args: 0 },
    { name: 'hashlimit-rate-interval' },
  ],

  parse(options) {
    forbidTogether(options, NAME, 'hashlimit-upto', 'hashlimit-above');
    const limit = options.get('hashlimit-upto') ?? options.get('hashlimit-above');
    if (limit === undefined) return options.fail('You have to specify --hashlimit');
    const rate = readRate(limit);
    const burst = readBurst(options, rate);
    const info: HashlimitInfo = {
      above: (limit.name === 'hashlimit-above') !== limit.invert,
      fields: readFields(options),
      bytes: rate.bytes,
      ...readAverage(options, rate),
      burst,
      name: readName(options),
      size: number(options, 'hashlimit-htable-size', 0),
      max: number(options, 'hashlimit-htable-max', 0),
      gcMs: number(options, 'hashlimit-htable-gcinterval', DEFAULT_GC_MS),
      expireMs: number(options, 'hashlimit-htable-expire', defaultExpire(options, rate)),
      srcMask: readMask(options, 'hashlimit-srcmask'),
      dstMask: readMask(options, 'hashlimit-dstmask'),
    };
    check(info, options);
    return info;
  },

  print(info, context) {
    const { above, fields } = info;
    const words = [`--hashlimit-${above ? 'above' : 'upto'}`];
    const unitMs = info.bytes ? printBytes(words, info, '--hashlimit-') : printPackets(words, info.average);
    if (!info.bytes) words.push(`--hashlimit-burst ${info.burst}`);
    if (fields.length > 0) words.push(`--hashlimit-mode ${fields.join(',')}`);
    words.push(`--hashlimit-name ${info.name}`);
    settings(words, info, { prefix: '--hashlimit-', unitMs, bits: context.family === 4 ? 32 : 128 });
    return words.join(' ');
  },

  list(info, context) {
    const words = [info.above ? 'limit: above' : 'limit: up to'];
    const shown = info.intervalSec === 0 ? info.average : info.average * BigInt(info.intervalSec);
    const unitMs = info.bytes ? printBytes(words, info, '') : printPackets(words, shown);
    if (!info.bytes) words.push(`burst ${info.burst}`);
    if (info.fields.length > 0) words.push(`mode ${info.fields.join('-')}`);
    settings(words, info, { prefix: '', unitMs, bits: context.family === 4 ? 32 : 128 });
    return words.join(' ');
  },

  compile(info, services) {
    const { family } = services;
    const { above } = info;
    const table = services.shared(`${NAME}/${family}`, info.name, () => new HashlimitTable(tableSettings(info, family)));
    return (packet) => {
      const answer = table.count(packet);
      if (answer !== Answer.Full) return (answer === Answer.Above) === above;
      packet.hotdrop = true;
      return false;
    };
  },
};

function tableSettings(info: HashlimitInfo, family: 4 | 6): ConstructorParameters<typeof HashlimitTable>[0] {
  return {
    srcip: info.fields.includes('srcip'),
    srcport: info.fields.includes('srcport'),
    dstip: info.fields.includes('dstip'),
    dstport: info.fields.includes('dstport'),
    bytes: info.bytes,
    rateMatch: info.rateMatch,
    average: info.average,
    burst: info.burst,
    size: info.size,
    max: info.max,
    gcMs: info.gcMs,
    expireMs: info.expireMs,
    intervalSec: info.intervalSec,
    srcMask: wideMask(info.srcMask, family),
    dstMask: wideMask(info.dstMask, family),
  };
}

function wideMask(length: number, family: 4 | 6): Int32Array {
  const mask = new Int32Array(4);
  mask.set(maskOf(length, family));
  return mask;
}

function number(options: Options, name: string, absent: number): number {
  const given = options.get(name);
  return given === undefined ? absent : unsigned(given, NAME);
}

function readRate(limit: GivenOption): Rate {
  const rate = parseRate(limit.value);
  if (rate === null) return limit.fail(`${NAME}: Bad value for "--${limit.name}" option: "${limit.value}"`);
  if (rate.tooFast) limit.fail(rate.bytes ? `Rate too high "${limit.value}"` : `Rate too fast "${limit.value}"`);
  return rate;
}

/** Packets as given; octets as how many seconds' worth they are, rounded up. */
function readBurst(options: Options, rate: Rate): bigint {
  const given = options.get('hashlimit-burst');
  if (given === undefined) return rate.bytes ? 0n : DEFAULT_BURST;
  const refused = `bad value for option "--hashlimit-burst", or out of range (1-${MAX_BURST})`;
  const burst = parseBurst(given.value);
  if (burst === null || (burst.plain && burst.value > MAX_BURST)) return given.fail(refused);
  if (!rate.bytes) return burst.value > MAX_BURST ? given.fail(refused) : burst.value;
  const second = costToBytes(rate.average);
  if (burst.value < second) given.fail(`burst cannot be smaller than ${second}b`);
  return second === 0n ? given.fail(refused) : (burst.value + second - 1n) / second;
}

/** With --hashlimit-rate-match a rate is told by the second, and the interval is one of its units. */
function readAverage(options: Options, rate: Rate): Pick<HashlimitInfo, 'average' | 'rateMatch' | 'intervalSec'> {
  const interval = readInterval(options);
  if (!options.has('hashlimit-rate-match')) return { average: rate.average, rateMatch: false, intervalSec: interval };
  const average = rate.bytes ? rate.average : rate.average / BigInt(rate.unitSec);
  return { average, rateMatch: true, intervalSec: interval || (rate.bytes ? 1 : rate.unitSec) };
}

function readInterval(options: Options): number {
  const given = options.get('hashlimit-rate-interval');
  if (given === undefined) return 0;
  const seconds = Number(scanDecimal(given.value, 0)?.value ?? 0n) | 0;
  return seconds > 0 ? seconds : given.fail(`${NAME}: Bad value for "--${given.name}" option: "${given.value}"`);
}

function defaultExpire(options: Options, rate: Rate): number {
  if (!rate.bytes) return rate.unitSec * 1000;
  return (options.has('hashlimit-burst') ? BYTE_EXPIRE_BURST_SEC : BYTE_EXPIRE_SEC) * 1000;
}

function readFields(options: Options): readonly string[] {
  const given = options.get('hashlimit-mode');
  if (given === undefined) return [];
  const words = given.value.split(/[,|]/).filter((word) => word !== '');
  const known: readonly string[] = FIELDS;
  if (words.some((word) => !known.includes(word))) given.fail(`${NAME}: Bad value for "--${given.name}" option: "${given.value}"`);
  return FIELDS.filter((field) => words.includes(field));
}

function readName(options: Options): string {
  const given = mandatory(options, NAME, 'hashlimit-name');
  const name = given.value.slice(0, NAME_LEN);
  if (name === '') given.fail('Argument must have a minimum length of 1 characters');
  if (name === '.' || name === '..' || name.includes('/')) given.fail(`${NAME}: "${name}" cannot name a table`);
  return name;
}

function readMask(options: Options, name: string): number {
  const bits = options.context.family === 4 ? 32 : 128;
  const given = options.get(name);
  if (given === undefined) return bits;
  const length = parseMaskLength(given, NAME, bits);
  return length === RAGGED ? given.fail(`${NAME}: the mask of "--${name}" is no prefix`) : length;
}

/** What the kernel refuses. */
function check(info: HashlimitInfo, options: Options): void {
  if (info.expireMs === 0) options.get('hashlimit-htable-expire')!.fail(`${NAME}: entries cannot expire after 0 ms`);
  if (info.gcMs === 0) options.get('hashlimit-htable-gcinterval')!.fail(`${NAME}: a collector cannot run every 0 ms`);
  if (info.rateMatch) {
    if (info.average === 0n || info.average > BigInt(MAX_U32)) options.fail(`${NAME}: Numerical result out of range`);
  } else if (info.bytes) {
    if (byteCostOf(info.average) === 0n) options.fail(`${NAME}: overflow, rate too high: ${info.average}`);
  } else if (creditOf(info.average * info.burst) < creditOf(info.average)) {
    options.fail(`${NAME}: overflow, try lower: ${info.average}/${info.burst}`);
  }
}

/** Rate of packets; answers the milliseconds entries live by default. */
function printPackets(words: string[], average: bigint): number {
  const [text, unitMs] = printPeriod(average);
  words.push(text);
  return unitMs;
}

function printBytes(words: string[], info: HashlimitInfo, prefix: string): number {
  const [rate, burst] = printCost(info.average, info.burst);
  words.push(rate);
  if (info.burst === 0n) return BYTE_EXPIRE_SEC * 1000;
  words.push(`${prefix}burst ${burst}`);
  return BYTE_EXPIRE_BURST_SEC * 1000;
}

/** Table settings that are not the default. */
function settings(words: string[], info: HashlimitInfo, as: { prefix: string; unitMs: number; bits: number }): void {
  const { prefix, unitMs, bits } = as;
  if (info.size !== 0) words.push(`${prefix}htable-size ${info.size}`);
  if (info.max !== 0) words.push(`${prefix}htable-max ${info.max}`);
  if (info.gcMs !== DEFAULT_GC_MS) words.push(`${prefix}htable-gcinterval ${info.gcMs}`);
  if (info.expireMs !== unitMs) words.push(`${prefix}htable-expire ${info.expireMs}`);
  if (info.srcMask !== bits) words.push(`${prefix}srcmask ${info.srcMask}`);
  if (info.dstMask !== bits) words.push(`${prefix}dstmask ${info.dstMask}`);
  if (!info.rateMatch) return;
  words.push(`${prefix}rate-match`);
  if (info.intervalSec !== 1) words.push(`${prefix}rate-interval ${info.intervalSec}`);
}
