/**
 * The line the LOG target writes for a packet, as the kernel's nf_log_syslog does, octet for octet.
 *
 *   <4>prefixIN=eth0 OUT=eth1 MAC=02:..:08:00 SRC=10.0.0.2 DST=10.1.0.2 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=1 DF PROTO=TCP SPT=..
 *
 * Every field ends with a blank, also the last. An ICMP error shows the packet it quotes in brackets, one level deep.
 * Formatting allocates: only called when somebody listens.
 * Kernel counterpart: net/netfilter/nf_log_syslog.c.   Proof: test/unit/xtables/log-line.test.ts (lines recorded from a kernel).
 * @module
 */
import * as ipproto from '../inet/protocol.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';
import { logBody4 } from './log-ipv4.ts';
import { logBody6 } from './log-ipv6.ts';

/** What a LOG rule asks for, as bits (NF_LOG_* of the kernel). */
export const LogFlag = { TcpSequence: 1, TcpOptions: 2, IpOptions: 4, Uid: 8, MacDecode: 32 } as const;

/** Names of the interfaces, by number. */
export interface LogNames {
  readonly interfaces: readonly { readonly name: string }[];
  readonly loopback: number;
}

/** A packet's line without level and prefix. */
export function logLine(packet: ReadonlyPacket, names: LogNames, flags: number): string {
  const head = `IN=${nameOf(names, packet.indev)} OUT=${nameOf(names, packet.outdev)} `;
  const mac = packet.indev > 0 ? macFields(packet, names, flags) : '';
  const body = packet.family === 6 ? logBody6(packet, flags) : logBody4(packet, flags);
  return head + mac + body;
}

function nameOf(names: LogNames, device: number): string {
  return device > 0 ? (names.interfaces[device]?.name ?? '') : '';
}

const ETHERNET_LEN = 14;
/** What lo's header says: no addresses. */
const NO_MAC = '00:00:00:00:00:00';

function macFields(packet: ReadonlyPacket, names: LogNames, flags: number): string {
  const protocol = packet.family === 6 ? '86dd' : '0800';
  const loops = packet.indev === names.loopback;
  const hasHeader = packet.link >= 0 && packet.network - packet.link >= ETHERNET_LEN;
  if ((flags & LogFlag.MacDecode) !== 0) {
    const src = hasHeader && !loops ? octets(packet, packet.link + 6, 6) : NO_MAC;
    const dst = hasHeader && !loops ? octets(packet, packet.link, 6) : NO_MAC;
    return `MACSRC=${src} MACDST=${dst} MACPROTO=${protocol} `;
  }
  if (loops) return `MAC=${NO_MAC}:${NO_MAC}:${protocol.slice(0, 2)}:${protocol.slice(2)} `;
  return hasHeader ? `MAC=${octets(packet, packet.link, ETHERNET_LEN)} ` : 'MAC= ';
}

function octets(packet: ReadonlyPacket, from: number, count: number): string {
  return Array.from(packet.bytes.subarray(from, from + count), (octet) => octet.toString(16).padStart(2, '0')).join(':');
}

/** The record the AUDIT target makes (NETFILTER_PKT). */
export function auditLine(packet: ReadonlyPacket, addresses: { readonly src: string; readonly dst: string }): string {
  const mark = packet.mark === 0 ? '0' : `0x${(packet.mark >>> 0).toString(16)}`;
  const protocol = packet.protocol < 0 ? ipproto.NONE : packet.protocol;
  return `audit: type=1324 mark=${mark} saddr=${addresses.src} daddr=${addresses.dst} proto=${protocol}`;
}
