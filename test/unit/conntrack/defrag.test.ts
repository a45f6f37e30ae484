/** The frame a reassembled packet stands in: the link header of the piece at offset 0, where it and the piece at hand have one. */
import { describe, expect, it } from 'vitest';
import { Defrag, FragmentUser, mergeEcn } from '../../../src/conntrack/defrag.ts';
import { Verdict } from '../../../src/hook/verdict.ts';
import { Random } from '../../../src/inet/random.ts';
import { build } from '../../../src/packet/build.ts';
import { ethernet, fragment, ipv4, ipv6, type LayerSpec, payload } from '../../../src/packet/build-layers.ts';
import { decode } from '../../../src/packet/decode.ts';
import { LinkType } from '../../../src/packet/link-type.ts';
import { Packet } from '../../../src/packet/packet.ts';

const ETHERNET_LEN = 14;
const UDP = 17;

/** A packet as a capture has it: `lead` octets of others in front of it, a link header of its own or none. */
function captured(mac: string | null, lead: number, ...layers: readonly LayerSpec[]): Packet {
  const frame = mac === null ? build(...layers) : build(ethernet(mac, '02:00:00:00:00:01'), ...layers);
  const packet = new Packet();
  packet.bytes = new Uint8Array(lead + frame.length + 9).fill(0xa5);
  packet.bytes.set(frame, lead);
  packet.view = new DataView(packet.bytes.buffer);
  packet.start = lead;
  packet.end = lead + frame.length;
  packet.wireLength = frame.length;
  decode(packet, mac === null ? LinkType.Raw : LinkType.Ethernet);
  return packet;
}

function piece(family: 4 | 6, first: boolean): LayerSpec[] {
  const fields = { identification: 7, fragmentOffset: first ? 0 : 2, moreFragments: first ? 1 : 0 };
  const data = payload(Uint8Array.from({ length: first ? 16 : 5 }, (_, i) => i + (first ? 0 : 16)));
  return family === 4
    ? [ipv4('10.0.0.2', '10.1.0.2', { ...fields, protocol: UDP }), data]
    : [ipv6('fd00::2', 'fd01::2'), fragment({ ...fields, nextHeader: UDP }), data];
}

describe.each([4, 6] as const)('the whole of IPv%i', (family) => {
  const [ONE, OTHER] = ['02:00:00:00:00:0a', '02:00:00:00:00:0b'];

  // biome-ignore format: a table
  it.each([
    ['of frames', ONE, OTHER, false],
    ['of frames, the first piece last', ONE, OTHER, true],
    ['of packets without link headers', null, null, false],
    ['of packets without link headers, the first piece last', null, null, true],
    ['of which the first piece alone has a link header', ONE, null, false],
    ['of which the first piece alone has a link header, and came last', ONE, null, true],
    ['of which the first piece alone has none', null, OTHER, false],
    ['of which the first piece alone has none, and came last', null, OTHER, true],
  ] as const)('%s', (_, first, second, isTurned) => {
    const defrag = new Defrag({ random: new Random(1) });
    const pieces = [captured(first, 3, ...piece(family, true)), captured(second, 40, ...piece(family, false))];
    if (isTurned) pieces.reverse();
    const [early, late] = pieces as [Packet, Packet];
    expect(defrag.gather(early, FragmentUser.Arriving, 0, 0)).toBe(Verdict.Stolen);
    expect(defrag.gather(late, FragmentUser.Arriving, 0, 0)).toBe(Verdict.Accept);
    const { bytes, start, end, network, link } = late;
    expect(network - start).toBe(first === null ? 0 : ETHERNET_LEN);
    const isFramed = first !== null && (isTurned ? first : second) !== null;
    expect(link).toBe(isFramed ? start : -1);
    if (isFramed) expect(Array.from(bytes.subarray(link, link + 6))).toEqual([2, 0, 0, 0, 0, 0x0a]);
    const header = family === 4 ? 20 : 40;
    expect(late.networkLength).toBe(header + 21);
    expect(end).toBe(network + header + 21);
    expect(Array.from(bytes.subarray(network + header, end))).toEqual(Array.from({ length: 21 }, (__, i) => i));
    expect([late.protocol, late.fragOffset, late.moreFragments, late.fragCount]).toEqual([UDP, 0, 0, 2]);
    if (family === 4) expect(Array.from(late.fragSizes.subarray(0, 2))).toEqual([16, 5]);
  });

  it('begins anew where its time is over, and ends with it', () => {
    const defrag = new Defrag({ random: new Random(1) });
    const store = family === 4 ? defrag.v4 : defrag.v6;
    const lasting = (family === 4 ? 30 : 60) * 250;
    const gather = (first: boolean, now: number): Verdict =>
      defrag.gather(captured(null, 0, ...piece(family, first)), FragmentUser.Arriving, 0, now);
    expect([gather(true, 0), gather(false, lasting - 1)]).toEqual([Verdict.Stolen, Verdict.Accept]);
    expect([gather(true, 0), gather(false, lasting), store.size]).toEqual([Verdict.Stolen, Verdict.Stolen, 1]);
  });
});

