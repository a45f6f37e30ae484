/**
 * build: a frame from descriptions of its layers, outermost first.
 *
 *   build(ethernet(a, b), ipv4('10.0.0.1', '10.0.0.2'), tcp(1024, 80, { flags: TcpFlag.Syn }), payload('hello'))
 *
 * Lengths, the names of the next header and checksums are computed, unless a field is given: then it stands. Headers are
 * written through the layouts the views read with. A frame may start with any layer, and IP may stand inside IP, GRE, VXLAN or
 * an ICMP error. For tests, fuzzing and people who make captures: it allocates freely.
 * @module
 */
import { finish, pseudoHeaderSum, sum16 } from '../inet/checksum.ts';
import { crc32c } from '../inet/checksum.ts';
import { Ipv4View } from '../wire/ipv4.ts';
import { Ipv6View } from '../wire/ipv6.ts';
import { SCTP_CHECKSUM } from '../wire/sctp.ts';
import type { LayerSpec } from './build-layers.ts';

/** A layer with its place in the frame. */
interface Placed {
  readonly spec: LayerSpec;
  readonly offset: number;
  /** Octets of this layer alone, options included. */
  readonly own: number;
  /** Octets from here to the end of the frame. */
  readonly length: number;
  readonly next: LayerSpec | undefined;
}

/** The frame. */
export function build(...layers: readonly LayerSpec[]): Uint8Array {
  const placed = place(layers);
  const bytes = new Uint8Array(placed[0]?.length ?? 0);
  const view = new DataView(bytes.buffer);
  for (const one of placed) {
    const { spec, offset } = one;
    spec.layout?.write(view, offset, { ...computed(one), ...spec.fields });
    bytes.set(spec.tail, offset + (spec.layout?.span ?? 0));
  }
  for (let i = placed.length - 1; i >= 0; i--) seal(view, placed, i);
  return bytes;
}

function place(layers: readonly LayerSpec[]): Placed[] {
  const sizes = layers.map((spec) => (spec.layout?.span ?? 0) + spec.tail.length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let offset = 0;
  return layers.map((spec, i) => {
    const one = { spec, offset, own: sizes[i]!, length: total - offset, next: layers[i + 1] };
    offset += sizes[i]!;
    return one;
  });
}

/** Fields that follow from size and neighbours. */
function computed({ spec, own, length, next }: Placed): Record<string, number> {
  const protocol = next === undefined || next.protocol < 0 ? 0 : next.protocol;
  const type = next === undefined || next.etherType < 0 ? 0 : next.etherType;
  switch (spec.kind) {
    case 'ethernet':
      return { type: next?.kind === 'snap' ? length - own : type };
    case 'vlan':
    case 'snap':
      return { type };
    case 'ipv4':
      return { headerWords: own >> 2, totalLength: length, protocol };
    case 'ipv6':
      return { payloadLength: length - own, nextHeader: protocol };
    case 'extension':
      return own === 8 && spec.layout?.span === 8 ? { nextHeader: protocol } : { nextHeader: protocol, lengthUnits: (own >> 3) - 1 };
    case 'ah':
      return { nextHeader: protocol, lengthWords: (own >> 2) - 2 };
    case 'tcp':
      return { dataWords: own >> 2 };
    case 'udp':
      return { length };
    case 'gre':
      return { protocolType: type };
    default:
      return {};
  }
}

/** Compute a layer's checksum, unless it is given. Inner layers are sealed already. */
function seal(view: DataView, placed: readonly Placed[], index: number): void {
  const { spec, offset, own, length } = placed[index]!;
  if ('checksum' in spec.fields || 'checksumWord' in spec.fields) return;
  switch (spec.kind) {
    case 'ipv4':
      write16(view, offset, spec, finish(sum16(view, offset, own)));
      break;
    case 'icmp':
    case 'igmp':
      write16(view, offset, spec, finish(sum16(view, offset, length)));
      break;
    case 'gre':
      if (spec.fields['hasChecksum'] === 1) view.setUint16(offset + 4, finish(sum16(view, offset, length)));
      break;
    case 'sctp':
      view.setUint32(offset + SCTP_CHECKSUM, crc32c(view, offset, length), true);
      break;
    case 'tcp':
    case 'icmpv6':
      write16(view, offset, spec, finish(sum16(view, offset, length, pseudo(view, placed, index))));
      break;
    case 'udp':
    case 'udplite':
      write16(view, offset, spec, finish(sum16(view, offset, length, pseudo(view, placed, index))) || 0xffff);
      break;
    default:
  }
}

function write16(view: DataView, offset: number, spec: LayerSpec, checksum: number): void {
  spec.layout?.write(view, offset, { checksum });
}

/** The pseudo header's sum from the nearest IP header in front; 0 when there is none. */
function pseudo(view: DataView, placed: readonly Placed[], index: number): number {
  const { spec, length } = placed[index]!;
  for (let i = index - 1; i >= 0; i--) {
    const { kind } = placed[i]!.spec;
    if (kind === 'ipv4' || kind === 'ipv6') {
      const addresses = kind === 'ipv4' ? addresses4(view, placed[i]!.offset) : addresses6(view, placed[i]!.offset);
      return pseudoHeaderSum(addresses, spec.protocol, length);
    }
  }
  return 0;
}

function addresses4(view: DataView, offset: number): Parameters<typeof pseudoHeaderSum>[0] {
  const header = new Ipv4View().at(view, offset);
  return { family: 4, src0: header.src, src1: 0, src2: 0, src3: 0, dst0: header.dst, dst1: 0, dst2: 0, dst3: 0 };
}

function addresses6(view: DataView, offset: number): Parameters<typeof pseudoHeaderSum>[0] {
  const { src0, src1, src2, src3, dst0, dst1, dst2, dst3 } = new Ipv6View().at(view, offset);
  return { family: 6, src0, src1, src2, src3, dst0, dst1, dst2, dst3 };
}

/** One TCP option: `['mss', 1460]`, `['nop']`, `['wscale', 7]`, `['sackOK']`, `['timestamps', 1, 0]`, `['sack', l, r, …]`, `['eol']`. */
export type TcpOptionSpec =
  | readonly ['eol']
  | readonly ['nop']
  | readonly ['mss', number]
  | readonly ['wscale', number]
  | readonly ['sackOK']
  | readonly ['sack', ...number[]]
  | readonly ['timestamps', number, number]
  | readonly ['raw', number, Uint8Array];

/** TCP options in the order given; tcp() pads them with zeros. */
export function tcpOptions(...options: readonly TcpOptionSpec[]): Uint8Array {
  return Uint8Array.from(options.flatMap(optionOctets));
}

function optionOctets(option: TcpOptionSpec): readonly number[] {
  switch (option[0]) {
    case 'eol':
      return [0];
    case 'nop':
      return [1];
    case 'mss':
      return [2, 4, option[1] >> 8, option[1]];
    case 'wscale':
      return [3, 3, option[1]];
    case 'sackOK':
      return [4, 2];
    case 'sack':
      return [5, 2 + 4 * (option.length - 1), ...option.slice(1).flatMap((word) => octets32(word as number))];
    case 'timestamps':
      return [8, 10, ...octets32(option[1]), ...octets32(option[2])];
    case 'raw':
      return [option[1], 2 + option[2].length, ...option[2]];
  }
}

function octets32(word: number): number[] {
  return [(word >>> 24) & 0xff, (word >>> 16) & 0xff, (word >>> 8) & 0xff, word & 0xff];
}
