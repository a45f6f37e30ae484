/**
 * A message of H.323 at hand: whose it is, where it lies in the packet, and the addresses in it.
 * @module
 */
import type { Packet } from '../../../packet/packet.ts';
import type { Core } from '../../core.ts';
import { type Direction, directionOf } from '../../ctinfo.ts';
import { type Expectation, Expected } from '../../expect.ts';
import { HZ } from '../../options.ts';
import { Tuple } from '../../tuple.ts';
import { expectationFor, isTranslated } from '../announce.ts';
import type { Helper } from '../helper.ts';
import type { NatH323 } from './h323-nat.ts';
import { PerReader, type Read } from './per.ts';
import type { Type } from './schema.ts';
import type { Value } from './value.ts';

interface Owner {
  readonly entry: number;
  readonly memory: Int32Array;
  readonly helper: Helper;
  /** Octets of the transport header. */
  readonly header: number;
}

/** What to expect, besides that it comes from the peer. */
export interface Announced {
  readonly protocol: number;
  readonly port: number;
  /** Where to, if not to where the peer knows the sender. */
  readonly address?: Int32Array;
  /** Helper of the connection to come. */
  readonly helper?: string;
}

export class H323Message {
  readonly core: Core;
  readonly packet: Packet;
  readonly entry: number;
  readonly direction: Direction;
  readonly memory: Int32Array;
  readonly helper: Helper;
  /** The connection's tuples: of the message's own direction, and of the opposite one. */
  readonly here: Tuple;
  readonly there: Tuple;
  /** Octets from the start of the payload. */
  offset = 0;
  length = 0;
  /** The address last read, its port, and its place in the message. */
  readonly address: Int32Array = new Int32Array(4);
  port = 0;
  place = 0;
  private readonly header: number;

  constructor(core: Core, packet: Packet, owner: Owner) {
    this.core = core;
    this.packet = packet;
    this.entry = owner.entry;
    this.memory = owner.memory;
    this.helper = owner.helper;
    this.direction = directionOf(packet.ctinfo);
    this.here = core.table.readTuple(owner.entry, this.direction, new Tuple());
    this.there = core.table.readTuple(owner.entry, (1 - this.direction) as Direction, new Tuple());
    this.header = owner.header;
  }

  /** NAT, if it has a say in this connection: of IPv4 alone. */
  get nat(): NatH323 | null {
    return this.here.family === 4 && isTranslated(this.core, this.entry) ? this.core.natH323 : null;
  }

  /** Whether the peer knows the sender by another address. */
  get isHidden(): boolean {
    const { here, there } = this;
    return here.src0 !== there.dst0 || here.src1 !== there.dst1 || here.src2 !== there.dst2 || here.src3 !== there.dst3;
  }

  /** An octet of the message. */
  octet(at: number): number {
    return this.packet.view.getUint8(this.start + at);
  }

  /** Read octets `from`..`end` of the message as a type. */
  decode(type: Type, value: Value, from = 0, end: number = this.length): Read {
    const { start, packet } = this;
    const reader = new PerReader(packet.view, { start, from: start + from, end: start + end, limit: packet.networkEnd });
    return reader.read(type, value);
  }

  /** A transport address of H.225.0, if it is of the connection's family. */
  readAddress(value: Value | null): boolean {
    const isIpv4 = this.here.family === 4;
    return this.take(value?.chosen(isIpv4 ? 'ipAddress' : 'ip6Address')?.part('ip') ?? null);
  }

  /** The same of H.245. */
  readMediaAddress(value: Value | null): boolean {
    const isIpv4 = this.here.family === 4;
    return this.take(
      value
        ?.chosen('unicastAddress')
        ?.chosen(isIpv4 ? 'iPAddress' : 'iP6Address')
        ?.part('network') ?? null,
    );
  }

  private take(ip: Value | null): boolean {
    if (ip === null) return false;
    const words = this.here.family === 4 ? 1 : 4;
    const { view } = this.packet;
    const at = this.start + ip.at;
    this.address.fill(0);
    for (let i = 0; i < words; i++) this.address[i] = view.getInt32(at + 4 * i);
    this.port = view.getUint16(at + 4 * words);
    this.place = ip.at;
    return true;
  }

  /** Whether the address last read is the sender's, of this connection. */
  get isSenders(): boolean {
    const { src0, src1, src2, src3 } = this.here;
    return isAddress(this.address, src0, src1, src2, src3);
  }

  get isReceivers(): boolean {
    const { dst0, dst1, dst2, dst3 } = this.here;
    return isAddress(this.address, dst0, dst1, dst2, dst3);
  }

  /** An expectation of something the receiver opens; not registered yet. */
  announce({ protocol, port, address, helper = '' }: Announced): Expectation {
    const expectation = expectationFor(this.entry, this.there, protocol, port);
    if (address !== undefined) aim(expectation.tuple, address);
    expectation.helper = helper === '' ? null : helper;
    return expectation;
  }

  /** Register it; false: somebody else expects the same. */
  expect(expectation: Expectation): boolean {
    const { core, helper } = this;
    expectation.deadline = core.now + helper.timeoutSec * HZ;
    return core.expectations.add(expectation, helper.maxExpected, core.now) === Expected.Accepted;
  }

  private get start(): number {
    return this.packet.transport + this.header + this.offset;
  }
}

function aim(tuple: Tuple, address: Int32Array): void {
  tuple.dst0 = address[0]!;
  tuple.dst1 = address[1]!;
  tuple.dst2 = address[2]!;
  tuple.dst3 = address[3]!;
}

function isAddress(address: Int32Array, w0: number, w1: number, w2: number, w3: number): boolean {
  return address[0] === w0 && address[1] === w1 && address[2] === w2 && address[3] === w3;
}
