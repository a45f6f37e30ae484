/**
 * frag: the IPv6 fragment header. RFC 8200 §4.5.
 *
 *   -m frag [!] --fragid 5:9 [!] --fraglen 40 [--fragres] [--fragfirst] [--fragmore | --fraglast]
 *
 * Where fragments are put together (any rule that tracks connections does that) there are no such headers. --fraglen is kept
 * and printed; the kernel does not look at it. A chain of headers that is cut off drops the packet at once.
 * Reference: ip6tables-extensions, "frag". Kernel counterpart: net/ipv6/netfilter/ip6t_frag.c (behaviour only).
 * @module
 */
import * as ipproto from '../../inet/protocol.ts';
import type { MatchModule } from '../match.ts';
import { ABSENT, findHeader } from './ipv6-extension.ts';
import { forbidTogether, MAX_U32, range32, unsigned } from './option-value.ts';
import { formatRange } from './port-option.ts';

const NAME = 'frag';
const HEADER_LEN = 8;
const RESERVED = 1;
const FRAG_OFF = 2;
const ID = 4;
const OFFSET_MASK = 0xfff8;
const RESERVED_BITS = 0x6;
const MORE = 0x1;

export interface FragInfo {
  readonly lo: number;
  readonly hi: number;
  readonly invert: boolean;
  readonly length: number | null;
  readonly lengthInvert: boolean;
  readonly reserved: boolean;
  readonly first: boolean;
  readonly more: boolean;
  readonly last: boolean;
}

export const frag: MatchModule<FragInfo> = {
  name: NAME,
  scope: 'stateless',
  families: [6],
  options: [
    { name: 'fragid', invert: true },
    { name: 'fraglen', invert: true },
    { name: 'fragres', args: 0 },
    { name: 'fragfirst', args: 0 },
    { name: 'fragmore', args: 0 },
    { name: 'fraglast', args: 0 },
  ],

  parse(options) {
    forbidTogether(options, NAME, 'fragmore', 'fraglast');
    const id = options.get('fragid');
    const length = options.get('fraglen');
    const [lo, hi] = id === undefined ? [0, MAX_U32] : range32(id, NAME);
    return {
      lo,
      hi,
      invert: id?.invert ?? false,
      length: length === undefined ? null : unsigned(length, NAME),
      lengthInvert: length?.invert ?? false,
      reserved: options.has('fragres'),
      first: options.has('fragfirst'),
      more: options.has('fragmore'),
      last: options.has('fraglast'),
    };
  },

  print({ lo, hi, invert, length, lengthInvert, reserved, first, more, last }) {
    const words: string[] = [];
    // A full range is not written down, inverted or not: so does iptables 1.8.9.
    if (lo !== 0 || hi !== MAX_U32) words.push(`${invert ? '! ' : ''}--fragid ${formatRange(lo, hi)}`);
    if (length !== null) words.push(`${lengthInvert ? '! ' : ''}--fraglen ${length}`);
    if (reserved) words.push('--fragres');
    if (first) words.push('--fragfirst');
    if (more) words.push('--fragmore');
    if (last) words.push('--fraglast');
    return words.join(' ');
  },

  list({ lo, hi, invert, length, lengthInvert, reserved, first, more, last }) {
    const all = lo === 0 && hi === MAX_U32 && !invert;
    const id = all ? '' : `${lo === hi ? 'id' : 'ids'}:${invert ? '!' : ''}${formatRange(lo, hi)}`;
    const octets = length === null ? '' : ` length:${lengthInvert ? '!' : ''}${length}`;
    return `frag ${id}${octets}${reserved ? ' reserved' : ''}${first ? ' first' : ''}${more ? ' more' : ''}${last ? ' last' : ''}`;
  },

  compile({ lo, hi, invert, reserved, first, more, last }) {
    return (packet) => {
      const at = findHeader(packet, ipproto.FRAGMENT);
      if (at === ABSENT) return false;
      if (at < 0 || at + HEADER_LEN > packet.networkEnd) {
        packet.hotdrop = true;
        return false;
      }
      const { view } = packet;
      const place = view.getUint16(at + FRAG_OFF);
      const id = view.getUint32(at + ID);
      if ((id >= lo && id <= hi) === invert) return false;
      if (reserved && (view.getUint8(at + RESERVED) !== 0 || (place & RESERVED_BITS) !== 0)) return false;
      if (first && (place & OFFSET_MASK) !== 0) return false;
      if (more && (place & MORE) === 0) return false;
      return !last || (place & MORE) === 0;
    };
  },
};
