/**
 * What a split replay supposes of one connection table (src/shard/commit.ts): entries past their deadline that the sweep has not come
 * by yet never make it more than a third larger than what was alive at one time.
 */
import { describe, expect, it } from 'vitest';
import { Engine } from '../../../src/engine/engine.ts';
import { parseHost } from '../../../src/host/host-json.ts';
import { Random } from '../../../src/inet/random.ts';
import { build } from '../../../src/packet/build.ts';
import { ethernet, ipv4, payload, udp } from '../../../src/packet/build-layers.ts';
import { decode } from '../../../src/packet/decode.ts';
import { LinkType } from '../../../src/packet/link-type.ts';
import { Packet } from '../../../src/packet/packet.ts';
import { SLACK, SWEEP_MARGIN } from '../../../src/shard/commit.ts';

const LINK = ethernet('02:00:00:00:0f:01', '02:00:00:00:0f:02');
const LIFE_US = 30_000_000; // net.netfilter.nf_conntrack_udp_timeout
const JIFFY_US = 4000;
const PACKETS = 25_000;
const HOST = {
  listeners: [],
  interfaces: [
    { name: 'eth0', addresses: ['10.0.0.1/8'] },
    { name: 'eth1', addresses: ['203.0.113.1/24'] },
  ],
};

/** How many microseconds pass between two new flows. */
const PACES: Readonly<Record<string, (random: Random, n: number) => number>> = {
  'at one pace': () => 5000,
  'in bursts': (random, n) => (n % 3000 === 0 ? random.below(40_000_000) : 100),
  'in waves': (_, n) => 2000 + Math.floor(1900 * Math.sin(n / 900)),
  'by chance': (random) => random.below(random.below(20) === 0 ? 200_000 : 6000),
};

describe('a connection table', () => {
  it.each(Object.keys(PACES))('stays near what is alive: %s', (pace) => {
    const random = new Random(3);
    const engine = new Engine({ host: parseHost(HOST, 'host') });
    engine.conntrack.enable(4);
    const packet = new Packet();
    const born = new Float64Array(PACKETS);
    let [oldest, nowUs, mostAlive, largest] = [0, 1_700_000_000_000_000, 0, 0];
    for (let n = 0; n < PACKETS; n++) {
      nowUs += PACES[pace]!(random, n);
      const octets = build(LINK, ipv4(`10.${n & 255}.${(n >> 8) & 255}.2`, '203.0.113.9'), udp(1000, 53), payload('x'));
      packet.reset();
      packet.view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
      packet.bytes = octets;
      [packet.start, packet.end, packet.wireLength] = [0, octets.length, octets.length];
      packet.indev = 1;
      packet.nowUs = nowUs;
      decode(packet, LinkType.Ethernet);
      engine.receive(packet);
      born[n] = nowUs;
      while (born[oldest]! + LIFE_US + JIFFY_US < nowUs) oldest++;
      mostAlive = Math.max(mostAlive, n + 1 - oldest);
      const { count } = engine.conntrack;
      if (count > mostAlive * SWEEP_MARGIN + SLACK) expect(count, `packet ${n}`).toBeLessThanOrEqual(mostAlive * SWEEP_MARGIN + SLACK);
      largest = Math.max(largest, count - mostAlive);
    }
    // it does hold on to some
    expect(largest).toBeGreaterThan(SLACK);
  });
});
