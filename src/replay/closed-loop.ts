/**
 * ClosedLoop: packets that would not have happened. A capture goes on whatever the rules say; but where they drop the first packet
 * of a connection, the peer never sees it, and what the capture shows of the peer's answers could not have been sent.
 *
 *   first packet     TCP: a SYN; all others: a packet that is NEW. It is dropped             -> watch the flow
 *   then             what comes the other way                                                -> would not have happened
 *                    TCP and SCTP: what the sender sends once the capture has shown an answer -> would not have happened
 *                    the first packet sent again (no answer yet; a fresh SYN)                -> happens; if it passes, forget the flow
 *
 * The router's verdict on each of them stays what it is: it is a mark, not a change. Flows are kept by their captured addresses,
 * in a table of fixed size whose oldest give way, and for five minutes at most.
 * @module
 */
import { StateBit } from '../conntrack/ctinfo.ts';
import type { Outcome } from '../engine/outcome.ts';
import { SCTP, TCP } from '../inet/protocol.ts';
import { FLOW_WORDS, FlowWord, writeFlow } from '../packet/flow-words.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';

const BUCKETS = 1 << 13;
const WAYS = 8;
/** The flow's words, and seconds of the last packet. */
const WORDS = FLOW_WORDS + 1;
const PORTS = FlowWord.Ports;
const KIND = FlowWord.Kind;
const SEEN = FLOW_WORDS;
/** Bits of KIND beside those of the flow. */
const ANSWERED = 0x200;
const KEPT_SEC = 300;
const TCP_FLAGS = 13;
const SYN = 2;
const SYN_MASK = 0x17; // SYN, FIN, RST, ACK

/** Flows of one bucket; one more, and the oldest gives way. */
export const FLOWS_OF_BUCKET: number = WAYS;

export class ClosedLoop {
  /** Told of every flow that comes under watch: its bucket and its protocol. */
  onWatch: ((bucket: number, protocol: number) => void) | null = null;
  /** Flows under watch, or once were. */
  private rows: Int32Array | null = null;
  /** The packet at hand, as captured. */
  private readonly key: Int32Array = new Int32Array(WORDS);
  private isSyn = false;
  private at = -1;

  /** Whether there is any flow to look for; if not, look() may be spared. */
  get watches(): boolean {
    return this.rows !== null;
  }

  /** Look at a packet before the machine has it: whether it would not have happened. */
  look(packet: ReadonlyPacket): boolean {
    this.read(packet);
    this.at = -1;
    if (this.rows === null) return false;
    const forward = this.find(false);
    if (forward >= 0) return this.again(forward);
    const backward = this.find(true);
    if (backward < 0) return false;
    this.rows[backward + KIND]! |= ANSWERED;
    this.rows[backward + SEEN] = this.key[SEEN]!;
    return true;
  }

  /** What became of it. */
  note(outcome: Outcome): void {
    if (this.at >= 0) {
      if (outcome.verdict !== 'dropped') this.rows![this.at + KIND] = 0;
      return;
    }
    if (outcome.verdict === 'dropped' && this.isFirst(outcome)) this.watch();
  }

  /** Another packet of the sender. */
  private again(at: number): boolean {
    const rows = this.rows!;
    const kind = rows[at + KIND]!;
    rows[at + SEEN] = this.key[SEEN]!;
    const protocol = kind & 0xff;
    const depends = (kind & ANSWERED) !== 0 && (protocol === TCP || protocol === SCTP) && !this.isSyn;
    if (!depends) this.at = at;
    if (this.isSyn) rows[at + KIND] = kind & ~ANSWERED;
    return depends;
  }

  private isFirst({ ctState, ctDirection }: Outcome): boolean {
    // a SYN that is INVALID or ESTABLISHED may stand in the middle of a connection that goes on
    if ((this.key[KIND]! & 0xff) === TCP)
      return this.isSyn && (ctState === 0 || ctState === StateBit.New || ctState === StateBit.Untracked);
    return ctState === StateBit.New && ctDirection === 0;
  }

  private read(packet: ReadonlyPacket): void {
    const { key } = this;
    writeFlow(key, packet);
    key[SEEN] = Math.floor(packet.nowUs / 1e6) | 0;
    const hasFlags = packet.protocol === TCP && packet.fragOffset === 0 && packet.transportLength > TCP_FLAGS;
    this.isSyn = hasFlags && (packet.view.getUint8(packet.transport + TCP_FLAGS) & SYN_MASK) === SYN;
  }

  /** Row of the flow of the packet at hand, or of the flow it would answer; -1 for none. */
  private find(mirrored: boolean): number {
    const rows = this.rows!;
    const { key } = this;
    const from = mirrored ? 4 : 0;
    const ports = mirrored ? (key[PORTS]! << 16) | (key[PORTS]! >>> 16) : key[PORTS]!;
    const bucket = this.bucket();
    for (let at = bucket; at < bucket + WAYS * WORDS; at += WORDS) {
      if ((rows[at + KIND]! & ~ANSWERED) !== key[KIND] || rows[at + PORTS] !== ports) continue;
      let same = true;
      for (let i = 0; i < 8 && same; i++) same = rows[at + i] === key[(from + i) & 7];
      if (same) return ((key[SEEN]! - rows[at + SEEN]!) | 0) > KEPT_SEC ? -1 : at;
    }
    return -1;
  }

  private watch(): void {
    this.rows ??= new Int32Array(BUCKETS * WAYS * WORDS);
    const { rows, key } = this;
    const bucket = this.bucket();
    let oldest = bucket;
    for (let at = bucket; at < bucket + WAYS * WORDS; at += WORDS) {
      if (rows[at + KIND] === 0) {
        oldest = at;
        break;
      }
      if (rows[at + SEEN]! < rows[oldest + SEEN]!) oldest = at;
    }
    rows.set(key, oldest);
    this.onWatch?.(bucket / (WAYS * WORDS), key[KIND]! & 0xff);
  }

  /** The same for both directions. */
  private bucket(): number {
    const { key } = this;
    const a = mix(key[0]! ^ Math.imul(key[1]!, 3) ^ Math.imul(key[2]!, 5) ^ Math.imul(key[3]!, 7), key[PORTS]! >>> 16);
    const b = mix(key[4]! ^ Math.imul(key[5]!, 3) ^ Math.imul(key[6]!, 5) ^ Math.imul(key[7]!, 7), key[PORTS]! & 0xffff);
    const hash = Math.imul(a + b, 0x9e3779b1) ^ key[KIND]!;
    return ((hash ^ (hash >>> 15)) & (BUCKETS - 1)) * WAYS * WORDS;
  }
}

function mix(address: number, port: number): number {
  const hash = Math.imul(address ^ Math.imul(port, 0x85ebca6b), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
