/** What a capture holds, as plain values that can be compared. */
import { Capture, type CaptureOptions, openCapture, streamCapture } from '../../src/capture/index.ts';
import { Packet } from '../../src/packet/packet.ts';

export interface PlainRecord {
  readonly us: number;
  readonly ns: number;
  readonly octets: string;
  readonly wire: number;
  readonly linkType: number;
  readonly interfaceId: number;
  readonly interfaceName: string;
  readonly comment: string | null;
}

export interface Contents {
  readonly records: PlainRecord[];
  /** Code and place of the damage. */
  readonly damage: string | null;
}

export function contentsOf(source: string | Uint8Array | Capture, options: CaptureOptions = {}): Contents {
  const capture = source instanceof Capture ? source : openCapture(source, options);
  const packet = new Packet();
  const records: PlainRecord[] = [];
  while (capture.next(packet)) records.push(recordOf(packet, capture));
  capture.close();
  return { records, damage: damageOf(capture.damage) };
}

export async function streamedContents(pieces: Iterable<Uint8Array>, options: CaptureOptions = {}): Promise<Contents> {
  const capture = streamCapture(pieces, options);
  const records: PlainRecord[] = [];
  for await (const packet of capture) records.push(recordOf(packet, capture));
  return { records, damage: damageOf(capture.damage) };
}

/** `octets` in pieces whose lengths go round through `lengths`. */
export function* piecesOf(octets: Uint8Array, lengths: readonly number[]): Generator<Uint8Array, void, void> {
  for (let at = 0, i = 0; at < octets.length; i++) {
    const length = lengths[i % lengths.length]!;
    yield octets.slice(at, at + length);
    at += length;
  }
}

function recordOf(packet: Packet, capture: Pick<Capture, 'linkType' | 'interfaceId' | 'interfaceName' | 'comment'>): PlainRecord {
  return {
    us: packet.nowUs,
    ns: packet.remainderNs,
    octets: Buffer.from(packet.bytes.subarray(packet.start, packet.end)).toString('hex'),
    wire: packet.wireLength,
    linkType: capture.linkType,
    interfaceId: capture.interfaceId,
    interfaceName: capture.interfaceName,
    comment: capture.comment,
  };
}

function damageOf(damage: Capture['damage']): string | null {
  return damage === null ? null : `${damage.code} at ${damage.offset}`;
}
