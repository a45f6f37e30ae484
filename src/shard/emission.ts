/**
 * Emission: what came out of some packets, in the order of the packets: frames that left and lines about them, packed into one
 * buffer that goes from a worker to the thread that writes.
 *
 *   | octets | kind | origin | outdev | index | nowUs | wireLength | remainderNs | data ... |        32 octets, then the data
 *      u32      u8      u8      u16      f64     f64        u32          u32
 *
 * @module
 */
import type { Origin, ReadonlyPacket } from '../packet/packet.ts';
import { Packet } from '../packet/packet.ts';

const KIND = 4;
const ORIGIN = 5;
const OUTDEV = 6;
const INDEX = 8;
const NOW = 16;
const WIRE = 24;
const REMAINDER = 28;
const HEADER = 32;
const FIRST_ROOM = 65_536;
/** Up to this length a copy octet by octet costs less than the view a block copy needs. */
const SHORT_FRAME = 100;

const Kind = { Frame: 0, Line: 1 } as const;

/** Takes what comes out. */
export interface Outlet {
  /** A frame left by packet.outdev. */
  frame(packet: Packet): void;
  /** The line of a packet, without its end. */
  line(text: string): void;
}

/** Packs; the buffer is handed over and begun anew with take(). */
export class EmissionWriter {
  private bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  private view: DataView<ArrayBuffer> = new DataView(this.bytes.buffer);
  private length = 0;
  private readonly encoder = new TextEncoder();

  frame(packet: ReadonlyPacket, index: number): void {
    const { start, end } = packet;
    const at = this.begin(end - start, Kind.Frame, index);
    const { view } = this;
    view.setUint8(at + ORIGIN, packet.origin);
    view.setUint16(at + OUTDEV, packet.outdev);
    view.setFloat64(at + NOW, packet.nowUs);
    view.setUint32(at + WIRE, packet.wireLength);
    view.setUint32(at + REMAINDER, packet.remainderNs);
    const length = end - start;
    if (length > SHORT_FRAME) this.bytes.set(packet.bytes.subarray(start, end), at + HEADER);
    else for (let i = 0; i < length; i++) this.bytes[at + HEADER + i] = packet.bytes[start + i]!;
  }

  line(text: string, index: number): void {
    const octets = this.encoder.encode(text);
    const at = this.begin(octets.length, Kind.Line, index);
    this.bytes.set(octets, at + HEADER);
  }

  /** What was packed, and an empty buffer instead. */
  take(): Uint8Array<ArrayBuffer> {
    const packed = this.bytes.subarray(0, this.length);
    this.bytes = new Uint8Array(0);
    this.view = new DataView(this.bytes.buffer);
    this.length = 0;
    return packed;
  }

  private begin(octets: number, kind: number, index: number): number {
    const at = this.length;
    this.length = at + HEADER + octets;
    if (this.length > this.bytes.length) this.grow();
    this.view.setUint32(at, octets);
    this.view.setUint8(at + KIND, kind);
    this.view.setFloat64(at + INDEX, index);
    return at;
  }

  private grow(): void {
    const larger = new Uint8Array(Math.max(FIRST_ROOM, this.length * 2));
    larger.set(this.bytes);
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }
}

/** Unpacks, one record after the other. */
export class EmissionReader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private at = 0;
  private readonly packet: Packet = new Packet();
  private readonly decoder = new TextDecoder();

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Number of the packet the next record is about; Infinity at the end. */
  get index(): number {
    return this.at < this.bytes.length ? this.view.getFloat64(this.at + INDEX) : Number.POSITIVE_INFINITY;
  }

  /** Give the next record to `outlet`. */
  next(outlet: Outlet): void {
    const { view, at } = this;
    const data = at + HEADER;
    const end = data + view.getUint32(at);
    this.at = end;
    if (view.getUint8(at + KIND) === Kind.Line) {
      outlet.line(this.decoder.decode(this.bytes.subarray(data, end)));
      return;
    }
    const { packet } = this;
    packet.view = view;
    packet.bytes = this.bytes;
    packet.start = data;
    packet.end = end;
    packet.origin = view.getUint8(at + ORIGIN) as Origin;
    packet.outdev = view.getUint16(at + OUTDEV);
    packet.index = view.getFloat64(at + INDEX);
    packet.nowUs = view.getFloat64(at + NOW);
    packet.wireLength = view.getUint32(at + WIRE);
    packet.remainderNs = view.getUint32(at + REMAINDER);
    outlet.frame(packet);
  }
}
