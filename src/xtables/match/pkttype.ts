/**
 * pkttype: how the frame was addressed on the link.
 *
 *   -m pkttype [!] --pkt-type unicast | broadcast | multicast | otherhost
 *
 * A copy that the host's own multicast or broadcast brought back counts by its IP destination; over IPv6 it is always multicast.
 * Reference: iptables-extensions(8), "pkttype". Kernel counterpart: net/netfilter/xt_pkttype.c.
 * @module
 */
import { PacketType, type ReadonlyPacket } from '../../packet/packet.ts';
import type { MatchModule } from '../match.ts';
import { mandatory } from './option-value.ts';

const NAMES: ReadonlyMap<string, PacketType> = new Map([
  ['unicast', PacketType.Host],
  ['broadcast', PacketType.Broadcast],
  ['multicast', PacketType.Multicast],
  ['otherhost', PacketType.OtherHost],
  // other words for the same
  ['host', PacketType.Host],
  ['bcast', PacketType.Broadcast],
  ['mcast', PacketType.Multicast],
]);
const PRINTED = [...NAMES.keys()];
/** Upper four bits of an IPv4 multicast address. */
const MULTICAST = 0xe;

export interface PkttypeInfo {
  readonly type: PacketType;
  readonly invert: boolean;
}

export const pkttype: MatchModule<PkttypeInfo> = {
  name: 'pkttype',
  scope: 'stateless',
  perFlow: true,
  options: [{ name: 'pkt-type', invert: true }],

  parse(options) {
    const option = mandatory(options, 'pkttype', 'pkt-type');
    const type = NAMES.get(option.value.toLowerCase()) ?? option.fail(`Bad packet type '${option.value}'`);
    return { type, invert: option.invert };
  },

  print({ type, invert }) {
    return `${invert ? '! ' : ''}--pkt-type ${PRINTED[type]}`;
  },

  list({ type, invert }) {
    return `PKTTYPE ${invert ? '!=' : '='} ${PRINTED[type]}`;
  },

  compile({ type, invert }) {
    return (packet) => (typeOf(packet) === type) !== invert;
  },
};

function typeOf(packet: ReadonlyPacket): PacketType {
  if (packet.pktType !== PacketType.Loopback) return packet.pktType;
  return packet.family === 6 || packet.dst0 >>> 28 === MULTICAST ? PacketType.Multicast : PacketType.Broadcast;
}
