/**
 * FramePath: the flow path (flow-path.ts) for frames that are never decoded, many at a time. Each stage is a loop of its own over the
 * batch, small enough for V8 to compile well, with the words of a frame between them:
 *
 *   check (octets only)  ->  device, address  ->  hash  ->  touch, for large tables  ->  plan, judge, rewrite, hand on
 *
 * The last one stops at a frame that has to go the long way; it goes on behind it, the stages before are not run again.
 * Needs: nobody looks at packets on their way or at connections, and frames that may be written to.
 * Proof: test/property/engine/flow-frames.prop.ts holds both ways side by side.
 * @module
 */
import { FRAME_WORDS, type FrameBatch, FrameKind, FrameWord } from '../packet/frame-batch.ts';
import { Packet } from '../packet/packet.ts';
import type { Engine } from './engine.ts';
import type { FlowPath } from './flow-path.ts';
import { PlanFate } from './flow-plan.ts';
import { decrementTtl, rewriteAddresses, rewriteTos, writeLinkHeader } from './flow-rewrite.ts';
import { checkFrames } from './frame-check.ts';

// Names of this module's own: V8 folds those into the code and loads an imported constant every time.
const FRAME = FRAME_WORDS;
const START = FrameWord.Start;
const END = FrameWord.End;
const WIRE = FrameWord.Wire;
const KIND = FrameWord.Kind;
const OCTETS = FrameWord.Octets;
const DEVICE = FrameWord.Device;
const OTHER = FrameKind.Other;
const FORWARDED = PlanFate.Forwarded;
const ETHERNET_LEN = 14;

/** Interface number a frame came in by; 0 or less: not told, the frame has to be decoded. */
export interface FrameDevices {
  of(view: DataView, start: number, named: number): number;
}

export class FramePath {
  /** Of the last run: frames forwarded, their octets on the wire, and which of the batch was the first. */
  forwarded = 0;
  octets = 0;
  first = 0;
  private readonly engine: Engine;
  private readonly flows: FlowPath;
  /** Carries the frame at hand. */
  private readonly frame: Packet = new Packet();
  private hashVersion = 0;

  constructor(engine: Engine) {
    this.engine = engine;
    this.flows = engine.flows;
  }

  /** Whether frames may go this way at present. */
  get isOpen(): boolean {
    const { flows, engine } = this;
    if (!flows.mayRun() || engine.sink.frame === undefined || !flows.tracker.isSilent) return false;
    return flows.notes.counters.every(({ listens }) => !listens);
  }

  /** Look at all frames of a batch that has just been filled. `named`: the interface the capture names for them, 0 for none. */
  prepare(batch: FrameBatch, devices: FrameDevices, named: number): void {
    const { tracker } = this.flows;
    checkFrames(batch, tracker.verifies);
    this.aim(batch, devices, named);
    this.hashVersion = tracker.hashVersion;
    tracker.hashFrames(batch, 0);
    if (tracker.isLarge) tracker.touch(batch);
  }

  private aim({ words, view, count }: FrameBatch, devices: FrameDevices, named: number): void {
    const { flows } = this;
    for (let i = 0; i < count; i++) {
      const at = i * FRAME;
      if (words[at | KIND]! <= OTHER) continue;
      const start = words[at | START]!;
      const indev = devices.of(view, start, named);
      if (indev > 0 && flows.isAddressed(view, start, indev)) words[at | DEVICE] = indev;
      else words[at | KIND] = OTHER;
    }
  }

  /** Take frames of a prepared batch, `from` up to `to`; where the first one stands that was not taken. */
  run(batch: FrameBatch, from: number, to: number): number {
    this.forwarded = 0;
    this.octets = 0;
    const { flows } = this;
    if (!flows.mayRun()) return from;
    if (this.hashVersion !== flows.tracker.hashVersion) {
      this.hashVersion = flows.tracker.hashVersion;
      flows.tracker.hashFrames(batch, from);
    }
    const { words, times, remainders, view, numbers, first } = batch;
    const { frame } = this;
    if (frame.view !== view) {
      frame.view = view;
      frame.bytes = batch.bytes;
    }
    let forwarded = 0;
    let octets = 0;
    let i = from;
    for (; i < to; i++) {
      const at = i * FRAME;
      if (words[at | KIND]! <= OTHER) {
        if (words[at | END]! < words[at | START]!) continue; // left out
        break;
      }
      const plan = flows.planOf(words, at);
      if (plan === null || plan.fate !== FORWARDED) break;
      const start = words[at | START]!;
      const network = start + ETHERNET_LEN;
      frame.nowUs = times[i]!;
      if (!flows.judge(words, at, view, network, plan, frame)) break;
      if (plan.isTranslated) rewriteAddresses(view, network, flows.tracker);
      if (plan.tos >= 0) rewriteTos(view, network, plan.tos);
      decrementTtl(view, network);
      writeLinkHeader(view, start, plan);
      const wire = words[at | WIRE]!;
      frame.start = start;
      frame.end = network + (words[at | OCTETS]! & 0xffff);
      frame.wireLength = wire;
      frame.remainderNs = remainders[i]!;
      frame.outdev = plan.outdev;
      frame.index = numbers === null ? first + i : numbers[i]!;
      this.engine.sink.frame!(frame);
      if (forwarded++ === 0) this.first = i;
      octets += wire;
    }
    flows.taken += forwarded;
    this.forwarded = forwarded;
    this.octets = octets;
    return i;
  }
}
