/**
 * InflateSource: a compressed source read as what was compressed.
 * @module
 */
import type { Inflater } from './inflater.ts';
import type { OctetSource } from './source.ts';

const INPUT_LEN = 64 * 1024;

export class InflateSource implements OctetSource {
  readonly size: number = Number.POSITIVE_INFINITY;
  private readonly source: OctetSource;
  private readonly inflater: Inflater;
  private readonly input: Uint8Array;
  private at = 0;
  private end: number;
  private last = false;

  /** `head` is what was already read of the source. */
  constructor(source: OctetSource, head: Uint8Array, inflater: Inflater) {
    this.source = source;
    this.inflater = inflater;
    this.input = new Uint8Array(Math.max(INPUT_LEN, head.length));
    this.input.set(head);
    this.end = head.length;
  }

  get fraction(): number {
    return this.source.fraction;
  }

  /** @throws CaptureError once everything in front of the damage was read. */
  read(target: Uint8Array, offset: number, length: number): number {
    const { inflater } = this;
    let made = 0;
    while (made < length && !inflater.finished && inflater.failure === null) {
      if (this.at === this.end && !this.last) this.refill();
      made += inflater.step(this.input, this.at, this.end, this.last, target, offset + made, length - made);
      this.at += inflater.used;
    }
    if (made === 0 && inflater.failure !== null) throw inflater.failure;
    return made;
  }

  close(): void {
    this.inflater.close();
    this.source.close();
  }

  private refill(): void {
    this.at = 0;
    this.end = this.source.read(this.input, 0, this.input.length);
    this.last = this.end === 0;
  }
}
