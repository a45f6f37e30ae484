import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openCapture } from '../../../src/capture/index.ts';
import { Engine } from '../../../src/engine/engine.ts';
import { parseHost } from '../../../src/host/host-json.ts';
import { parseRules } from '../../../src/iptables/save.ts';
import { decode } from '../../../src/packet/decode.ts';
import { LinkType } from '../../../src/packet/link-type.ts';
import { Packet, type ReadonlyPacket } from '../../../src/packet/packet.ts';
import { attachRules } from '../../../src/replay/attach.ts';
import { replay, type ReplayOptions } from '../../../src/replay/replay.ts';
import type { ReplayStats } from '../../../src/replay/stats.ts';
import { formatConntrackList } from '../../../src/report/conntrack-list.ts';
import type { RuleSet } from '../../../src/xtables/ruleset.ts';
import { parseSets } from '../../../src/xtables/set/store.ts';
import { blocks, join, option, pcapFile, type RecordShape, text as text8 } from '../../support/capture-octets.ts';
import { CONVERSATION_HOST, Conversations } from '../../support/conversations.ts';

const RUNS = Math.max(100, Number(process.env['FC_RUNS'] ?? 0));
const PACKETS = 150;
const FIRST_SEC = 1_700_000_000;
/** Frames that were never decoded, in all runs, by format. */
const shortened = [0, 0, 0];

function router(text: string, left: string[], isBlind: boolean): { readonly engine: Engine; readonly rules: RuleSet } {
  const transmit = ({ view, start, wireLength, nowUs, remainderNs, outdev, origin, bytes }: ReadonlyPacket): void => {
    // an Ethernet header and IP as far as it says itself
    const end = start + 14 + view.getUint16(start + 16);
    left.push(`${outdev} ${origin} ${nowUs} ${remainderNs} ${wireLength} ${Buffer.from(bytes.subarray(start, end)).toString('hex')}`);
  };
  const frame = (packet: ReadonlyPacket): void => {
    expect(packet.end).toBe(packet.start + 14 + packet.view.getUint16(packet.start + 16));
    transmit(packet);
  };
  const sink = { transmit, deliver: (): void => void left.push('delivered'), ...(isBlind ? { frame } : {}) };
  const engine = new Engine({ host: parseHost({ ...CONVERSATION_HOST, localStack: 'sink' }, 'host'), sink });
  const rules = parseRules(text, { file: 'rules', family: 4 });
  attachRules(engine, rules, parseSets('create seen hash:ip timeout 5\nadd seen 10.0.0.77\n', 'sets'));
  engine.conntrack.enable(4);
  engine.conntrack.enableAccounting();
  return { engine, rules };
}

/** A conversation as a capture: answers need a router that translates. */
function capture(talk: Conversations, text: string, format: (typeof FORMATS)[number]): Uint8Array {
  const { engine } = router(text, [], false);
  const packet = new Packet();
  const records: RecordShape[] = [];
  let us = 0;
  for (let index = 0; index < PACKETS; index++) {
    const { octets, dev, pauseUs, flow, isReply } = talk.next();
    us = Math.max(0, us + pauseUs);
    records.push({ seconds: FIRST_SEC + Math.floor(us / 1e6), fraction: us % 1e6, data: octets });
    packet.reset();
    packet.bytes = octets.slice();
    packet.view = new DataView(packet.bytes.buffer);
    packet.end = octets.length;
    packet.wireLength = octets.length;
    decode(packet, LinkType.Ethernet);
    packet.indev = dev;
    packet.nowUs = FIRST_SEC * 1e6 + us;
    engine.receive(packet);
    const { src0: src, dst0: dst } = packet;
    if (!isReply && engine.outcome.forwarded && packet.srcPort >= 0)
      flow.left = { src, dst, ports: (packet.srcPort << 16) | packet.dstPort };
  }
  if (format !== 'pcap') return pcapngFile(records, format !== 'pcapng');
  return pcapFile({}, records);
}

const FORMATS = ['pcap', 'pcapng', 'pcapng of interfaces'] as const;
const NAME_OPTION = 2;
const RESOLUTION_OPTION = 9;
/** Number of the interface that tells nanoseconds. */
const FINE = 1;
const US_TO_32 = 2 ** 32;

/** The same packets as a pcapng file; `mixed`: of several interfaces with names, simple blocks and comments among them. */
function pcapngFile(records: readonly RecordShape[], mixed: boolean): Uint8Array {
  const { section, device, enhanced, simple } = blocks(true);
  const named = (name: string): Uint8Array => option(true, NAME_OPTION, text8(name));
  const fine = option(true, RESOLUTION_OPTION, Uint8Array.of(9));
  const devices = [device(1, 262_144, named('eth0')), device(1, 262_144, join([named('eth2'), fine])), device()];
  const parts = mixed ? [section(), ...devices] : [section(), device()];
  records.forEach(({ seconds, fraction, data }, i) => {
    const us = seconds! * 1e6 + fraction!;
    const shape = { high: Math.floor(us / US_TO_32), low: us % US_TO_32, data };
    if (!mixed) parts.push(enhanced(shape));
    else if (i % 11 === 10) parts.push(simple(data));
    else {
      const number = (i >> 4) % 3;
      const ns = BigInt(us) * 1000n + BigInt(i % 1000);
      const time = number === FINE ? { high: Number(ns >> 32n), low: Number(ns & 0xffff_ffffn) } : {};
      parts.push(enhanced({ ...shape, ...time, device: number, ...(i % 5 === 0 ? { options: option(true, 1, text8('so')) } : {}) }));
    }
  });
  return join(parts);
}

function told(stats: ReplayStats, engine: Engine, left: readonly string[]): unknown {
  const { packets, octets, lastUs } = stats;
  return [packets, octets, [...stats.byFate], [...stats.bySkip], stats.dropCounts(), left, formatConntrackList(engine.conntrack, lastUs)];
}

function counted(seed: number): void {
  const talk = new Conversations(seed);
  const text = talk.rules();
  const octets = capture(talk, text, FORMATS[Math.abs(seed % 3)]!);
  const run = (isBlind: boolean): [Engine, unknown] => {
    const left: string[] = [];
    const { engine, rules } = router(text, left, isBlind);
    engine.flows.enabled = isBlind;
    Object.defineProperty(engine.flows.tracker, 'isLarge', { value: seed % 2 === 0 });
    const options: ReplayOptions = { sources: [{ capture: openCapture(octets), indev: 0, local: false }], fallback: 3 };
    const stats = replay(engine, isBlind ? options : { ...options, onPacket: () => undefined });
    return [engine, [told(stats, engine, left), rules.hits()]];
  };
  const [engine, blind] = run(true);
  const [, seen] = run(false);
  expect(blind, `seed ${seed}\n${text}`).toEqual(seen);
  shortened[Math.abs(seed % 3)]! += engine.flows.taken;
}

describe('frames that go the short way undecoded', () => {
  it('leave as they leave decoded, and are counted alike', () => {
    fc.assert(fc.property(fc.integer(), counted), { numRuns: RUNS });
    for (const packets of shortened) expect(packets).toBeGreaterThan(RUNS / 2);
  });
});
