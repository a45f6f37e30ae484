/**
 * The NAT half of the PPTP helper. Clients behind one address may pick the same call id, so each gets another: the port its
 * control connection is known by. The server's call id stays.
 *
 *   client -> server    out call request, in call reply, call clear request        my id C -> port
 *   server -> client    replies and notices that name the client's id               port -> C
 *   tunnel              client -> server, keys C, S          server -> what the client is known by, keys S, port
 *
 * Kernel counterpart: net/ipv4/netfilter/nf_nat_pptp.c.
 * @module
 */
import { Direction } from '../../conntrack/ctinfo.ts';
import type { Expectation } from '../../conntrack/expect.ts';
import { type NatPptp, PPTP_HEADER_LEN, PptpMessage, PptpWord } from '../../conntrack/helper/pptp-nat.ts';
import { Tuple } from '../../conntrack/tuple.ts';
import { Verdict } from '../../hook/verdict.ts';
import { GRE } from '../../inet/protocol.ts';
import type { Packet } from '../../packet/packet.ts';
import { Manip } from '../range.ts';
import { replacePayload } from './payload.ts';
import type { NatSide } from './register.ts';

const CALL_ID_LEN = 2;

export class PptpTranslator implements NatPptp {
  private readonly nat: NatSide;

  constructor(nat: NatSide) {
    this.nat = nat;
  }

  outbound(packet: Packet, message: number, memory: Int32Array): Verdict {
    switch (message) {
      case PptpMessage.OutCallRequest:
        memory[PptpWord.NatClientCallId] = memory[PptpWord.ClientCallId]!;
        memory[PptpWord.ClientCallId] = this.nat.conntrack.readTuple(packet.ct, Direction.Reply, new Tuple()).dstL4;
        return this.put(packet, 0, memory[PptpWord.ClientCallId]!);
      case PptpMessage.InCallReply:
      case PptpMessage.CallClearRequest:
        return this.put(packet, 0, memory[PptpWord.ClientCallId]!);
      default:
        return Verdict.Accept;
    }
  }

  inbound(packet: Packet, message: number, memory: Int32Array): Verdict {
    const offset = inboundOffset(message);
    return offset < 0 ? Verdict.Accept : this.put(packet, offset, memory[PptpWord.NatClientCallId]!);
  }

  expect(original: Expectation, reply: Expectation, memory: Int32Array): void {
    original.savedPort = memory[PptpWord.ClientCallId]!;
    original.tuple.srcL4 = memory[PptpWord.NatClientCallId]!;
    original.direction = Direction.Original;
    reply.savedPort = memory[PptpWord.NatClientCallId]!;
    reply.direction = Direction.Reply;
    original.onNew = reply.onNew = (entry, met) => this.bind(entry, met);
  }

  private put(packet: Packet, offset: number, callId: number): Verdict {
    const text = String.fromCharCode(callId >>> 8, callId & 0xff);
    const replacement = { offset: PPTP_HEADER_LEN + offset, length: CALL_ID_LEN, text };
    return replacePayload(this.nat.conntrack, packet, replacement) ? Verdict.Accept : Verdict.Drop;
  }

  /**
   * A direction of the tunnel came: bind the flow both ways as its master is. The other direction's expectation is withdrawn when
   * the client's comes first; when the server's does, the kernel looks for call id 0 and finds none, so it waits till it is old.
   */
  private bind(entry: number, { master, direction, savedPort }: Expectation): void {
    const { conntrack, bindTo } = this.nat;
    const isOriginal = direction === Direction.Original;
    const opposite = conntrack.readTuple(master, isOriginal ? Direction.Reply : Direction.Original, new Tuple());
    if (isOriginal) this.forgetReply(entry, master, opposite);
    bindTo(entry, Manip.Source, Int32Array.of(opposite.dst0, 0, 0, 0), isOriginal ? savedPort : -1);
    bindTo(entry, Manip.Destination, Int32Array.of(opposite.src0, 0, 0, 0), isOriginal ? -1 : savedPort);
  }

  private forgetReply(entry: number, master: number, reply: Tuple): void {
    const { conntrack } = this.nat;
    const memory = conntrack.helpers.memory(master);
    if (memory === null) return;
    reply.protocol = GRE;
    reply.srcL4 = memory[PptpWord.ServerCallId]!;
    reply.dstL4 = memory[PptpWord.ClientCallId]!;
    const expected = conntrack.helpers.find(reply, conntrack.zone(entry, Direction.Original));
    if (expected !== null) conntrack.unexpect(expected);
  }
}

/** Where a server's message names the client's call id, or -1. */
function inboundOffset(message: number): number {
  switch (message) {
    case PptpMessage.OutCallReply:
      return 2;
    case PptpMessage.InCallConnect:
    case PptpMessage.WanError:
    case PptpMessage.CallDisconnect:
    case PptpMessage.SetLinkInfo:
      return 0;
    default:
      return -1;
  }
}
