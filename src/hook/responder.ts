/**
 * What a hook function may ask the machine to send. The engine implements it; a target only knows this interface.
 * Everything sent walks OUTPUT and POSTROUTING before the call returns, as in the kernel.
 * @module
 */
import type { Packet } from '../packet/packet.ts';

export interface Responder {
  /** icmp_send: an ICMP error about `offender` (IPv4). `rest` is the 32-bit field behind the checksum. */
  icmpError(offender: Packet, type: number, code: number, rest: number, by: 'reject' | 'stack'): void;
  /** icmpv6_send: an ICMPv6 error about `offender`. */
  icmpv6Error(offender: Packet, type: number, code: number, rest: number, by: 'reject' | 'stack'): void;
  /** nf_send_reset / nf_send_reset6: a TCP reset in answer to `offender`. */
  tcpReset(offender: Packet): void;
  /** synproxy_send_client_synack: a SYN|ACK in the server's stead, in answer to `offender`; `options`: whole words. */
  tcpSynAck(offender: Packet, options: Uint8Array, ecn: boolean): void;
  /** Whether the checksum of a TCP segment holds (nf_checksum). */
  checksumHolds(packet: Packet): boolean;
  /** ip_route_me_harder: a packet in OUTPUT whose addresses, mark or TOS changed is routed anew; false when no route is left. */
  reroute(packet: Packet): boolean;
  /** nf_dup_ipv4/6: a copy of `packet` routed to `gateway` (1 or 4 words), out of `outdev` if not 0. */
  duplicate(packet: Packet, gateway: Int32Array, outdev: number): void;
}
