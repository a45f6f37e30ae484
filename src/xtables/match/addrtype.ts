/**
 * addrtype: what kind of address source and destination are to this host.
 *
 *   -m addrtype [!] --src-type LOCAL,UNICAST [!] --dst-type BROADCAST [--limit-iface-in | --limit-iface-out]
 *
 * IPv4 asks the local routing table alone, so that an address without a route is UNICAST. IPv6 looks routes up, and there the
 * types of one option are no list to choose from: UNICAST, MULTICAST and UNSPEC must all hold, and one of the others as well.
 * With --limit-iface-* an address counts as LOCAL only if it is that device's.
 * Reference: iptables-extensions(8), "addrtype". Kernel counterpart: net/netfilter/xt_addrtype.c.
 * @module
 */
import { Hook, hookMask } from '../../hook/hook.ts';
import { RouteType } from '../../packet/destination.ts';
import type { MatchModule } from '../match.ts';
import type { GivenOption, Options } from '../options.ts';
import { AddressTypes6 } from './address-types6.ts';
import { forbidTogether } from './option-value.ts';

const NAME = 'addrtype';
/** By bit number, which is that of RouteType. */
const TYPES = 'UNSPEC UNICAST LOCAL BROADCAST ANYCAST MULTICAST BLACKHOLE UNREACHABLE PROHIBIT THROW NAT XRESOLVE'.split(' ');
/** Types the kernel refuses for IPv6. */
const NOT_FOR_IPV6 = ~(
  (1 << RouteType.Unspec) |
  (1 << RouteType.Unicast) |
  (1 << RouteType.Local) |
  (1 << RouteType.Anycast) |
  (1 << RouteType.Multicast) |
  (1 << RouteType.Unreachable)
);

export interface TypeSet {
  /** `1 << RouteType`. */
  readonly bits: number;
  readonly invert: boolean;
}

export interface AddrtypeInfo {
  readonly src: TypeSet | null;
  readonly dst: TypeSet | null;
  readonly limit: '' | 'in' | 'out';
}

export const addrtype: MatchModule<AddrtypeInfo> = {
  name: NAME,
  scope: 'stateless',
  perFlow: true,
  hooks({ limit }) {
    if (limit === 'in') return hookMask(Hook.Prerouting, Hook.Input, Hook.Forward);
    if (limit === 'out') return hookMask(Hook.Forward, Hook.Output, Hook.Postrouting);
    return -1;
  },
  options: [
    { name: 'src-type', invert: true },
    { name: 'dst-type', invert: true },
    { name: 'limit-iface-in', args: 0 },
    { name: 'limit-iface-out', args: 0 },
  ],

  parse(options) {
    const src = readTypes(options, 'src-type');
    const dst = readTypes(options, 'dst-type');
    if (src === null && dst === null) options.fail('addrtype: you must specify --src-type or --dst-type');
    forbidTogether(options, NAME, 'limit-iface-in', 'limit-iface-out');
    const limit = options.has('limit-iface-in') ? 'in' : options.has('limit-iface-out') ? 'out' : '';
    return { src, dst, limit };
  },

  print({ src, dst, limit }) {
    const words: string[] = [];
    if (src !== null) words.push(`${src.invert ? '! ' : ''}--src-type ${typeNames(src.bits)}`);
    if (dst !== null) words.push(`${dst.invert ? '! ' : ''}--dst-type ${typeNames(dst.bits)}`);
    if (limit !== '') words.push(`--limit-iface-${limit}`);
    return words.join(' ');
  },

  list({ src, dst, limit }) {
    const words = ['ADDRTYPE match'];
    if (src !== null) words.push(`src-type ${src.invert ? '!' : ''}${typeNames(src.bits)}`);
    if (dst !== null) words.push(`dst-type ${dst.invert ? '!' : ''}${typeNames(dst.bits)}`);
    if (limit !== '') words.push(`limit-${limit}`);
    return words.join(' ');
  },

  compile({ src, dst, limit }, { family, host }) {
    const srcBits = src?.bits ?? 0;
    const srcWanted = src !== null && !src.invert;
    const dstBits = dst?.bits ?? 0;
    const dstWanted = dst !== null && !dst.invert;
    if (family === 6) {
      const types = new AddressTypes6(host);
      return (packet) => {
        const device = limit === '' ? 0 : limit === 'in' ? packet.indev : packet.outdev;
        if (src !== null && types.sourceIs(packet, srcBits, device) !== srcWanted) return false;
        return dst === null || types.destinationIs(packet, dstBits, device) === dstWanted;
      };
    }
    return (packet) => {
      const device = limit === '' ? 0 : limit === 'in' ? packet.indev : packet.outdev;
      if (src !== null && (((srcBits >>> host.addressType4(packet.src0, device)) & 1) === 1) !== srcWanted) return false;
      return dst === null || (((dstBits >>> host.addressType4(packet.dst0, device)) & 1) === 1) === dstWanted;
    };
  },
};

function readTypes(options: Options, name: string): TypeSet | null {
  const option = options.get(name);
  if (option === undefined) return null;
  let bits = 0;
  for (const word of option.value.split(',')) bits |= 1 << readType(option, word);
  if (options.context.family === 6 && (bits & NOT_FOR_IPV6) !== 0)
    option.fail(`addrtype: ${typeNames(bits & NOT_FOR_IPV6)} not supported over IPv6`);
  return { bits, invert: option.invert };
}

/** The first type that begins so, in any case of letters. */
function readType(option: GivenOption, word: string): number {
  const found = word === '' ? -1 : TYPES.findIndex((type) => type.startsWith(word.toUpperCase()));
  return found >= 0 ? found : option.fail(`addrtype: bad type "${word}"`);
}

function typeNames(bits: number): string {
  return TYPES.filter((_, type) => (bits & (1 << type)) !== 0).join(',');
}
