/**
 * A text file written in large pieces.
 * @module
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { systemCode } from '../capture/system-code.ts';
import { HooklineError } from '../errors.ts';

const PIECE = 1 << 18;

export class TextFile {
  private readonly path: string;
  private readonly fd: number;
  private waiting = '';
  private open = true;

  /** @throws ERR_INPUT */
  constructor(path: string) {
    this.path = path;
    this.fd = this.attempt(() => openSync(path, 'w'));
  }

  line(text: string): void {
    this.waiting += `${text}\n`;
    if (this.waiting.length >= PIECE) this.flush();
  }

  close(): void {
    if (!this.open) return;
    this.flush();
    this.open = false;
    closeSync(this.fd);
  }

  abort(): void {
    if (this.open) closeSync(this.fd);
    this.open = false;
  }

  private flush(): void {
    let rest = Buffer.from(this.waiting);
    this.waiting = '';
    while (rest.length > 0) rest = rest.subarray(this.attempt(() => writeSync(this.fd, rest)));
  }

  private attempt<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw new HooklineError('ERR_INPUT', `${this.path}: cannot write: ${systemCode(error)}`, { cause: error });
    }
  }
}
