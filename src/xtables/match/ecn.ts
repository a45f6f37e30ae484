/**
 * ecn: the ECN bits of the IP header, and the ECE and CWR flags of TCP. RFC 3168.
 *
 *   [-p tcp] -m ecn [!] --ecn-ip-ect 2 [!] --ecn-tcp-ece [!] --ecn-tcp-cwr
 *
 * Reference: iptables-extensions(8), "ecn". Kernel counterpart: net/netfilter/xt_ecn.c.
 * @module
 */
import * as ipproto from '../../inet/protocol.ts';
import { TCP_FLAGS, TCP_HEADER_LEN, TcpFlag } from '../../wire/tcp.ts';
import type { MatchModule } from '../match.ts';
import type { Options } from '../options.ts';
import { unsigned } from './option-value.ts';
import { trafficClass } from './traffic-class.ts';
import { uncheckedTransport } from './transport-offset.ts';

const NAME = 'ecn';
const ECN_MASK = 3;
const ANY = -1;

export interface EcnInfo {
  /** Bits of the IP header, or -1. */
  readonly ect: number;
  readonly ectInvert: boolean;
  /** What each flag must be: 1, 0, or -1 for any. */
  readonly ece: number;
  readonly cwr: number;
}

export const ecn: MatchModule<EcnInfo> = {
  name: NAME,
  scope: 'stateless',
  options: [
    { name: 'ecn-tcp-cwr', args: 0, invert: true },
    { name: 'ecn-tcp-ece', args: 0, invert: true },
    { name: 'ecn-ip-ect', invert: true },
  ],

  parse(options) {
    const ect = options.get('ecn-ip-ect');
    const info: EcnInfo = {
      ect: ect === undefined ? ANY : unsigned(ect, NAME, 0, ECN_MASK),
      ectInvert: ect?.invert ?? false,
      ece: readFlag(options, 'ecn-tcp-ece'),
      cwr: readFlag(options, 'ecn-tcp-cwr'),
    };
    if (info.ect === ANY && !asksTcp(info)) options.fail('ECN match: some option required');
    const { protocol, protocolInverted } = options.context;
    if (asksTcp(info) && (protocol !== ipproto.TCP || protocolInverted)) options.fail("ecn: flags of TCP need `-p tcp'");
    return info;
  },

  print({ ect, ectInvert, ece, cwr }) {
    const words: string[] = [];
    if (ece !== ANY) words.push(`${not(ece)}--ecn-tcp-ece`);
    if (cwr !== ANY) words.push(`${not(cwr)}--ecn-tcp-cwr`);
    if (ect !== ANY) words.push(`${ectInvert ? '! ' : ''}--ecn-ip-ect ${ect}`);
    return words.join(' ');
  },

  list({ ect, ectInvert, ece, cwr }) {
    const words = ['ECN match'];
    if (ece !== ANY) words.push(`${ece === 0 ? '!' : ''}ECE`);
    if (cwr !== ANY) words.push(`${cwr === 0 ? '!' : ''}CWR`);
    if (ect !== ANY) words.push(`${ectInvert ? '!' : ''}ECT=${ect}`);
    return words.join(' ');
  },

  compile(info) {
    const { ect, ectInvert } = info;
    const tcp = asksTcp(info);
    const mask = (info.ece === ANY ? 0 : TcpFlag.Ece) | (info.cwr === ANY ? 0 : TcpFlag.Cwr);
    const wanted = (info.ece === 1 ? TcpFlag.Ece : 0) | (info.cwr === 1 ? TcpFlag.Cwr : 0);
    return (packet) => {
      if (ect !== ANY && ((trafficClass(packet) & ECN_MASK) === ect) === ectInvert) return false;
      if (!tcp) return true;
      const at = uncheckedTransport(packet);
      return at + TCP_HEADER_LEN <= packet.networkEnd && (packet.view.getUint8(at + TCP_FLAGS) & mask) === wanted;
    };
  },
};

function readFlag(options: Options, name: string): number {
  const option = options.get(name);
  if (option === undefined) return ANY;
  return option.invert ? 0 : 1;
}

function asksTcp({ ece, cwr }: EcnInfo): boolean {
  return ece !== ANY || cwr !== ANY;
}

function not(wanted: number): string {
  return wanted === 0 ? '! ' : '';
}
