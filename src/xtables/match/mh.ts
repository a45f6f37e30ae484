/**
 * mh: types of IPv6 Mobility Headers. RFC 6275 §6.1.
 *
 *   -p mh -m mh [!] --mh-type binding-update:binding-error
 *
 *   +---------------+--------+---------+----------+----------+
 *   | payload proto | length | MH type | reserved | checksum |
 *   +---------------+--------+---------+----------+----------+
 *
 * A later fragment does not match; a header that is cut off, or has a payload of its own, drops the packet at once.
 * Reference: ip6tables-extensions, "mh". Kernel counterpart: net/ipv6/netfilter/ip6t_mh.c (behaviour only).
 * @module
 */
import * as ipproto from '../../inet/protocol.ts';
import type { MatchModule } from '../match.ts';
import type { GivenOption } from '../options.ts';
import { wholeNumber } from './option-value.ts';
import { formatRange } from './port-option.ts';

const HEADER_LEN = 6;
const TYPE = 2;
const MAX_TYPE = 255;

/** Names by number. A name may be cut short; the first that fits counts unless another is whole. */
const NAMES: readonly (readonly [name: string, type: number])[] = [
  ['binding-refresh-request', 0],
  ['brr', 0],
  ['home-test-init', 1],
  ['hoti', 1],
  ['careof-test-init', 2],
  ['coti', 2],
  ['home-test', 3],
  ['hot', 3],
  ['careof-test', 4],
  ['cot', 4],
  ['binding-update', 5],
  ['bu', 5],
  ['binding-acknowledgement', 6],
  ['ba', 6],
  ['binding-error', 7],
  ['be', 7],
];

export interface MhInfo {
  readonly lo: number;
  readonly hi: number;
  readonly invert: boolean;
}

export const mh: MatchModule<MhInfo> = {
  name: 'mh',
  scope: 'stateless',
  families: [6],
  protocols: [ipproto.MH],
  options: [{ name: 'mh-type', invert: true }],

  parse(options) {
    const given = options.get('mh-type');
    if (given === undefined) return { lo: 0, hi: MAX_TYPE, invert: false };
    const [lo, hi] = readTypes(given);
    return { lo, hi, invert: given.invert };
  },

  print({ lo, hi, invert }) {
    // A full range is not written down, inverted or not: so does ip6tables 1.8.9.
    return lo === 0 && hi === MAX_TYPE ? '' : `${invert ? '! ' : ''}--mh-type ${formatRange(lo, hi)}`;
  },

  list({ lo, hi, invert }) {
    return lo === 0 && hi === MAX_TYPE && !invert ? 'mh' : `mh ${invert ? '!' : ''}${formatRange(lo, hi)}`;
  },

  compile({ lo, hi, invert }) {
    return (packet) => {
      if (packet.fragOffset !== 0) return false;
      if (packet.transportLength < HEADER_LEN || packet.view.getUint8(packet.transport) !== ipproto.NONE) {
        packet.hotdrop = true;
        return false;
      }
      const type = packet.view.getUint8(packet.transport + TYPE);
      return (type >= lo && type <= hi) !== invert;
    };
  },
};

function readTypes(given: GivenOption): readonly [number, number] {
  const colon = given.value.indexOf(':');
  if (colon < 0) {
    const type = readType(given, given.value);
    return [type, type];
  }
  const first = given.value.slice(0, colon);
  const last = given.value.slice(colon + 1);
  const lo = first === '' ? 0 : readType(given, first);
  const hi = last === '' ? MAX_TYPE : readType(given, last);
  if (lo > hi) given.fail('Invalid MH type range (min > max)');
  return [lo, hi];
}

function readType(given: GivenOption, text: string): number {
  const number = wholeNumber(text, 0n, BigInt(MAX_TYPE));
  if (number !== null) return Number(number);
  const name = text.toLowerCase();
  const found = NAMES.find(([known]) => known === name) ?? NAMES.find(([known]) => known.startsWith(name));
  return found?.[1] ?? given.fail(`Invalid MH type \`${text}'`);
}
