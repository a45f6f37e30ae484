/**
 * openCapture: from a file name, `-` or octets to a Capture, whatever the format and compression; both are told by the first
 * octets, never by the name.
 * @module
 */
import { CaptureError, HooklineError } from '../errors.ts';
import { Capture } from './capture.ts';
import { findCodec } from './compression.ts';
import { type Feed, refill } from './feed.ts';
import { InflateSource } from './inflate-source.ts';
import { inflateThread } from './inflate-thread.ts';
import { type Codec, Inflater } from './inflater.ts';
import { isPcap, PCAP_FILE_LEN } from './pcap-header.ts';
import { PcapReader } from './pcap-reader.ts';
import { isPcapng } from './pcapng-code.ts';
import { PcapngReader, pcapngHold } from './pcapng-reader.ts';
import { MAX_CAPTURED, type ReaderOptions, type RecordReader, Step } from './record-reader.ts';
import { FileSource, type OctetSource, openSource } from './source.ts';
import { systemCode } from './system-code.ts';
import { Window } from './window.ts';

export interface CaptureOptions {
  /** What messages call it; the file name by default. */
  readonly name?: string;
  /** Octets read at once. */
  readonly blockLength?: number;
  /** Longest packet accepted, in captured octets: what is longer counts as damage. */
  readonly maxCaptured?: number;
  /** Octets a compressed file may grow to. */
  readonly maxDecompressed?: number;
  /** Deliver packets of link types that decode() does not know, too, instead of refusing them. */
  readonly anyLinkType?: boolean;
}

/** Reading costs the same from 256 KiB to 1 MiB, where a block stays in the second-level cache (measured: `npm run bench`). */
const BLOCK_LEN = 512 * 1024;
/** Octets that tell the format. */
const MAGIC_LEN = 4;

/**
 * Open a capture: pcap or pcapng, plain, gzip or (Node 22.15) zstd. `-` is standard input.
 * @throws HooklineError ERR_INPUT, CaptureError ERR_CAPTURE_FORMAT, ERR_CAPTURE_TRUNCATED, ERR_LINK_TYPE, ERR_COMPRESSION
 */
export function openCapture(source: string | Uint8Array, options: CaptureOptions = {}): Capture {
  const file = options.name ?? nameOf(source);
  const { maxCaptured = MAX_CAPTURED, blockLength = BLOCK_LEN, anyLinkType = false } = options;
  const capacity = Math.max(pcapngHold(maxCaptured), blockLength);
  const raw = openSource(source, file);
  let feed: Feed = { source: raw, window: new Window(Math.min(capacity, raw.size + 1)), blockLength };
  try {
    hold(feed, MAGIC_LEN);
    feed = decompressed(feed, capacity, file, options.maxDecompressed ?? Number.POSITIVE_INFINITY);
    const reader = startReader(feed, { file, maxCaptured, anyLinkType });
    return new Capture(file, feed, reader);
  } catch (error) {
    feed.source.close();
    throw error instanceof HooklineError
      ? error
      : new HooklineError('ERR_INPUT', `${file}: cannot read: ${systemCode(error)}`, { cause: error });
  }
}

function nameOf(source: string | Uint8Array): string {
  if (typeof source !== 'string') return 'capture';
  return source === '-' ? 'standard input' : source;
}

/** The feed itself, or one that undoes its compression. */
function decompressed(feed: Feed, capacity: number, file: string, maxDecompressed: number): Feed {
  const { source, window, blockLength } = feed;
  const head = window.bytes.subarray(0, window.limit);
  const codec = findCodec(head, file);
  if (codec === null) return feed;
  const plain = { source: inflated(source, head, codec, file, maxDecompressed), window: new Window(capacity), blockLength };
  hold(plain, MAGIC_LEN);
  return plain;
}

/** By a thread of its own where that pays. */
function inflated(source: OctetSource, head: Uint8Array, codec: Codec, file: string, maxDecompressed: number): OctetSource {
  if (source instanceof FileSource && source.size < Number.POSITIVE_INFINITY) {
    const thread = inflateThread(source.size, { fd: source.fd, head, file, maxDecompressed });
    if (thread !== null) {
      codec.stream.close();
      source.giveAway();
      return thread;
    }
  }
  return new InflateSource(source, head, new Inflater(codec, file, maxDecompressed));
}

function startReader(feed: Feed, options: ReaderOptions): RecordReader {
  const { window } = feed;
  const { file } = options;
  requireOctets(feed, MAGIC_LEN, file);
  if (isPcap(window.view)) {
    requireOctets(feed, PCAP_FILE_LEN, file);
    return new PcapReader(window, options);
  }
  if (!isPcapng(window.view)) throw new CaptureError('ERR_CAPTURE_FORMAT', file, 0, 'no capture: neither pcap nor pcapng');
  const reader = new PcapngReader(window, options);
  while (reader.start() === Step.More) refill(feed);
  if (reader.damage !== null) throw reader.damage;
  return reader;
}

/** Fill until `length` octets are there, or the end. */
function hold(feed: Feed, length: number): void {
  while (feed.window.available < length && !feed.window.ended) refill(feed);
}

function requireOctets(feed: Feed, needed: number, file: string): void {
  hold(feed, needed);
  const { available } = feed.window;
  if (available >= needed) return;
  throw new CaptureError('ERR_CAPTURE_TRUNCATED', file, available, `file header cut: ${needed} octets needed, ${available} are there`);
}
