/**
 * icmp6: type and code of an ICMPv6 message.
 *
 *   -p ipv6-icmp [-m icmp6] [!] --icmpv6-type neighbour-solicitation | 1 | 1/4
 *
 * Reference: iptables-extensions(8), "icmp6"; names and numbers: IANA "ICMPv6 Parameters". Kernel counterpart:
 * net/netfilter/xt_tcpudp.c.
 * @module
 */
import * as ipproto from '../../inet/protocol.ts';
import { ICMPV6_HEADER_LEN } from '../../wire/icmpv6.ts';
import type { MatchModule } from '../match.ts';
import { formatIcmpType, type IcmpTypeInfo, type IcmpWording, listIcmpType, readIcmpType } from './icmp-type.ts';
import { mandatory } from './option-value.ts';

const CODE = 1;

const WORDING: IcmpWording = {
  title: 'ICMPv6',
  names: [
    ['destination-unreachable', 1],
    ['no-route', 1, 0],
    ['communication-prohibited', 1, 1],
    ['beyond-scope', 1, 2],
    ['address-unreachable', 1, 3],
    ['port-unreachable', 1, 4],
    ['failed-policy', 1, 5],
    ['reject-route', 1, 6],
    ['packet-too-big', 2],
    ['time-exceeded', 3],
    ['ttl-exceeded', 3],
    ['ttl-zero-during-transit', 3, 0],
    ['ttl-zero-during-reassembly', 3, 1],
    ['parameter-problem', 4],
    ['bad-header', 4, 0],
    ['unknown-header-type', 4, 1],
    ['unknown-option', 4, 2],
    ['echo-request', 128],
    ['ping', 128],
    ['echo-reply', 129],
    ['pong', 129],
    ['router-solicitation', 133],
    ['router-advertisement', 134],
    ['neighbour-solicitation', 135],
    ['neighbor-solicitation', 135],
    ['neighbour-advertisement', 136],
    ['neighbor-advertisement', 136],
    ['redirect', 137],
  ],
};

export const icmp6: MatchModule<IcmpTypeInfo> = {
  name: 'icmp6',
  aliases: ['icmpv6', 'ipv6-icmp'],
  scope: 'stateless',
  perFlow: true,
  families: [6],
  protocols: [ipproto.ICMPV6],
  options: [{ name: 'icmpv6-type', invert: true }],

  parse(options) {
    return readIcmpType(mandatory(options, 'icmp6', 'icmpv6-type'), WORDING);
  },

  print(info) {
    return `${info.invert ? '! ' : ''}--icmpv6-type ${formatIcmpType(info)}`;
  },

  list(info) {
    return listIcmpType('ipv6-icmp', info);
  },

  compile({ type, codeLo, codeHi, invert }) {
    return (packet) => {
      if (packet.fragOffset !== 0) return false;
      if (packet.transportLength < ICMPV6_HEADER_LEN) {
        packet.hotdrop = true;
        return false;
      }
      const code = packet.view.getUint8(packet.transport + CODE);
      return (packet.view.getUint8(packet.transport) === type && code >= codeLo && code <= codeHi) !== invert;
    };
  },
};
