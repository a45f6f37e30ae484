/**
 * The flow of a packet in ten words, for tables of flows: sender and receiver (four words each), ports, protocol and family.
 * @module
 */
import type { ReadonlyPacket } from './packet.ts';

export const FLOW_WORDS = 10;
export const FlowWord = { Sender: 0, Receiver: 4, Ports: 8, Kind: 9 } as const;
/** In Kind, beside the protocol: IPv6. */
export const FLOW_V6 = 0x100;

/** Write who talks to whom at the beginning of `words`. Ports of a packet without any are 0. */
export function writeFlow(words: Int32Array, packet: ReadonlyPacket): void {
  words[0] = packet.src0;
  words[1] = packet.src1;
  words[2] = packet.src2;
  words[3] = packet.src3;
  words[4] = packet.dst0;
  words[5] = packet.dst1;
  words[6] = packet.dst2;
  words[7] = packet.dst3;
  words[8] = packet.srcPort < 0 ? 0 : (packet.srcPort << 16) | packet.dstPort;
  words[9] = (packet.protocol & 0xff) | (packet.family === 6 ? FLOW_V6 : 0);
}
