/**
 * quota: matches until so many octets have passed it. A packet that is larger than what is left ends it for good, also for
 * smaller ones behind it.
 *
 *   -m quota [!] --quota 1000000
 *
 * Octets are those of the IP packet. The count belongs to the rule and begins anew with every load; what is printed is the
 * quota as given.
 * Reference: iptables-extensions(8), "quota". Kernel counterpart: net/netfilter/xt_quota.c (behaviour only).
 * @module
 */
import type { MatchModule } from '../match.ts';
import { mandatory, unsigned64 } from './option-value.ts';

export interface QuotaInfo {
  readonly quota: bigint;
  readonly invert: boolean;
}

export const quota: MatchModule<QuotaInfo> = {
  name: 'quota',
  scope: 'global',
  options: [{ name: 'quota', invert: true }],

  parse(options) {
    const given = mandatory(options, 'quota', 'quota');
    return { quota: unsigned64(given, 'quota'), invert: given.invert };
  },

  print({ quota: octets, invert }) {
    return `${invert ? '! ' : ''}--quota ${octets}`;
  },

  list({ quota: octets }) {
    return `quota: ${octets} bytes`;
  },

  compile({ quota: octets, invert }) {
    // Beyond 2^53 no capture gets; such a quota is as good as endless.
    let left = Math.min(Number(octets), Number.MAX_SAFE_INTEGER);
    return (packet) => {
      const length = packet.networkLength;
      if (left >= length) {
        left -= length;
        return !invert;
      }
      left = 0;
      return invert;
    };
  },
};
