/**
 * The host of somebody who names none: a router between two networks of which nothing is known. What comes in by eth0 leaves by
 * eth1 and the other way round, whatever its addresses; frames for any hardware address are taken.
 *
 *   eth0 <-> eth1
 *
 * It answers (ICMP errors, MASQUERADE) with the dummy address of RFC 7600, 192.0.0.8, and one of the discard prefix of RFC 6666.
 * @module
 */
import { parseHost } from './host-json.ts';
import type { Host } from './host.ts';

/** Table for what comes in by eth1. */
const BACK = 100;

const ADDRESSES = ['192.0.0.8/32', '100::8/128'];

/** As a host file. */
export const PLAIN_ROUTER: object = {
  interfaces: [
    { name: 'eth0', addresses: ADDRESSES },
    { name: 'eth1', addresses: ADDRESSES.slice(0, 1) },
  ],
  routes: [
    { dst: '0.0.0.0/0', dev: 'eth1' },
    { dst: '0.0.0.0/0', dev: 'eth0', table: BACK },
    { dst: '::/0', dev: 'eth1' },
    { dst: '::/0', dev: 'eth0', table: BACK },
  ],
  ip_rules: [`iif eth1 lookup ${BACK}`, `-6 iif eth1 lookup ${BACK}`],
  conntrack: 'auto',
};

export function plainRouter(): Host {
  return parseHost(PLAIN_ROUTER, 'plain router');
}
