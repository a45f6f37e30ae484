/**
 * UDP and UDP-Lite trackers. RFC 768, RFC 3828. A UDP flow becomes a stream (longer timeout, ASSURED) with the first packet after
 * the reply that comes more than two seconds after the entry was made; UDP-Lite at once.
 * @module
 */
import type { Packet } from '../../packet/packet.ts';
import { failChecksum, isWrongChecksum, isWrongPartialChecksum } from '../checksum.ts';
import type { Core } from '../core.ts';
import { type Direction, directionOf, Status } from '../ctinfo.ts';
import { Own } from '../entry-table.ts';
import { Invalid } from '../invalid.ts';
import { HZ } from '../options.ts';
import { Track } from '../track-result.ts';

const HEADER_LEN = 8;
const LENGTH = 4;
const CHECKSUM = 6;
/** A flow this old is a stream. */
const STREAM_AGE = 2 * HZ;

export function trackUdp(core: Core, packet: Packet, entry: number): Track {
  if (!isSoundUdp(core, packet)) return Track.Invalid;
  judgeUdp(core, packet, entry);
  return Track.Accept;
}

/** Whether the packet holds a sound datagram; if not, core knows why. Changes nothing else. */
export function isSoundUdp(core: Core, packet: Packet): boolean {
  const { view, transport, transportLength } = packet;
  if (transportLength < HEADER_LEN) {
    core.fail(Invalid.ShortHeader, transportLength, HEADER_LEN);
    return false;
  }
  const length = view.getUint16(transport + LENGTH);
  if (length > transportLength || length < HEADER_LEN) {
    core.fail(Invalid.Length, length, transportLength);
    return false;
  }
  if (view.getUint16(transport + CHECKSUM) === 0 || !isWrongChecksum(core, packet)) return true;
  failChecksum(core, packet, CHECKSUM);
  return false;
}

/** What a sound datagram means to its flow, which may be new. */
export function judgeUdp(core: Core, packet: Packet, entry: number): void {
  if (!core.table.isConfirmed(entry)) core.table.setSince(entry, core.clock);
  followUdp(core, entry, directionOf(packet.ctinfo), packet.networkLength);
}

/** A sound datagram of a flow that has begun, in an IP packet of `octets`. */
export function followUdp(core: Core, entry: number, direction: Direction, octets: number): void {
  const { table } = core;
  const timeouts = core.timeoutsOf(entry);
  const status = table.status(entry);
  if ((status & Status.SeenReply) === 0) {
    core.refreshAndCount(entry, direction, octets, timeouts.udp);
    return;
  }
  const stream = isStream(core, entry);
  core.refreshAndCount(entry, direction, octets, stream ? timeouts.udpStream : timeouts.udp);
  if (stream && (status & Status.NatClash) === 0) core.setAssured(entry);
}

/** Whether the flow has been seen two seconds after it began; once it has, it stays so. */
function isStream(core: Core, entry: number): boolean {
  const { table } = core;
  if ((table.bits(entry) & Own.Stream) !== 0) return true;
  if (((core.clock - table.since(entry)) | 0) <= STREAM_AGE) return false;
  table.setBits(entry, Own.Stream);
  return true;
}

export function trackUdplite(core: Core, packet: Packet, entry: number): Track {
  const { view, transport, transportLength } = packet;
  if (transportLength < HEADER_LEN) return core.fail(Invalid.ShortHeader, transportLength, HEADER_LEN);
  const coverage = view.getUint16(transport + LENGTH) || transportLength;
  if (coverage < HEADER_LEN || coverage > transportLength) return core.fail(Invalid.Length, coverage, transportLength);
  if (view.getUint16(transport + CHECKSUM) === 0) return core.fail(Invalid.NoChecksum);
  if (isWrongPartialChecksum(core, packet, coverage)) return failChecksum(core, packet, CHECKSUM, coverage);
  const timeouts = core.timeoutsOf(entry);
  return trackReplied(core, packet, entry, timeouts.udplite, timeouts.udpliteStream);
}

/** Two timeouts: without and with a reply; ASSURED with the first packet that finds a reply seen. UDP-Lite and GRE. */
export function trackReplied(core: Core, packet: Packet, entry: number, unreplied: number, replied: number): Track {
  const status = core.table.status(entry);
  const seen = (status & Status.SeenReply) !== 0;
  core.refreshAndCount(entry, directionOf(packet.ctinfo), packet.networkLength, seen ? replied : unreplied);
  if (seen && (status & Status.NatClash) === 0) core.setAssured(entry);
  return Track.Accept;
}
