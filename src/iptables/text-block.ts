/**
 * TextBlock: short pieces of ASCII text as strings, cut out of longer ones: to decode each by itself takes many times longer.
 * @module
 */

const BLOCK = 65_536;

export class TextBlock {
  private readonly bytes: Uint8Array;
  private readonly decoder: InstanceType<typeof TextDecoder> = new TextDecoder('latin1');
  private text = '';
  private start = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** bytes[from..to), which are ASCII and few. */
  slice(from: number, to: number): string {
    if (from < this.start || to > this.start + this.text.length) {
      this.start = from;
      this.text = this.decoder.decode(this.bytes.subarray(from, from + BLOCK));
    }
    return this.text.slice(from - this.start, to - this.start);
  }
}
