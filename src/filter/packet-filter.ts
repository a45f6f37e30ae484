/**
 * PacketFilter: a filter of pcap-filter(7) over packets of any link type that can be decoded.
 *
 *   const filter = new PacketFilter('tcp port 443 and host 10.0.0.1');
 *   filter.selects(packet, capture.linkType)
 *
 * The text is compiled to classic BPF once for each link type, and that to a function. Nothing is allocated per packet.
 * @module
 */
import { type BpfProgram, checkProgram } from '../bpf/code.ts';
import { type BpfFunction, compileProgram } from '../bpf/compile.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';
import { Cursor } from './cursor.ts';
import { emit, TooLarge } from './emit.ts';
import { FilterError } from './filter-error.ts';
import { LinkLayer, Unanswerable } from './link-layer.ts';
import { parseFilter } from './parser.ts';

/** The program of a filter for frames of a link type. @throws FilterError */
export function compileFilter(filter: string, linkType: number): BpfProgram {
  const cursor = new Cursor(filter);
  try {
    const link = new LinkLayer(linkType);
    const condition = parseFilter(cursor, link);
    const program = emit(condition, link.usedSlots);
    const refusal = checkProgram(program);
    if (refusal !== null) throw new TooLarge(refusal);
    return program;
  } catch (error) {
    if (error instanceof TooLarge || error instanceof Unanswerable) throw new FilterError(filter, 0, error.message);
    throw error;
  }
}

export class PacketFilter {
  /** As it was given. */
  readonly text: string;
  private readonly functions: Map<number, BpfFunction> = new Map();
  private lastType = -1;
  private last: BpfFunction | null = null;

  constructor(text: string) {
    this.text = text;
  }

  /** Whether the filter selects a frame. Needs: the packet as the capture delivered it. @throws FilterError */
  selects(packet: ReadonlyPacket, linkType: number): boolean {
    if (linkType !== this.lastType || this.last === null) this.last = this.functionFor(linkType);
    this.lastType = linkType;
    return this.last(packet.view, packet.start, packet.end, packet.wireLength) !== 0;
  }

  private functionFor(linkType: number): BpfFunction {
    let made = this.functions.get(linkType);
    if (made === undefined) {
      made = compileProgram(compileFilter(this.text, linkType));
      this.functions.set(linkType, made);
    }
    return made;
  }
}
