/**
 * A packet's connection in words: as it stood before, and as connection tracking left it.
 * @module
 */
import type { Conntrack } from '../conntrack/conntrack.ts';
import { Status } from '../conntrack/ctinfo.ts';
import type { ConntrackLine, ConntrackSide } from '../conntrack/dump.ts';
import { Tuple } from '../conntrack/tuple.ts';
import { readPacketTuple } from '../conntrack/tuple-of.ts';
import { DCCP, GRE, ICMP, ICMPV6, protocolName, SCTP, TCP, UDP, UDPLITE } from '../inet/protocol.ts';
import { CT_NONE, type Packet } from '../packet/packet.ts';
import type { Connection } from './model.ts';

const FLAGS: readonly (readonly [bit: number, name: string])[] = [
  [Status.Assured, 'ASSURED'],
  [Status.SrcNat, 'SNAT'],
  [Status.DstNat, 'DNAT'],
  [Status.Dying, 'DYING'],
];

function connectionOf(line: ConntrackLine): Connection {
  const { status } = line;
  const flags = FLAGS.flatMap(([bit, name]) => ((status & bit) !== 0 ? [name] : []));
  if ((status & Status.SeenReply) === 0) flags.unshift('UNREPLIED');
  if ((status & Status.Confirmed) === 0) flags.push('UNCONFIRMED');
  return {
    protocol: protocolName(line.protocol) ?? String(line.protocol),
    original: sideText(line, line.original),
    reply: sideText(line, line.reply),
    state: line.state,
    flags,
    timeoutSec: line.timeoutSec,
    mark: line.mark,
    zone: line.original.zone,
    helper: line.helper,
  };
}

function sideText(line: ConntrackLine, side: ConntrackSide): string {
  const { source, destination, sourceL4, destinationL4 } = side;
  switch (line.protocol) {
    case TCP:
    case UDP:
    case UDPLITE:
    case SCTP:
    case DCCP:
      return `${endpoint(line, source, sourceL4)} > ${endpoint(line, destination, destinationL4)}`;
    case ICMP:
    case ICMPV6:
      return `${source} > ${destination} type ${destinationL4 >>> 8} code ${destinationL4 & 0xff} id ${sourceL4}`;
    case GRE:
      return `${source} > ${destination} keys 0x${sourceL4.toString(16)} 0x${destinationL4.toString(16)}`;
    default:
      return `${source} > ${destination}`;
  }
}

function endpoint(line: ConntrackLine, address: string, port: number): string {
  return line.family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The connection of an entry number; null for none. */
export function connectionAt(conntrack: Conntrack, entry: number): Connection | null {
  return entry < 0 ? null : connectionOf(conntrack.describe(entry));
}

/** What connection tracking will find for a packet that it has not seen yet; asked before it looks. */
export class Foresight {
  private readonly conntrack: Conntrack;
  private readonly tuple: Tuple = new Tuple();
  /** By entry, where a CT rule may have put the packet into any zone. */
  private lines: ReadonlyMap<number, Connection> = new Map();
  private entry = -1;
  private found: Connection | null = null;

  constructor(conntrack: Conntrack) {
    this.conntrack = conntrack;
  }

  look(packet: Packet): void {
    this.lines = new Map();
    this.entry = packet.ct;
    this.found = connectionAt(this.conntrack, packet.ct);
    if (packet.ct !== CT_NONE || !this.conntrack.isEnabled(packet.family)) return;
    if (packet.ctTemplate !== 0) {
      this.lines = new Map(this.conntrack.dump(packet.nowUs).map((line) => [line.entry, connectionOf(line)]));
      return;
    }
    const readable = packet.protocol >= 0 && packet.fragOffset === 0 && packet.transportLength >= 0;
    if (!readable || !readPacketTuple(packet, this.tuple)) return;
    this.entry = this.conntrack.find(this.tuple, 0);
    this.found = connectionAt(this.conntrack, this.entry);
  }

  /** How the entry that the packet got stood before; null when it is new. */
  before(entry: number): Connection | null {
    if (entry < 0) return this.found;
    return entry === this.entry ? this.found : (this.lines.get(entry) ?? null);
  }
}
