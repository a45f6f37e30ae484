/**
 * The evaluation of the conntrack match, in the kernel's order: state, then (if there is a connection) direction, addresses,
 * protocol, ports, status, remaining life.
 *
 * A packet without a connection matches if --ctstate was given and held, whatever else the rule asks, and never otherwise.
 * @module
 */
import type { Conntrack } from '../../conntrack/conntrack.ts';
import { Direction, directionOf, StateBit, Status } from '../../conntrack/ctinfo.ts';
import { Tuple } from '../../conntrack/tuple.ts';
import { CT_NONE, type ReadonlyPacket } from '../../packet/packet.ts';
import type { ConntrackInfo, CtAddress, CtEnd, CtPorts } from './conntrack.ts';

export class ConntrackTest {
  private readonly conntrack: Conntrack;
  private readonly info: ConntrackInfo;
  private readonly needsReply: boolean;
  private readonly original: Tuple = new Tuple();
  private readonly reply: Tuple = new Tuple();

  constructor(info: ConntrackInfo, conntrack: Conntrack) {
    this.info = info;
    this.conntrack = conntrack;
    this.needsReply = [...info.addresses, ...info.ports].some(({ end }) => !isOriginal(end));
  }

  matches(packet: ReadonlyPacket): boolean {
    const { state, status, expires } = this.info;
    if (state !== null && ((this.stateBits(packet) & state.bits) !== 0) === state.invert) return false;
    const entry = packet.ct;
    if (entry >= 0) return this.entryMatches(entry, packet);
    if (entry === CT_NONE && packet.ctTemplate !== 0 && status === null && expires === null) return this.templateMatches();
    return state !== null;
  }

  /** Between CT and the look-up the packet has the template for a connection: in the original direction, its tuples all zero. */
  private templateMatches(): boolean {
    const { direction, protocol, addresses, ports } = this.info;
    if (direction === Direction.Reply) return false;
    if (protocol !== null && (protocol.number === 0) === protocol.invert) return false;
    return addresses.every((test) => addressMatches(BLANK, test)) && ports.every((test) => portMatches(BLANK, test));
  }

  /** The packet's own state, and whether its connection was translated. */
  private stateBits(packet: ReadonlyPacket): number {
    const bit = this.conntrack.stateBit(packet);
    if (packet.ct < 0) return bit;
    const status = this.conntrack.status(packet.ct);
    return bit | ((status & Status.SrcNat) === 0 ? 0 : StateBit.Snat) | ((status & Status.DstNat) === 0 ? 0 : StateBit.Dnat);
  }

  private entryMatches(entry: number, packet: ReadonlyPacket): boolean {
    const { direction, status, expires } = this.info;
    const { conntrack } = this;
    if (direction !== null && directionOf(packet.ctinfo) !== direction) return false;
    if (!this.tuplesMatch(entry)) return false;
    if (status !== null && ((conntrack.status(entry) & status.bits) !== 0) === status.invert) return false;
    if (expires === null) return true;
    // Before its first packet is through, a connection has no end yet: the kernel reads 0.
    const left = conntrack.isConfirmed(entry) ? conntrack.timeoutSec(entry, packet.nowUs) : 0;
    return (left >= expires.lo && left <= expires.hi) !== expires.invert;
  }

  private tuplesMatch(entry: number): boolean {
    const { addresses, ports, protocol } = this.info;
    const { conntrack, original, reply } = this;
    if (protocol !== null && (conntrack.protocol(entry) === protocol.number) === protocol.invert) return false;
    if (addresses.length === 0 && ports.length === 0) return true;
    conntrack.readTuple(entry, Direction.Original, original);
    if (this.needsReply) conntrack.readTuple(entry, Direction.Reply, reply);
    for (let i = 0; i < addresses.length; i++) {
      const test = addresses[i]!;
      if (!addressMatches(isOriginal(test.end) ? original : reply, test)) return false;
    }
    for (let i = 0; i < ports.length; i++) {
      const test = ports[i]!;
      if (!portMatches(isOriginal(test.end) ? original : reply, test)) return false;
    }
    return true;
  }
}

const BLANK = new Tuple();

function isOriginal(end: CtEnd): boolean {
  return end === 'origsrc' || end === 'origdst';
}

function isSource(end: CtEnd): boolean {
  return end === 'origsrc' || end === 'replsrc';
}

function addressMatches(tuple: Tuple, { end, address, mask, invert }: CtAddress): boolean {
  const source = isSource(end);
  let differs = ((source ? tuple.src0 : tuple.dst0) ^ address[0]!) & mask[0]!;
  if (address.length > 1) {
    differs |= ((source ? tuple.src1 : tuple.dst1) ^ address[1]!) & mask[1]!;
    differs |= ((source ? tuple.src2 : tuple.dst2) ^ address[2]!) & mask[2]!;
    differs |= ((source ? tuple.src3 : tuple.dst3) ^ address[3]!) & mask[3]!;
  }
  return (differs === 0) !== invert;
}

/** Of ICMP the id stands for the source port, type and code for the destination port. */
function portMatches(tuple: Tuple, { end, lo, hi, invert }: CtPorts): boolean {
  const port = isSource(end) ? tuple.srcL4 : tuple.dstL4;
  return (port >= lo && port <= hi) !== invert;
}
