/**
 * The IPv4 options an answer takes over from what it answers (ip_options_echo, ip_options_build): record route and timestamp, with
 * the host's own address and time added where there is room. Everything else is left out, and whatever stands behind an option
 * that was found malformed.
 * @module
 */
import { Origin, type Packet } from '../packet/packet.ts';

const END = 0;
const NOOP = 1;
const RECORD_ROUTE = 7;
const TIMESTAMP = 68;
const LABEL = 134;
const IP_HEADER = 20;
const MAX_OPTIONS = 40;
const DAY_MS = 86_400_000;
const FLAG_TIME = 0;
const FLAG_ADDRESS = 1;

/** The options of one answer, padded to words. Offsets count from its first octet; -1: nothing to fill in. */
export class EchoedOptions {
  readonly bytes: Uint8Array = new Uint8Array(MAX_OPTIONS);
  length = 0;
  private routeAt = -1;
  private stampAddressAt = -1;
  private stampTimeAt = -1;

  /**
   * Take over from an arrived packet, at most what ends in front of its octet `limit`; false: its options are such that no answer
   * is sent.
   */
  take(cause: Packet, limit: number = cause.headerLength): boolean {
    this.length = 0;
    this.routeAt = -1;
    this.stampAddressAt = -1;
    this.stampTimeAt = -1;
    // the kernel has not read the options of what a raw socket sent, but knows those it wrote itself
    const isRead = cause.indev !== 0 || cause.origin === Origin.Stack;
    if (cause.family !== 4 || !isRead || cause.headerLength <= IP_HEADER) return true;
    const route = findOption(cause, RECORD_ROUTE, limit);
    if (route >= 0 && !this.takeRoute(cause, route)) return false;
    const stamp = findOption(cause, TIMESTAMP, limit);
    if (stamp >= 0 && !this.takeStamp(cause, stamp)) return false;
    if (limit < cause.headerLength) this.takeLabel(cause, limit);
    while ((this.length & 3) !== 0) this.bytes[this.length++] = END;
    return true;
  }

  /** Write them behind the 20 octets of `reply`'s header, filled in for its route. */
  write(reply: Packet): void {
    if (this.length === 0) return;
    const { view, bytes, network } = reply;
    const at = network + IP_HEADER;
    bytes.set(this.bytes.subarray(0, this.length), at);
    const source = view.getInt32(network + 12);
    if (this.routeAt >= 0) view.setInt32(at + this.routeAt, source);
    if (this.stampAddressAt >= 0) view.setInt32(at + this.stampAddressAt, source);
    if (this.stampTimeAt >= 0) view.setUint32(at + this.stampTimeAt, Math.floor(reply.nowUs / 1000) % DAY_MS);
  }

  private copy(cause: Packet, at: number): number {
    const size = cause.bytes[at + 1]!;
    const start = this.length;
    this.bytes.set(cause.bytes.subarray(at, at + size), start);
    this.length += size;
    return start;
  }

  private takeRoute(cause: Packet, at: number): boolean {
    const size = cause.bytes[at + 1]!;
    const pointer = cause.bytes[at + 2]!;
    const start = this.copy(cause, at);
    if (pointer > size) return true;
    if (pointer + 3 > size) return false;
    this.routeAt = start + pointer - 1;
    this.bytes[start + 2] = pointer + 4;
    return true;
  }

  /** A label (CIPSO) that nobody here understands goes back with the complaint about it. */
  private takeLabel(cause: Packet, fault: number): void {
    const at = faultyLabel(cause, fault);
    if (at >= 0) this.copy(cause, at);
  }

  private takeStamp(cause: Packet, at: number): boolean {
    const size = cause.bytes[at + 1]!;
    let pointer = cause.bytes[at + 2]!;
    const flag = cause.bytes[at + 3]! & 15;
    const start = this.copy(cause, at);
    if (pointer > size || (flag !== FLAG_TIME && flag !== FLAG_ADDRESS)) return true;
    if (flag === FLAG_ADDRESS) {
      if (pointer + 3 > size) return false;
      this.stampAddressAt = start + pointer - 1;
      pointer += 4;
    }
    if (pointer + 3 > size) return false;
    this.stampTimeAt = start + pointer - 1;
    this.bytes[start + 2] = pointer + 4;
    return true;
  }
}

/** Where a label begins whose length or domain is at fault, or -1. */
function faultyLabel({ bytes, network }: Packet, fault: number): number {
  for (let at = IP_HEADER; at < fault; ) {
    const kind = bytes[network + at]!;
    if (kind === LABEL) return network + at;
    at += kind === NOOP ? 1 : Math.max(1, bytes[network + at + 1]!);
  }
  return -1;
}

/** Offset of an option of a kind among those in front of octet `limit` of the header, which are known to be well formed, or -1. */
function findOption(packet: Packet, wanted: number, limit: number): number {
  const { bytes, network } = packet;
  const end = network + limit;
  for (let at = network + IP_HEADER; at + 2 < end; ) {
    const kind = bytes[at]!;
    if (kind === END) return -1;
    const size = kind === NOOP ? 1 : bytes[at + 1]!;
    if (size < 1 || at + size > end) return -1;
    if (kind === wanted && size >= 3) return at;
    at += size;
  }
  return -1;
}
