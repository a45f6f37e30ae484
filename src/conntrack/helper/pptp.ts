/**
 * PPTP helper. RFC 2637: a control connection (TCP 1723) sets up calls; a call's PPP frames travel in GRE version 1, whose call
 * ids the two ends tell each other on the control connection.
 *
 *   client (PNS)   start request -> start reply     out call request, my id C -> out call reply, my id S, yours C
 *   server (PAC)                                    in call request, my id S -> in call reply, my id C, yours S -> connected
 *   expected       client -> server, keys C, S      server -> client, keys S, C
 *
 * One call a control connection; whoever opened the connection is taken for the client. Messages out of turn change nothing and
 * pass. The first packet of either direction settles the other's expectation. A disconnect, and the end of the control
 * connection, end the tunnel.
 * Kernel counterpart: net/netfilter/nf_conntrack_pptp.c (behaviour only).
 * @module
 */
import { Verdict } from '../../hook/verdict.ts';
import { GRE, TCP } from '../../inet/protocol.ts';
import type { Core } from '../core.ts';
import { Direction, directionOf } from '../ctinfo.ts';
import { type Expectation, Expected } from '../expect.ts';
import { HZ } from '../options.ts';
import { Tuple } from '../tuple.ts';
import { invertTuple } from '../tuple-of.ts';
import { expectationFor, isTranslated } from './announce.ts';
import type { Helper } from './helper.ts';
import { tcpHeaderLength, tcpPayloadLength } from './payload.ts';
import { PPTP_HEADER_LEN, PPTP_WORDS, PptpMessage, PptpWord } from './pptp-nat.ts';

const TIMEOUT_SEC = 300;
const MAX_EXPECTED = 2;
const CONTROL_PACKET = 1;
const MAGIC_COOKIE = 0x1a2b3c4d;
const OK = 1;
/** Octets a message's own fields need, by type. */
const SIZES = [0, 144, 144, 4, 4, 0, 0, 156, 20, 208, 12, 16, 4, 136, 28, 12];

const Session = { None: 0, Error: 1, StopRequested: 2, Requested: 3, Confirmed: 4 } as const;
const Call = { None: 0, OutRequested: 2, OutConfirmed: 3, InRequested: 4, InReplied: 5, InConfirmed: 6, ClearRequested: 7 } as const;

export const pptp: Helper = {
  name: 'pptp',
  protocol: TCP,
  onlyIpv4: true,
  maxExpected: MAX_EXPECTED,
  timeoutSec: TIMEOUT_SEC,
  memoryWords: PPTP_WORDS,
  look(core, packet, entry) {
    const memory = core.extra(entry)?.memory ?? null;
    const length = tcpPayloadLength(packet);
    if (memory === null || length < PPTP_HEADER_LEN) return Verdict.Accept;
    const at = packet.transport + tcpHeaderLength(packet);
    const { view } = packet;
    if (view.getUint16(at + 2) !== CONTROL_PACKET || view.getUint32(at + 4) !== MAGIC_COOKIE) return Verdict.Accept;
    const message = view.getUint16(at + 8);
    if (length - PPTP_HEADER_LEN < (SIZES[message] ?? 0)) return Verdict.Accept;
    const control = new PptpControl(core, entry, memory);
    const fields = at + PPTP_HEADER_LEN;
    const isClient = directionOf(packet.ctinfo) === Direction.Original;
    const namesCall = isClient ? control.fromClient(view, fields, message) : control.fromServer(view, fields, message);
    if (!namesCall || core.natPptp === null || !isTranslated(core, entry)) return Verdict.Accept;
    return isClient ? core.natPptp.outbound(packet, message, memory) : core.natPptp.inbound(packet, message, memory);
  },
  end(core, entry) {
    const memory = core.extra(entry)?.memory ?? null;
    if (memory !== null) endTunnel(core, entry, memory);
  },
};

/** The state of one control connection; both methods answer whether the message names a client's call, and was in its turn. */
class PptpControl {
  private readonly core: Core;
  private readonly entry: number;
  private readonly memory: Int32Array;

  constructor(core: Core, entry: number, memory: Int32Array) {
    this.core = core;
    this.entry = entry;
    this.memory = memory;
  }

  fromClient(view: DataView, at: number, message: number): boolean {
    const { memory } = this;
    switch (message) {
      case PptpMessage.StartRequest:
        if (memory[PptpWord.Session] === Session.None) memory[PptpWord.Session] = Session.Requested;
        return false;
      case PptpMessage.StopRequest:
        memory[PptpWord.Session] = Session.StopRequested;
        return false;
      case PptpMessage.OutCallRequest:
        if (!this.isConfirmed()) return false;
        memory[PptpWord.Call] = Call.OutRequested;
        memory[PptpWord.ClientCallId] = view.getUint16(at);
        return true;
      case PptpMessage.InCallReply:
        return this.replyToInCall(view, at);
      case PptpMessage.CallClearRequest:
        if (!this.isConfirmed()) return false;
        memory[PptpWord.Call] = Call.ClearRequested;
        return true;
      default:
        return false;
    }
  }

