/** What capture/stream.ts uses of pcap-parser 0.2.1, which has no types of its own. */
declare module 'pcap-parser' {
  import type { EventEmitter } from 'node:events';

  export interface PacketHeader {
    readonly timestampSeconds: number;
    readonly timestampMicroseconds: number;
    readonly capturedLength: number;
    readonly originalLength: number;
  }
  export interface ParsedPacket {
    readonly header: PacketHeader;
    readonly data: Uint8Array;
  }
  export interface Parser extends EventEmitter {
    on(event: 'packet', listener: (packet: ParsedPacket) => void): this;
    on(event: 'end', listener: () => void): this;
    on(event: 'error', listener: (error: Error) => void): this;
  }
  /** Takes a readable stream, or the name of a file. */
  export function parse(input: EventEmitter | string): Parser;
}
