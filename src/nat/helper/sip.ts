/**
 * The NAT half of the SIP helper: what a translated end says of itself, in headers and session descriptions, is rewritten to what
 * its peer knows it by, and so are the expectations.
 *
 *   own address and port    -> those the peer sees          in the request line, the topmost Via (with its maddr=, received= and
 *   peer's, as seen here    -> the peer's own               rport=), every Contact, From and To
 *
 * Kernel counterpart: net/netfilter/nf_nat_sip.c.
 * @module
 */
import type { Direction } from '../../conntrack/ctinfo.ts';
import type { Expectation } from '../../conntrack/expect.ts';
import { Found, type HeaderKind, SipHeader, type SipMessage, SipWord } from '../../conntrack/helper/sip-message.ts';
import { SIP_EXPECT_SEC, SIP_LIMITS, SipKind } from '../../conntrack/helper/sip-media.ts';
import type { NatSip, SipMedia, SipPlace } from '../../conntrack/helper/sip-nat.ts';
import type { SdpLine } from '../../conntrack/helper/sip-sdp.ts';
import { Tuple } from '../../conntrack/tuple.ts';
import { Verdict } from '../../hook/verdict.ts';
import { TCP } from '../../inet/protocol.ts';
import type { Packet } from '../../packet/packet.ts';
import { Manip } from '../range.ts';
import { expectAnyPort } from './any-port.ts';
import { rewritePayload, shiftSequence } from './payload.ts';
import type { NatSide } from './register.ts';
import { expectMediaPair, writeMediaPort, writeSdpAddress, writeSessionAddress } from './sip-sdp.ts';
import { formatSipAddress, formatSipEndpoint, isDestination, isSource, rewriteMessage, sourceOf, destinationOf } from './sip-text.ts';

const CALL_POLICY = { maxExpected: SIP_LIMITS[SipKind.Signalling]!, timeoutSec: SIP_EXPECT_SEC };

export class SipTranslator implements NatSip {
  private readonly nat: NatSide;
  /** Tuples of the message's connection: of its own direction, and of the opposite one. */
  private readonly here: Tuple = new Tuple();
  private readonly there: Tuple = new Tuple();

  constructor(nat: NatSide) {
    this.nat = nat;
  }

  translate(message: SipMessage): boolean {
    this.aim(message);
    const isAnswer = message.says(0, 'sip/2.0');
    if (!isAnswer && message.readRequestUri() && !this.mapMatch(message)) return false;
    if (!this.translateVia(message, isAnswer)) return false;
    message.beginUris();
    while (message.findNextUri(SipHeader.Contact)) if (!this.mapMatch(message)) return false;
    return this.mapFirst(message, SipHeader.From) && this.mapFirst(message, SipHeader.To) && this.forcePort(message);
  }

  expectCalls(message: SipMessage, expectation: Expectation, place: SipPlace): Verdict {
    this.aim(message);
    const { conntrack, random } = this.nat;
    const { here, there } = this;
    const { tuple } = expectation;
    const ownPort = message.memory[SipWord.ForcedPort]! || here.srcL4;
    const port = tuple.dstL4 === ownPort ? there.dstL4 : tuple.dstL4;
    const saved = destinationOf(tuple);
    expectation.savedAddress = saved;
    expectation.savedPort = tuple.dstL4;
    expectation.direction = 1 - message.direction;
    expectation.onNew = (entry, met) => this.bind(entry, met);
    const known = isSource(here, destinationOf(there)) ? saved : destinationOf(there);
    setDestination(tuple, known);
    tuple.dstL4 = port;
    const chosen = expectAnyPort(conntrack, random, expectation, CALL_POLICY);
    if (chosen === 0) return Verdict.Drop;
    if (isDestination(tuple, saved) && chosen === expectation.savedPort) return Verdict.Accept;
    if (rewriteMessage(message, place, formatSipEndpoint(message, known, chosen))) return Verdict.Accept;
    conntrack.unexpect(expectation);
    return Verdict.Drop;
  }

  expectMedia(message: SipMessage, media: SipMedia, place: SipPlace): Verdict {
    this.aim(message);
    const { here, there } = this;
    const known = isSource(here, destinationOf(there)) ? destinationOf(media.rtp.tuple) : destinationOf(there);
    for (const expectation of [media.rtp, media.rtcp]) {
      const { tuple } = expectation;
      expectation.savedAddress = destinationOf(tuple);
      expectation.savedPort = tuple.dstL4;
      expectation.direction = 1 - message.direction;
      expectation.onNew = (entry, met) => this.bind(entry, met);
      setDestination(tuple, known);
    }
    media.address.set(known);
    return expectMediaPair(this.nat.conntrack, message, media, place) ? Verdict.Accept : Verdict.Drop;
  }

  writeAddress(message: SipMessage, from: number, line: SdpLine, address: Int32Array): boolean {
    return writeSdpAddress(message, from, line, address);
  }

  writePort(message: SipMessage, place: SipPlace, port: number): boolean {
    return writeMediaPort(message, place, port);
  }

  writeSession(message: SipMessage, from: number, address: Int32Array): boolean {
    return writeSessionAddress(message, from, address);
  }

