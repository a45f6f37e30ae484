/**
 * socket: whether a socket of the host takes the packet.
 *
 *   -m socket [--nowildcard] [--transparent] [--restore-skmark]
 *
 * The sockets of the simulated host are its listeners (host.json, `listeners`): a TCP or UDP packet to the address and port of
 * one matches, as does one that TPROXY gave to a listener. Those bound to any address match only with --nowildcard, as in the
 * kernel. There are no connected sockets, so a proxy's established connections, which a TPROXY rule set diverts with this match,
 * do not match; nor does --restore-skmark ever find a mark. Where the host's description lists no sockets at all, whether one takes a packet
 * is in doubt (xtables/doubt.ts), for all that the kernel would look one up for: TCP, UDP, and ICMP errors about them.
 * Reference: iptables-extensions(8), "socket". Kernel counterpart: net/netfilter/xt_socket.c (behaviour only).
 * @module
 */
import { Hook, hookMask } from '../../hook/hook.ts';
import { findListener, isBoundToAny, type ListenerKey } from '../../host/listener.ts';
import type { Listener } from '../../host/plan.ts';
import * as ipproto from '../../inet/protocol.ts';
import type { ReadonlyPacket } from '../../packet/packet.ts';
import type { MatchModule } from '../match.ts';

const ICMP_HEADER = 8;
/** Unreachable, source quench, redirect, time exceeded, parameter problem. */
const ICMP_ERRORS: ReadonlySet<number> = new Set([3, 4, 5, 11, 12]);
/** ICMPv6 types below are errors. */
const FIRST_INFORMATIONAL = 128;

export interface SocketInfo {
  readonly transparent: boolean;
  readonly nowildcard: boolean;
  readonly restoreMark: boolean;
}

export const socket: MatchModule<SocketInfo> = {
  name: 'socket',
  scope: 'stateless',
  defrag: true,
  hooks: hookMask(Hook.Prerouting, Hook.Input),
  options: [
    { name: 'transparent', args: 0 },
    { name: 'nowildcard', args: 0 },
    { name: 'restore-skmark', args: 0 },
  ],

  parse(options) {
    return { transparent: options.has('transparent'), nowildcard: options.has('nowildcard'), restoreMark: options.has('restore-skmark') };
  },

  print(info) {
    return words(info).join(' ');
  },

  list(info) {
    return ['socket', ...words(info)].join(' ');
  },

  compile(info, services) {
    const { transparent, nowildcard } = info;
    const supposed = services.doubt?.about(info) ?? null;
    if (supposed !== null) return (packet) => isLookedUp(packet) && supposed.ask();
    const { listeners } = services.host.settings;
    if (listeners.length === 0) return () => false;
    const key = { family: services.family, protocol: 0, port: 0, w0: 0, w1: 0, w2: 0, w3: 0 };
    return (packet) => {
      const found = packet.socket > 0 ? packet.socket - 1 : lookUp(listeners, packet, key);
      const listener = listeners[found];
      if (listener === undefined || (transparent && !listener.transparent)) return false;
      return nowildcard || !isBoundToAny(listener);
    };
  },
};

function lookUp(
  listeners: readonly Listener[],
  packet: ReadonlyPacket,
  key: { -readonly [K in keyof ListenerKey]: ListenerKey[K] },
): number {
  if (packet.dstPort < 0 || (packet.protocol !== ipproto.TCP && packet.protocol !== ipproto.UDP)) return -1;
  key.protocol = packet.protocol;
  key.port = packet.dstPort;
  key.w0 = packet.dst0;
  key.w1 = packet.dst1;
  key.w2 = packet.dst2;
  key.w3 = packet.dst3;
  return findListener(listeners, key);
}

function words(info: SocketInfo): string[] {
  const { transparent, nowildcard, restoreMark } = info;
  return [transparent ? '--transparent' : '', nowildcard ? '--nowildcard' : '', restoreMark ? '--restore-skmark' : ''].filter(
    (word) => word !== '',
  );
}

/** Whether the kernel would look for a socket: by the packet's ports, or by those that an ICMP error quotes. */
function isLookedUp(packet: ReadonlyPacket): boolean {
  const { protocol } = packet;
  if (protocol === ipproto.TCP || protocol === ipproto.UDP) return packet.dstPort >= 0;
  if (packet.fragOffset !== 0 || packet.transportLength < ICMP_HEADER) return false;
  const type = packet.bytes[packet.transport]!;
  if (protocol === ipproto.ICMPV6) return packet.family === 6 && type < FIRST_INFORMATIONAL;
  return protocol === ipproto.ICMP && packet.family === 4 && ICMP_ERRORS.has(type);
}
