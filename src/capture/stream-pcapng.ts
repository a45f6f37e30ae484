/**
 * A streamed pcapng capture: the reader of files over a window that pieces are copied into.
 * @module
 */
import type { CaptureError } from '../errors.ts';
import type { Packet } from '../packet/packet.ts';
import type { CaptureInterface } from './capture-interface.ts';
import { PcapngReader, pcapngHold } from './pcapng-reader.ts';
import { type ReaderOptions, Step } from './record-reader.ts';
import type { StreamSplitter } from './stream-splitter.ts';
import { Window } from './window.ts';

const NOTHING = new Uint8Array(0);

export class PcapngSplitter implements StreamSplitter {
  readonly format = 'pcapng';
  private readonly window: Window;
  private readonly reader: PcapngReader;
  private piece: Uint8Array = NOTHING;
  private taken = 0;

  constructor(options: ReaderOptions) {
    this.window = new Window(pcapngHold(options.maxCaptured));
    this.reader = new PcapngReader(this.window, options);
  }

  get damage(): CaptureError | null {
    return this.reader.damage;
  }

  get current(): CaptureInterface {
    return this.reader.current;
  }

  get comment(): string | null {
    return this.reader.comment;
  }

  push(octets: Uint8Array): void {
    this.piece = octets;
    this.taken = 0;
  }

  end(): void {
    this.push(NOTHING);
    this.window.ended = true;
  }

  next(packet: Packet): boolean {
    for (;;) {
      const step = this.reader.read(packet);
      if (step !== Step.More) return step === Step.Record;
      if (this.taken === this.piece.length) return false;
      this.taken += this.window.take(this.piece, this.taken);
    }
  }
}
