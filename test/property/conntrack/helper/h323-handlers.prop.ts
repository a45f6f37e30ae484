/**
 * What the helpers of H.323 do with random messages beside a model of the kernel's process_…: the same is expected, asked of NAT, refreshed
 * and remembered, in the same order, whoever says it, and whatever is refused.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Core } from '../../../../src/conntrack/core.ts';
import { CtInfo, Status } from '../../../../src/conntrack/ctinfo.ts';
import { Expected, ExpectFlag, type Expectation } from '../../../../src/conntrack/expect.ts';
import type { Helper } from '../../../../src/conntrack/helper/helper.ts';
import { USER_INFORMATION } from '../../../../src/conntrack/helper/h323/h225-signalling.ts';
import { CONTROL_MESSAGE } from '../../../../src/conntrack/helper/h323/h245-messages.ts';
import { h245 } from '../../../../src/conntrack/helper/h323/h245.ts';
import { H323_WORDS, type MediaPair, type NatH323 } from '../../../../src/conntrack/helper/h323/h323-nat.ts';
import { H323Message } from '../../../../src/conntrack/helper/h323/message.ts';
import { q931 } from '../../../../src/conntrack/helper/h323/q931.ts';
import { RAS_MESSAGE } from '../../../../src/conntrack/helper/h323/ras-messages.ts';
import { ras } from '../../../../src/conntrack/helper/h323/ras.ts';
import type { Type } from '../../../../src/conntrack/helper/h323/schema.ts';
import type { Value } from '../../../../src/conntrack/helper/h323/value.ts';
import { HZ } from '../../../../src/conntrack/options.ts';
import type { Tuple } from '../../../../src/conntrack/tuple.ts';
import { Verdict } from '../../../../src/hook/verdict.ts';
import { ipv4, payload, tcp, udp } from '../../../../src/packet/build-layers.ts';
import { type Circumstances, H323Model } from '../../../support/h323-model.ts';
import { PerWriter, tpkt } from '../../../support/h323-writer.ts';
import { packetOf } from '../../../support/nat-frames.ts';
import { readByModel, zerosAndOnes } from '../../../support/per-model.ts';

const NOW = 7 * HZ;
const LIMITS: Record<string, number> = { RAS: 32, 'Q.931': 20, 'H.245': 18 };

interface Outcome {
  readonly said: readonly string[];
  readonly memory: readonly number[];
  readonly passes: boolean;
}

function words(address: string): Int32Array {
  const octets = Uint8Array.from(address.split('.').map(Number));
  const view = new DataView(octets.buffer);
  return Int32Array.from({ length: 4 }, (_, i) => (4 * i < octets.length ? view.getInt32(4 * i) : 0));
}

/** Of `count` words. */
function text(address: Iterable<number>, count: number): string {
  return Array.from(address)
    .slice(0, count)
    .flatMap((word) => [24, 16, 8, 0].map((bits) => (word >>> bits) & 255))
    .join('.');
}

