/**
 * What became of a packet's octets, by the names of the fields.
 *
 *   ttl 64 -> 63   header checksum 0xa3c1 -> 0xa4c1   src 10.0.0.2 -> 192.0.2.1
 *
 * Octets that belong to no field that has a name are told by their offset in the IP packet.
 * @module
 */
import { formatIpv4 } from '../inet/ipv4.ts';
import { formatIpv6 } from '../inet/ipv6.ts';
import { ICMP, ICMPV6, SCTP, TCP, UDP, UDPLITE } from '../inet/protocol.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';
import type { Change } from './model.ts';

/** The IP packet and what it carried, as it stood at one moment. */
export interface Snapshot {
  readonly octets: Uint8Array;
  readonly family: number;
  readonly protocol: number;
  /** Octets before the transport header; the whole length for a later fragment. */
  readonly headerLength: number;
  readonly mark: number;
  readonly priority: number;
}

interface Field {
  readonly name: string;
  readonly at: number;
  readonly size: number;
  readonly format: (view: DataView, at: number) => string;
}

const u8 = (view: DataView, at: number): string => String(view.getUint8(at));
const u16 = (view: DataView, at: number): string => String(view.getUint16(at));
const u32 = (view: DataView, at: number): string => String(view.getUint32(at));
const x8 = (view: DataView, at: number): string => hex(view.getUint8(at), 2);
const x16 = (view: DataView, at: number): string => hex(view.getUint16(at), 4);
const x32 = (view: DataView, at: number): string => hex(view.getUint32(at), 8);
const ip4 = (view: DataView, at: number): string => formatIpv4(view.getInt32(at));
const ip6 = (view: DataView, at: number): string =>
  formatIpv6(view.getInt32(at), view.getInt32(at + 4), view.getInt32(at + 8), view.getInt32(at + 12));

const field = (name: string, at: number, size: number, format: Field['format']): Field => ({ name, at, size, format });

const IPV4: readonly Field[] = [
  field('version and header length', 0, 1, x8),
  field('tos', 1, 1, x8),
  field('length', 2, 2, u16),
  field('id', 4, 2, u16),
  field('fragment word', 6, 2, x16),
  field('ttl', 8, 1, u8),
  field('protocol', 9, 1, u8),
  field('header checksum', 10, 2, x16),
  field('src', 12, 4, ip4),
  field('dst', 16, 4, ip4),
];
const IPV6: readonly Field[] = [
  field('class and flow label', 0, 4, x32),
  field('payload length', 4, 2, u16),
  field('next header', 6, 1, u8),
  field('hop limit', 7, 1, u8),
  field('src', 8, 16, ip6),
  field('dst', 24, 16, ip6),
];
const PORTS: readonly Field[] = [field('sport', 0, 2, u16), field('dport', 2, 2, u16)];
const TCP_FIELDS: readonly Field[] = [
  ...PORTS,
  field('seq', 4, 4, u32),
  field('ack', 8, 4, u32),
  field('header length and flags', 12, 2, x16),
  field('window', 14, 2, u16),
  field('tcp checksum', 16, 2, x16),
  field('urgent pointer', 18, 2, u16),
];
const UDP_FIELDS: readonly Field[] = [...PORTS, field('udp length', 4, 2, u16), field('udp checksum', 6, 2, x16)];
const ICMP_FIELDS: readonly Field[] = [
  field('type', 0, 1, u8),
  field('code', 1, 1, u8),
  field('icmp checksum', 2, 2, x16),
  field('id', 4, 2, u16),
];
const TRANSPORT: ReadonlyMap<number, readonly Field[]> = new Map([
  [TCP, TCP_FIELDS],
  [UDP, UDP_FIELDS],
  [UDPLITE, UDP_FIELDS],
  [SCTP, PORTS],
  [ICMP, ICMP_FIELDS],
  [ICMPV6, ICMP_FIELDS],
]);

/** Octets of one change that are shown. */
const SHOWN = 16;

function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}

export function takeSnapshot(packet: ReadonlyPacket): Snapshot {
  const { network, networkEnd } = packet;
  const octets = network < 0 ? new Uint8Array(0) : packet.bytes.slice(network, networkEnd);
  return {
    octets,
    family: packet.family,
    protocol: packet.protocol,
    headerLength: packet.fragOffset === 0 && packet.transport >= 0 ? packet.headerLength : octets.length,
    mark: packet.mark,
    priority: packet.priority,
  };
}

/** Field by field; empty when nothing changed. */
export function changesBetween(before: Snapshot, after: Snapshot): Change[] {
  const changes = octetChanges(before, after);
  if (before.mark !== after.mark) changes.push({ field: 'mark', before: hex(before.mark >>> 0, 1), after: hex(after.mark >>> 0, 1) });
  if (before.priority !== after.priority) {
    changes.push({ field: 'priority', before: hex(before.priority >>> 0, 1), after: hex(after.priority >>> 0, 1) });
  }
  return changes;
}

function octetChanges(before: Snapshot, after: Snapshot): Change[] {
  if (before.family !== after.family || before.headerLength !== after.headerLength) return wholeChange(before, after);
  const changes: Change[] = [];
  const known = new Uint8Array(Math.min(before.octets.length, after.octets.length));
  compareFields(before.family === 6 ? IPV6 : IPV4, 0, { before, after, known, changes });
  const transport = before.protocol === after.protocol ? (TRANSPORT.get(before.protocol) ?? []) : [];
  compareFields(transport, before.headerLength, { before, after, known, changes });
  compareRest({ before, after, known, changes });
  return changes;
}

/** Another header altogether: told as lengths. */
function wholeChange(before: Snapshot, after: Snapshot): Change[] {
  return [{ field: 'packet', before: `${before.octets.length} octets`, after: `${after.octets.length} octets` }];
}

interface Comparison {
  readonly before: Snapshot;
  readonly after: Snapshot;
  /** 1 for octets that a named field covers. */
  readonly known: Uint8Array;
  readonly changes: Change[];
}

function compareFields(fields: readonly Field[], base: number, { before, after, known, changes }: Comparison): void {
  const old = viewOf(before.octets);
  const now = viewOf(after.octets);
  for (const { name, at, size, format } of fields) {
    if (base + at + size > known.length) return;
    known.fill(1, base + at, base + at + size);
    let same = true;
    for (let i = base + at; i < base + at + size; i++) same &&= before.octets[i] === after.octets[i];
    if (!same) changes.push({ field: name, before: format(old, base + at), after: format(now, base + at) });
  }
}

/** Runs of octets without a name, and octets that were added or taken away at the end. */
function compareRest({ before, after, known, changes }: Comparison): void {
  for (let i = 0; i < known.length; i++) {
    if (known[i] === 1 || before.octets[i] === after.octets[i]) continue;
    let end = i + 1;
    while (end < known.length && known[end] === 0 && before.octets[end] !== after.octets[end]) end++;
    const where = end - i === 1 ? `octet ${i}` : `octets ${i}-${end - 1}`;
    changes.push({ field: where, before: hexOf(before.octets, i, end), after: hexOf(after.octets, i, end) });
    i = end;
  }
  if (before.octets.length === after.octets.length) return;
  changes.push({ field: 'octets in all', before: String(before.octets.length), after: String(after.octets.length) });
}

function hexOf(octets: Uint8Array, from: number, to: number): string {
  const text = Array.from(octets.subarray(from, Math.min(to, from + SHOWN)), (octet) => octet.toString(16).padStart(2, '0')).join('');
  return to - from > SHOWN ? `${text}...` : text;
}

function viewOf(octets: Uint8Array): DataView {
  return new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
}
