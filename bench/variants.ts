/**
 * The variants of the whole-process bench: a capture read, read and decoded, and sent through the engine.
 * @module
 */
import { readFileSync } from 'node:fs';
import { type Capture, openCapture } from '../src/capture/index.ts';
import { Engine } from '../src/engine/engine.ts';
import { plainRouter } from '../src/host/plain-router.ts';
import { parseRules } from '../src/iptables/save.ts';
import { decode } from '../src/packet/decode.ts';
import { Packet } from '../src/packet/packet.ts';
import { attachRules } from '../src/replay/attach.ts';
import { replay } from '../src/replay/replay.ts';
import { SetStore } from '../src/xtables/set/store.ts';
import { KUBE_VARIANTS } from './kube-variants.ts';
import type { Pass, Variant } from './support/macro.ts';
import { longList, STATEFUL, STATELESS } from './support/rules.ts';
import { MEBI, type Traffic, trafficFile } from './support/traffic.ts';

const SEED = 1;
const TRAFFIC: Readonly<Record<string, Traffic>> = {
  'tcp64-1k': { mix: 'tcp64', flows: 1000, packets: MEBI, seed: SEED },
  'tcp64-100k': { mix: 'tcp64', flows: 100_000, packets: MEBI, seed: SEED },
  'imix-1k': { mix: 'imix', flows: 1000, packets: MEBI, seed: SEED },
};
const READ_PASSES = 6;
const REPLAY_PASSES = 3;

/** Make every capture the variants need: once, before anything is timed. */
export function prepareTraffic(): void {
  for (const traffic of Object.values(TRAFFIC)) trafficFile(traffic);
}

function reading(what: string, traffic: string, pass: (path: string) => Pass): Variant {
  return {
    name: `${what} ${traffic}`,
    passes: READ_PASSES,
    prepare() {
      const path = trafficFile(TRAFFIC[traffic]!);
      return () => pass(path);
    },
  };
}

/** Records only: an octet of each, so that nothing can be left out. */
function readOnly(path: string): Pass {
  const capture = openCapture(path);
  const packet = new Packet();
  let check = 0;
  while (capture.next(packet)) check = (check + packet.bytes[packet.end - 1]! + packet.wireLength) | 0;
  return done(capture, check);
}

function readAndDecode(path: string): Pass {
  const capture = openCapture(path);
  const packet = new Packet();
  let check = 0;
  while (capture.next(packet)) {
    decode(packet, capture.linkType);
    check = (check + packet.src0 + packet.dst0 + packet.srcPort + packet.protocol + packet.transportLength) | 0;
  }
  return done(capture, check);
}

function done(capture: Capture, check: number): Pass {
  if (capture.damage !== null) throw capture.damage;
  capture.close();
  return { packets: capture.count, check };
}

/** The way of `hookline replay`: schedule, decode, engine with its hooks, statistics. A new engine each pass. */
function replaying(what: string, traffic: string, rules: string | null): Variant {
  return {
    name: `${what} ${traffic}`,
    passes: REPLAY_PASSES,
    prepare() {
      const path = trafficFile(TRAFFIC[traffic]!);
      readFileSync(path);
      return () => replayOnce(path, rules);
    },
  };
}

function replayOnce(path: string, rules: string | null): Pass {
  const engine = new Engine({ host: plainRouter(), seed: SEED });
  if (rules !== null) attachRules(engine, parseRules(rules, { file: 'bench', family: 4 }), new SetStore());
  const capture = openCapture(path);
  const stats = replay(engine, { sources: [{ capture, indev: 0, local: false }], fallback: 'sides' });
  capture.close();
  const forwarded = stats.byFate.get('forwarded') ?? 0;
  return { packets: stats.packets, check: forwarded * 1_000_000 + engine.conntrack.count };
}

export const VARIANTS: readonly Variant[] = [
  ...Object.keys(TRAFFIC).flatMap((traffic) => [reading('read', traffic, readOnly), reading('decode', traffic, readAndDecode)]),
  replaying('no rules', 'tcp64-1k', null),
  replaying('20 rules', 'tcp64-1k', STATELESS),
  ...Object.keys(TRAFFIC).map((traffic) => replaying('stateful', traffic, STATEFUL)),
  replaying('1000 rules', 'tcp64-1k', longList(1000)),
  ...KUBE_VARIANTS,
];