/** What a helper of the source does, on a connection of which nothing but this is known. */
function actBySource(helper: Helper, is: Circumstances, octets: Uint8Array): Outcome {
  const said: string[] = [];
  const memory = Int32Array.from(is.memory);
  const count = is.family === 4 ? 1 : 4;
  let left = is.refused;
  const passes = (): boolean => left-- !== 0;
  const shown = ({ tuple, mask, helper: next, flags }: Expectation): string => {
    const [w0, w1, w2, w3] = [tuple.dst0, tuple.dst1, tuple.dst2, tuple.dst3];
    expect([tuple.srcL4, mask.srcL4, mask.src0, mask.src3]).toEqual([0, 0, -1, is.family === 6 ? -1 : 0]);
    const source = text([tuple.src0, tuple.src1, tuple.src2, tuple.src3], count);
    const permanent = flags === ExpectFlag.Permanent ? ' permanent' : '';
    return `${source} > ${text([w0, w1, w2, w3], count)}:${tuple.dstL4} ${tuple.protocol} ${next ?? ''}${permanent}`;
  };
  const ask = (what: string, { packet, address, place, port, offset }: H323Message): boolean => {
    expect(packet.transport).toBe(20);
    said.push(`${what} at ${offset + place} ${text(address, count)}:${port}`);
    return passes();
  };
  const many = (name: string) => (_: H323Message, addresses: readonly Value[]) => {
    said.push(`${name} ${places(addresses)}`);
    return passes();
  };
  const nat: NatH323 = {
    writeAddress: (message, address, port) => ask(`write ${text([address], 1)}:${port}`, message),
    writeSignalAddress: many('signal'),
    writeRasAddress: many('ras'),
    expectMedia: (message, { rtp, rtcp }: MediaPair) => ask(`media ${shown(rtp)}, ${shown(rtcp)}`, message),
    expectData: (message, one) => ask(`data ${shown(one)}`, message),
    expectControl: (message, one) => ask(`control ${shown(one)}`, message),
    expectCalls: (message, one, addresses, index) => ask(`calls ${index} of ${places(addresses)}, ${shown(one)}`, message),
    expectForwardedCall: (message, one) => ask(`forwarded ${shown(one)}`, message),
  };
  const core = {
    now: NOW,
    natH323: nat,
    // a connection whose helper came too late has none
    extra: () => (memory.length === 0 ? null : { memory }),
    refresh: (_: number, jiffies: number) => said.push(`refresh ${jiffies}`),
    isSameWay: (family: number, a: Int32Array, b: Int32Array) => family === is.family && a.every((word, i) => word === b[i]),
    table: {
      status: () => (is.isTranslated ? Status.DstNat : 0) | (is.isExpected ? Status.Expected : 0),
      readTuple: (_: number, direction: number, into: Tuple) => {
        const way = direction === (is.isReply ? 1 : 0) ? is.here : is.there;
        [into.src0, into.src1, into.src2, into.src3] = words(way.src) as unknown as [number, number, number, number];
        [into.dst0, into.dst1, into.dst2, into.dst3] = words(way.dst) as unknown as [number, number, number, number];
        [into.family, into.protocol, into.srcL4, into.dstL4] = [is.family, helper.protocol, way.srcPort, way.dstPort];
        return into;
      },
    },
    expectations: {
      removeOf: () => said.push('forget all'),
      remove: (one: Expectation) => said.push(`remove ${shown(one)}`),
      add: (one: Expectation, limit: number) => {
        expect([limit, one.deadline]).toEqual([LIMITS[helper.name], NOW + 240 * HZ]);
        said.push(`add ${shown(one)} by ${helper.name}`);
        return passes() ? Expected.Accepted : Expected.Busy;
      },
    },
  };
  const upper = helper === ras ? udp(1000, 1719) : tcp(1000, 1720);
  const packet = packetOf(ipv4('10.0.0.1', '10.0.0.2'), upper, payload(octets));
  packet.ctinfo = is.isReply ? CtInfo.EstablishedReply : CtInfo.Established;
  const verdict = helper.look(core as unknown as Core, packet, 0);
  return { said, memory: Array.from(memory), passes: verdict === Verdict.Accept };
}

function places(addresses: readonly Value[]): string {
  return addresses.map((one) => one.chosen('ipAddress')?.part('ip')?.at ?? 'none').join(',');
}

/** The same by the model; `message` stands behind `base` octets. */
function actByModel(helper: Helper, type: Type, is: Circumstances, octets: Uint8Array, base: number): Outcome {
  const message = octets.subarray(base);
  const { read, kept } = readByModel(type, zerosAndOnes(message), message.length);
  const model = new H323Model(is, octets, base, helper.name);
  let passes = true;
  if (read >= 0) passes = helper === ras ? model.ras(kept!) : helper === q931 ? model.signalling(kept!) : model.control(kept!);
  return { said: model.said, memory: model.memory, passes };
}

