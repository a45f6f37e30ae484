/**
 * TRACE: have every rule that the packet meets from here on told to the log.
 *
 *   -j TRACE
 *
 * Reference: iptables-extensions(8), "TRACE". Kernel counterpart: net/netfilter/xt_TRACE.c.
 * @module
 */
import { Verdict } from '../../hook/verdict.ts';
import type { TargetModule } from '../target.ts';

export const trace: TargetModule<null> = {
  name: 'TRACE',
  scope: 'stateless',
  tables: ['raw'],
  options: [],
  parse: () => null,
  print: () => '',
  list: () => '',
  compile: () => (packet) => {
    packet.traced = 1;
    return Verdict.Continue;
  },
};
