/**
 * node --expose-gc heap-per-packet.mjs DIST CASE: octets of heap a packet costs once everything has warmed up, as JSON.
 * A part of allocation.test.ts. Plain JavaScript over the built package: what users run.
 */
import { pathToFileURL } from 'node:url';

const [dist, wanted] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(`${dist}/${path}`).href);
const { Engine } = await load('engine/engine.js');
const { plainRouter } = await load('host/plain-router.js');
const { parseRules } = await load('iptables/save.js');
const { build } = await load('packet/build.js');
const { ethernet, ipv4, ipv6, tcp, udp } = await load('packet/build-layers.js');
const { decode } = await load('packet/decode.js');
const { Packet } = await load('packet/packet.js');
const { attachRules } = await load('replay/attach.js');
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
const frames = Array.from({ length: FLOWS }, (_, i) => {
  const link = ethernet('02:00:00:00:00:01', '02:00:00:00:00:99');
  if (wanted === 'ipv6') return build(link, ipv6(`fd00::${i + 1}`, 'fd01::1'), tcp(1024 + i, 80, { flags: 16, seq: 1, ack: 1 }));
  if (wanted === 'datagrams') return build(link, ipv4(`10.0.0.${i + 1}`, '198.51.100.1'), udp(1024 + i, 53));
  return build(link, ipv4(`10.0.0.${i + 1}`, '198.51.100.1'), tcp(1024 + i, 80, { flags: 16, seq: 1, ack: 1 }));
}).map((bytes) => ({ bytes, view: new DataView(bytes.buffer) }));

let left = 0;
const engine = new Engine({ host: plainRouter(), sink: { transmit: () => left++, deliver: () => undefined } });
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
    packet.nowUs = 1_700_000_000_000_000 + index;
    engine.receive(packet);
  }
}

const CHUNK = 20_000;
pass(10 * CHUNK);
const costs = [];
for (let round = 0; round < 15; round++) {
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  pass(CHUNK);
  costs.push((process.memoryUsage().heapUsed - before) / CHUNK);
}
costs.sort((a, b) => a - b);
process.stdout.write(JSON.stringify({ octets: costs[costs.length >> 1], packets: index, left }));
