/**
 * Messages of H.323 in TCP segments beside a model of get_tpkt_data (net/netfilter/nf_conntrack_h323_main.c) that takes octets from the
 * front of a list: the same messages are found, and the same is remembered of a header that came alone.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Core } from '../../../../src/conntrack/core.ts';
import { CtInfo } from '../../../../src/conntrack/ctinfo.ts';
import type { Helper } from '../../../../src/conntrack/helper/helper.ts';
import { H323_WORDS, H323Word } from '../../../../src/conntrack/helper/h323/h323-nat.ts';
import { eachMessage, Handled } from '../../../../src/conntrack/helper/h323/tpkt.ts';
import { Verdict } from '../../../../src/hook/verdict.ts';
import { ipv4, payload, tcp } from '../../../../src/packet/build-layers.ts';
import { packetOf } from '../../../support/nat-frames.ts';

const HELPER = { name: 'any' } as Helper;

interface Segment {
  readonly octets: readonly number[];
  readonly isReply: boolean;
  /** What is answered to its messages, in turn; then Go. */
  readonly answers: readonly Handled[];
}

interface Seen {
  readonly messages: readonly (readonly number[])[];
  readonly verdict: Verdict;
  readonly announced: readonly number[];
}

/** One connection, whose helper was there from its beginning. */
class Source {
  private readonly memory = new Int32Array(H323_WORDS).fill(-7);

  constructor() {
    this.memory.fill(0, H323Word.TpktLength, H323Word.TpktLength + 2);
  }

  see({ octets, isReply, answers }: Segment, ctinfo: number = isReply ? CtInfo.EstablishedReply : CtInfo.Established, cut = 0): Seen {
    const packet = packetOf(ipv4('10.0.0.1', '10.0.0.2'), tcp(1, 2), payload(Uint8Array.from(octets)));
    packet.ctinfo = ctinfo;
    packet.transportLength -= cut;
    const messages: number[][] = [];
    const core = { extra: () => ({ memory: this.memory }), table: { readTuple: (_e: number, _d: number, into: unknown) => into } };
    const verdict = eachMessage(core as unknown as Core, packet, 0, HELPER, (message) => {
      messages.push(Array.from({ length: message.length }, (_, i) => message.octet(i)));
      return answers[messages.length - 1] ?? Handled.Go;
    });
    // nothing else of the memory is its own
    expect(this.memory.filter((word) => word === -7)).toHaveLength(H323_WORDS - 2);
    return { messages, verdict, announced: Array.from(this.memory.subarray(H323Word.TpktLength, H323Word.TpktLength + 2)) };
  }
}

class Model {
  private readonly announced = [0, 0];

  see({ octets, isReply, answers }: Segment): Seen {
    const messages: (readonly number[])[] = [];
    const way = isReply ? 1 : 0;
    let verdict: Verdict = Verdict.Accept;
    const announced = this.announced[way]!;
    let rest = octets;
    // what is remembered is forgotten, but for a segment that is neither a header nor its message
    const isHeader = rest.length >= 4 && rest[0] === 3 && rest[1] === 0;
    if (rest.length === 0 || isHeader || announced > 0) this.announced[way] = 0;
    if (!isHeader && announced > 0 && announced <= rest.length) {
      messages.push(rest.slice(0, announced));
      rest = rest.slice(announced);
    } else if (!isHeader) rest = [];
    const isOver = (): boolean => {
      const answer = messages.length === 0 ? Handled.Go : (answers[messages.length - 1] ?? Handled.Go);
      if (answer === Handled.Drop) verdict = Verdict.Drop;
      return answer !== Handled.Go;
    };
    while (!isOver()) {
      // a header alone is one only at the front
      if (rest.length < (rest === octets ? 4 : 5) || rest[0] !== 3 || rest[1] !== 0) break;
      const size = 256 * rest[2]! + rest[3]!;
      if (size < 4) break;
      if (size > rest.length) {
        if (rest.length === 4) this.announced[way] = size - 4;
        break;
      }
      messages.push(rest.slice(4, size));
      rest = rest.slice(size);
    }
    return { messages, verdict, announced: [...this.announced] };
  }
}

