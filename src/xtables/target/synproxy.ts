/**
 * SYNPROXY: answer for a server until a client has shown, by an acknowledgement of the cookie it was sent, that it is there.
 *
 *   -p tcp -j SYNPROXY [--sack-perm] [--timestamp] [--wscale 7] [--mss 1460] [--ecn]
 *
 *   SYN      answered with SYN|ACK by the proxy, and gone       options: those of the client that the rule names too
 *   ACK      its cookie is wrong: dropped                       all others, the answered handshake's RST too: go on
 *
 * Cookies hang on a secret of each kernel, and so none in a capture can be one of the simulated host's: a client never gets
 * through, as on a router that was started anew. The connection to the server, which a right cookie would begin, is not made.
 * Reference: iptables-extensions(8), "SYNPROXY". Kernel counterparts: net/ipv4/netfilter/ipt_SYNPROXY.c,
 * net/netfilter/nf_synproxy_core.c (behaviour only).
 * @module
 */
import { Hook, hookMask } from '../../hook/hook.ts';
import type { Responder } from '../../hook/responder.ts';
import { Verdict } from '../../hook/verdict.ts';
import * as ipproto from '../../inet/protocol.ts';
import type { Packet, ReadonlyPacket } from '../../packet/packet.ts';
import { TCP_FLAGS, TCP_HEADER_LEN, TcpFlag } from '../../wire/tcp.ts';
import { TcpOption } from '../../wire/tcp-options.ts';
import type { Options } from '../options.ts';
import type { TargetModule } from '../target.ts';
import { parseUint, U16, U8 } from './number.ts';

const DATA_OFFSET = 12;
const OPENING = TcpFlag.Syn | TcpFlag.Ack | TcpFlag.Fin | TcpFlag.Rst;
const ECN_SETUP = TcpFlag.Ece | TcpFlag.Cwr;
const MAX_WSCALE = 14;
/** The clock's lowest bits hold what the client offered: its window scale, SACK, ECN. */
const COOKIE_BITS = 0x3f;
const NO_SCALE = 0xf;
const SACK_BIT = 0x10;
const ECN_BIT = 0x20;

export interface SynproxyInfo {
  readonly sackPerm: boolean;
  readonly timestamp: boolean;
  /** -1 when not given. */
  readonly wscale: number;
  readonly mss: number;
  readonly ecn: boolean;
}

export const synproxy: TargetModule<SynproxyInfo> = {
  name: 'SYNPROXY',
  scope: 'flow',
  hooks: hookMask(Hook.Input, Hook.Forward),
  protocols: [ipproto.TCP],
  conntrack: true,
  options: [{ name: 'sack-perm', args: 0 }, { name: 'timestamp', args: 0 }, { name: 'wscale' }, { name: 'mss' }, { name: 'ecn', args: 0 }],

  parse(options) {
    return {
      sackPerm: options.has('sack-perm'),
      timestamp: options.has('timestamp'),
      wscale: readCut(options, 'wscale', U8),
      mss: readCut(options, 'mss', U16),
      ecn: options.has('ecn'),
    };
  },

  print: (info) => words(info, '--').join(' '),
  list: (info) => ['SYNPROXY', ...words(info, ''), ''].join(' '),

  compile(info, { responder }) {
    return (packet) => {
      if (packet.transportLength < TCP_HEADER_LEN || !responder.checksumHolds(packet)) return Verdict.Drop;
      const flags = packet.view.getUint8(packet.transport + TCP_FLAGS);
      if ((flags & OPENING) === TcpFlag.Syn) {
        const offer = readOffer(packet);
        if (offer === null) return Verdict.Drop;
        answer(responder, packet, info, offer);
        return Verdict.Drop;
      }
      return (flags & OPENING) === TcpFlag.Ack ? Verdict.Drop : Verdict.Continue;
    };
  },
};

/** What a client's SYN offers; -1: no such option. */
interface Offer {
  readonly hasMss: boolean;
  readonly wscale: number;
  readonly sackPerm: boolean;
  readonly timestamp: number;
}

