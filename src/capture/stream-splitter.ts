/**
 * StreamSplitter: packets out of octets that arrive in pieces of any size. The owner pushes a piece, takes packets until there is
 * none, and pushes the next.
 * @module
 */
import type { CaptureError } from '../errors.ts';
import type { Packet } from '../packet/packet.ts';
import type { CaptureInterface } from './capture-interface.ts';
import type { CaptureFormat } from './record-reader.ts';

export interface StreamSplitter {
  readonly format: CaptureFormat;
  readonly damage: CaptureError | null;
  /** Interface and comment of the packet aimed last. */
  readonly current: CaptureInterface;
  readonly comment: string | null;
  /** The piece must stay as it is until next() answered false. */
  push(octets: Uint8Array): void;
  /** Nothing comes any more. */
  end(): void;
  /** Aim the packet at the next record. False: push more. */
  next(packet: Packet): boolean;
}
