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

  /** `fraction` of all that there is, 0 to 1; NaN: nobody knows. */
  show(packets: number, fraction: number = Number.NaN): void {
    if (!this.stream.isTTY) return;
    const now = performance.now();
    if (now - this.shownAt < EVERY_MS) return;
    this.shownAt = now;
    this.shown = true;
    const seconds = (now - this.started) / 1000;
    const rate = packets / seconds;
    const left =
      fraction > 0 && fraction < 1 ? `, ${Math.floor(fraction * 100)} %, ${timeText((seconds / fraction) * (1 - fraction))} left` : '';
    this.stream.write(`\r${packets.toLocaleString('en')} packets, ${Math.round(rate).toLocaleString('en')}/s${left}\x1b[K`);
  }

  clear(): void {
    if (this.shown) this.stream.write('\r\x1b[K');
    this.shown = false;
  }
}

/** `42 s`, `3:20`, `1:02:45`. */
function timeText(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (n: number): string => String(n).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