  fromServer(view: DataView, at: number, message: number): boolean {
    const { memory } = this;
    switch (message) {
      case PptpMessage.StartReply:
        if (memory[PptpWord.Session]! >= Session.Requested)
          memory[PptpWord.Session] = view.getUint8(at + 2) === OK ? Session.Confirmed : Session.Error;
        return false;
      case PptpMessage.StopReply:
        if (memory[PptpWord.Session]! <= Session.StopRequested)
          memory[PptpWord.Session] = view.getUint8(at) === OK ? Session.None : Session.Error;
        return false;
      case PptpMessage.OutCallReply:
        return this.replyToOutCall(view, at);
      case PptpMessage.InCallRequest:
        if (!this.isConfirmed()) return false;
        memory[PptpWord.Call] = Call.InRequested;
        memory[PptpWord.ServerCallId] = view.getUint16(at);
        return false;
      case PptpMessage.InCallConnect:
        return this.connectInCall(view, at);
      case PptpMessage.CallDisconnect:
        memory[PptpWord.Call] = Call.None;
        endTunnel(this.core, this.entry, memory);
        return true;
      default:
        return message === PptpMessage.WanError || message === PptpMessage.SetLinkInfo;
    }
  }

  private isConfirmed(): boolean {
    return this.memory[PptpWord.Session] === Session.Confirmed;
  }

  private replyToOutCall(view: DataView, at: number): boolean {
    const { memory } = this;
    const call = memory[PptpWord.Call];
    if (!this.isConfirmed() || (call !== Call.OutRequested && call !== Call.OutConfirmed)) return false;
    if (memory[PptpWord.ClientCallId] !== view.getUint16(at + 2)) return false;
    if (view.getUint8(at + 4) !== OK) {
      memory[PptpWord.Call] = Call.None;
      return true;
    }
    memory[PptpWord.Call] = Call.OutConfirmed;
    memory[PptpWord.ServerCallId] = view.getUint16(at);
    expectTunnel(this.core, this.entry, memory);
    return true;
  }

  private replyToInCall(view: DataView, at: number): boolean {
    const { memory } = this;
    const call = memory[PptpWord.Call];
    if (call !== Call.InRequested && call !== Call.InReplied) return false;
    if (memory[PptpWord.ServerCallId] !== view.getUint16(at + 2)) return false;
    if (view.getUint8(at + 4) !== OK) {
      memory[PptpWord.Call] = Call.None;
      return true;
    }
    memory[PptpWord.Call] = Call.InReplied;
    memory[PptpWord.ClientCallId] = view.getUint16(at);
    return true;
  }

  private connectInCall(view: DataView, at: number): boolean {
    const { memory } = this;
    const call = memory[PptpWord.Call];
    if (!this.isConfirmed() || (call !== Call.InReplied && call !== Call.InConfirmed)) return false;
    if (memory[PptpWord.ClientCallId] !== view.getUint16(at)) return false;
    memory[PptpWord.Call] = Call.InConfirmed;
    expectTunnel(this.core, this.entry, memory);
    return true;
  }
}

/** Expect both directions of the call, or none. */
function expectTunnel(core: Core, entry: number, memory: Int32Array): void {
  const client = memory[PptpWord.ClientCallId]!;
  const server = memory[PptpWord.ServerCallId]!;
  const original = expectDirection(core, entry, Direction.Original, client, server);
  const reply = expectDirection(core, entry, Direction.Reply, server, client);
  if (core.natPptp !== null && isTranslated(core, entry)) core.natPptp.expect(original, reply, memory);
  const { expectations, greKeys } = core;
  if (expectations.add(original, MAX_EXPECTED, core.now) !== Expected.Accepted) return;
  if (expectations.add(reply, MAX_EXPECTED, core.now) === Expected.Accepted) {
    if (greKeys.add(entry, Direction.Original, original.tuple)) {
      if (greKeys.add(entry, Direction.Reply, reply.tuple)) return;
      greKeys.removeOf(entry);
    }
    expectations.remove(reply);
  }
  expectations.remove(original);
}

function expectDirection(core: Core, entry: number, direction: Direction, sourceKey: number, key: number): Expectation {
  const expectation = expectationFor(entry, core.table.readTuple(entry, direction, core.spare), GRE, key);
  expectation.tuple.srcL4 = sourceKey;
  expectation.mask.srcL4 = 0xffff;
  expectation.deadline = core.now + TIMEOUT_SEC * HZ;
  expectation.onNew = (_entry, met) => forgetOpposite(core, met);
  return expectation;
}

/** One direction came: what follows from the other is its answer, no longer expected. */
function forgetOpposite(core: Core, met: Expectation): void {
  const opposite = new Tuple();
  invertTuple(met.tuple, opposite);
  const other = core.expectations.find(opposite, core.table.zone(met.master, Direction.Original), core.now);
  if (other !== null) core.expectations.remove(other);
}

/** Withdraw the keys; end each direction's flow, or its expectation. */
function endTunnel(core: Core, entry: number, memory: Int32Array): void {
  core.greKeys.removeOf(entry);
  const client = memory[PptpWord.ClientCallId]!;
  const server = memory[PptpWord.ServerCallId]!;
  endDirection(core, entry, Direction.Original, client, server);
  endDirection(core, entry, Direction.Reply, server, client);
}

function endDirection(core: Core, entry: number, direction: Direction, sourceKey: number, key: number): void {
  const tuple = core.table.readTuple(entry, direction, new Tuple());
  tuple.protocol = GRE;
  tuple.srcL4 = sourceKey;
  tuple.dstL4 = key;
  const zone = core.table.zone(entry, Direction.Original);
  const node = core.lookup(tuple, zone, zone);
  if (node >= 0) {
    core.kill(node >>> 1);
    return;
  }
  const expectation = core.expectations.find(tuple, zone, core.now);
  if (expectation !== null) core.expectations.remove(expectation);
}
