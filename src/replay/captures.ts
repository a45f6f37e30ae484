/**
 * replay(): captures through a machine, for programs. The command line uses the same loop (replay.ts) with its own flags.
 * @module
 */
import { type Capture, openCapture } from '../capture/index.ts';
import type { Outcome } from '../engine/outcome.ts';
import { HooklineError } from '../errors.ts';
import type { Packet } from '../packet/packet.ts';
import type { Machine } from './machine.ts';
import { replay as run } from './replay.ts';
import type { Source } from './schedule.ts';
import type { ReplayStats } from './stats.ts';

export interface ReplayInput {
  /** File name, `-`, octets, or a capture that is open already. */
  readonly capture: string | Uint8Array | Capture;
  /** Interface its packets came in by; default: told by the packets (interface name, destination MAC). */
  readonly indev?: string;
  /** Its packets were sent by a local process. */
  readonly local?: boolean;
}

export interface ReplayCapturesOptions {
  /** Interface for packets that tell none. */
  readonly indev?: string;
  /** Called after each packet; both objects are reused. */
  readonly onPacket?: (packet: Packet, outcome: Outcome) => void;
}

/** Merge captures by time and run them through `machine`; damage in one of them is on `damage` of the statistics. */
export function replay(machine: Machine, inputs: readonly ReplayInput[], options: ReplayCapturesOptions = {}): ReplayStats {
  const numberOf = (name: string | undefined): number => {
    if (name === undefined) return 0;
    const found = machine.host.interfaceByName(name);
    if (found === null) throw new HooklineError('ERR_HOST', `${name}: the host has no such interface`);
    return found.index;
  };
  const sources: Source[] = [];
  const opened: Capture[] = [];
  try {
    for (const { capture, indev, local = false } of inputs) {
      const number = numberOf(indev);
      const open = typeof capture === 'string' || capture instanceof Uint8Array ? openCapture(capture) : capture;
      opened.push(open);
      sources.push({ capture: open, indev: number, local });
    }
    const { onPacket } = options;
    const stats = run(machine.engine, {
      sources,
      fallback: numberOf(options.indev),
      ...(onPacket === undefined ? {} : { onPacket: (packet: Packet, outcome: Outcome) => onPacket(packet, outcome) }),
    });
    for (const { damage } of opened) if (damage !== null) stats.damage.push(damage);
    return stats;
  } finally {
    for (const capture of opened) capture.close();
  }
}
