/**
 * nfacct: counts packets for a named object outside of the rule set (nfacct(8)), and matches. Objects with a quota match only
 * above it; no rule set says which have one, so none has here.
 *
 *   -m nfacct --nfacct-name web
 *
 * Reference: iptables-extensions(8), "nfacct". Kernel counterpart: net/netfilter/xt_nfacct.c (behaviour only).
 * @module
 */
import type { MatchModule } from '../match.ts';
import { mandatory } from './option-value.ts';

/** Octets of a name. */
const NAME_LEN = 31;

export interface NfacctInfo {
  readonly name: string;
}

export const nfacct: MatchModule<NfacctInfo> = {
  name: 'nfacct',
  scope: 'stateless',
  options: [{ name: 'nfacct-name' }],

  parse(options) {
    const given = mandatory(options, 'nfacct', 'nfacct-name');
    if (given.value === '') given.fail('Argument must have a minimum length of 1 characters');
    return { name: given.value.slice(0, NAME_LEN) };
  },

  // Both with two blanks: so does iptables 1.8.9.
  print({ name }) {
    return `--nfacct-name  ${name}`;
  },

  list({ name }) {
    return `nfacct-name  ${name}`;
  },

  compile() {
    return () => true;
  },
};
