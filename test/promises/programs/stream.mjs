/** A classic capture of many UDP packets on standard output, never whole in memory: `node stream.mjs MEGABYTES`. */
import { once } from 'node:events';
import { build } from '../../../dist/packet/build.js';
import { ethernet, ipv4, payload, udp } from '../../../dist/packet/build-layers.js';

const MIB = 1 << 20;
const total = Number(process.argv[2]) * MIB;
const frame = build(
  ethernet('02:00:00:00:00:01', '02:00:00:00:00:99'),
  ipv4('10.0.0.2', '198.51.100.1'),
  udp(1, 53),
  payload(new Uint8Array(900)),
);
const record = 16 + frame.length;
const perPiece = Math.floor(MIB / record);
const header = Buffer.alloc(24);
header.writeUInt32LE(0xa1b2c3d4, 0);
header.writeUInt16LE(2, 4);
header.writeUInt16LE(4, 6);
header.writeUInt32LE(65535, 16);
header.writeUInt32LE(1, 20);
process.stdout.write(header);
const piece = Buffer.alloc(perPiece * record);
for (let i = 0; i < perPiece; i++) {
  piece.writeUInt32LE(frame.length, i * record + 8);
  piece.writeUInt32LE(frame.length, i * record + 12);
  piece.set(frame, i * record + 16);
}
process.stdout.on('error', () => process.exit(0));
for (let sent = 0, second = 0; sent < total; sent += piece.length, second++) {
  for (let i = 0; i < perPiece; i++) {
    piece.writeUInt32LE(1_700_000_000 + second, i * record);
    piece.writeUInt16BE((i + second) & 0xffff, i * record + 16 + 34);
    // no UDP checksum: the source port changes
    piece.writeUInt16BE(0, i * record + 16 + 40);
  }
  if (!process.stdout.write(Buffer.from(piece))) await once(process.stdout, 'drain');
}
