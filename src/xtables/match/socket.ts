/**
 * socket: whether a socket of the host takes the packet.
 *
 *   -m socket [--nowildcard] [--transparent] [--restore-skmark]
 *
 * The sockets of the simulated host are its listeners (host.json, `listeners`): a TCP or UDP packet to the address and port of
 * one matches. Those bound to any address match only with --nowildcard, as in the kernel. There are no connected sockets and
 * none is transparent, so a proxy's established connections, which a TPROXY rule set diverts with this match, do not match;
 * nor does --restore-skmark ever find a mark. Where the host's description lists no sockets at all, whether one takes a packet
 * is in doubt (xtables/doubt.ts), for all that the kernel would look one up for: TCP, UDP, and ICMP errors about them.
 * Reference: iptables-extensions(8), "socket". Kernel counterpart: net/netfilter/xt_socket.c (behaviour only).
 * @module
 */
import { Hook, hookMask } from '../../hook/hook.ts';
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
    const listeners = transparent ? [] : services.host.settings.listeners.filter((listener) => listener.family === services.family);
    const reachable = listeners.filter((listener) => nowildcard || listener.address.some((word) => word !== 0));
    if (reachable.length === 0) return () => false;
    return (packet) => {
      if (packet.dstPort < 0 || (packet.protocol !== ipproto.TCP && packet.protocol !== ipproto.UDP)) return false;
      for (let i = 0; i < reachable.length; i++) {
        if (takes(reachable[i]!, packet)) return true;
      }
      return false;
    };
  },
};

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

function takes(listener: Listener, packet: ReadonlyPacket): boolean {
  if (listener.port !== packet.dstPort || listener.protocol !== packet.protocol) return false;
  const { address } = listener;
  return isAny(address) || isDestination(address, packet);
}

function isAny(address: Int32Array): boolean {
  for (let i = 0; i < address.length; i++) {
    if (address[i] !== 0) return false;
  }
  return true;
}

function isDestination(address: Int32Array, packet: ReadonlyPacket): boolean {
  if (address[0] !== packet.dst0) return false;
  return address.length === 1 || (address[1] === packet.dst1 && address[2] === packet.dst2 && address[3] === packet.dst3);
}
