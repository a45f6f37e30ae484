/**
 * SNPT and DNPT: IPv6-to-IPv6 network prefix translation. RFC 6296. Stateless: the prefix is replaced and one word of the
 * address is adjusted so that no checksum changes.
 *
 *   -j SNPT --src-pfx fd00:1::/48 --dst-pfx 2001:db8:1::/48
 *
 * The adjusted word is the last of the address's second half for prefixes up to /48, else the first of it that is not 0xffff.
 * In an ICMPv6 error, the address of the quoted packet is translated as well.
 * Reference: iptables-extensions(8), "DNPT", "SNPT". Kernel counterpart: net/ipv6/netfilter/ip6t_NPT.c.
 * @module
 */
import { Hook, hookMask } from '../../hook/hook.ts';
import { Verdict } from '../../hook/verdict.ts';
import { formatAddress } from '../../inet/address.ts';
import * as ipproto from '../../inet/protocol.ts';
import { maskOf } from '../../inet/prefix.ts';
import type { Packet } from '../../packet/packet.ts';
import { IPV6_DST, IPV6_HEADER_LEN, IPV6_NEXT_HEADER, IPV6_SRC } from '../../wire/ipv6.ts';
import type { GivenOption } from '../options.ts';
import type { TargetFunction, TargetModule } from '../target.ts';
import { readNetwork } from './prefix-option.ts';

export interface NptPrefix {
  readonly address: Int32Array;
  readonly length: number;
}

export interface NptInfo {
  readonly src: NptPrefix;
  readonly dst: NptPrefix;
}

const MAX_LENGTH = 64;
const ICMPV6_HEADER_LEN = 8;
const ICMPV6_PARAMETER = 4;
/** Types below this one are errors. */
const ICMPV6_INFO = 128;
const ONES = 0xffff;

export const snpt: TargetModule<NptInfo> = nptTarget('SNPT', hookMask(Hook.Input, Hook.Postrouting), IPV6_SRC, IPV6_DST);
export const dnpt: TargetModule<NptInfo> = nptTarget('DNPT', hookMask(Hook.Prerouting, Hook.Output), IPV6_DST, IPV6_SRC);

/** `field` is the address that is translated, `quotedField` the one of a quoted packet. */
function nptTarget(name: string, hooks: number, field: number, quotedField: number): TargetModule<NptInfo> {
  return {
    name,
    scope: 'stateless',
    families: [6],
    tables: ['mangle'],
    hooks,
    options: [{ name: 'src-pfx' }, { name: 'dst-pfx' }],
    parse: (options) => ({ src: readPrefix(options.exactlyOne('src-pfx')), dst: readPrefix(options.exactlyOne('dst-pfx')) }),
    print: ({ src, dst }) => `--src-pfx ${text(src)} --dst-pfx ${text(dst)}`,
    list: ({ src, dst }) => `${name} src-pfx ${text(src)} dst-pfx ${text(dst)}`,
    compile: (info, { responder }) =>
      translate(new PrefixMap(info), field, quotedField, (packet) => responder.icmpv6Error(packet, ICMPV6_PARAMETER, 0, field, 'stack')),
  };
}

function readPrefix(option: GivenOption): NptPrefix {
  const { address, length } = readNetwork(option, 6);
  if (length > MAX_LENGTH) return option.fail(`a prefix longer than /${MAX_LENGTH} cannot be translated`);
  const mask = maskOf(length, 6);
  if (address.some((word, i) => (word & ~mask[i]!) !== 0)) return option.fail('bits beyond the prefix must be zero');
  return { address, length };
}

function text({ address, length }: NptPrefix): string {
  return `${formatAddress(address)}/${length}`;
}

/** How one prefix becomes the other, within the octets of an address. */
class PrefixMap {
  readonly src: NptPrefix;
  private readonly dst: NptPrefix;
  private readonly mask: Int32Array;
  private readonly srcMask: Int32Array;
  private readonly adjustment: number;
  private readonly shortPrefix: boolean;

  constructor({ src, dst }: NptInfo) {
    this.src = src;
    this.dst = dst;
    const length = Math.max(src.length, dst.length);
    this.mask = maskOf(length, 6);
    this.srcMask = maskOf(src.length, 6);
    this.adjustment = add(sum(src.address), ~sum(dst.address) & ONES);
    this.shortPrefix = length <= 48;
  }

  /** Whether the address at `at` has the source prefix. */
  matches(view: DataView, at: number): boolean {
    for (let i = 0; i < 4; i++) if ((view.getInt32(at + 4 * i) & this.srcMask[i]!) !== this.src.address[i]) return false;
    return true;
  }

  /** Translate the address at `at`; false when no word is left to adjust. */
  apply(view: DataView, at: number): boolean {
    for (let i = 0; i < 4; i++) {
      view.setInt32(at + 4 * i, (view.getInt32(at + 4 * i) & ~this.mask[i]!) | (this.dst.address[i]! & this.mask[i]!));
    }
    const word = this.adjustableWord(view, at);
    if (word < 0) return false;
    const adjusted = add(view.getUint16(word), this.adjustment);
    view.setUint16(word, adjusted === ONES ? 0 : adjusted);
    return true;
  }

  private adjustableWord(view: DataView, at: number): number {
    if (this.shortPrefix) return at + 6;
    for (let word = at + 8; word < at + 16; word += 2) if (view.getUint16(word) !== ONES) return word;
    return -1;
  }
}

/** One's complement sum of an address's words. */
function sum(address: Int32Array): number {
  let total = 0;
  for (const word of address) total = add(total, add(word >>> 16, word & ONES));
  return total;
}

function add(a: number, b: number): number {
  const total = a + b;
  return (total & ONES) + (total >>> 16);
}

function translate(map: PrefixMap, field: number, quotedField: number, refuse: (packet: Packet) => void): TargetFunction {
  return (packet) => {
    packet.makeWritable();
    if (!map.apply(packet.view, packet.network + field)) {
      refuse(packet);
      return Verdict.Drop;
    }
    readAddresses(packet);
    const quoted = quotedHeader(packet);
    if (quoted >= 0 && map.matches(packet.view, quoted + quotedField)) map.apply(packet.view, quoted + quotedField);
    return Verdict.Continue;
  };
}

/** Offset of the packet an ICMPv6 error quotes, or -1. Behind extension headers none is looked for. */
function quotedHeader({ view, network, networkLength, transport }: Packet): number {
  if (view.getUint8(network + IPV6_NEXT_HEADER) !== ipproto.ICMPV6) return -1;
  const quoted = transport + ICMPV6_HEADER_LEN;
  if (quoted + IPV6_HEADER_LEN > network + networkLength) return -1;
  return view.getUint8(transport) < ICMPV6_INFO ? quoted : -1;
}

function readAddresses(packet: Packet): void {
  const { view, network } = packet;
  packet.src0 = view.getInt32(network + IPV6_SRC);
  packet.src1 = view.getInt32(network + IPV6_SRC + 4);
  packet.src2 = view.getInt32(network + IPV6_SRC + 8);
  packet.src3 = view.getInt32(network + IPV6_SRC + 12);
  packet.dst0 = view.getInt32(network + IPV6_DST);
  packet.dst1 = view.getInt32(network + IPV6_DST + 4);
  packet.dst2 = view.getInt32(network + IPV6_DST + 8);
  packet.dst3 = view.getInt32(network + IPV6_DST + 12);
}