/** Of IPv6, all differ from the first in one word, each in another. */
const FIRST = Array.from({ length: 16 }, (_, i) => 0xe0 + i);
const HOSTS = {
  4: ['10.0.0.2', '10.1.0.2', '10.1.0.50', '10.1.0.3'],
  6: [FIRST, ...[15, 3, 7, 11].map((at) => FIRST.with(at, 1))].map((octets) => octets.join('.')),
};
const PORTS = [0, 1719, 1720, 4000, 4001];
const port = fc.constantFrom(...PORTS);
const circumstances: fc.Arbitrary<Circumstances> = fc
  .record({
    family: fc.constantFrom<4 | 6>(4, 4, 4, 6),
    isReply: fc.boolean(),
    isHidden: fc.boolean(),
    isTranslated: fc.boolean(),
    isExpected: fc.boolean(),
    refused: fc.constantFrom(99, 99, 99, 0, 1, 2),
    memory: fc.array(port, { minLength: H323_WORDS, maxLength: H323_WORDS }),
    ports: fc.tuple(port, port, port, port),
  })
  .map(({ family, isHidden, ports, memory, ...rest }) => {
    const [own, peer, known] = HOSTS[family] as [string, string, string];
    return {
      ...rest,
      family,
      // no header has come alone
      memory: memory.with(2, 0).with(3, 0),
      here: { src: own, dst: peer, srcPort: ports[0], dstPort: ports[1] },
      there: { src: peer, dst: isHidden ? known : own, srcPort: ports[2], dstPort: ports[3] },
    };
  });

const draws = fc.infiniteStream(fc.nat());

/** A message of a type, whose addresses are of those hosts and ports. */
function drawn(type: Type, numbers: Iterator<number, undefined>): Uint8Array {
  const below = (limit: number): number => numbers.next().value! % limit;
  const endpoint = (length: number): number[] => {
    const told = PORTS[below(PORTS.length)]!;
    const hosts = HOSTS[length === 4 ? 4 : 6];
    // mostly the sender's
    const host = hosts[Math.max(0, below(hosts.length + 3) - 3)]!;
    return [...host.split('.').map(Number), told >> 8, told & 255];
  };
  const writer = new PerWriter({ below, endpoint });
  writer.write(type);
  return writer.octets.slice(0, 1200);
}

const SPOKEN = [
  ['RAS', ras, RAS_MESSAGE, (user: Uint8Array) => user, 0],
  ['H.245', h245, CONTROL_MESSAGE, tpkt, 4],
  [
    'call signalling',
    q931,
    USER_INFORMATION,
    (user: Uint8Array) => tpkt(Uint8Array.of(8, 0, 5, 0x7e, (user.length + 1) >> 8, (user.length + 1) & 255, 5, ...user)),
    11,
  ],
] as const;

describe('the helpers of H.323', () => {
  it.each(SPOKEN)('do what the model does with messages of %s', (_, helper, type, wrap, base) => {
    const check = fc.property(circumstances, draws, (is, numbers) => {
      const octets = wrap(drawn(type, numbers as unknown as Iterator<number, undefined>));
      expect(actBySource(helper, is, octets)).toEqual(actByModel(helper, type, is, octets, base));
    });
    fc.assert(check, { numRuns: 4000 });
  });

  it('find a sender hidden whose known address differs in any word', () => {
    const tuple = (src: string, dst: string): object => {
      const [from, to] = [words(src), words(dst)];
      return { src0: from[0], src1: from[1], src2: from[2], src3: from[3], dst0: to[0], dst1: to[1], dst2: to[2], dst3: to[3] };
    };
    const [own] = HOSTS[6] as [string];
    const packet = packetOf(ipv4('10.0.0.1', '10.0.0.2'), udp(1, 2), payload('x'));
    packet.ctinfo = CtInfo.Established;
    const isHidden = HOSTS[6].map((known) => {
      const core = { table: { readTuple: (_: number, way: number) => (way === 0 ? tuple(own, '10.1.0.2') : tuple('10.1.0.2', known)) } };
      return new H323Message(core as unknown as Core, packet, { entry: 0, memory: new Int32Array(0), helper: ras, header: 8 }).isHidden;
    });
    expect(isHidden).toEqual([false, true, true, true, true]);
  });

  it.each(SPOKEN)('do nothing on a connection that has no memory: %s', (_, helper, type, wrap) => {
    const check = fc.property(circumstances, draws, (is, numbers) => {
      const octets = wrap(drawn(type, numbers as unknown as Iterator<number, undefined>));
      expect(actBySource(helper, { ...is, memory: [] }, octets)).toEqual({ said: [], memory: [], passes: true });
    });
    fc.assert(check);
  });
});
