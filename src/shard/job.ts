/**
 * What a worker is told and what it tells: plain data, so that it passes from thread to thread.
 * @module
 */
import type { ConntrackListing } from '../conntrack/dump.ts';
import type { ErrorCode } from '../errors.ts';
import type { StatsData } from '../replay/stats.ts';
import type { NearNetworks } from './near.ts';
import type { RingMemory } from './ring.ts';

/** A text and the name it has in messages. */
export interface NamedText {
  readonly text: string;
  readonly file: string;
}

export interface JobCapture {
  /** File name, or octets (a SharedArrayBuffer's are not copied for each worker). */
  readonly source: string | Uint8Array;
  /** Interface number its packets came in by; 0: none given. */
  readonly indev: number;
  /** Packets a local process sent. */
  readonly local: boolean;
}

/** A replay, from its files on: every worker reads them itself. */
export interface Job {
  readonly captures: readonly JobCapture[];
  /** Interface of packets that tell none; 'sides': a plain router's inside or outside. */
  readonly fallback: number | 'sides';
  /** File name of host.json, or a folder, or the text itself; null: a plain router. */
  readonly host: string | NamedText | null;
  readonly rules: readonly (NamedText & { readonly family: 4 | 6 })[];
  readonly sets: NamedText | null;
  readonly seed: number;
  /** Track connections though no rule needs it. */
  readonly conntrack: boolean;
  /** As ReplayOptions.loop. */
  readonly loop: 'marked' | 'left out' | null;
  /** Whether answers to the original address of a translated connection are counted. */
  readonly strays: boolean;
  /** Whether frames that leave are wanted. */
  readonly frames: boolean;
  /** Module (URL) whose `line` writes a line about a packet; null: none are wanted. */
  readonly lines: string | null;
  /** The most connections that are told. */
  readonly listed: number;
  /** Packets of a chunk. */
  readonly batch: number;
  readonly workers: number;
  readonly near: NearNetworks | null;
  /** Where the one capture is dealt out; null: every worker reads all of them. */
  readonly ring: RingMemory | null;
}

/** A piece of a datagram: `source` of IPv4 as a word. */
export interface PieceNote {
  readonly index: number;
  readonly nowUs: number;
  /** Memory the kernel counts for it. */
  readonly octets: number;
  readonly source: number | null;
}

/** What a worker tells of a chunk. */
export interface ChunkReport {
  /** Packets of the chunk, everybody's. */
  readonly packets: number;
  /** Whether the captures end with it. */
  readonly ended: boolean;
  /** Why this chunk could differ from one worker's; '': it cannot. */
  readonly broken: string;
  /** The most connections at one time. */
  readonly peak: number;
  /** Correspondents with a budget of ICMP errors, new in this chunk. */
  readonly correspondents: readonly (number | string)[];
  /** See watch.ts. */
  readonly sources: readonly number[];
  readonly oddSources: readonly number[];
  readonly watched: readonly number[];
  readonly pings: readonly number[];
  readonly errors: readonly number[];
  /** The own pieces of datagrams, in order. */
  readonly pieces: readonly PieceNote[];
  /** See emission.ts. */
  readonly emission: Uint8Array<ArrayBuffer>;
}

/** What a worker tells at its end. */
export interface ShardResult {
  readonly stats: StatsData;
  /** By rule set: counters by number. */
  readonly counters: readonly { readonly packets: Float64Array; readonly bytes: Float64Array }[];
  /** Frames that left, as OutputCount counts them. */
  readonly outputs: Float64Array;
  /** The first job.listed, and how many there are. */
  readonly connections: ConntrackListing;
  readonly damage: readonly ToldError[];
}

/** An error without its class: own fields do not survive between threads. */
export interface ToldError {
  readonly code: ErrorCode;
  readonly message: string;
}