/** The options of a header, or null when it is not whole (synproxy_parse_options). */
function readOffer({ view, transport, transportLength }: ReadonlyPacket): Offer | null {
  const end = (view.getUint8(transport + DATA_OFFSET) >> 4) << 2;
  if (end < TCP_HEADER_LEN || end > transportLength) return null;
  const offer = { hasMss: false, wscale: -1, sackPerm: false, timestamp: -1 };
  for (let at = TCP_HEADER_LEN; at < end; ) {
    const kind = view.getUint8(transport + at);
    if (kind === TcpOption.End) break;
    if (kind === TcpOption.NoOperation) {
      at++;
      continue;
    }
    const size = at + 1 < end ? view.getUint8(transport + at + 1) : 0;
    if (size < 2 || at + size > end) break;
    const value = transport + at + 2;
    if (kind === TcpOption.Mss && size === 4) offer.hasMss = true;
    else if (kind === TcpOption.WindowScale && size === 3) offer.wscale = Math.min(view.getUint8(value), MAX_WSCALE);
    else if (kind === TcpOption.SackPermitted && size === 2) offer.sackPerm = true;
    else if (kind === TcpOption.Timestamps && size === 10) offer.timestamp = view.getUint32(value);
    at += size;
  }
  return offer;
}

/** What both agree to; without time stamps, which carry them, the client's scale, SACK and ECN could not be remembered. */
function answer(responder: Responder, packet: Packet, info: SynproxyInfo, offer: Offer): void {
  const hasTimestamp = info.timestamp && offer.timestamp >= 0;
  const hasScale = hasTimestamp && info.wscale >= 0 && offer.wscale >= 0;
  const hasSack = hasTimestamp && info.sackPerm && offer.sackPerm;
  const flags = packet.view.getUint8(packet.transport + TCP_FLAGS);
  const ecn = hasTimestamp && info.ecn && (flags & ECN_SETUP) === ECN_SETUP;
  const options: number[] = [];
  if (info.mss >= 0 && offer.hasMss) options.push(TcpOption.Mss, 4, info.mss >> 8, info.mss & 0xff);
  if (hasTimestamp) {
    const clock = Math.floor(packet.nowUs / 1000) % 2 ** 32;
    const remembered = (hasScale ? offer.wscale : NO_SCALE) | (hasSack ? SACK_BIT : 0) | (ecn ? ECN_BIT : 0);
    if (hasSack) options.push(TcpOption.SackPermitted, 2);
    else options.push(TcpOption.NoOperation, TcpOption.NoOperation);
    options.push(TcpOption.Timestamps, 10, ...octets((clock & ~COOKIE_BITS) | remembered), ...octets(offer.timestamp));
  }
  if (hasScale) options.push(TcpOption.NoOperation, TcpOption.WindowScale, 3, info.wscale);
  responder.tcpSynAck(packet, Uint8Array.from(options), ecn);
}

function octets(word: number): readonly number[] {
  return [word >>> 24, (word >>> 16) & 0xff, (word >>> 8) & 0xff, word & 0xff];
}

/** A number whose bits beyond the field fall off, as iptables lets them; -1 when not given. */
function readCut(options: Options, name: string, max: number): number {
  const option = options.get(name);
  if (option === undefined) return -1;
  const value = parseUint(option.value);
  return value === null ? option.fail(`bad value for option "--${name}"`) : value & max;
}

function words({ sackPerm, timestamp, wscale, mss, ecn }: SynproxyInfo, dashes: string): string[] {
  const out: string[] = [];
  if (sackPerm) out.push(`${dashes}sack-perm`);
  if (timestamp) out.push(`${dashes}timestamp`);
  if (wscale >= 0) out.push(`${dashes}wscale ${wscale}`);
  if (mss >= 0) out.push(`${dashes}mss ${mss}`);
  if (ecn) out.push(`${dashes}ecn`);
  return out;
}
