/**
 * OutputBuffer: collects records and hands them to the file in large pieces.
 * @module
 */
import type { OutputFile } from './output-file.ts';

const CAPACITY = 256 * 1024;
/** Longest frame copied word by word; from there on a subarray and its garbage are cheaper (46 ns against 60). */
const WORDWISE = 160;

export class OutputBuffer {
  view: DataView;
  bytes: Uint8Array;
  /** Where the next octet goes. */
  at = 0;
  private readonly file: OutputFile;

  constructor(file: OutputFile) {
    const buffer = new ArrayBuffer(CAPACITY);
    this.file = file;
    this.view = new DataView(buffer);
    this.bytes = new Uint8Array(buffer);
  }

  /** Make sure of `length` octets at `at`. */
  reserve(length: number): void {
    if (this.at + length <= this.bytes.length) return;
    this.flush();
    if (length <= this.bytes.length) return;
    const buffer = new ArrayBuffer(length);
    this.view = new DataView(buffer);
    this.bytes = new Uint8Array(buffer);
  }

  /** Copy [start, end) of a frame, for which there is room. */
  put(view: DataView, bytes: Uint8Array, start: number, end: number): void {
    if (end - start > WORDWISE) this.bytes.set(bytes.subarray(start, end), this.at);
    else copyWords(view, start, this.view, this.at, end - start);
    this.at += end - start;
  }

  /** Put octets made here, with zeros up to the next multiple of 4. */
  putPadded(octets: Uint8Array): void {
    this.bytes.set(octets, this.at);
    this.at += octets.length;
    this.pad(octets.length);
  }

  /** Zeros from `length` octets to the next multiple of 4. */
  pad(length: number): void {
    for (let i = length; (i & 3) !== 0; i++) this.bytes[this.at++] = 0;
  }

  flush(): void {
    this.file.write(this.bytes, this.at);
    this.at = 0;
  }
}

/** Little-endian on both sides: plain loads and stores. Four words a round (measured: 5 ns less for 60 octets than one). */
function copyWords(from: DataView, at: number, to: DataView, toAt: number, length: number): void {
  const end = at + length;
  const shift = toAt - at;
  let i = at;
  for (; i + 16 <= end; i += 16) {
    to.setInt32(i + shift, from.getInt32(i, true), true);
    to.setInt32(i + shift + 4, from.getInt32(i + 4, true), true);
    to.setInt32(i + shift + 8, from.getInt32(i + 8, true), true);
    to.setInt32(i + shift + 12, from.getInt32(i + 12, true), true);
  }
  for (; i + 4 <= end; i += 4) to.setInt32(i + shift, from.getInt32(i, true), true);
  for (; i < end; i++) to.setUint8(i + shift, from.getUint8(i));
}
