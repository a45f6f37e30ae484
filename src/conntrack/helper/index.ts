/**
 * The helpers there are, which are all that Linux 6.18 has.
 * @module
 */
import { amanda } from './amanda.ts';
import { netbiosNs, snmp } from './broadcast.ts';
import { ftp } from './ftp.ts';
import { h245, h245Udp } from './h323/h245.ts';
import { q931 } from './h323/q931.ts';
import { ras } from './h323/ras.ts';
import type { Helper } from './helper.ts';
import { irc } from './irc.ts';
import { pptp } from './pptp.ts';
import { sane } from './sane.ts';
import { sipTcp, sipUdp } from './sip.ts';
import { snmpTrap } from './snmp-trap.ts';
import { tftp } from './tftp.ts';

/** Those a rule may name. */
export const HELPERS: readonly Helper[] = [
  amanda,
  ftp,
  h245Udp,
  irc,
  netbiosNs,
  pptp,
  q931,
  ras,
  sane,
  sipTcp,
  sipUdp,
  snmp,
  snmpTrap,
  tftp,
];

/** And one that only expectations bring. */
const ALL: readonly Helper[] = [...HELPERS, h245];

/** The helper of this name for a protocol, or null. */
export function findHelper(name: string, protocol: number): Helper | null {
  for (const helper of ALL) if (helper.name === name && helper.protocol === protocol) return helper;
  return null;
}

/** Whether a rule may name this helper for a protocol and family. */
export function isHelper(name: string, protocol: number, family: number): boolean {
  const helper = HELPERS.find((one) => one.name === name && one.protocol === protocol);
  return helper !== undefined && (family === 4 || helper.onlyIpv4 !== true);
}
