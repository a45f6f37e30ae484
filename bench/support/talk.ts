/**
 * A conversation: what the next packet of a flow is. TCP opens with a handshake, sends data in turns, closes with FINs of both
 * sides and begins again from another port; sequence numbers fit, so that a tracker of windows has nothing to object to.
 * @module
 */
import type { Random } from '../../src/inet/random.ts';
import { TcpFlag } from '../../src/wire/tcp.ts';
import type { Flow, Frames } from './frames.ts';

export interface Talk {
  /** Write the flow's next frame into `frames`; `size` is what a data packet should have. */
  next(frames: Frames, size: number): void;
  /** Packets it begins with until its connection is established. */
  readonly opening: number;
  /** Be anywhere in the midst of it, as whoever begins to listen finds it. Needs: opened, no data packet sent. */
  age(random: Random): void;
}

type MutableFlow = { -readonly [Key in keyof Flow]: Flow[Key] };

const FIRST_PORT = 1024;
const PORTS = 64_000;
const SYN_ACK = TcpFlag.Syn | TcpFlag.Ack;
const FIN_ACK = TcpFlag.Fin | TcpFlag.Ack;
const PSH_ACK = TcpFlag.Psh | TcpFlag.Ack;
/** Packets before the first data packet, and behind the last. */
const OPENING = 3;
const CLOSING = 3;
/** Data packets of a connection: a page load. One packet of 46 opens a new one. */
export const DATA_PACKETS = 40;

export class TcpTalk implements Talk {
  readonly opening: number = OPENING;
  private readonly flow: MutableFlow;
  private readonly random: Random;
  private step = 0;
  /** Data packets sent before this capture begins. */
  private sent = 0;
  /** Next sequence number of client and server. */
  private readonly seq: Int32Array = new Int32Array(2);

  constructor(flow: Flow, random: Random) {
    this.flow = { ...flow };
    this.random = random;
  }

  next(frames: Frames, size: number): void {
    const { step } = this;
    const dataPackets = DATA_PACKETS - this.sent;
    if (step === 0) this.begin();
    if (step < OPENING) this.send(frames, step & 1, [TcpFlag.Syn, SYN_ACK, TcpFlag.Ack][step]!, 0);
    else if (step < OPENING + dataPackets) this.send(frames, (step - OPENING) & 1, PSH_ACK, size);
    else {
      const last = step - OPENING - dataPackets;
      this.send(frames, last & 1, last < 2 ? FIN_ACK : TcpFlag.Ack, 0);
    }
    this.step = step + 1 === OPENING + dataPackets + CLOSING ? 0 : step + 1;
  }

  age(random: Random): void {
    this.sent = random.below(DATA_PACKETS / 2) * 2;
  }

  private begin(): void {
    this.sent = 0;
    this.flow.clientPort = FIRST_PORT + ((this.flow.clientPort + 1 - FIRST_PORT) % PORTS);
    this.seq[0] = this.random.u32();
    this.seq[1] = this.random.u32();
  }

  private send(frames: Frames, direction: number, flags: number, size: number): void {
    const ack = (flags & TcpFlag.Ack) === 0 ? 0 : this.seq[1 - direction]!;
    const sent = frames.tcp(this.flow, direction, { flags, seq: this.seq[direction]!, ack }, size);
    const counted = (flags & (TcpFlag.Syn | TcpFlag.Fin)) === 0 ? sent : 1;
    this.seq[direction] = (this.seq[direction]! + counted) | 0;
  }
}

/** Nothing but SYNs, each of another connection. */
export class SynTalk implements Talk {
  readonly opening = 0;
  private readonly flowOf: (index: number) => Flow;
  private readonly random: Random;
  private index = 0;

  constructor(flowOf: (index: number) => Flow, random: Random) {
    this.flowOf = flowOf;
    this.random = random;
  }

  next(frames: Frames): void {
    frames.tcp(this.flowOf(this.index++), 0, { flags: TcpFlag.Syn, seq: this.random.u32(), ack: 0 }, 0);
  }

  age(): void {}
}

export class UdpTalk implements Talk {
  readonly opening = 2;
  private readonly flow: Flow;
  private direction = 1;

  constructor(flow: Flow) {
    this.flow = flow;
  }

  next(frames: Frames, size: number): void {
    this.direction = 1 - this.direction;
    frames.udp(this.flow, this.direction, size);
  }

  age(): void {}
}

export class PingTalk implements Talk {
  readonly opening = 2;
  private readonly flow: Flow;
  private packets = 0;

  constructor(flow: Flow) {
    this.flow = flow;
  }

  next(frames: Frames, size: number): void {
    frames.echo(this.flow, this.packets & 1, (this.packets >>> 1) & 0xffff, size);
    this.packets++;
  }

  age(): void {}
}
