/**
 * IPv4 options on the way through a router (ip_options_compile, ip_forward_options). RFC 791 §3.1.
 *
 *   record route 7    timestamp 68    loose/strict source route 131/137    router alert 148    CIPSO 134    end 0    no-op 1
 *
 * On arrival the address of the host towards the sender is written into record route and timestamp, behind FORWARD the address of
 * the way out over the one in record route; the header checksum follows only there, as in the kernel. A malformed option is answered with a parameter problem.
 * @module
 */
import { finish, sum16 } from '../inet/checksum.ts';
import { RouteType } from '../packet/destination.ts';
import type { Packet } from '../packet/packet.ts';
import { DropReason } from './drop-reason.ts';
import type { Engine } from './engine.ts';
import { resetQuery4 } from './route-scratch.ts';

const END = 0;
const NOOP = 1;
const RECORD_ROUTE = 7;
const TIMESTAMP = 68;
const LOOSE = 131;
const STRICT = 137;
const ROUTER_ALERT = 148;
const CIPSO = 134;
const CIPSO_LEAST = 8;
const PARAMETER_PROBLEM = 12;
const IP_HEADER = 20;
const DAY_MS = 86_400_000;

/** What ip_options_compile found, for the packet at hand. One object: options are rare and never nest. */
const found = { problem: -1, sourceRoute: 0, recordRoute: 0, routeWritten: false, timestamp: 0, changed: false };

/** Read the options of an arrived packet; false: it is dropped, packet.dropReason says why. */
export function compileOptions4(engine: Engine, packet: Packet): boolean {
  const length = packet.headerLength - IP_HEADER;
  if (length <= 0) return true;
  packet.makeWritable();
  compile(engine, packet, length);
  if (found.problem >= 0) {
    engine.icmpError(packet, PARAMETER_PROBLEM, 0, ((found.problem - packet.network) << 24) | 0, 'stack');
    packet.dropReason = DropReason.IpOptions;
    return false;
  }
  if (found.sourceRoute !== 0 && engine.host.switches.acceptSourceRoute[packet.indev] === 0) {
    packet.dropReason = DropReason.SourceRoute;
    return false;
  }
  return true;
}

function compile(engine: Engine, packet: Packet, length: number): void {
  found.problem = -1;
  found.sourceRoute = 0;
  found.recordRoute = 0;
  found.routeWritten = false;
  found.timestamp = 0;
  found.changed = false;
  const { bytes } = packet;
  let at = packet.network + IP_HEADER;
  let left = length;
  while (left > 0) {
    const kind = bytes[at]!;
    if (kind === END) {
      blankRest(packet, at + 1, left - 1);
      return;
    }
    if (kind === NOOP) {
      at++;
      left--;
      continue;
    }
    const size = left < 2 ? 0 : bytes[at + 1]!;
    if (size < 2 || size > left) {
      found.problem = at;
      return;
    }
    if (!readOption(engine, packet, { kind, at, size })) return;
    at += size;
    left -= size;
  }
}

/** Everything behind end-of-options is made end-of-options. */
function blankRest(packet: Packet, from: number, count: number): void {
  for (let i = from; i < from + count; i++) {
    if (packet.bytes[i] === END) continue;
    packet.bytes[i] = END;
    found.changed = true;
  }
}

interface OptionPlace {
  readonly kind: number;
  readonly at: number;
  readonly size: number;
}

/** False: found.problem is set. */
function readOption(engine: Engine, packet: Packet, option: OptionPlace): boolean {
  const { kind, at, size } = option;
  const { bytes } = packet;
  if (kind === LOOSE || kind === STRICT) {
    if (size < 3) return problem(at + 1);
    if (bytes[at + 2]! < 4) return problem(at + 2);
    if (found.sourceRoute !== 0) return problem(at);
    found.sourceRoute = at;
    return true;
  }
  if (kind === RECORD_ROUTE) return readRecordRoute(engine, packet, option);
  if (kind === TIMESTAMP) return readTimestamp(engine, packet, option);
  if (kind === ROUTER_ALERT) return size < 4 ? problem(at + 1) : true;
  // a label of a domain of interpretation that this host was not told of
  if (kind === CIPSO) return problem(size < CIPSO_LEAST ? at + 1 : at + 2);
  return true;
}

function problem(at: number): boolean {
  found.problem = at;
  return false;
}

