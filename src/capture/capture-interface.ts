/**
 * CaptureInterface: one interface of a capture, as the file describes it, and what was met on it.
 * @module
 */
import { describeLinkType } from './link-name.ts';
import type { Timescale } from './timescale.ts';

export interface CaptureInterface {
  /** Its place in the list of the whole file, from 0; pcapng counts anew in each section, this does not. */
  readonly id: number;
  /** if_name of a pcapng file; empty when the file does not tell. */
  readonly name: string;
  readonly linkType: number;
  /** Octets a packet was cut to; 262144 when the file sets no limit. */
  readonly snapLength: number;
}

/** Stands for the interface of a packet while there was no packet. */
export const NO_INTERFACE: CaptureInterface = { id: -1, name: '', linkType: -1, snapLength: 0 };

/** An interface of a pcapng section: how its timestamps read, and whether its packets are delivered. */
export class SectionInterface implements CaptureInterface {
  readonly id: number;
  readonly name: string;
  readonly linkType: number;
  readonly snapLength: number;
  readonly timescale: Timescale;
  /** Whether its packets are delivered. */
  readonly accepted: boolean;

  constructor(description: CaptureInterface, timescale: Timescale, accepted: boolean) {
    this.id = description.id;
    this.name = description.name;
    this.linkType = description.linkType;
    this.snapLength = description.snapLength;
    this.timescale = timescale;
    this.accepted = accepted;
  }
}

/** Packets that were left out because decode() does not know their link type. */
export class Refusals {
  packets = 0;
  /** Octet of the first of them. */
  offset = 0;
  private readonly linkTypes: Set<number> = new Set();

  add(linkType: number, offset: number): void {
    if (this.packets === 0) this.offset = offset;
    this.packets++;
    if (this.linkTypes.size < MAX_NAMED) this.linkTypes.add(linkType);
  }

  describe(): string {
    const names = [...this.linkTypes].map(describeLinkType).join(', ');
    return `${this.packets} packets from here on were left out: ${names} cannot be decoded`;
  }
}

/** Link types named in one message. */
const MAX_NAMED = 8;
