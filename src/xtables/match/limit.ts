/**
 * limit: match at most at a rate, with a burst: a token bucket per rule, full when the rule set is attached.
 *
 *   -m limit --limit 5/minute --limit-burst 10
 *
 * The bucket counts the kernel's credits in 32 bits, refilled once a tick of 4 ms, so that the same packets pass: after more
 * than 37 idle hours the refill wraps around, as it does there. Packets that come earlier than their predecessor refill nothing.
 * Reference: iptables-extensions(8), "limit". Kernel counterpart: net/netfilter/xt_limit.c (behaviour only).
 * @module
 */
import type { MatchModule } from '../match.ts';
import type { GivenOption, Options } from '../options.ts';
import { HZ, jiffiesOf } from './jiffies.ts';
import { unsigned } from './option-value.ts';

const NAME = 'limit';
/** Rates are held as the time between packets, in units of 1/10000 s. */
const SCALE = 10_000;
/** The largest power of two of which a day's worth fits into 32 bits. */
const CREDITS_PER_JIFFY = 128;
const CREDITS_PER_SECOND = HZ * CREDITS_PER_JIFFY;
const MAX_U32 = 0xffffffff;
const DEFAULT_AVERAGE = (3600 * SCALE) / 3;
const DEFAULT_BURST = 5;
const MAX_BURST = 10_000;

/** Units from the longest; iptables reads any beginning of the first word and prints the second. */
const UNITS = [
  ['day', 'day', 86_400],
  ['hour', 'hour', 3600],
  ['minute', 'min', 60],
  ['second', 'sec', 1],
] as const;

export interface LimitInfo {
  /** Time between packets, 1/10000 s. */
  readonly average: number;
  readonly burst: number;
}

export const limit: MatchModule<LimitInfo> = {
  name: NAME,
  scope: 'global',
  options: [{ name: 'limit' }, { name: 'limit-burst' }],

  parse(options) {
    const rate = options.get('limit');
    const burst = options.get('limit-burst');
    const info = {
      average: rate === undefined ? DEFAULT_AVERAGE : readRate(rate),
      burst: burst === undefined ? DEFAULT_BURST : unsigned(burst, NAME, 0, MAX_BURST),
    };
    checkRange(info, options);
    return info;
  },

  print({ average, burst }) {
    return `--limit ${formatRate(average)}${burst === DEFAULT_BURST ? '' : ` --limit-burst ${burst}`}`;
  },

  list({ average, burst }) {
    return `limit: avg ${formatRate(average)} burst ${burst}`;
  },

  compile({ average, burst }) {
    const cost = creditsOf(average);
    const capacity = creditsOf(Math.imul(average, burst) >>> 0);
    let credit = capacity;
    let last = -1;
    return (packet) => {
      const now = jiffiesOf(packet.nowUs);
      if (last < 0) last = now;
      if (now > last) {
        credit = (credit + (((now - last) * CREDITS_PER_JIFFY) % (MAX_U32 + 1))) >>> 0;
        if (credit > capacity) credit = capacity;
        last = now;
      }
      if (credit < cost) return false;
      credit -= cost;
      return true;
    };
  },
};

/** A time in 1/10000 s as the credits it brings, in 32 bits; a large one is divided first, so that multiplying does not overflow. */
function creditsOf(time: number): number {
  if (time > Math.floor(MAX_U32 / CREDITS_PER_SECOND)) return Math.imul(Math.floor(time / SCALE), CREDITS_PER_SECOND) >>> 0;
  return Math.floor((time * CREDITS_PER_SECOND) / SCALE);
}

/** The kernel refuses a bucket that is empty or too large for its arithmetic. */
function checkRange({ average, burst }: LimitInfo, options: Options): void {
  if (burst === 0 || creditsOf(Math.imul(average, burst) >>> 0) < creditsOf(average)) {
    options.fail(`${NAME}: a burst of ${burst} at this rate is out of range`);
  }
}

/** `number[/unit]`; the number as atoi reads it. */
function readRate(option: GivenOption): number {
  const text = option.value;
  const slash = text.indexOf('/');
  const word = slash < 0 ? 'second' : text.slice(slash + 1).toLowerCase();
  const unit = word === '' ? undefined : UNITS.findLast(([name]) => name.startsWith(word));
  const count = Number.parseInt(slash < 0 ? text : text.slice(0, slash), 10) | 0;
  if (unit === undefined || count === 0) return option.fail(`bad rate "${text}"`);
  const average = Math.floor((SCALE * unit[2]) / (count >>> 0));
  return average === 0 ? option.fail(`Rate too fast "${text}"`) : average;
}

/** The longest unit in which the rate comes out closest to a whole number. */
function formatRate(average: number): string {
  let chosen: (typeof UNITS)[number] = UNITS[0];
  for (const unit of UNITS.slice(1)) {
    const period = unit[2] * SCALE;
    if (average > period || Math.floor(period / average) < period % average) break;
    chosen = unit;
  }
  return `${Math.floor((chosen[2] * SCALE) / average)}/${chosen[1]}`;
}
