/**
 * RuleHits: how often each rule of a rule set was hit, by how many octets, and by which packets first and last. Reads the rule set's
 * recorder behind each packet; nothing is allocated.
 * @module
 */
import type { ReadonlyPacket } from '../packet/packet.ts';
import type { RuleSet } from '../xtables/ruleset.ts';

/** One packet that hit. */
export interface Hit {
  /** Number of the packet, from 0. */
  readonly packet: number;
  /** Seconds since the epoch. */
  readonly time: number;
}

export class RuleHits {
  readonly rules: RuleSet;
  private readonly firstPacket: Float64Array;
  private readonly lastPacket: Float64Array;
  private readonly firstUs: Float64Array;
  private readonly lastUs: Float64Array;

  constructor(rules: RuleSet) {
    this.rules = rules;
    const size = rules.counters.packets.length;
    this.firstPacket = new Float64Array(size).fill(-1);
    this.lastPacket = new Float64Array(size);
    this.firstUs = new Float64Array(size);
    this.lastUs = new Float64Array(size);
  }

  /** Before a packet. */
  begin(): void {
    this.rules.recorder.begin();
  }

  /** Behind it. What the host answered because of it hits on its account. */
  note({ index, nowUs }: ReadonlyPacket): void {
    const { ids, count } = this.rules.recorder;
    for (let i = 0; i < count; i++) {
      const id = ids[i]!;
      if (this.firstPacket[id]! < 0) {
        this.firstPacket[id] = index;
        this.firstUs[id] = nowUs;
      }
      this.lastPacket[id] = index;
      this.lastUs[id] = nowUs;
    }
  }

  packets(id: number): number {
    return this.rules.counters.packets[id]!;
  }

  octets(id: number): number {
    return this.rules.counters.bytes[id]!;
  }

  first(id: number): Hit | null {
    return this.firstPacket[id]! < 0 ? null : { packet: this.firstPacket[id]!, time: this.firstUs[id]! / 1e6 };
  }

  last(id: number): Hit | null {
    return this.firstPacket[id]! < 0 ? null : { packet: this.lastPacket[id]!, time: this.lastUs[id]! / 1e6 };
  }
}
