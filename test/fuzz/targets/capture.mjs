/** Capture readers: pcap and pcapng, plain and compressed, in blocks of any size; what is refused is refused with a CaptureError. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCapture } from '../../../dist/capture/index.js';
import { HooklineError } from '../../../dist/errors.js';
import { filesBelow, FIXTURES } from '../corpus.mjs';
import { damageFile } from '../mutate.mjs';

const isText = false;
const MAX_SEED = 4096;
const MAX_DECOMPRESSED = 1 << 20;
const BLOCKS = [1, 7, 64, 4096, 65536];

function seeds() {
  return filesBelow(join(FIXTURES, 'pcap'), (path) => /\.(pcap|pcapng|cap|gz|zst)$/.test(path))
    .map((path) => new Uint8Array(readFileSync(path)))
    .filter(({ length }) => length > 0 && length <= MAX_SEED);
}

let input = new Uint8Array(0);
let blockLength = 1;
const lastInput = () => input;

function replay(octets) {
  for (const length of BLOCKS) read(octets, length);
}

function draw(random, corpus) {
  input = damageFile(random, random.pick(corpus.inputs), random.pick(corpus.inputs));
  blockLength = random.pick(BLOCKS);
}

function attempt(corpus) {
  corpus.note(read(input, blockLength), input);
  return 1;
}

/** What reading in blocks of such a length came to. */
function read(octets, length) {
  let capture;
  try {
    capture = openCapture(octets, { blockLength: length, maxDecompressed: MAX_DECOMPRESSED });
  } catch (error) {
    if (error instanceof HooklineError) return error.code + words(error.message);
    throw error;
  }
  let packets = 0;
  for (const packet of capture) {
    if (packet.end < packet.start || packet.end > packet.view.byteLength) throw new Error(`packet ${packet.start}..${packet.end}`);
    packets++;
  }
  const { damage, format } = capture;
  capture.close();
  return `${format} ${Math.min(packets, 8)} ${damage === null ? '' : words(damage.message)}`;
}

function words(message) {
  return message.replaceAll(/[0-9]+/g, '0');
}

export const target = { isText, seeds, lastInput, replay, draw, attempt };