function readRecordRoute(engine: Engine, packet: Packet, { at, size }: OptionPlace): boolean {
  const { bytes, view } = packet;
  if (found.recordRoute !== 0) return problem(at);
  if (size < 3) return problem(at + 1);
  const pointer = bytes[at + 2]!;
  if (pointer < 4) return problem(at + 2);
  if (pointer <= size) {
    if (pointer + 3 > size) return problem(at + 2);
    view.setInt32(at + pointer - 1, specificDestination(engine, packet));
    bytes[at + 2] = pointer + 4;
    found.changed = true;
    found.routeWritten = true;
  }
  found.recordRoute = at;
  return true;
}

function readTimestamp(engine: Engine, packet: Packet, { at, size }: OptionPlace): boolean {
  const { bytes, view } = packet;
  if (found.timestamp !== 0) return problem(at);
  if (size < 4) return problem(at + 1);
  const pointer = bytes[at + 2]!;
  if (pointer < 5) return problem(at + 2);
  const flag = bytes[at + 3]! & 15;
  if (pointer > size) return countOverflow(bytes, at, flag);
  if (pointer + 3 > size) return problem(at + 2);
  if ((flag === 1 || flag === 3) && pointer + 7 > size) return problem(at + 2);
  found.timestamp = at;
  if (flag === 1) view.setInt32(at + pointer - 1, specificDestination(engine, packet));
  if (flag === 3 && engine.host.addressType4(view.getInt32(at + pointer - 1)) === RouteType.Unicast) return true;
  if (flag !== 0 && flag !== 1 && flag !== 3) return true;
  const place = flag === 0 ? at + pointer - 1 : at + pointer + 3;
  view.setUint32(place, Math.floor(packet.nowUs / 1000) % DAY_MS);
  bytes[at + 2] = pointer + (flag === 0 ? 4 : 8);
  found.changed = true;
  return true;
}

/** A full one: how many hosts found no room in it. */
function countOverflow(bytes: Uint8Array, at: number, flag: number): boolean {
  if (flag !== 3) {
    const overflow = bytes[at + 3]! >> 4;
    if (overflow === 15) return problem(at + 3);
    bytes[at + 3] = flag | ((overflow + 1) << 4);
    found.changed = true;
  }
  found.timestamp = at;
  return true;
}

/** fib_compute_spec_dst: the host's own address as the sender sees it. */
function specificDestination(engine: Engine, packet: Packet): number {
  const { dst } = packet;
  if (dst.local !== 0 && dst.broadcast === 0 && dst.multicast === 0) return packet.dst0;
  const { query, result } = engine.host.scratch4;
  resetQuery4(query, packet.src0, 0);
  query.iif = engine.host.loopback;
  query.tos = packet.view.getUint8(packet.network + 1) & 0x1c;
  engine.host.route4(query, result);
  if (result.type === RouteType.Unicast) {
    return result.prefSrc !== 0 ? result.prefSrc : (engine.host.selectAddress4(result.outdev, result.gateway) ?? 0);
  }
  return engine.host.selectAddress4(packet.indev, packet.src0) ?? 0;
}

/** The options of a packet that leaves: its way out is written over the address the arrival wrote, the checksum made right. */
export function forwardOptions4(engine: Engine, packet: Packet): void {
  if (packet.headerLength <= IP_HEADER || !packet.writable) return;
  const { bytes, view, network } = packet;
  const end = network + packet.headerLength;
  let changed = false;
  for (let at = network + IP_HEADER; at < end; ) {
    const kind = bytes[at]!;
    if (kind === END) break;
    const size = kind === NOOP ? 1 : bytes[at + 1]!;
    if (size < 1 || at + size > end) break;
    if (kind === RECORD_ROUTE && bytes[at + 2]! >= 8 && bytes[at + 2]! - 1 <= size && found.routeWritten) {
      view.setInt32(at + bytes[at + 2]! - 5, routeSource(engine, packet));
      changed = true;
    }
    at += size;
  }
  if (!changed && !found.changed) return;
  view.setUint16(network + 10, 0);
  view.setUint16(network + 10, finish(sum16(view, network, packet.headerLength)));
}

/** ip_rt_get_source: the address that stands for this host on the way out. */
function routeSource(engine: Engine, packet: Packet): number {
  const { dst } = packet;
  return engine.host.selectAddress4(dst.dev, dst.hasGateway !== 0 ? dst.gw0 : packet.dst0) ?? 0;
}
