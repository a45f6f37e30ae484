/**
 * SkippedBlock: a pcapng block that is passed over without being in memory as a whole, up to its trailer.
 * @module
 */
import { TRAILER_LEN } from './pcapng-code.ts';
import type { Window } from './window.ts';

export class SkippedBlock {
  active = false;
  /** Octets the block says it has. */
  length = 0;
  /** Octet of the stream it starts at. */
  offset = 0;
  private left = 0;

  begin(length: number, offset: number): void {
    this.active = true;
    this.length = length;
    this.offset = offset;
    this.left = length - TRAILER_LEN;
  }

  /** Pass over what the window holds. True when it stands at the trailer and the trailer is there. */
  advance(window: Window): boolean {
    const count = Math.min(this.left, window.available);
    window.at += count;
    this.left -= count;
    return this.left === 0 && window.available >= TRAILER_LEN;
  }
}
