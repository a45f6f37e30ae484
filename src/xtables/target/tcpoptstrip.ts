/**
 * TCPOPTSTRIP: blank TCP options out with NOPs.
 *
 *   -p tcp -j TCPOPTSTRIP --strip-options 8,sack-permitted
 *
 * Reference: iptables-extensions(8), "TCPOPTSTRIP". Kernel counterpart: net/netfilter/xt_TCPOPTSTRIP.c.
 * @module
 */
import { Verdict } from '../../hook/verdict.ts';
import { replaceU16 } from '../../inet/checksum.ts';
import * as ipproto from '../../inet/protocol.ts';
import type { Packet } from '../../packet/packet.ts';
import { pullTransport } from '../../packet/pieces.ts';
import type { GivenOption } from '../options.ts';
import type { TargetModule } from '../target.ts';
import { parseUint, U8 } from './number.ts';
import { optionLength, TCP_CHECKSUM, TCP_HEADER_LEN, tcpHeaderLength, TCPOPT_NOP } from './tcp-option.ts';

export interface TcpoptstripInfo {
  /** Kinds, ascending. */
  readonly kinds: readonly number[];
}

const NAMES: ReadonlyMap<string, number> = new Map([
  ['mss', 2],
  ['wscale', 3],
  ['sack-permitted', 4],
  ['sack', 5],
  ['timestamp', 8],
  ['md5', 19],
]);

export const tcpoptstrip: TargetModule<TcpoptstripInfo> = {
  name: 'TCPOPTSTRIP',
  scope: 'stateless',
  tables: ['mangle'],
  protocols: [ipproto.TCP],
  options: [{ name: 'strip-options' }],

  parse(options) {
    const option = options.get('strip-options');
    if (option === undefined) return { kinds: [] };
    const kinds = new Set(option.value.split(',').map((word) => readKind(option, word)));
    return { kinds: [...kinds].sort((a, b) => a - b) };
  },

  print: ({ kinds }) => (kinds.length === 0 ? '' : `--strip-options ${kinds.join(',')}`),
  list: ({ kinds }) => (kinds.length === 0 ? '' : `TCPOPTSTRIP options ${kinds.join(',')}`),

  compile({ kinds }) {
    const strips = new Uint8Array(U8 + 1);
    for (const kind of kinds) strips[kind] = 1;
    return (packet) => {
      if (packet.fragOffset !== 0) return Verdict.Continue;
      if (packet.protocol < 0 || packet.transportLength < TCP_HEADER_LEN) return Verdict.Drop;
      const length = tcpHeaderLength(packet.view, packet.transport);
      if (length < TCP_HEADER_LEN || packet.transportLength < length) return Verdict.Drop;
      pullTransport(packet, length);
      if (hasOne(packet, strips)) strip(packet, strips);
      return Verdict.Continue;
    };
  },
};

function readKind(option: GivenOption, word: string): number {
  const kind = NAMES.get(word) ?? parseUint(word);
  if (kind === null || kind < 2 || kind > U8) return option.fail(`bad TCP option value "${word}"`);
  return kind;
}

/** Whether there is anything to strip: a look before the copy that writing costs. */
function hasOne({ view, transport }: Packet, strips: Uint8Array): boolean {
  const end = transport + tcpHeaderLength(view, transport);
  for (let at = transport + TCP_HEADER_LEN; at < end - 1; at += optionLength(view, at)) {
    if (at + optionLength(view, at) > end) return false;
    if (strips[view.getUint8(at)] === 1) return true;
  }
  return false;
}

function strip(packet: Packet, strips: Uint8Array): void {
  packet.makeWritable();
  const { view, transport } = packet;
  const end = transport + tcpHeaderLength(view, transport);
  let length = 0;
  for (let at = transport + TCP_HEADER_LEN; at < end - 1; at += length) {
    length = optionLength(view, at);
    if (at + length > end) return;
    if (strips[view.getUint8(at)] === 1) blank(view, transport, at, length);
  }
}

/** Overwrite an option; its octets are upper or lower halves of the checksum's words by their place in the header. */
function blank(view: DataView, tcp: number, from: number, length: number): void {
  let checksum = view.getUint16(tcp + TCP_CHECKSUM);
  for (let at = from; at < from + length; at++) {
    const shift = ((at - tcp) & 1) === 0 ? 8 : 0;
    checksum = replaceU16(checksum, view.getUint8(at) << shift, TCPOPT_NOP << shift);
    view.setUint8(at, TCPOPT_NOP);
  }
  view.setUint16(tcp + TCP_CHECKSUM, checksum);
}
