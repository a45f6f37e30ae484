/** The decoder, with its printer: any octets as a frame of any link type, in a buffer that ends where the frame ends. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from '../../../dist/packet/decode.js';
import { Packet } from '../../../dist/packet/packet.js';
import { formatPacket } from '../../../dist/report/tcpdump.js';
import { filesBelow, FIXTURES } from '../corpus.mjs';
import { damageOctets } from '../mutate.mjs';

const isText = false;
const LINK_TYPES = [1, 1, 1, 1, 101, 0, 108, 113, 276, 228, 229];
const CAPACITY = 1600;
const PRINT_EVERY = 64;

function seeds() {
  return filesBelow(join(FIXTURES, 'frames'), (path) => path.endsWith('.hex')).map((path) => {
    const digits = readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => !line.startsWith('#'))
      .join('')
      .replaceAll(/\s/g, '');
    return Uint8Array.from(Buffer.from(digits, 'hex'));
  });
}

const buffer = new Uint8Array(CAPACITY);
const view = new DataView(buffer.buffer);
const packet = new Packet();
let runs = 0;
let at = CAPACITY;
let linkType = 1;
const told = new Uint8Array(2 + CAPACITY);

/** The input as it was tried, for a find: its link type, then its octets. */
function lastInput() {
  told[0] = linkType & 0xff;
  told[1] = linkType >> 8;
  told.set(buffer.subarray(at), 2);
  return told.subarray(0, 2 + CAPACITY - at);
}

/** A find or a corpus input, tried as it stands. */
function replay(input) {
  const octets = input.subarray(2);
  buffer.set(octets, CAPACITY - octets.length);
  at = CAPACITY - octets.length;
  linkType = input[0] | (input[1] << 8);
  read(at, linkType, true);
}

function draw(random, corpus) {
  const from = random.pick(corpus.inputs);
  at = CAPACITY - damageOctets(random, from, random.pick(corpus.inputs), buffer);
  linkType = random.pick(LINK_TYPES);
}

function attempt(corpus) {
  const signature = read(at, linkType, ++runs % PRINT_EVERY === 0);
  if (runs % 8 === 0) corpus.note(signature, buffer.subarray(at));
  return 1;
}

/** What decoding came to. */
function read(start, type, print) {
  packet.view = view;
  packet.bytes = buffer;
  packet.start = start;
  packet.end = CAPACITY;
  packet.wireLength = CAPACITY - start;
  decode(packet, type);
  const { network, transport, transportLength, networkLength, headerLength, end } = packet;
  if (network >= 0 && (network < start || network > end)) throw new Error(`IP header at ${network} of ${start}..${end}`);
  if (packet.family !== 0 && network + networkLength > end)
    throw new Error(`IP packet ends at ${network + networkLength}, the frame at ${end}`);
  if (transport >= 0 && (transport !== network + headerLength || transport + transportLength > end)) {
    throw new Error(`upper layer ${transport}+${transportLength}, the frame ends at ${end}`);
  }
  if (print && /undefined|NaN|\[object/.test(formatPacket(packet))) throw new Error(`printed as ${formatPacket(packet)}`);
  return (packet.family << 20) | (packet.fault << 16) | ((packet.protocol & 0xff) << 8) | (packet.faultLayer & 0xff);
}

export const target = { isText, seeds, lastInput, replay, draw, attempt };
