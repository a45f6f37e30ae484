/**
 * FreshTracker: connection tracking for the engine's fresh path (engine/fresh-path.ts): whole, plain IPv4 packets of TCP or UDP that begin a
 * connection of zone 0, or are the first of their kind in one. What track() and helpAndConfirm() do for such a packet, in steps, so that all that
 * could come out otherwise is known before anything has changed. isSound() and follow() serve the flow path's decoded packets, too: of IPv6, and echo.
 *
 *   find()  ->  isSound()  ->  open() a new one, confirm() it   |   follow() a known one
 *
 * @module
 */
import type { Verdict } from '../hook/verdict.ts';
import { TCP, UDP } from '../inet/protocol.ts';
import { FRAME_WORDS, FrameWord } from '../packet/frame-batch.ts';
import type { Packet } from '../packet/packet.ts';
import { isWrongChecksum } from './checksum.ts';
import { confirm } from './confirm.ts';
import type { Core } from './core.ts';
import { createEntry } from './create.ts';
import { CtInfo, Direction, Status } from './ctinfo.ts';
import { Change } from './events.ts';
import { trackIcmp } from './proto/icmp.ts';
import { judgeTcp, readTcp } from './proto/tcp.ts';
import { isSoundUdp, judgeUdp } from './proto/udp.ts';
import { Track } from './track-result.ts';
import { readPacketTuple } from './tuple-of.ts';

// Names of this module's own: V8 folds those into the code and loads an imported constant every time.
const ACCEPT = Track.Accept;
const REPLY = Direction.Reply;
const IS_TCP = TCP;
const IS_UDP = UDP;
const SEEN_REPLY = Status.SeenReply;
const NEW = CtInfo.New;
/** Whether either side is translated, or was decided on at all. */
const BOUND = Status.SrcNat | Status.DstNat | Status.SrcNatDone | Status.DstNatDone;

/** Answers of find() beside a node. */
export const NOBODY = -1;
export const IN_DOUBT = -2;

export class FreshTracker {
  private readonly core: Core;
  private readonly words: Int32Array = new Int32Array(FRAME_WORDS);

  constructor(core: Core) {
    this.core = core;
  }

  /** Moves with every connection that is made. */
  get births(): number {
    return this.core.births;
  }

  /** The node (entry * 2 + direction) that has a tuple, NOBODY, or IN_DOUBT while a tuple may be there twice. Expired ones are found, too. */
  find(src: number, dst: number, ports: number, protocol: number): number {
    const { index } = this.core;
    if (index.hasTwins) return IN_DOUBT;
    const { words } = this;
    words[FrameWord.Hash] = index.hash4(src, dst, ports, protocol);
    words[FrameWord.Source] = src;
    words[FrameWord.Target] = dst;
    words[FrameWord.Ports] = ports;
    words[FrameWord.Kind] = protocol;
    return index.find4(words, 0);
  }

  /** Whether a connection can be made now, and would be like any other: there is room, nobody expects one. */
  get mayOpen(): boolean {
    const { table, max, expectations } = this.core;
    return table.count < max && expectations.count === 0;
  }

  /** NAT's bits of an entry's status. */
  boundBits(entry: number): number {
    return this.core.table.status(entry) & BOUND;
  }

  mark(entry: number): number {
    return this.core.table.mark(entry);
  }

  /** Whether track() would take the packet's transport for sound. Needs: TCP, UDP or echo. */
  isSound(packet: Packet): boolean {
    const { protocol } = packet;
    if (protocol === IS_TCP) return readTcp(this.core, packet);
    return protocol === IS_UDP ? isSoundUdp(this.core, packet) : !isWrongChecksum(this.core, packet);
  }

  /** Make the packet's connection: a SYN's or a datagram's. Needs: isSound, mayOpen, nobody found. Answers the entry, which the packet carries. */
  open(packet: Packet): number {
    const { core } = this;
    core.tick(packet);
    core.invalidReason = 0;
    core.zoneOriginal = 0;
    core.zoneReply = 0;
    readPacketTuple(packet, core.tuple);
    const entry = createEntry(core, packet, null);
    packet.ct = entry;
    packet.ctinfo = NEW;
    if (packet.protocol === IS_TCP) judgeTcp(core, packet, entry);
    else judgeUdp(core, packet, entry);
    return entry;
  }

  /** Put the connection that open() made into the table, behind the last hook. */
  confirm(packet: Packet): Verdict {
    return confirm(this.core, packet, packet.ct, true);
  }

  /**
   * Judge a sound packet of a known connection, packet.ctinfo set. False: INVALID, and track() will say so of the same packet when it comes
   * the long way. Needs: no SYN that opens, no RST.
   */
  follow(packet: Packet, entry: number, direction: Direction): boolean {
    const { core } = this;
    core.invalidReason = 0;
    if (packet.protocol === IS_UDP) judgeUdp(core, packet, entry);
    else if ((packet.protocol === IS_TCP ? judgeTcp(core, packet, entry) : trackIcmp(core, packet, entry)) !== ACCEPT) {
      core.isJudged = true;
      return false;
    }
    if (direction === REPLY && (core.table.status(entry) & SEEN_REPLY) === 0) {
      core.table.setBits(entry, SEEN_REPLY);
      core.note(entry, Change.Reply);
    }
    return true;
  }
}
