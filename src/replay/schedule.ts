/**
 * Several captures as one stream in order of time. Each source keeps one packet read ahead; the earliest goes next, and at one
 * instant the source named first. Packets of one capture keep their order even if its clock runs backwards.
 * @module
 */
import type { Capture } from '../capture/index.ts';
import { Packet } from '../packet/packet.ts';

/** What a replay asks of a capture. */
export type PacketSource = Pick<Capture, 'next' | 'ahead' | 'isNext' | 'pass' | 'linkType' | 'interfaceName'>;

export interface Source {
  readonly capture: PacketSource;
  /** Interface number the user named for it; 0: none. */
  readonly indev: number;
  /** Packets a local process sent (IP without a meaning of the link). */
  readonly local: boolean;
}

interface Ahead extends Source {
  readonly packet: Packet;
  waiting: boolean;
}

export class Schedule {
  private readonly sources: readonly Ahead[];
  /** The source there is, if it is one. */
  private readonly only: Ahead | null;
  private taken: Ahead | null = null;

  constructor(sources: readonly Source[]) {
    this.sources = sources.map((source) => ({ ...source, packet: new Packet(), waiting: false }));
    this.only = this.sources.length === 1 ? this.sources[0]! : null;
    this.taken = this.only;
    if (this.only === null) for (const source of this.sources) this.read(source);
  }

  /** The source, if there is but one and none of its packets is read ahead: who likes may read on in it. */
  get onlySource(): Source | null {
    return this.taken === null ? null : this.only;
  }

  /** The source of the next packet, or null at the end; the packet is not decoded, and valid until the next call. */
  next(): { readonly packet: Packet; readonly capture: PacketSource; readonly indev: number; readonly local: boolean } | null {
    const first = this.first();
    this.taken = first;
    return first;
  }

  /** When the next packet comes, microseconds since the epoch; Infinity at the end. The packet before it is no longer valid then. */
  peek(): number {
    return this.first()?.packet.nowUs ?? Number.POSITIVE_INFINITY;
  }

  private first(): Ahead | null {
    if (this.taken !== null) this.read(this.taken);
    this.taken = null;
    const { only } = this;
    if (only !== null) return only.waiting ? only : null;
    let first: Ahead | null = null;
    for (const source of this.sources) {
      if (source.waiting && (first === null || isEarlier(source.packet, first.packet))) first = source;
    }
    return first;
  }

  private read(source: Ahead): void {
    source.packet.resetCarried();
    source.waiting = source.capture.next(source.packet);
  }
}

function isEarlier(a: Packet, b: Packet): boolean {
  return a.nowUs < b.nowUs || (a.nowUs === b.nowUs && a.remainderNs < b.remainderNs);
}
