/**
 * connlabel: one of the 128 labels of a connection.
 *
 *   -m connlabel [!] --label 40 [--set]
 *
 * Names of labels live in /etc/xtables/connlabel.conf, which a rule set does not carry: only numbers are read. `--set` gives a
 * connection the label if it lacks it, and matches then. A packet without connection matches only the inverted form.
 * Reference: iptables-extensions(8), "connlabel". Kernel counterpart: net/netfilter/xt_connlabel.c (behaviour only).
 * @module
 */
import type { MatchModule } from '../match.ts';
import { mandatory, wholeNumber } from './option-value.ts';

const NAME = 'connlabel';
const LAST_LABEL = 127;

export interface ConnlabelInfo {
  readonly label: number;
  readonly invert: boolean;
  readonly set: boolean;
}

export const connlabel: MatchModule<ConnlabelInfo> = {
  name: NAME,
  scope: 'flow',
  conntrack: true,
  options: [
    { name: 'label', invert: true },
    { name: 'set', args: 0 },
  ],

  parse(options) {
    const given = mandatory(options, NAME, 'label');
    const label = wholeNumber(given.value, 0n, 0xffffn);
    if (label === null) return given.fail(`label '${given.value}' not found or invalid value`);
    if (label > LAST_LABEL) given.fail(`${NAME}: a connection has labels 0 to ${LAST_LABEL}`);
    return { label: Number(label), invert: given.invert, set: options.has('set') };
  },

  print({ label, invert, set }) {
    return `${invert ? '! ' : ''}--label "${label}"${set ? ' --set' : ''}`;
  },

  list({ label, invert, set }) {
    return `connlabel ${invert ? '! ' : ''}${label}${set ? ' set' : ''}`;
  },

  compile({ label, invert, set }, services) {
    const { conntrack } = services;
    const word = label >> 5;
    const bit = 1 << (label & 31);
    return ({ ct }) => {
      if (ct < 0) return invert;
      const labels = conntrack.labels(ct);
      if (labels !== null && (labels[word]! & bit) !== 0) return !invert;
      if (!set) return invert;
      conntrack.setLabel(ct, label);
      return !invert;
    };
  },
};
