/**
 * Reading, decoding and writing captures.
 *
 *   read FILE          records only, plain or compressed: an octet of each, so that nothing can be left out
 *   decode TRAFFIC     and the layers, a batch at a time; aim TRAFFIC: packet by packet
 *   write TRAFFIC TO   and every packet into a pcapng file
 *
 * @module
 */
import { rmSync } from 'node:fs';
import { type Capture, createCapture, openCapture } from '../../src/capture/index.ts';
import { decode } from '../../src/packet/decode.ts';
import { Packet } from '../../src/packet/packet.ts';
import { BATCH_WORDS, BatchWord, PacketBatch } from '../../src/packet/packet-batch.ts';
import { compressedFile, type Compression } from '../support/compressed.ts';
import { type Pass, timed } from '../support/run.ts';
import type { Task } from '../support/task.ts';
import { trafficFiles } from '../support/traffic.ts';

// Names of this module's own: V8 folds those into the code and loads an imported constant every time.
const WORDS = BATCH_WORDS;
const SRC = BatchWord.Src;
const DST = BatchWord.Dst;
const PORTS = BatchWord.Ports;
const PROTOCOL = BatchWord.Protocol;
const TRANSPORT_LENGTH = BatchWord.TransportLength;

const PASSES = 6;

export const readTask: Task = {
  prepare: ([traffic, how], quick) => void sourceOf(traffic!, how, quick),
  run([traffic, how], quick) {
    const path = sourceOf(traffic!, how, quick);
    return timed(how === undefined ? PASSES : 3, () => () => readOnly(path));
  },
};

function sourceOf(traffic: string, how: string | undefined, quick: boolean): string {
  const { main } = trafficFiles(traffic, quick);
  return how === undefined ? main : compressedFile(main, how as Compression);
}

function readOnly(path: string): Pass {
  const capture = openCapture(path);
  const packet = new Packet();
  let check = 0;
  while (capture.next(packet)) check = (check + packet.bytes[packet.end - 1]! + packet.wireLength) | 0;
  return done(capture, check);
}

export const decodeTask: Task = {
  prepare: ([traffic], quick) => void trafficFiles(traffic!, quick),
  run([traffic], quick) {
    const { main } = trafficFiles(traffic!, quick);
    return timed(PASSES, () => () => readAndDecode(main));
  },
};

export const aimTask: Task = {
  prepare: ([traffic], quick) => void trafficFiles(traffic!, quick),
  run([traffic], quick) {
    const { main } = trafficFiles(traffic!, quick);
    return timed(PASSES, () => () => readAndAim(main));
  },
};

/** The numbers the peers sum up, too: plain packets as words, the others by the decoder that takes all. */
function readAndDecode(path: string): Pass {
  const capture = openCapture(path);
  const { linkType } = capture;
  const batch = new PacketBatch();
  const packet = new Packet();
  const { words } = batch;
  let check = 0;
  while (capture.nextBatch(batch) > 0) {
    const end = batch.count * WORDS;
    for (let at = 0; at < end; at += WORDS) {
      const protocol = words[at | PROTOCOL]!;
      if (protocol < 0) {
        capture.aim(batch, at / WORDS, packet);
        decode(packet, linkType);
        check = (check + sum(packet)) | 0;
      } else {
        const ports = words[at | PORTS]!;
        const port = ports === -1 ? -1 : ports >>> 16;
        check = (check + words[at | SRC]! + words[at | DST]! + port + protocol + words[at | TRANSPORT_LENGTH]!) | 0;
      }
    }
  }
  return done(capture, check);
}

/** The same packet by packet, as the engine takes them. */
function readAndAim(path: string): Pass {
  const capture = openCapture(path);
  const packet = new Packet();
  const { linkType } = capture;
  let check = 0;
  while (capture.next(packet)) {
    decode(packet, linkType);
    check = (check + sum(packet)) | 0;
  }
  return done(capture, check);
}

function sum(packet: Packet): number {
  return packet.src0 + packet.dst0 + packet.srcPort + packet.protocol + packet.transportLength;
}

export const writeTask: Task = {
  prepare: ([traffic], quick) => void trafficFiles(traffic!, quick),
  run([traffic, to], quick) {
    const { main } = trafficFiles(traffic!, quick);
    const run = timed(PASSES, () => () => readAndWrite(main, to!));
    if (to !== '/dev/null') rmSync(to!, { force: true });
    return run;
  },
};

function readAndWrite(path: string, to: string): Pass {
  const capture = openCapture(path);
  const writer = createCapture(to);
  const packet = new Packet();
  const { linkType } = capture;
  let check = 0;
  while (capture.next(packet)) {
    decode(packet, linkType);
    check = (check + sum(packet)) | 0;
    writer.write(packet);
  }
  writer.close();
  if (writer.count !== capture.count) throw new Error(`${writer.count} of ${capture.count} packets written`);
  return done(capture, check);
}

function done(capture: Capture, check: number): Pass {
  if (capture.damage !== null) throw capture.damage;
  capture.close();
  return { items: capture.count, check };
}
