/**
 * The whole path: random rule sets on random hosts, and through each a few hundred frames, whole and damaged, at times that run, jump
 * and stand. Nothing throws, every packet has a fate, and the table keeps its limit.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { hostFile, play, Observer, ruleText, survey, traffic } from '../../../dist/fuzz/index.js';
import { parseHost } from '../../../dist/host/host-json.js';
import { parseRules } from '../../../dist/iptables/save.js';
import { decode } from '../../../dist/packet/decode.js';
import { Packet } from '../../../dist/packet/packet.js';
import { Machine } from '../../../dist/replay/machine.js';
import { filesBelow, FIXTURES } from '../corpus.mjs';
import { damageOctets } from '../mutate.mjs';
import { Xorshift } from '../random.mjs';

const isText = false;
const FRAMES = 240;
const CAPACITY = 1600;
const MAX_CONNECTIONS = 64;
const FATES = new Set(['forwarded', 'local', 'sent', 'dropped', 'consumed', 'queued', 'stolen']);
const CONVERSATIONS = 4;
const BEGIN_US = 1.7e15;

const counts = { ruleSets: 0 };
/** What became of packets under this rule set: fate, drop, state and why it was INVALID. */
const happened = new Set();
let input = new Uint8Array(0);
const lastInput = () => input;

/** An input is the seed of a rule set and the seed of its traffic, four octets each. */
const INPUT_LEN = 8;

function seeds() {
  return [new Uint8Array(INPUT_LEN)];
}

function replay(octets) {
  input = octets;
  one();
}

/** A rule set of its own, or other traffic through one that did something new. */
function draw(random, corpus) {
  const known = random.pick(corpus.inputs);
  input = Uint8Array.from(known);
  const words = new DataView(input.buffer);
  if (random.below(4) !== 0) words.setUint32(0, random.next());
  words.setUint32(4, random.next());
}

function attempt(corpus) {
  happened.clear();
  const packets = one();
  corpus.noteAny(happened, input);
  return packets;
}

const REAL = filesBelow(join(FIXTURES, 'rules'), (path) => path.endsWith('.v4')).map((path) => readFileSync(path, 'utf8'));

/** One rule set; answers how many packets it took. */
function one() {
  const words = new DataView(input.buffer, input.byteOffset, INPUT_LEN);
  let draws = new Xorshift(words.getUint32(0));
  const sample = (arbitrary) => fc.sample(arbitrary, { numRuns: 1, seed: draws.next() | 0 })[0];
  const file = sample(hostFile());
  const host = parseHost({ ...file, sysctls: { ...file.sysctls, 'net.netfilter.nf_conntrack_max': MAX_CONNECTIONS } });
  const family = draws.below(3) === 0 ? 6 : 4;
  const land = survey(host, family, []);
  const rules = rulesFor(draws, sample, land, family);
  counts.ruleSets++;
  const seed = words.getUint32(4);
  draws = new Xorshift(seed);
  // conversations, closed in themselves; their frames are what is damaged afterwards
  const observer = new Observer({ host, rules: [rules], seed });
  const frames = [];
  let packets = 0;
  for (let i = 0; i < CONVERSATIONS; i++) {
    for (const { injected, verdict } of play(observer, sample(traffic([survey(host, family, [rules])])))) {
      check(observer.machine, verdict);
      packets++;
      if (injected.linkType === 1) frames.push(injected.frame);
    }
  }
  if (frames.length === 0) return packets;
  return packets + damaged(draws, host, rules, frames);
}

function rulesFor(draw, sample, land, family) {
  if (family === 4 && REAL.length > 0 && draw.below(8) === 0) {
    try {
      const rules = parseRules(draw.pick(REAL), { family });
      new Machine(land.host).attach(rules);
      return rules;
    } catch {
      // names sets or modules that cannot be attached here: a random one then
    }
  }
  return parseRules(sample(ruleText(land)), { family });
}

const buffer = new Uint8Array(CAPACITY);
const view = new DataView(buffer.buffer);
const packet = new Packet();

function damaged(draw, host, rules, frames) {
  const machine = new Machine(host).attach(rules);
  machine.trackConnections(4);
  machine.trackConnections(6);
  let nowUs = BEGIN_US;
  for (let i = 0; i < FRAMES; i++) {
    const whole = draw.below(3) === 0;
    const from = draw.pick(frames);
    let length = Math.min(from.length, CAPACITY);
    if (whole) buffer.set(from.subarray(0, length), CAPACITY - length);
    else length = damageOctets(draw, from, draw.pick(frames), buffer);
    nowUs += draw.pick([0, 1, 1000, 1e6, 35e6, -5000]);
    packet.reset();
    packet.view = view;
    packet.bytes = buffer;
    packet.start = CAPACITY - length;
    packet.end = CAPACITY;
    packet.wireLength = length;
    packet.nowUs = nowUs;
    packet.index = i;
    decode(packet, 1);
    check(machine, machine.receive(packet, 1 + draw.below(2)).verdict);
  }
  return FRAMES;
}

function check(machine, verdict) {
  if (!FATES.has(verdict)) throw new Error(`verdict ${verdict}`);
  const { dropStage, dropReason, ctState } = machine.engine.outcome;
  happened.add(`${verdict} ${dropStage} ${dropReason} ${ctState} ${machine.conntrack.invalidReason}`);
  const { count } = machine.conntrack;
  if (count > MAX_CONNECTIONS) throw new Error(`${count} connections, ${MAX_CONNECTIONS} are allowed`);
}

export const target = { isText, counts, seeds, lastInput, replay, draw, attempt };
