/**
 * length: octets of the IP packet by its own account, headers included.
 *
 *   -m length [!] --length 0:1500
 *
 * Reference: iptables-extensions(8), "length". Kernel counterpart: net/netfilter/xt_length.c.
 * @module
 */
import type { ReadonlyPacket } from '../../packet/packet.ts';
import { IPV4_TOTAL_LENGTH } from '../../wire/ipv4.ts';
import { IPV6_HEADER_LEN, IPV6_PAYLOAD_LENGTH } from '../../wire/ipv6.ts';
import type { MatchModule } from '../match.ts';
import { mandatory, refuseBackwards, unsignedRange } from './option-value.ts';
import { formatRange } from './port-option.ts';

const NAME = 'length';
const MAX_LENGTH = 0xffffn;

export interface LengthInfo {
  readonly lo: number;
  readonly hi: number;
  readonly invert: boolean;
}

export const length: MatchModule<LengthInfo> = {
  name: NAME,
  scope: 'stateless',
  options: [{ name: 'length', invert: true }],

  parse(options) {
    const option = mandatory(options, NAME, 'length');
    const [lo, hi] = unsignedRange(option, NAME, MAX_LENGTH);
    refuseBackwards(option, NAME, lo, hi);
    return { lo: Number(lo), hi: Number(hi), invert: option.invert };
  },

  print({ lo, hi, invert }) {
    return `${invert ? '! ' : ''}--length ${formatRange(lo, hi)}`;
  },

  list({ lo, hi, invert }) {
    return `length ${invert ? '!' : ''}${formatRange(lo, hi)}`;
  },

  compile({ lo, hi, invert }) {
    return (packet) => {
      const octets = claimedLength(packet);
      return (octets >= lo && octets <= hi) !== invert;
    };
  },
};

/** A capture may have cut the packet: the header is asked, not what is left. */
function claimedLength(packet: ReadonlyPacket): number {
  if (packet.family === 4) return packet.view.getUint16(packet.network + IPV4_TOTAL_LENGTH);
  return packet.view.getUint16(packet.network + IPV6_PAYLOAD_LENGTH) + IPV6_HEADER_LEN;
}
