/**
 * realm: the routing realm of the packet's route. The routes of a host here have none: their realm is 0.
 *
 *   -m realm [!] --realm 0x1/0xff
 *
 * Reference: iptables-extensions(8), "realm". Kernel counterpart: net/netfilter/xt_realm.c.
 * @module
 */
import { Hook, hookMask } from '../../hook/hook.ts';
import type { MatchModule } from '../match.ts';
import { formatMaskedValue, type MaskedValue } from './masked-value.ts';
import { formatNameOrMask, readNameOrMask } from './name-or-mask.ts';
import { mandatory } from './option-value.ts';

/** What /etc/iproute2/rt_realms calls 0. */
const ZERO = 'cosmos';

export const realm: MatchModule<MaskedValue> = {
  name: 'realm',
  scope: 'stateless',
  perFlow: true,
  families: [4],
  hooks: hookMask(Hook.Input, Hook.Forward, Hook.Output, Hook.Postrouting),
  options: [{ name: 'realm', invert: true }],

  parse(options) {
    return readNameOrMask(mandatory(options, 'realm', 'realm'), 'realm', ZERO);
  },

  print(info) {
    return `${info.invert ? '! ' : ''}--realm ${formatNameOrMask(info, ZERO)}`;
  },

  list(info) {
    return `${info.invert ? '! ' : ''}realm ${formatMaskedValue(info)}`;
  },

  compile({ value, invert }) {
    const result = (value === 0) !== invert;
    return () => result;
  },
};
