/**
 * The packets that left, as a capture: every frame with the interface it left by and, in pcapng, a comment when the host made it.
 * @module
 */
import { type CaptureWriter, createCapture } from '../capture/index.ts';
import type { EngineSink } from '../engine/sink.ts';
import type { Host } from '../host/host.ts';
import { Origin, type Packet } from '../packet/packet.ts';

export interface OutputCapture extends EngineSink {
  close(): void;
  abort(): void;
}

const COMMENTS: Record<Origin, string | undefined> = {
  [Origin.Received]: undefined,
  [Origin.Local]: 'sent by a local process',
  [Origin.Reject]: 'made by REJECT',
  [Origin.Stack]: 'made by the host',
  [Origin.Copy]: 'made by TEE',
};

/** Open `path` for writing: classic pcap when it ends in .pcap, else pcapng with interface names. */
export function openOutput(path: string, host: Host): OutputCapture {
  const names = host.interfaces.map((device) => device?.name ?? '');
  const writer: CaptureWriter = createCapture(path, {
    format: path.endsWith('.pcap') ? 'pcap' : 'pcapng',
    interfaces: names.slice(1).map((name) => ({ name })),
  });
  return {
    transmit: (packet: Packet) => writer.write(packet, packet.outdev - 1, COMMENTS[packet.origin]),
    frame: (packet) => writer.write(packet, packet.outdev - 1),
    deliver: () => undefined,
    close: () => writer.close(),
    abort: () => writer.abort(),
  };
}
