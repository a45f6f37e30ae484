/**
 * Everything that keeps state for a packet, flooded with sources, ports and pieces that never come again: `node flood.mjs PACKETS`.
 * Prints the peak of resident memory in KiB, and what the tables hold.
 */
import { createEngine, decode, Packet, parseHost, parseRules, parseSets } from '../../../dist/index.js';
import { build } from '../../../dist/packet/build.js';
import { peakKib } from './peak.mjs';
import { ipv4, payload, tcp, udp } from '../../../dist/packet/build-layers.js';

const PACKETS = Number(process.argv[2]);
const MAX = 4096;
const EXPECT_MAX = 64;
const SYN = 2;
const ACK = 16;
const RULES = `*raw
-A PREROUTING -p tcp -m tcp --dport 21 -j CT --helper ftp
COMMIT
*nat
-A POSTROUTING -p tcp -m tcp --dport 21 -j ACCEPT
-A POSTROUTING -o eth1 -j MASQUERADE
COMMIT
*filter
-A FORWARD -m recent --name seen --set
-A FORWARD -m hashlimit --hashlimit-name h --hashlimit-upto 5/sec --hashlimit-mode srcip --hashlimit-htable-max 4096
-A FORWARD -m connlimit --connlimit-above 5000
-A FORWARD -j SET --add-set caught src
-A FORWARD -p udp -m udp --dport 9 -j REJECT
-A FORWARD -j LOG
COMMIT
`;
const host = parseHost({
  interfaces: [
    { name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['10.0.0.1/8'] },
    { name: 'eth1', mac: '02:00:00:00:00:02', addresses: ['192.0.2.1/24'] },
  ],
  routes: [{ dst: '0.0.0.0/0', via: '192.0.2.254', dev: 'eth1' }],
  neighbors: [{ dev: 'eth1', ip: '192.0.2.254', mac: '02:00:00:00:00:99' }],
  sysctls: { 'net.netfilter.nf_conntrack_max': MAX, 'net.netfilter.nf_conntrack_expect_max': EXPECT_MAX },
});
const sets = parseSets('create caught hash:ip maxelem 4096\n');
const machine = createEngine(host);
machine.attach(parseRules(RULES), sets);

/** One packet of each kind; addresses, ports and identifiers are written over. */
const KINDS = [
  build(ipv4('10.0.0.2', '198.51.100.1'), udp(1, 53), payload('x')),
  build(ipv4('10.0.0.2', '198.51.100.1'), tcp(1, 80, { flags: 2 })),
  build(ipv4('10.0.0.2', '198.51.100.1', { moreFragments: 1, protocol: 17 }), payload(new Uint8Array(1024))),
  build(ipv4('10.0.0.2', '198.51.100.1'), udp(1, 9), payload('x')),
];
/** An FTP client's words from its SYN to the place where it expects a connection, its server's between: device and layers. */
const SERVER = '198.51.100.1';
const ftpTalk = (client) => [
  ['eth0', ipv4(client, SERVER), tcp(5000, 21, { flags: SYN, seq: 99 })],
  ['eth1', ipv4(SERVER, client), tcp(21, 5000, { flags: SYN | ACK, seq: 499, ack: 100 })],
  ['eth0', ipv4(client, SERVER), tcp(5000, 21, { flags: ACK, seq: 100, ack: 500 }), payload('NOOP\r\n')],
  ['eth0', ipv4(client, SERVER), tcp(5000, 21, { flags: ACK, seq: 106, ack: 500 }), payload(`PORT ${client.replaceAll('.', ',')},4,1\r\n`)],
];

const packet = new Packet();
for (let i = 0; i < PACKETS; i++) {
  const source = 0x0a000100 + (i % 0x00f00000);
  const kind = i % (KINDS.length + 1);
  if (kind === KINDS.length) {
    const client = [24, 16, 8, 0].map((shift) => (source >>> shift) & 0xff).join('.');
    for (const [device, ...layers] of ftpTalk(client)) receive(build(...layers), device, i);
    continue;
  }
  const frame = KINDS[kind];
  const view = new DataView(frame.buffer, frame.byteOffset);
  view.setUint32(12, source);
  view.setUint16(4, i & 0xffff);
  // no checksum is wrong: they are written anew
  view.setUint16(10, 0);
  view.setUint16(10, sum(view, 0));
  if (frame[9] === 17 && frame.length < 100) view.setUint16(26, 0);
  receive(frame, 'eth0', i);
}
const { count } = machine.conntrack;
const expected = machine.conntrack.expectations().length;
process.stdout.write(
  JSON.stringify({ rssKib: peakKib(), count, max: MAX, caught: sets.get('caught').size, expected, expectMax: EXPECT_MAX }),
);

function receive(frame, device, index) {
  packet.reset();
  packet.blank(frame.length);
  packet.bytes.set(frame, packet.start);
  packet.nowUs = 1.7e15 + index;
  packet.index = index;
  decode(packet, 101);
  if (frame[9] === 6) fixTcp();
  machine.receive(packet, device);
}

function sum(view, at) {
  let total = 0;
  for (let i = 0; i < 20; i += 2) total += view.getUint16(at + i);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return ~total & 0xffff;
}

/** The source changed: the pseudo header's part of the sum with it. */
function fixTcp() {
  const { view, transport, start, transportLength } = packet;
  view.setUint16(transport + 16, 0);
  let total = 6 + transportLength;
  for (let i = 12; i < 20; i += 2) total += view.getUint16(start + i);
  for (let i = 0; i < transportLength; i += 2) total += view.getUint16(transport + i);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  view.setUint16(transport + 16, ~total & 0xffff);
}
