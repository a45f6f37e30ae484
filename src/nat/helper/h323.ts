/**
 * The NAT half of the H.323 helpers: an address that a hidden end tells of itself becomes the one its peer knows, with the same
 * port if nobody waits there yet, and what is expected then comes to the address told. All of it is four octets and two in place:
 * no message changes its length.
 *
 *   own address, media or signalling port     -> the known address, the same or a free port     expected there, bound to the old
 *   Setup's two ends, RAS addresses           -> as the other side knows them
 *
 * Kernel counterpart: net/ipv4/netfilter/nf_nat_h323.c (behaviour only).
 * @module
 */
import type { ExpectFunction, Expectation } from '../../conntrack/expect.ts';
import { Expected } from '../../conntrack/expect.ts';
import { H323Word, type MediaPair, type NatH323, RTP_STREAMS } from '../../conntrack/helper/h323/h323-nat.ts';
import type { H323Message } from '../../conntrack/helper/h323/message.ts';
import type { Value } from '../../conntrack/helper/h323/value.ts';
import type { Direction } from '../../conntrack/ctinfo.ts';
import { Tuple } from '../../conntrack/tuple.ts';
import { Manip } from '../range.ts';
import { expectAnyPort } from './any-port.ts';
import { replacePayload } from './payload.ts';
import type { NatSide } from './register.ts';

const ADDRESS_LEN = 6;
const LAST_PORT = 0xffff;
const LOOPBACK_NET = 127;

export class H323Translator implements NatH323 {
  private readonly nat: NatSide;

  constructor(nat: NatSide) {
    this.nat = nat;
  }

  writeAddress(message: H323Message, address: number, port: number): boolean {
    const { packet, offset, place } = message;
    const octets = [address >>> 24, (address >>> 16) & 0xff, (address >>> 8) & 0xff, address & 0xff, port >>> 8, port & 0xff];
    const text = String.fromCharCode(...octets);
    return replacePayload(this.nat.conntrack, packet, { offset: offset + place, length: ADDRESS_LEN, text });
  }

  writeSignalAddress(message: H323Message, addresses: readonly Value[]): boolean {
    const { there, memory, direction } = message;
    const ownPort = memory[H323Word.SignalPort + direction]!;
    const known = memory[H323Word.SignalPort + 1 - direction]!;
    for (const [i, address] of addresses.entries()) {
      if (!message.readAddress(address) || message.port !== ownPort) continue;
      if (message.isSenders) {
        if (i > 0 && !isLoopback(message, addresses[0]!)) message.readAddress(address);
        return this.writeAddress(message, there.dst0, known);
      }
      if (message.isReceivers) return this.writeAddress(message, there.src0, known);
    }
    return true;
  }

  writeRasAddress(message: H323Message, addresses: readonly Value[]): boolean {
    const { here, there } = message;
    for (const address of addresses) {
      if (!message.readAddress(address) || !message.isSenders || message.port !== here.srcL4) continue;
      return this.writeAddress(message, there.dst0, there.dstL4);
    }
    return true;
  }

  expectMedia(message: H323Message, { rtp, rtcp }: MediaPair): boolean {
    const { memory, direction, there, port } = message;
    const own = rtp.tuple.dstL4;
    this.follow(message, rtp, this.nat.followMaster);
    this.follow(message, rtcp, this.nat.followMaster);
    const stream = streamOf(memory, direction, own);
    if (stream < 0) return true;
    const known = this.findPair(message, { rtp, rtcp });
    if (known === 0) return true;
    if (!this.writeAddress(message, there.dst0, known + (port & 1))) {
      this.nat.conntrack.unexpect(rtp);
      this.nat.conntrack.unexpect(rtcp);
      return false;
    }
    memory[stream + direction] = own;
    memory[stream + 1 - direction] = known;
    return true;
  }

  expectData(message: H323Message, expectation: Expectation): boolean {
    const known = this.findPort(message, expectation, this.nat.followMaster);
    return known === 0 || this.tell(message, expectation, known);
  }

  expectControl(message: H323Message, expectation: Expectation): boolean {
    const { port } = message;
    const known = this.findSignalPort(message, expectation);
    if (known === 0) return true;
    if (!this.tell(message, expectation, known)) return false;
    this.remember(message, port, known);
    return true;
  }

