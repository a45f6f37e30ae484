/**
 * eui64: whether the lower half of an IPv6 source address was made from the Ethernet address of the sender. RFC 4291, App. A.
 *
 *   -m eui64             00:11:22:33:44:55  <->  ...:0211:22ff:fe33:4455
 *
 * A packet without Ethernet header does not match.
 * Reference: ip6tables-extensions, "eui64". Kernel counterpart: net/ipv6/netfilter/ip6t_eui64.c (behaviour only).
 * @module
 */
import { Hook, hookMask } from '../../hook/hook.ts';
import type { MatchModule } from '../match.ts';

/** Offset of the sender's address in an Ethernet header. */
const SOURCE = 6;
const ETHERTYPE_IPV6 = 0x86dd;
/** The bit that tells addresses given by hand from the manufacturer's. */
const UNIVERSAL = 0x02;

export const eui64: MatchModule<null> = {
  name: 'eui64',
  scope: 'stateless',
  families: [6],
  hooks: hookMask(Hook.Prerouting, Hook.Input, Hook.Forward),
  options: [],

  parse() {
    return null;
  },

  print() {
    return '';
  },

  listTight: true,
  // With a blank behind it: so does ip6tables 1.8.9.
  list() {
    return 'eui64 ';
  },

  compile() {
    return (packet) => {
      if (packet.link < 0 || packet.etherType !== ETHERTYPE_IPV6) return false;
      const { view } = packet;
      const at = packet.link + SOURCE;
      const high = ((view.getUint16(at) ^ (UNIVERSAL << 8)) << 16) | (view.getUint8(at + 2) << 8) | 0xff;
      const low = 0xfe000000 | (view.getUint8(at + 3) << 16) | view.getUint16(at + 4);
      return packet.src2 === (high | 0) && packet.src3 === (low | 0);
    };
  },
};
