/**
 * RecordReader: what the two formats have in common. A reader takes records from a Window and never waits: when the next one is
 * not there whole it says More, and whoever fills the window asks again. So the same code reads files and streams.
 * @module
 */
import type { CaptureError } from '../errors.ts';
import type { FrameBatch } from '../packet/frame-batch.ts';
import type { Packet } from '../packet/packet.ts';
import type { CaptureInterface } from './capture-interface.ts';

/** More: needs octets behind the window's limit. Record: the packet is aimed. End: no more, `damage` says whether all is well. */
export const Step = { More: 0, Record: 1, End: 2 } as const;
export type Step = (typeof Step)[keyof typeof Step];

export interface RecordReader {
  readonly format: CaptureFormat;
  /** What ended the reading before the end of the file. */
  readonly damage: CaptureError | null;
  /** The interfaces met so far; a classic capture has one without a name. */
  readonly interfaces: readonly CaptureInterface[];
  /** Interface of the packet aimed last. */
  readonly current: CaptureInterface;
  /** Comment of the packet aimed last. Allocates: read on demand from the window. */
  readonly comment: string | null;
  read(packet: Packet): Step;
  /** Fill a batch with the next frames that stand in the window, none of them read: those that are like all, of one interface. */
  ahead(batch: FrameBatch): CaptureInterface;
}

export type CaptureFormat = 'pcap' | 'pcapng';

/** Captured octets of one packet, unless the caller allows more: libpcap's limit too. */
export const MAX_CAPTURED = 262_144;

/** What a reader is told. */
export interface ReaderOptions {
  /** Named in messages. */
  readonly file: string;
  /** Longest packet accepted, in captured octets. */
  readonly maxCaptured: number;
  /** Deliver packets whose link type decode() does not know, too. */
  readonly anyLinkType: boolean;
}
