/**
 * A text file written in large pieces, there whole or not at all.
 * @module
 */
import { OutputFile } from '../capture/output-file.ts';

const PIECE = 1 << 18;

export class TextFile {
  private readonly file: OutputFile;
  private waiting = '';

  /** @throws ERR_OUTPUT */
  constructor(path: string) {
    this.file = new OutputFile(path);
  }

  /** @throws ERR_OUTPUT */
  line(text: string): void {
    this.waiting += `${text}\n`;
    if (this.waiting.length >= PIECE) this.flush();
  }

  /** @throws ERR_OUTPUT */
  close(): void {
    this.flush();
    this.file.close();
  }

  abort(): void {
    this.file.abort();
  }

  private flush(): void {
    this.file.writeText(this.waiting);
    this.waiting = '';
  }
}
