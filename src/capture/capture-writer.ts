/**
 * CaptureWriter: packets into a capture file.
 * @module
 */
import type { ReadonlyPacket } from '../packet/packet.ts';
import type { CaptureFormat } from './record-reader.ts';

export interface WriterInterface {
  readonly name?: string;
  /** Ethernet by default. */
  readonly linkType?: number;
}

export interface WriterOptions {
  /** pcapng by default: it alone keeps interfaces and comments. */
  readonly format?: CaptureFormat;
  /** Interfaces by number; one without a name by default. A classic capture takes its link type from the first. */
  readonly interfaces?: readonly WriterInterface[];
  /** Nanosecond timestamps: by default in pcapng, not in pcap, where old readers stumble over them. */
  readonly nanoseconds?: boolean;
  /** Noted in the file; packets are not cut. */
  readonly snapLength?: number;
}

export interface CaptureWriter {
  /** Packets written so far. */
  readonly count: number;
  /**
   * Write the captured octets of a packet with its time. pcap keeps neither interface nor comment.
   * @throws HooklineError ERR_OUTPUT; the file is gone then. RangeError for an interface that was not described.
   */
  write(packet: ReadonlyPacket, interfaceId?: number, comment?: string): void;
  /** Describe one more interface; answers its number. For a classic capture always 0. */
  addInterface(device: WriterInterface): number;
  /** Hand over to the system what is still in memory. */
  flush(): void;
  /** End the file and give it its name. */
  close(): void;
  /** Leave no file. */
  abort(): void;
}