  shift(packet: Packet, change: number): void {
    shiftSequence(this.nat.conntrack, packet, change);
  }

  private aim({ entry, direction }: SipMessage): void {
    this.nat.conntrack.readTuple(entry, direction, this.here);
    this.nat.conntrack.readTuple(entry, (1 - direction) as Direction, this.there);
  }

  /** Rewrite the address and port just matched, if they are one end of the connection's. */
  private mapMatch(message: SipMessage): boolean {
    const { here, there } = this;
    const { address, port, matchOffset, matchLength } = message;
    let known: Int32Array;
    let knownPort = 0;
    if (isSource(here, address) && here.srcL4 === port) {
      known = destinationOf(there);
      knownPort = there.dstL4;
    } else if (isDestination(here, address) && here.dstL4 === port) {
      known = sourceOf(there);
      knownPort = message.memory[SipWord.ForcedPort]! || there.srcL4;
    } else {
      return true;
    }
    if (knownPort === port && known.every((word, i) => word === address[i])) return true;
    return rewriteMessage(message, { offset: matchOffset, length: matchLength }, formatSipEndpoint(message, known, knownPort));
  }

  private mapFirst(message: SipMessage, kind: HeaderKind): boolean {
    return !message.findUri(kind) || this.mapMatch(message);
  }

  /** The topmost Via, when it is about this connection, and what its parameters say of it. */
  private translateVia(message: SipMessage, isAnswer: boolean): boolean {
    const { here, there } = this;
    const kind = message.packet.protocol === TCP ? SipHeader.ViaTcp : SipHeader.ViaUdp;
    if (!message.findUri(kind)) return true;
    const { address, port } = message;
    if (isAnswer ? !isDestination(here, address) || port !== here.dstL4 : !isSource(here, address) || port !== here.srcL4) return true;
    const before = message.length;
    const end = message.matchOffset + message.matchLength;
    if (!this.mapMatch(message)) return false;
    const behind = end + message.length - before;
    if (message.findAddressParameter('maddr=', behind, true) === Found.Found && isSource(here, address)) {
      if (!this.writeOther(message, address, destinationOf(there), true)) return false;
    }
    if (message.findAddressParameter('received=', behind, false) === Found.Found && isDestination(here, address)) {
      if (!this.writeOther(message, address, sourceOf(there), false)) return false;
    }
    if (message.findNumberParameter('rport=', behind) !== Found.Found) return true;
    if ((message.value & 0xffff) !== here.dstL4 || (message.value & 0xffff) === there.srcL4) return true;
    return rewriteMessage(message, matchOf(message), String(there.srcL4));
  }

  private writeOther(message: SipMessage, address: Int32Array, known: Int32Array, bracketed: boolean): boolean {
    if (known.every((word, i) => word === address[i])) return true;
    return rewriteMessage(message, matchOf(message), formatSipAddress(message, known, bracketed));
  }

  /** What goes back to a phone that listens at another port than it sends from goes to that port. */
  private forcePort({ packet, direction, memory }: SipMessage): boolean {
    const port = memory[SipWord.ForcedPort]!;
    if (direction === 0 || port === 0 || packet.protocol === TCP) return true;
    packet.makeWritable();
    packet.view.setUint16(packet.transport + 2, port);
    packet.dstPort = port;
    return rewritePayload(packet, { offset: 0, length: 0, text: '' });
  }

  /**
   * An expected call or stream came: it goes to where it was announced before that was translated. A stream that comes from where
   * the other side's was announced is given the address that one is known by.
   */
  private bind(entry: number, met: Expectation): void {
    const { conntrack, bindTo } = this.nat;
    const { master, direction, kind } = met;
    bindTo(entry, Manip.Destination, met.savedAddress ?? new Int32Array(4), met.savedPort);
    const flow = conntrack.readTuple(entry, 0, new Tuple());
    const pair = kind === SipKind.Signalling ? undefined : conntrack.helpers.ofMaster(master).find((other) => comesFrom(flow, other));
    if (pair !== undefined) {
      bindTo(entry, Manip.Source, destinationOf(pair.tuple), pair.tuple.dstL4);
      return;
    }
    const near = conntrack.readTuple(master, direction === 0 ? 0 : 1, this.here);
    if (!isSource(flow, sourceOf(near))) return;
    bindTo(entry, Manip.Source, destinationOf(conntrack.readTuple(master, direction === 0 ? 1 : 0, this.there)), -1);
  }
}

function comesFrom(flow: Tuple, { tuple, savedAddress, savedPort }: Expectation): boolean {
  const isAlike = tuple.family === flow.family && tuple.protocol === flow.protocol && flow.srcL4 === savedPort;
  return isAlike && isSource(flow, savedAddress ?? new Int32Array(4));
}

function matchOf({ matchOffset, matchLength }: SipMessage): SipPlace {
  return { offset: matchOffset, length: matchLength };
}

function setDestination(tuple: Tuple, address: Int32Array): void {
  tuple.dst0 = address[0]!;
  tuple.dst1 = address[1]!;
  tuple.dst2 = address[2]!;
  tuple.dst3 = address[3]!;
}
