/**
 * Where the engine puts what leaves it. Called synchronously; the packet is the engine's and valid during the call only.
 * @module
 */
import type { Packet, ReadonlyPacket } from '../packet/packet.ts';

export interface EngineSink {
  /** A frame left by interface `packet.outdev`: octets packet.start to packet.end, link header in place. */
  transmit(packet: Packet, fragmentedHere: boolean): void;
  /** An IP packet reached the host itself (INPUT and confirm accepted): octets packet.network to packet.networkEnd. */
  deliver(packet: ReadonlyPacket): void;
  /** A packet ended on the way; stage and reason as in outcome.ts and drop-reason.ts. */
  drop?(packet: ReadonlyPacket, stage: number, reason: number): void;
  /**
   * The same of a received frame that was forwarded without being decoded: octets, times, number, outdev and origin are there, nothing else
   * of the packet is. Absent: every packet comes through transmit().
   */
  readonly frame?: ((packet: ReadonlyPacket) => void) | undefined;
  /** A packet is about to walk a hook. */
  hook?(packet: ReadonlyPacket, hook: number): void;
}

/** A sink that forgets everything. */
export const NO_SINK: EngineSink = { transmit: () => undefined, deliver: () => undefined, frame: () => undefined };
