/**
 * Inflater: decompression in steps, without promises and without a buffer of its own: so much input, so much room, how much of
 * each was used.
 *
 * Node offers its zlib streams with promises or for a whole file at once. Below both lies the call made here, writeSync of the
 * stream's handle, which npm's own unpacker (minizlib) reaches for too; isDrivable() looks before anyone leaps, and without it
 * the user is told to decompress in front of hookline. Checked on Node 20, 22 and 26.
 *
 * A step that fails loses its output, so steps are small (STEP_LEN). Output may grow to RATIO times the input once it passes
 * FREE_LEN, and to `maxOutput` at most.
 * @module
 */
import { CaptureError, type ErrorCode } from '../errors.ts';

/** The part of a Node zlib stream that is used here. */
export interface ZlibStream {
  readonly _handle: {
    writeSync(flush: number, input: Uint8Array, inAt: number, inLength: number, output: Uint8Array, outAt: number, outLength: number): void;
    onerror: (message: string, errno: number, code: string) => void;
  };
  /** After a step: octets of room left, octets of input left. */
  readonly _writeState: Uint32Array;
  close(): void;
}

export interface Codec {
  readonly name: string;
  readonly stream: ZlibStream;
  /** How to step, how to step when that stands still, how to step at the end of input. */
  readonly flush: { readonly step: number; readonly push: number; readonly finish: number };
}

/** Octets made in one step. */
const STEP_LEN = 4096;
/** Output that is not measured against the input. */
const FREE_LEN = 64 * 1024 * 1024;
/** Output to input, at most; captures reach 20. */
const RATIO = 200;

/** Whether a stream of this Node has what is needed. */
export function isDrivable(stream: unknown): stream is ZlibStream {
  if (typeof stream !== 'object' || stream === null) return false;
  const handle: unknown = Reflect.get(stream, '_handle');
  if (typeof handle !== 'object' || handle === null) return false;
  return typeof Reflect.get(handle, 'writeSync') === 'function' && Reflect.get(stream, '_writeState') instanceof Uint32Array;
}

export class Inflater {
  /** Octets of input the last step used. */
  used = 0;
  /** No output comes any more. */
  finished = false;
  failure: CaptureError | null = null;
  private readonly codec: Codec;
  private readonly file: string;
  private readonly maxOutput: number;
  private consumed = 0;
  private produced = 0;
  /** The last step neither took nor made anything. */
  private stalled = false;

  constructor(codec: Codec, file: string, maxOutput: number) {
    this.codec = codec;
    this.file = file;
    this.maxOutput = maxOutput;
    codec.stream._handle.onerror = (message, _errno, code) => this.fail(message, code);
  }

  /**
   * One step: take from input[at, end), put at most `room` octets at output[to]. Answers how many were made. No input means that
   * none will come any more when `last` is set.
   */
  step(input: Uint8Array, at: number, end: number, last: boolean, output: Uint8Array, to: number, room: number): number {
    const { stream, flush } = this.codec;
    const left = end - at;
    const length = Math.min(room, STEP_LEN);
    const mode = left === 0 && last ? flush.finish : this.stalled ? flush.push : flush.step;
    stream._handle.writeSync(mode, input, at, left, output, to, length);
    this.used = 0;
    if (this.failure !== null) return 0;
    const made = length - stream._writeState[0]!;
    this.used = left - stream._writeState[1]!;
    this.consumed += this.used;
    this.produced += made;
    this.noteProgress(made, left, last);
    this.judgeSize();
    return made;
  }

  close(): void {
    this.codec.stream.close();
  }

  /** A step that stands still twice has met the end: of the input, or of what the format counts as data. */
  private noteProgress(made: number, left: number, last: boolean): void {
    const still = made === 0 && this.used === 0;
    if (still && (left === 0 ? last : this.stalled)) this.finished = true;
    this.stalled = still;
  }

  private judgeSize(): void {
    const { produced } = this;
    if (produced > FREE_LEN && produced > RATIO * this.consumed) {
      this.refuse('ERR_LIMIT', `${this.codec.name} data grows to more than ${RATIO} times its size`);
    } else if (produced > this.maxOutput) {
      this.refuse('ERR_LIMIT', `${this.codec.name} data grows to more than the limit of ${this.maxOutput} octets`);
    }
  }

  private fail(message: string, code: string): void {
    const { name } = this.codec;
    if (code === 'Z_BUF_ERROR') this.refuse('ERR_CAPTURE_TRUNCATED', `${name} data cut after ${this.consumed} compressed octets`);
    else this.refuse('ERR_COMPRESSION', `${name} data damaged behind ${this.consumed} compressed octets: ${message}`);
  }

  private refuse(code: ErrorCode, reason: string): void {
    this.failure ??= new CaptureError(code, this.file, this.produced, reason);
  }
}
