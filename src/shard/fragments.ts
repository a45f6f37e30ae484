/**
 * What the pieces of datagrams share across flows: memory (ipfrag_high_thresh), and the count of pieces of one source, by which a
 * datagram begins anew when 64 others passed between two of its own. Workers tell of their pieces; all of them together, in
 * their order, say whether either could have mattered: then packets may not be split.
 *
 * Memory is reckoned high: all pieces of the last two lifetimes, put together or not, against half the room there is.
 * @module
 */
import { trueSize } from '../conntrack/fragment-store.ts';
import type { Host } from '../host/host.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';
import type { PieceNote } from './job.ts';

/** Pieces that may pass between two of one datagram. */
const MAX_DISTANCE = 64;
const SPREAD = -1;
/** Sources remembered at most. */
const MAX_SOURCES = 65_536;
const LIFETIME_US = 60_000_000;
const LIMIT = 4_194_304;

interface Source {
  pieces: number;
  /** The one worker its pieces went to, or SPREAD. */
  home: number;
}

export function pieceNote({ index, nowUs, start, end, family, src0 }: ReadonlyPacket): PieceNote {
  return { index, nowUs, octets: trueSize(end - start), source: family === 4 ? src0 : null };
}

export class FragmentWatch {
  private readonly sources: Map<number, Source> = new Map();
  private readonly lifetimeUs: number;
  private readonly limit: number;
  private sinceUs = 0;
  private octets = 0;
  private octetsBefore = 0;

  constructor(host: Host) {
    this.lifetimeUs = Math.max(LIFETIME_US, host.sysctl('net.ipv4.ipfrag_time', 30) * 1e6, frag6TimeSec(host) * 1e6);
    this.limit = Math.min(host.sysctl('net.ipv4.ipfrag_high_thresh', LIMIT), frag6Limit(host)) / 2;
  }

  /** Take note of a piece that goes to `home`; what could have mattered, or ''. */
  note(piece: PieceNote, home: number): string {
    if (piece.nowUs - this.sinceUs > this.lifetimeUs) {
      this.octetsBefore = piece.nowUs - this.sinceUs > 2 * this.lifetimeUs ? 0 : this.octets;
      this.octets = 0;
      this.sinceUs = piece.nowUs;
    }
    this.octets += piece.octets;
    if (this.octets + this.octetsBefore > this.limit) return 'the memory for fragments may have been full';
    return piece.source !== null && this.isSpread(piece.source, home)
      ? 'fragments of one source in great number, to several destinations'
      : '';
  }

  /** Whether pieces of the source went to several workers, and are so many that one could have begun anew. */
  private isSpread(address: number, home: number): boolean {
    let source = this.sources.get(address);
    if (source === undefined) {
      source = { pieces: 0, home };
      this.sources.set(address, source);
    }
    source.pieces++;
    if (source.home !== home) source.home = SPREAD;
    return (source.home === SPREAD && source.pieces > MAX_DISTANCE) || this.sources.size > MAX_SOURCES;
  }
}

function frag6TimeSec(host: Host): number {
  return host.sysctl('net.netfilter.nf_conntrack_frag6_timeout', 60);
}

function frag6Limit(host: Host): number {
  return host.sysctl('net.netfilter.nf_conntrack_frag6_high_thresh', LIMIT);
}
