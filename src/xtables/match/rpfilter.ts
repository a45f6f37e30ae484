/**
 * rpfilter: whether an answer to the packet would leave by the device it came in by.
 *
 *   -t raw -A PREROUTING -m rpfilter [--loose] [--validmark] [--accept-local] [--invert]
 *
 * The look-up is that of an answer: to the packet's source, from its destination, with its TOS, and its mark only with
 * --validmark. --loose asks for any route, --accept-local lets the host's own addresses pass as sources. What came over lo passes.
 * Reference: iptables-extensions(8), "rpfilter". Kernel counterparts: net/ipv4/netfilter/ipt_rpfilter.c,
 * net/ipv6/netfilter/ip6t_rpfilter.c.
 * @module
 */
import { Hook, hookMask } from '../../hook/hook.ts';
import type { MatchModule } from '../match.ts';
import { ReversePath4 } from './reverse-path4.ts';
import { ReversePath6 } from './reverse-path6.ts';

export interface RpfilterInfo {
  readonly loose: boolean;
  readonly validmark: boolean;
  readonly acceptLocal: boolean;
  readonly invert: boolean;
}

export const rpfilter: MatchModule<RpfilterInfo> = {
  name: 'rpfilter',
  scope: 'stateless',
  perFlow: true,
  tables: ['raw', 'mangle'],
  hooks: hookMask(Hook.Prerouting),
  options: ['loose', 'validmark', 'accept-local', 'invert'].map((name) => ({ name, args: 0 })),

  parse(options) {
    return {
      loose: options.has('loose'),
      validmark: options.has('validmark'),
      acceptLocal: options.has('accept-local'),
      invert: options.has('invert'),
    };
  },

  print(info) {
    return words(info)
      .map((word) => `--${word}`)
      .join(' ');
  },

  list(info) {
    return ['rpfilter', ...words(info)].join(' ');
  },

  compile(info, { family, host }) {
    const path = family === 4 ? new ReversePath4(info, host) : new ReversePath6(info, host);
    const { invert } = info;
    return (packet) => path.isValid(packet) !== invert;
  },
};

function words({ loose, validmark, acceptLocal, invert }: RpfilterInfo): string[] {
  const list: string[] = [];
  if (loose) list.push('loose');
  if (validmark) list.push('validmark');
  if (acceptLocal) list.push('accept-local');
  if (invert) list.push('invert');
  return list;
}
