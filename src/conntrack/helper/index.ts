/**
 * The helpers there are. A rule may name two more that the kernel has, those of H.323; they are read and printed, but a rule set
 * that gives a connection one of them is not evaluated.
 * @module
 */
import { TCP, UDP } from '../../inet/protocol.ts';
import { amanda } from './amanda.ts';
import { netbiosNs, snmp } from './broadcast.ts';
import { ftp } from './ftp.ts';
import type { Helper } from './helper.ts';
import { irc } from './irc.ts';
import { pptp } from './pptp.ts';
import { sane } from './sane.ts';
import { sipTcp, sipUdp } from './sip.ts';
import { snmpTrap } from './snmp-trap.ts';
import { tftp } from './tftp.ts';

export const HELPERS: readonly Helper[] = [amanda, ftp, irc, netbiosNs, pptp, sane, sipTcp, sipUdp, snmp, snmpTrap, tftp];

/** Helpers of Linux 6.18 that are not evaluated (H.323's messages are ASN.1 in packed encoding), and their protocols. */
const NOT_EVALUATED: ReadonlyMap<string, number> = new Map([
  ['Q.931', TCP],
  ['RAS', UDP],
]);

/** The helper of this name for a protocol, or null. */
export function findHelper(name: string, protocol: number): Helper | null {
  for (const helper of HELPERS) if (helper.name === name && helper.protocol === protocol) return helper;
  return null;
}

/** Whether Linux 6.18 has a helper of this name for a protocol and family. */
export function isHelper(name: string, protocol: number, family: number): boolean {
  if (NOT_EVALUATED.get(name) === protocol) return true;
  const helper = findHelper(name, protocol);
  return helper !== null && (family === 4 || helper.onlyIpv4 !== true);
}

/** Whether what the helper of this name does is known. */
export function isEvaluated(name: string): boolean {
  return !NOT_EVALUATED.has(name);
}
