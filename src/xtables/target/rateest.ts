/**
 * RATEEST: measure the rate of the packets that pass the rule, under a name that `-m rateest` asks for.
 *
 *   -j RATEEST --rateest-name http --rateest-interval 250ms --rateest-ewmalog 0.5s
 *
 * Reference: iptables-extensions(8), "RATEEST". Kernel counterpart: net/netfilter/xt_RATEEST.c.
 * @module
 */
import { Verdict } from '../../hook/verdict.ts';
import type { GivenOption } from '../options.ts';
import { RateEstimator } from '../rate-estimator.ts';
import type { TargetModule } from '../target.ts';

export interface RateestInfo {
  readonly name: string;
  /** Interval as a power of two of 250 ms, from -2 on. */
  readonly interval: number;
  readonly ewmalog: number;
}

const MAX_NAME = 15;
const SHORTEST_US = 250_000;
const FASTEST = -2;
const SLOWEST = 3;
const MAX_EWMALOG = 31;

export const rateest: TargetModule<RateestInfo> = {
  name: 'RATEEST',
  scope: 'global',
  options: [{ name: 'rateest-name' }, { name: 'rateest-interval' }, { name: 'rateest-ewmalog' }],

  parse(options) {
    const name = options.exactlyOne('rateest-name').value.slice(0, MAX_NAME);
    const intervalUs = readTime(options.exactlyOne('rateest-interval'));
    const ewmaUs = readTime(options.exactlyOne('rateest-ewmalog'));
    let interval = 0;
    while (interval <= SLOWEST + 2 && intervalUs > SHORTEST_US * 2 ** interval) interval++;
    if (interval > SLOWEST + 2) options.fail('interval value is too large');
    const ewmalog = ewmaLog(ewmaUs, intervalUs);
    if (ewmalog < 0) options.fail('ewmalog value is out of range');
    return { name, interval: interval + FASTEST, ewmalog };
  },

  print: (info) => `--rateest-name ${info.name} --rateest-interval ${intervalText(info)} --rateest-ewmalog ${ewmaText(info)}`,
  list: (info) => `name ${info.name} interval ${intervalText(info)} ewmalog ${ewmaText(info)}`,

  compile({ name, interval, ewmalog }, services) {
    const estimator = services.shared('rateest', name, () => new RateEstimator(interval, ewmalog));
    return (packet) => {
      estimator.count(packet.networkLength, packet.nowUs);
      return Verdict.Continue;
    };
  },
};

/** Microseconds of `1s`, `250ms`, `1000us`; a bare number is microseconds. */
function readTime(option: GivenOption): number {
  const parts = /^([0-9]{1,9}(?:\.[0-9]{1,6})?)(s|sec|secs|ms|msec|msecs|us|usec|usecs)?$/.exec(option.value);
  if (parts === null) return option.fail(`bad time "${option.value}"`);
  const unit = parts[2] ?? 'us';
  return Math.floor(Number(parts[1]) * (unit.startsWith('s') ? 1e6 : unit.startsWith('m') ? 1e3 : 1));
}

/** The averaging weight whose time constant is the last not above the one asked for, less one step; -1 when there is none. */
function ewmaLog(timeUs: number, intervalUs: number): number {
  for (let log = 1; log <= MAX_EWMALOG; log++) {
    const weight = 1 - 1 / 2 ** log;
    if (intervalUs / -Math.log(weight) > timeUs) return log - 1 > 0 ? log - 1 : -1;
  }
  return -1;
}

function intervalText({ interval }: RateestInfo): string {
  return timeText(SHORTEST_US * 2 ** (interval - FASTEST));
}

/** iptables counts microseconds in 32 bits when it prints. */
function ewmaText({ interval, ewmalog }: RateestInfo): string {
  return timeText((SHORTEST_US * 2 ** (interval - FASTEST) * 2 ** ewmalog) % 2 ** 32);
}

function timeText(us: number): string {
  if (us >= 1e6) return `${(us / 1e6).toFixed(1)}s`;
  return us >= 1e3 ? `${(us / 1e3).toFixed(1)}ms` : `${us}us`;
}
