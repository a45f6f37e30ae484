/**
 * ipvs: properties of a connection of the kernel's load balancer. A rule set does not tell which virtual services there are
 * (ipvsadm does), so the match is refused.
 *
 *   -m ipvs [!] --ipvs
 *
 * Reference: iptables-extensions(8), "ipvs".
 * @module
 */
import type { MatchModule } from '../match.ts';

export const ipvs: MatchModule<null> = {
  name: 'ipvs',
  scope: 'flow',
  conntrack: true,
  options: [
    { name: 'ipvs', args: 0, invert: true },
    { name: 'vproto', invert: true },
    { name: 'vaddr', invert: true },
    { name: 'vport', invert: true },
    { name: 'vdir' },
    { name: 'vmethod', invert: true },
    { name: 'vportctl', invert: true },
  ],

  parse(options) {
    return options.unsupported('ipvs is not evaluated: virtual services are not part of a rule set');
  },

  print() {
    return '';
  },

  list() {
    return '';
  },

  compile() {
    return () => false;
  },
};
