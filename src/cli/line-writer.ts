/**
 * Lines to a file descriptor (default: standard output) in large pieces, so that a long listing is not a system call a line.
 * @module
 */
import { writeSync } from 'node:fs';

const PIECE = 65_536;

export class LineWriter {
  private readonly fd: number;
  private waiting = '';

  constructor(fd = 1) {
    this.fd = fd;
  }

  write(line: string): void {
    this.waiting += `${line}\n`;
    if (this.waiting.length >= PIECE) this.flush();
  }

  /** Hand everything on; blocks, so that memory stays bounded when the reader is slow. */
  flush(): void {
    let rest = Buffer.from(this.waiting);
    this.waiting = '';
    while (rest.length > 0) {
      try {
        rest = rest.subarray(writeSync(this.fd, rest));
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code;
        if (code === 'EPIPE') process.exit(0);
        if (code !== 'EAGAIN') throw error;
      }
    }
  }
}
