/**
 * icmp: type and code of an ICMP message over IPv4. Type 255 stands for any type and code.
 *
 *   -p icmp [-m icmp] [!] --icmp-type echo-request | any | 3 | 3/1
 *
 * Reference: iptables-extensions(8), "icmp"; names and numbers: IANA "ICMP Parameters". Kernel counterpart:
 * net/netfilter/xt_tcpudp.c.
 * @module
 */
import * as ipproto from '../../inet/protocol.ts';
import { ICMP_HEADER_LEN } from '../../wire/icmp.ts';
import type { MatchModule } from '../match.ts';
import { formatIcmpType, type IcmpTypeInfo, type IcmpWording, listIcmpType, readIcmpType } from './icmp-type.ts';
import { mandatory } from './option-value.ts';

const CODE = 1;
const ANY = 255;

const WORDING: IcmpWording = {
  title: 'ICMP',
  names: [
    ['any', ANY],
    ['echo-reply', 0],
    ['pong', 0],
    ['destination-unreachable', 3],
    ['network-unreachable', 3, 0],
    ['host-unreachable', 3, 1],
    ['protocol-unreachable', 3, 2],
    ['port-unreachable', 3, 3],
    ['fragmentation-needed', 3, 4],
    ['source-route-failed', 3, 5],
    ['network-unknown', 3, 6],
    ['host-unknown', 3, 7],
    ['network-prohibited', 3, 9],
    ['host-prohibited', 3, 10],
    ['TOS-network-unreachable', 3, 11],
    ['TOS-host-unreachable', 3, 12],
    ['communication-prohibited', 3, 13],
    ['host-precedence-violation', 3, 14],
    ['precedence-cutoff', 3, 15],
    ['source-quench', 4],
    ['redirect', 5],
    ['network-redirect', 5, 0],
    ['host-redirect', 5, 1],
    ['TOS-network-redirect', 5, 2],
    ['TOS-host-redirect', 5, 3],
    ['echo-request', 8],
    ['ping', 8],
    ['router-advertisement', 9],
    ['router-solicitation', 10],
    ['time-exceeded', 11],
    ['ttl-exceeded', 11],
    ['ttl-zero-during-transit', 11, 0],
    ['ttl-zero-during-reassembly', 11, 1],
    ['parameter-problem', 12],
    ['ip-header-bad', 12, 0],
    ['required-option-missing', 12, 1],
    ['timestamp-request', 13],
    ['timestamp-reply', 14],
    ['address-mask-request', 17],
    ['address-mask-reply', 18],
  ],
};

export const icmp: MatchModule<IcmpTypeInfo> = {
  name: 'icmp',
  scope: 'stateless',
  perFlow: true,
  families: [4],
  protocols: [ipproto.ICMP],
  options: [{ name: 'icmp-type', invert: true }],

  parse(options) {
    return readIcmpType(mandatory(options, 'icmp', 'icmp-type'), WORDING);
  },

  print(info) {
    return `${info.invert ? '! ' : ''}--icmp-type ${info.type === ANY ? 'any' : formatIcmpType(info)}`;
  },

  list(info) {
    return listIcmpType('icmp', info);
  },

  compile({ type, codeLo, codeHi, invert }) {
    const any = type === ANY;
    return (packet) => {
      if (packet.fragOffset !== 0) return false;
      if (packet.transportLength < ICMP_HEADER_LEN) {
        packet.hotdrop = true;
        return false;
      }
      if (any) return !invert;
      const code = packet.view.getUint8(packet.transport + CODE);
      return (packet.view.getUint8(packet.transport) === type && code >= codeLo && code <= codeHi) !== invert;
    };
  },
};
