/**
 * StreamCapture: a capture that arrives as a stream, pcap or pcapng, compressed or not.
 *
 *   for await (const packet of streamCapture(response.body)) ...
 *
 * pieces -> undo compression -> split into packets. A piece is worked through before the next one is asked for, so that a slow
 * reader slows the sender. The packet is decoded, always the same object, and valid until the next iteration.
 * @module
 */
import { CaptureError } from '../errors.ts';
import { decode } from '../packet/decode.ts';
import { Packet } from '../packet/packet.ts';
import { type CaptureInterface, NO_INTERFACE } from './capture-interface.ts';
import { findCodec } from './compression.ts';
import { Inflater } from './inflater.ts';
import type { CaptureOptions } from './open.ts';
import { isPcap } from './pcap-header.ts';
import { isPcapng } from './pcapng-code.ts';
import { type CaptureFormat, MAX_CAPTURED, type ReaderOptions } from './record-reader.ts';
import { PcapSplitter } from './stream.ts';
import { PcapngSplitter } from './stream-pcapng.ts';
import type { StreamSplitter } from './stream-splitter.ts';
import { systemCode } from './system-code.ts';

type Pieces = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

const MAGIC_LEN = 4;
const INFLATED_LEN = 64 * 1024;

/** A capture from a stream, or anything that yields octets. Nothing is read before the first iteration. */
export function streamCapture(source: Pieces, options: Omit<CaptureOptions, 'blockLength'> = {}): StreamCapture {
  return new StreamCapture(source, options);
}

export class StreamCapture implements AsyncIterable<Packet> {
  readonly file: string;
  /** Packets delivered so far. */
  count = 0;
  private readonly source: Pieces;
  private readonly maxDecompressed: number;
  private readonly options: ReaderOptions;
  private splitter: StreamSplitter | null = null;
  private failure: CaptureError | null = null;

  constructor(source: Pieces, options: Omit<CaptureOptions, 'blockLength'>) {
    const { name = 'stream', maxCaptured = MAX_CAPTURED, anyLinkType = false } = options;
    this.file = name;
    this.source = source;
    this.maxDecompressed = options.maxDecompressed ?? Number.POSITIVE_INFINITY;
    this.options = { file: name, maxCaptured, anyLinkType };
  }

  /** Known once the first octets came. */
  get format(): CaptureFormat | null {
    return this.splitter?.format ?? null;
  }

  get linkType(): number {
    return this.current.linkType;
  }

  get interfaceId(): number {
    return this.current.id;
  }

  get interfaceName(): string {
    return this.current.name;
  }

  get comment(): string | null {
    return this.splitter?.comment ?? null;
  }

  /** Why the reading ended before the end; null while all is well. */
  get damage(): CaptureError | null {
    return this.failure ?? this.splitter?.damage ?? null;
  }

  /** @throws CaptureError for what is no capture; damage behind the file header is not thrown. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Packet, void, void> {
    const packet = new Packet();
    for await (const piece of this.pieces()) {
      const splitter = (this.splitter ??= this.choose(piece));
      splitter.push(piece);
      while (this.next(splitter, packet)) yield packet;
      if (splitter.damage !== null) return;
    }
    const splitter = (this.splitter ??= this.choose(new Uint8Array(0)));
    splitter.end();
    while (this.next(splitter, packet)) yield packet;
  }

  private get current(): CaptureInterface {
    return this.splitter?.current ?? NO_INTERFACE;
  }

  private next(splitter: StreamSplitter, packet: Packet): boolean {
    packet.reset();
    if (!splitter.next(packet)) return false;
    packet.index = this.count++;
    decode(packet, splitter.current.linkType);
    return true;
  }

  private choose(head: Uint8Array): StreamSplitter {
    if (head.length < MAGIC_LEN) {
      throw new CaptureError(
        'ERR_CAPTURE_TRUNCATED',
        this.file,
        head.length,
        `file header cut: ${MAGIC_LEN} octets needed, ${head.length} are there`,
      );
    }
    const view = new DataView(head.buffer, head.byteOffset, head.length);
    if (isPcap(view)) return new PcapSplitter(this.options);
    if (isPcapng(view)) return new PcapngSplitter(this.options);
    throw new CaptureError('ERR_CAPTURE_FORMAT', this.file, 0, 'no capture: neither pcap nor pcapng');
  }

  /** Plain octets. An error of the source ends them; it is told as damage. */
  private async *pieces(): AsyncGenerator<Uint8Array, void, void> {
    try {
      yield* headed(this.inflated());
    } catch (error) {
      if (this.splitter === null) throw error;
      this.failure = error instanceof CaptureError ? error : this.sourceError(error);
    }
  }

  private async *inflated(): AsyncGenerator<Uint8Array, void, void> {
    let inflater: Inflater | null | undefined;
    const output = new Uint8Array(INFLATED_LEN);
    try {
      for await (const piece of headed(this.source)) {
        inflater ??= inflater === undefined ? this.inflaterFor(piece) : null;
        if (inflater === null) yield piece;
        else yield* inflate(inflater, piece, false, output);
      }
      if (inflater != null) yield* inflate(inflater, new Uint8Array(0), true, output);
    } finally {
      inflater?.close();
    }
  }

  private inflaterFor(head: Uint8Array): Inflater | null {
    const codec = findCodec(head, this.file);
    return codec === null ? null : new Inflater(codec, this.file, this.maxDecompressed);
  }

  private sourceError(error: unknown): CaptureError {
    return new CaptureError('ERR_INPUT', this.file, 0, `cannot read: ${systemCode(error)}`, { cause: error });
  }
}

/** What a piece of compressed octets yields, in parts that share one buffer. @throws CaptureError behind the last sound part */
function* inflate(inflater: Inflater, piece: Uint8Array, last: boolean, output: Uint8Array): Generator<Uint8Array, void, void> {
  let at = 0;
  let made = 0;
  while (!inflater.finished && inflater.failure === null && (last || at < piece.length)) {
    made += inflater.step(piece, at, piece.length, last, output, made, output.length - made);
    at += inflater.used;
    if (made === output.length) {
      yield output;
      made = 0;
    }
  }
  if (made > 0) yield output.subarray(0, made);
  if (inflater.failure !== null) throw inflater.failure;
}

/** The same octets; the first piece holds enough of them to tell what they are, if there are as many. */
async function* headed(source: Pieces): AsyncGenerator<Uint8Array, void, void> {
  let head: Uint8Array | null = new Uint8Array(0);
  for await (const piece of source) {
    if (head === null) {
      yield piece;
      continue;
    }
    const joined: Uint8Array = head.length === 0 ? piece : Uint8Array.from([...head, ...piece]);
    head = joined.length < MAGIC_LEN ? Uint8Array.from(joined) : null;
    if (head === null) yield joined;
  }
  if (head !== null && head.length > 0) yield head;
}
