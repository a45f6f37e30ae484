/**
 * TCPMSS: lower the maximum segment size a SYN announces, or announce one.
 *
 *   -j TCPMSS --set-mss 1400 | --clamp-mss-to-pmtu
 *
 * clamp takes the smaller MTU of the route ahead and of the route back, less 40 octets (IPv6: 60). An announced size is never
 * raised. A segment without the option gets it right behind the fixed header, with 536 (IPv6: 1220) at most, unless it carries
 * data or its header is full.
 * Reference: iptables-extensions(8), "TCPMSS". Kernel counterpart: net/netfilter/xt_TCPMSS.c.
 * @module
 */
import { Hook, hookMask } from '../../hook/hook.ts';
import { Verdict } from '../../hook/verdict.ts';
import { replaceU16, replaceU32 } from '../../inet/checksum.ts';
import * as ipproto from '../../inet/protocol.ts';
import type { Packet } from '../../packet/packet.ts';
import { joinPieces } from '../../packet/pieces.ts';
import { IPV4_TOTAL_LENGTH, Ipv4View } from '../../wire/ipv4.ts';
import { IPV6_PAYLOAD_LENGTH } from '../../wire/ipv6.ts';
import type { TcpInfo } from '../match/tcp.ts';
import type { TargetModule } from '../target.ts';
import { readUint } from './number.ts';
import { RouteMtu } from './route-mtu.ts';
import { optionLength, TCP_CHECKSUM, TCP_DATA_OFFSET, TCP_HEADER_LEN, tcpHeaderLength, TCPOPT_MSS } from './tcp-option.ts';

export interface TcpmssInfo {
  /** Octets, or CLAMP. */
  readonly mss: number;
}

const CLAMP = -1;
const MAX_MSS = 65515;
const MSS_LEN = 4;
const MAX_TCP_HEADER = 60;
/** What may be announced without knowing the path (RFC 9293 §3.7.1). */
const DEFAULT_MSS = { 4: 536, 6: 1220 } as const;
/** Octets of IP and TCP header that an MSS leaves out. */
const HEADERS_LEN = { 4: 40, 6: 60 } as const;
const SYN = 2;

export const tcpmss: TargetModule<TcpmssInfo> = {
  name: 'TCPMSS',
  scope: 'stateless',
  protocols: [ipproto.TCP],
  hooks: ({ mss }) => (mss === CLAMP ? hookMask(Hook.Forward, Hook.Output, Hook.Postrouting) : -1),
  options: [{ name: 'set-mss' }, { name: 'clamp-mss-to-pmtu', args: 0 }],

  parse(options) {
    const option = options.exactlyOne('set-mss', 'clamp-mss-to-pmtu');
    return { mss: option.name === 'set-mss' ? readUint(option, 0, MAX_MSS) : CLAMP };
  },

  check(_, rule) {
    return rule.matches.some(({ name, info }) => name === 'tcp' && asksForSyn(info)) ? null : 'only works on TCP SYN packets';
  },

  print: ({ mss }) => (mss === CLAMP ? '--clamp-mss-to-pmtu' : `--set-mss ${mss}`),
  list: ({ mss }) => (mss === CLAMP ? 'TCPMSS clamp to PMTU' : `TCPMSS set ${mss}`),

  compile({ mss }, { family, host }) {
    const routes = new RouteMtu(host);
    const ip = new Ipv4View();
    return (packet) => {
      if (packet.fragOffset !== 0) return Verdict.Continue;
      joinPieces(packet);
      if (!hasWholeHeader(packet)) return Verdict.Drop;
      let size = mss;
      if (mss === CLAMP) {
        size = routes.smallest(packet) - HEADERS_LEN[family];
        if (size <= 0) return Verdict.Drop;
      }
      const announced = findMss(packet);
      if (announced >= 0) lower(packet, announced, size);
      else if (mayInsert(packet)) insert(packet, Math.min(size, DEFAULT_MSS[family]), ip);
      return Verdict.Continue;
    };
  },
};

/** Whether a tcp match looks at SYN and asks for it. */
function asksForSyn(info: unknown): boolean {
  const { flagMask, flags, flagsInvert } = info as TcpInfo;
  return !flagsInvert && (flagMask & flags & SYN) !== 0;
}

function hasWholeHeader(packet: Packet): boolean {
  if (packet.protocol < 0 || packet.transportLength < TCP_HEADER_LEN) return false;
  const length = tcpHeaderLength(packet.view, packet.transport);
  return length >= TCP_HEADER_LEN && length <= packet.transportLength;
}

/** Offset of the MSS option, or -1. */
function findMss({ view, transport }: Packet): number {
  const last = transport + tcpHeaderLength(view, transport) - MSS_LEN;
  for (let at = transport + TCP_HEADER_LEN; at <= last; at += optionLength(view, at)) {
    if (view.getUint8(at) === TCPOPT_MSS && view.getUint8(at + 1) === MSS_LEN) return at;
  }
  return -1;
}

/** Lower the announced size. The checksum takes the two octets as an aligned word, wherever they stand: as the kernel does. */
function lower(packet: Packet, option: number, size: number): void {
  const before = packet.view.getUint16(option + 2);
  if (before <= size) return;
  const from = packet.network;
  packet.makeWritable();
  const { view, transport } = packet;
  view.setUint16(option + 2 + packet.network - from, size);
  view.setUint16(transport + TCP_CHECKSUM, replaceU16(view.getUint16(transport + TCP_CHECKSUM), before, size));
}

function mayInsert({ view, transport, transportLength }: Packet): boolean {
  const length = tcpHeaderLength(view, transport);
  return transportLength === length && length < MAX_TCP_HEADER;
}

/** Put an MSS option in front of the others. */
function insert(packet: Packet, size: number, ip: Ipv4View): void {
  packet.makeWritable();
  packet.resizeTail(MSS_LEN);
  const { view, bytes, transport } = packet;
  const options = transport + TCP_HEADER_LEN;
  bytes.copyWithin(options + MSS_LEN, options, transport + packet.transportLength);
  const option = (TCPOPT_MSS << 24) | (MSS_LEN << 16) | size;
  view.setInt32(options, option);
  let checksum = replaceU16(view.getUint16(transport + TCP_CHECKSUM), packet.transportLength, packet.transportLength + MSS_LEN);
  checksum = replaceU32(checksum, 0, option);
  const before = view.getUint16(transport + TCP_DATA_OFFSET);
  const after = before + ((MSS_LEN / 4) << 12);
  view.setUint16(transport + TCP_DATA_OFFSET, after);
  view.setUint16(transport + TCP_CHECKSUM, replaceU16(checksum, before, after));
  packet.networkLength += MSS_LEN;
  packet.transportLength += MSS_LEN;
  if (packet.family === 4) {
    ip.at(view, packet.network).rewriteTotalLength(view.getUint16(packet.network + IPV4_TOTAL_LENGTH) + MSS_LEN);
  } else {
    const at = packet.network + IPV6_PAYLOAD_LENGTH;
    view.setUint16(at, view.getUint16(at) + MSS_LEN);
  }
}