  expectCalls(message: H323Message, expectation: Expectation, addresses: readonly Value[], index: number): boolean {
    const { port, there } = message;
    const known = this.findSignalPort(message, expectation);
    if (known === 0) return true;
    if (!this.tell(message, expectation, known)) return false;
    this.remember(message, port, known);
    if (index > 0 && isLoopback(message, addresses[0]!)) this.writeAddress(message, there.dst0, known);
    return true;
  }

  /** The call goes to where it was forwarded to, which the caller knows by the sender's own known address. */
  expectForwardedCall(message: H323Message, expectation: Expectation): boolean {
    const { tuple } = expectation;
    const target = Int32Array.of(tuple.dst0, 0, 0, 0);
    tuple.dst0 = message.there.dst0;
    const known = this.findPort(message, expectation, (entry, met) => this.bindForwarded(entry, met, target));
    return known === 0 || this.tell(message, expectation, known);
  }

  private bindForwarded(entry: number, { direction, savedPort }: Expectation, target: Int32Array): void {
    const { conntrack, bindTo } = this.nat;
    const caller = conntrack.readTuple(entry, (1 - direction) as Direction, new Tuple());
    bindTo(entry, Manip.Source, Int32Array.of(caller.src0, 0, 0, 0), -1);
    bindTo(entry, Manip.Destination, target, savedPort);
  }

  private follow(message: H323Message, expectation: Expectation, onNew: ExpectFunction): void {
    expectation.savedPort = expectation.tuple.dstL4;
    expectation.direction = 1 - message.direction;
    expectation.onNew = onNew;
  }

  /** Expect at the known address, at the port named or another; 0: nowhere. */
  private findPort(message: H323Message, expectation: Expectation, onNew: ExpectFunction): number {
    this.follow(message, expectation, onNew);
    return expectAnyPort(this.nat.conntrack, this.nat.random, expectation, message.helper);
  }

  /** The same, beginning with the port the other side was told of this one before. */
  private findSignalPort(message: H323Message, expectation: Expectation): number {
    const { memory, direction, port } = message;
    this.follow(message, expectation, this.nat.followMaster);
    if (memory[H323Word.SignalPort + direction] === port) expectation.tuple.dstL4 = memory[H323Word.SignalPort + 1 - direction]!;
    return expectAnyPort(this.nat.conntrack, this.nat.random, expectation, message.helper);
  }

  private remember({ memory, direction }: H323Message, port: number, known: number): void {
    memory[H323Word.SignalPort + direction] = port;
    memory[H323Word.SignalPort + 1 - direction] = known;
  }

  /** The port of a free pair from the named one up; 0: there is none. */
  private findPair({ helper }: H323Message, { rtp, rtcp }: MediaPair): number {
    const { conntrack } = this.nat;
    for (let port = rtp.tuple.dstL4; port < LAST_PORT; port += 2) {
      rtp.tuple.dstL4 = port;
      const first = conntrack.expect(rtp, helper.maxExpected, helper.timeoutSec);
      if (first === Expected.Busy) continue;
      if (first !== Expected.Accepted) return 0;
      rtcp.tuple.dstL4 = port + 1;
      const second = conntrack.expect(rtcp, helper.maxExpected, helper.timeoutSec);
      if (second === Expected.Accepted) return port;
      conntrack.unexpect(rtp);
      if (second !== Expected.Busy) return 0;
    }
    return 0;
  }

  private tell(message: H323Message, expectation: Expectation, known: number): boolean {
    if (this.writeAddress(message, message.there.dst0, known)) return true;
    this.nat.conntrack.unexpect(expectation);
    return false;
  }
}

/** Word of the pair of a stream known already or new; -1: the connection has too many. */
function streamOf(memory: Int32Array, direction: number, port: number): number {
  for (let i = 0; i < RTP_STREAMS; i++) {
    const word = H323Word.RtpPort + 2 * i;
    if (memory[word + direction] === port || memory[word + direction] === 0) return word;
  }
  return -1;
}

/** GnomeMeeting names its loopback address first: that is the one to translate. Leaves it read. */
function isLoopback(message: H323Message, first: Value): boolean {
  return message.readAddress(first) && message.address[0]! >>> 24 === LOOPBACK_NET;
}
