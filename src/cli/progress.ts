/**
 * Progress of long work: one line on standard error that rewrites itself, only where a person watches.
 * @module
 */

const EVERY_MS = 200;

export class Progress {
  private readonly stream: NodeJS.WriteStream;
  private readonly started = performance.now();
  private shownAt = 0;
  private shown = false;

  constructor(stream: NodeJS.WriteStream) {
    this.stream = stream;
  }

  show(packets: number): void {
    if (!this.stream.isTTY) return;
    const now = performance.now();
    if (now - this.shownAt < EVERY_MS) return;
    this.shownAt = now;
    this.shown = true;
    const rate = packets / ((now - this.started) / 1000);
    this.stream.write(`\r${packets.toLocaleString('en')} packets, ${Math.round(rate).toLocaleString('en')}/s\x1b[K`);
  }

  clear(): void {
    if (this.shown) this.stream.write('\r\x1b[K');
    this.shown = false;
  }
}
