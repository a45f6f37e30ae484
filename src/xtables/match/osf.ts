/**
 * osf: passive fingerprinting of the sender's operating system. The fingerprints are loaded into the kernel apart from the
 * rules (nfnl_osf), so the match is refused.
 *
 *   -p tcp -m osf [!] --genre Linux
 *
 * Reference: iptables-extensions(8), "osf".
 * @module
 */
import * as ipproto from '../../inet/protocol.ts';
import type { MatchModule } from '../match.ts';

export const osf: MatchModule<null> = {
  name: 'osf',
  scope: 'stateless',
  protocols: [ipproto.TCP],
  options: [{ name: 'genre', invert: true }, { name: 'ttl' }, { name: 'log' }],

  parse(options) {
    return options.unsupported('osf is not evaluated: fingerprints are not part of a rule set');
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