const octet = fc.oneof(fc.nat(255), fc.constantFrom(0, 3, 4));
const some = (maxLength: number): fc.Arbitrary<number[]> => fc.array(octet, { maxLength });
/** A message behind its header, which may lie about the length, or not be one. */
const packet = fc
  .tuple(some(12), fc.oneof(fc.constantFrom(0, 0, 0, 0, 0, -1, 1, -4, 256), fc.integer({ min: -8, max: 8 })))
  .chain(([data, lie]) => {
    const size = Math.max(0, data.length + 4 + lie);
    const header = [3, 0, size >> 8, size & 255];
    return fc.oneof(
      { weight: 6, arbitrary: fc.constant([...header, ...data]) },
      { weight: 2, arbitrary: fc.constant(header) },
      { weight: 2, arbitrary: fc.constant(data) },
      { weight: 1, arbitrary: fc.tuple(octet, octet).map((two) => [...two, ...header.slice(2), ...data]) },
    );
  });
const answer = fc.oneof({ weight: 6, arbitrary: fc.constant(Handled.Go) }, fc.constantFrom(Handled.Stop, Handled.Drop));
const segment: fc.Arbitrary<Segment> = fc.record({
  octets: fc.oneof(
    { weight: 5, arbitrary: fc.array(packet, { maxLength: 4 }).map((packets) => packets.flat()) },
    { weight: 1, arbitrary: some(5) },
  ),
  isReply: fc.boolean(),
  answers: fc.array(answer, { maxLength: 4 }),
});

const whole = (octets: readonly number[]): Segment => ({ octets, isReply: false, answers: [] });

describe('the messages of a segment', () => {
  it('are those of the model, whatever the segments of a connection are', () => {
    const check = fc.property(fc.array(segment, { maxLength: 8 }), (segments) => {
      const source = new Source();
      const model = new Model();
      for (const one of segments) expect(source.see(one)).toEqual(model.see(one));
    });
    fc.assert(check, { numRuns: 3000 });
  });

  it('are those of the model when a message is cut in two anywhere', () => {
    const check = fc.property(some(20), some(6), (first, second) => {
      const octets = [first, second].flatMap((data) => [3, 0, 0, data.length + 4, ...data]);
      for (let cut = 0; cut <= octets.length; cut++) {
        const [source, model] = [new Source(), new Model()];
        for (const part of [octets.slice(0, cut), octets.slice(cut)]) expect(source.see(whole(part))).toEqual(model.see(whole(part)));
      }
    });
    fc.assert(check);
  });

  it('have both octets of their length', () => {
    for (const length of [0, 1, 251, 252, 253, 1000]) {
      const data = Array.from({ length }, (_, i) => i & 255);
      const header = [3, 0, (length + 4) >> 8, (length + 4) & 255];
      expect(new Source().see(whole([...header, ...data])).messages).toEqual([data]);
      const apart = new Source();
      expect(apart.see(whole(header)).announced).toEqual([length === 0 ? 0 : length, 0]);
    }
  });

  it('are looked at on established connections alone, and behind a whole header of TCP', () => {
    const message = [3, 0, 0, 6, 1, 2];
    for (const ctinfo of Object.values(CtInfo)) {
      const isSeen = ctinfo === CtInfo.Established || ctinfo === CtInfo.EstablishedReply;
      expect(new Source().see(whole(message), ctinfo).messages).toHaveLength(isSeen ? 1 : 0);
    }
    const remembered = { messages: [], verdict: Verdict.Accept, announced: [5, 0] };
    const forgotten = { ...remembered, announced: [0, 0] };
    for (const [cut, left] of [
      [1, remembered],
      [20, remembered],
      [0, forgotten],
    ] as const) {
      const source = new Source();
      source.see(whole([3, 0, 0, 9]));
      expect(source.see(whole([]), CtInfo.Established, cut)).toEqual(left);
    }
  });

  it('end with the octets of the segment, not with those of the frame', () => {
    const source = new Source();
    expect(source.see(whole([3, 0, 0, 6, 1, 2]), CtInfo.Established, 1).messages).toEqual([]);
    expect(source.see(whole([3, 0, 0, 6, 1, 2]), CtInfo.Established, 3).announced).toEqual([0, 0]);
    expect(source.see(whole([3, 0, 0, 6, 1, 2]), CtInfo.Established, 2).announced).toEqual([2, 0]);
  });
});
