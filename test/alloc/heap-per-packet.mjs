/**
 * node --expose-gc heap-per-packet.mjs DIST CASE WAY: octets of heap a packet costs once everything has warmed up, as JSON.
 * WAY: `short` as packets of known flows go, `long` through every hook, `frames` undecoded from a capture, `fresh` as those of flows
 * that begin, each long after the one before has ended.
 * A part of allocation.test.ts. Plain JavaScript over the built package: what users run.
 */
import { pathToFileURL } from 'node:url';

const [dist, wanted, way = 'short'] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(`${dist}/${path}`).href);
const { Engine } = await load('engine/engine.js');
const { plainRouter } = await load('host/plain-router.js');
const { parseRules } = await load('iptables/save.js');
const { build } = await load('packet/build.js');
const { ethernet, ipv4, ipv6, tcp, udp } = await load('packet/build-layers.js');
const { decode } = await load('packet/decode.js');
const { Packet } = await load('packet/packet.js');
const { openCapture } = await load('capture/index.js');
const { attachRules } = await load('replay/attach.js');
const { Replay } = await load('replay/replay.js');
const { SetStore } = await load('xtables/set/store.js');

const WALKED = Array.from({ length: 40 }, (_, i) => `-A FORWARD -s 172.16.${i}.0/24 -p tcp -m tcp --dport ${2000 + i} -j DROP`);
const TABLES = {
  stateless: `*filter\n${WALKED.join('\n')}\n-A FORWARD -j ACCEPT\nCOMMIT\n`,
  stateful: `*filter\n:FORWARD DROP\n-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n${WALKED.join('\n')}\n-A FORWARD -m conntrack --ctstate NEW -j ACCEPT\nCOMMIT\n`,
  dropped: `*filter\n:FORWARD DROP\n${WALKED.join('\n')}\nCOMMIT\n`,
  translated: '*nat\n-A POSTROUTING -o eth1 -p tcp -j SNAT --to-source 203.0.113.1\nCOMMIT\n',
  mangled: '*mangle\n-A FORWARD -j MARK --set-xmark 0x1/0xffffffff\n-A FORWARD -m mark --mark 1 -j TOS --set-tos 8\nCOMMIT\n',
  datagrams: '*filter\n-A FORWARD -p udp -m udp --dport 53 -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT\nCOMMIT\n',
  ipv6: '*filter\n-A FORWARD -p tcp -m tcp --dport 80 -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT\nCOMMIT\n',
};

const FLOWS = 64;
/** A connection that nobody answers is gone after two minutes. */
const STEP_US = way === 'fresh' ? 10_000_000 : 1;
const frames = Array.from({ length: FLOWS }, (_, i) => {
  const link = ethernet('02:00:00:00:00:01', '02:00:00:00:00:99');
  if (wanted === 'ipv6') return build(link, ipv6(`fd00::${i + 1}`, 'fd01::1'), tcp(1024 + i, 80, { flags: 16, seq: 1, ack: 1 }));
  if (wanted === 'datagrams') return build(link, ipv4(`10.0.0.${i + 1}`, '198.51.100.1'), udp(1024 + i, 53));
  const fields = way === 'fresh' ? { flags: 2, seq: 1 } : { flags: 16, seq: 1, ack: 1 };
  return build(link, ipv4(`10.0.0.${i + 1}`, '198.51.100.1'), tcp(1024 + i, 80, fields));
}).map((bytes) => ({ bytes, view: new DataView(bytes.buffer) }));

let left = 0;
const sink = { transmit: () => left++, frame: () => left++, deliver: () => undefined };
const engine = new Engine({ host: plainRouter(), sink });
engine.flows.enabled = way !== 'long';
attachRules(engine, parseRules(TABLES[wanted], { file: wanted, family: wanted === 'ipv6' ? 6 : 4 }), new SetStore());

const packet = new Packet();
let index = 0;
function pass(count) {
  for (let i = 0; i < count; i++) {
    const { bytes, view } = frames[index % FLOWS];
    packet.reset();
    packet.bytes = bytes;
    packet.view = view;
    packet.start = 0;
    packet.end = bytes.length;
    packet.wireLength = bytes.length;
    decode(packet, 1);
    packet.indev = 1;
    packet.index = index++;
    packet.nowUs = 1_700_000_000_000_000 + index * STEP_US;
    engine.receive(packet);
  }
}

const CHUNK = way === 'frames' ? 800_000 : 20_000;
/** Of a capture: what comes first, its opening among it. */
const BEGINNING = 200_000;

/** Packets measured at once: what they leave behind has to fit in V8's new space, or it is collected before it is seen. */
const MEASURED = 100_000;

/** Octets of heap for each packet of a capture in memory, behind its beginning, a number for each part of it. */
function framesCosts() {
  const capture = openCapture(recorded);
  const steps = new Replay(engine, { sources: [{ capture, indev: 1, local: false }], fallback: 1 });
  const go = (count) => {
    for (let done = 0; done < count; done += 1000) steps.step(1000);
  };
  go(BEGINNING);
  const parts = [];
  for (let at = BEGINNING; at < CHUNK; at += MEASURED) parts.push(costOf(MEASURED, go));
  capture.close();
  index += CHUNK;
  return parts;
}

function costOf(count, run) {
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  run(count);
  return (process.memoryUsage().heapUsed - before) / count;
}

function record() {
  const octets = new Uint8Array(24 + CHUNK * (16 + frames[0].bytes.length));
  const view = new DataView(octets.buffer);
  [0xa1b2c3d4, 0x00040002, 0, 0, 262_144, 1].forEach((word, i) => view.setUint32(4 * i, word, true));
  let at = 24;
  for (let i = 0; i < CHUNK; i++) {
    const { bytes } = frames[i % FLOWS];
    [1_700_000_000, i, bytes.length, bytes.length].forEach((word, k) => view.setUint32(at + 4 * k, word, true));
    octets.set(bytes, at + 16);
    at += 16 + bytes.length;
  }
  return octets.subarray(0, at);
}

const recorded = way === 'frames' ? record() : null;
const costs = [];
if (way === 'frames') for (let round = 0; round < 3; round++) costs.push(...framesCosts());
else {
  pass(200_000 + CHUNK);
  for (let round = 0; round < 15; round++) costs.push(costOf(CHUNK, pass));
}
costs.sort((a, b) => a - b);
process.stdout.write(
  JSON.stringify({
    octets: costs[costs.length >> 1],
    packets: index,
    left,
    short: way === 'fresh' ? engine.flows.fresh.taken : engine.flows.taken,
  }),
);
