/**
 * The router of the benches: the host of somebody who names none (host/plain-router.ts), with room for every connection.
 * @module
 */
import { Engine } from '../../src/engine/engine.ts';
import type { EngineSink } from '../../src/engine/sink.ts';
import type { Host } from '../../src/host/host.ts';
import { parseHost } from '../../src/host/host-json.ts';
import { parseRules } from '../../src/iptables/save.ts';
import { attachRules } from '../../src/replay/attach.ts';
import { SetStore } from '../../src/xtables/set/store.ts';

const BACK = 100;
/** Connections the router may have. */
export const MAX_CONNECTIONS: number = 4 << 20;

export const HOST_JSON: object = {
  interfaces: [
    { name: 'eth0', addresses: ['192.0.0.8/32'] },
    { name: 'eth1', addresses: ['192.0.0.8/32'] },
  ],
  routes: [
    { dst: '0.0.0.0/0', dev: 'eth1' },
    { dst: '0.0.0.0/0', dev: 'eth0', table: BACK },
    { dst: '::/0', dev: 'eth1' },
    { dst: '::/0', dev: 'eth0', table: BACK },
  ],
  ip_rules: [`iif eth1 lookup ${BACK}`, `-6 iif eth1 lookup ${BACK}`],
  conntrack: 'auto',
  sysctls: { 'net.netfilter.nf_conntrack_max': MAX_CONNECTIONS },
};

export function benchHost(): Host {
  return parseHost(HOST_JSON, 'bench');
}

/** An engine with IPv4 rules, which tracks IPv6, too. */
export function benchEngine(rules: string | Uint8Array, sink?: EngineSink): Engine {
  const engine = new Engine({ host: benchHost(), seed: 1, ...(sink === undefined ? {} : { sink }) });
  attachRules(engine, parseRules(rules, { file: 'bench', family: 4 }), new SetStore());
  engine.conntrack.enable(6);
  return engine;
}