describe('fragments of one source', () => {
  /** Whether a datagram comes together when so many fragments of others pass between its two. */
  const survives = (between: number, from: string): boolean => {
    const defrag = new Defrag({ random: new Random(1) });
    const gather = (...layers: LayerSpec[]): Verdict => defrag.gather(captured(null, 0, ...layers), FragmentUser.Arriving, 0, 0);
    gather(...piece(4, true));
    for (let i = 0; i < between; i++) {
      const fields = { identification: 1000 + i, moreFragments: 1, protocol: UDP };
      gather(ipv4(from, '10.1.0.2', fields), payload(new Uint8Array(8)));
    }
    return gather(...piece(4, false)) === Verdict.Accept;
  };

  it('may be 64 apart', () => {
    expect([0, 1, 62, 63, 64, 65].map((count) => survives(count, '10.0.0.2'))).toEqual([true, true, true, true, false, false]);
  });

  it('begin their time and their memory anew with the datagram that was too far apart', () => {
    const defrag = new Defrag({ random: new Random(1) });
    const gather = (now: number, id: number, first: boolean): Verdict => {
      const fields = { identification: id, fragmentOffset: first ? 0 : 1, moreFragments: first ? 1 : 0, protocol: UDP };
      return defrag.gather(
        captured(null, 0, ipv4('10.0.0.2', '10.1.0.2', fields), payload(new Uint8Array(8))),
        FragmentUser.Arriving,
        0,
        now,
      );
    };
    gather(0, 1, true);
    for (let id = 1000; id < 1100; id++) gather(0, id, true);
    // 30 seconds are 7500 jiffies
    expect([gather(7000, 1, true), gather(14_499, 1, false)]).toEqual([Verdict.Stolen, Verdict.Accept]);
    expect([defrag.v4.size, (defrag.v4 as unknown as { memory: number }).memory]).toEqual([0, 0]);
  });

  it('do not count for others', () => {
    expect(survives(200, '10.0.0.3')).toBe(true);
  });

  it('are counted anew when none of its datagrams waits', () => {
    const defrag = new Defrag({ random: new Random(1) });
    const gather = (first: boolean, id: number): Verdict => {
      const fields = { identification: id, fragmentOffset: first ? 0 : 1, moreFragments: first ? 1 : 0, protocol: UDP };
      return defrag.gather(
        captured(null, 0, ipv4('10.0.0.2', '10.1.0.2', fields), payload(new Uint8Array(8))),
        FragmentUser.Arriving,
        0,
        0,
      );
    };
    for (let id = 0; id < 200; id++) expect([gather(true, id), gather(false, id)]).toEqual([Verdict.Stolen, Verdict.Accept]);
    const { sources } = defrag as unknown as { sources: ReadonlyMap<number, object> };
    expect([defrag.v4.size, sources.size]).toEqual([0, 0]);
    gather(true, 1);
    gather(true, 2);
    gather(false, 1);
    expect([defrag.v4.size, sources.size]).toEqual([1, 1]);
    gather(false, 2);
    expect([defrag.v4.size, sources.size]).toEqual([0, 0]);
  });
});

describe('the ECN of pieces', () => {
  it('is that of RFC 3168: marked when one is, none unless all are alike', () => {
    // bits: 1 not capable, 2 ECT(1), 4 ECT(0), 8 congestion experienced
    const due = new Map([
      [1, 0],
      [8, 0],
      [2, 0],
      [4, 0],
      [6, 0],
      [10, 3],
      [12, 3],
      [14, 3],
    ]);
    for (let seen = 1; seen < 16; seen++) expect(mergeEcn(seen), `${seen}`).toBe(due.get(seen) ?? -1);
  });
});
