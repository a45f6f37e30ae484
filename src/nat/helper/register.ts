/**
 * The NAT halves of helpers, and what they need of NAT. SANE, NetBIOS and SNMP's broadcasts have none.
 * @module
 */
import type { Conntrack } from '../../conntrack/conntrack.ts';
import type { ExpectFunction } from '../../conntrack/expect.ts';
import type { Random } from '../../inet/random.ts';
import type { Manip } from '../range.ts';
import { natAmanda } from './amanda.ts';
import { natFtp } from './ftp.ts';
import { H323Translator } from './h323.ts';
import { natIrc } from './irc.ts';
import { PptpTranslator } from './pptp.ts';
import { SipTranslator } from './sip.ts';
import { natTftp } from './tftp.ts';

export interface NatSide {
  readonly conntrack: Conntrack;
  readonly random: Random;
  /** Bind an expected flow as its master is. */
  readonly followMaster: ExpectFunction;
  /** Bind one side of an expected flow to an address (four words), and to a port unless that is negative. */
  readonly bindTo: (entry: number, manip: Manip, address: Int32Array, port: number) => void;
}

export function registerNatHelpers(nat: NatSide): void {
  const { conntrack, random, followMaster } = nat;
  conntrack.setNatHelper('amanda', natAmanda(conntrack, random, followMaster));
  conntrack.setNatHelper('ftp', natFtp(conntrack, random, followMaster));
  conntrack.setNatHelper('irc', natIrc(conntrack, random, followMaster));
  conntrack.setNatHelper('tftp', natTftp(conntrack, followMaster));
  conntrack.helpers.setNatH323(new H323Translator(nat));
  conntrack.helpers.setNatPptp(new PptpTranslator(nat));
  conntrack.helpers.setNatSip(new SipTranslator(nat));
}
