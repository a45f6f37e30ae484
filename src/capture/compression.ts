/**
 * Which compression a file begins with, and what to tell where hookline cannot undo it.
 * @module
 */
import * as zlib from 'node:zlib';
import { CaptureError } from '../errors.ts';
import { type Codec, isDrivable, type ZlibStream } from './inflater.ts';

interface Kind {
  readonly name: string;
  readonly magic: readonly number[];
  /** The command that undoes it on standard output. */
  readonly command: string;
  readonly codec: (() => Codec | null) | null;
}

const KINDS: readonly Kind[] = [
  { name: 'gzip', magic: [0x1f, 0x8b], command: 'gzip -dc', codec: gzip },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd], command: 'zstd -dc', codec: zstd },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58], command: 'xz -dc', codec: null },
  { name: 'bzip2', magic: [0x42, 0x5a, 0x68], command: 'bzip2 -dc', codec: null },
  { name: 'lz4', magic: [0x04, 0x22, 0x4d, 0x18], command: 'lz4 -dc', codec: null },
  { name: 'compress', magic: [0x1f, 0x9d], command: 'uncompress -c', codec: null },
  { name: 'zip', magic: [0x50, 0x4b, 0x03, 0x04], command: 'unzip -p', codec: null },
];

/**
 * What undoes the compression of octets that begin like `head`; null when they are not compressed.
 * @throws CaptureError ERR_COMPRESSION when this Node cannot.
 */
export function findCodec(head: Uint8Array, file: string): Codec | null {
  const kind = KINDS.find(({ magic }) => magic.every((octet, i) => head[i] === octet));
  if (kind === undefined) return null;
  const codec = kind.codec?.() ?? null;
  if (codec !== null) return codec;
  const first = kind.name === 'zstd' ? 'Node 22.15 or later reads it, or' : 'decompress it first:';
  throw new CaptureError('ERR_COMPRESSION', file, 0, `${kind.name} compressed: ${first} ${kind.command} FILE | hookline … -`);
}

function gzip(): Codec | null {
  const { Z_BLOCK, Z_NO_FLUSH, Z_FINISH } = zlib.constants;
  // Stopping at each deflate block keeps all output in front of a damaged one.
  return codecOf('gzip', zlib.createGunzip(), { step: Z_BLOCK, push: Z_NO_FLUSH, finish: Z_FINISH });
}

function zstd(): Codec | null {
  const make: unknown = Reflect.get(zlib, 'createZstdDecompress');
  if (typeof make !== 'function') return null;
  const ZSTD_END = 2;
  return codecOf('zstd', Reflect.apply(make, zlib, []), { step: 0, push: 0, finish: ZSTD_END });
}

function codecOf(name: string, stream: unknown, flush: Codec['flush']): Codec | null {
  return isDrivable(stream) ? { name, stream: stream satisfies ZlibStream, flush } : null;
}
