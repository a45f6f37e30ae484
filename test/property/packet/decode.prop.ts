import fc from 'fast-check';
import { describe, it } from 'vitest';
import { build } from '../../../src/packet/build.ts';
import * as layer from '../../../src/packet/build-layers.ts';
import { decode, decodeNetwork } from '../../../src/packet/decode.ts';
import { decodeLink } from '../../../src/packet/decode-link.ts';
import { describeFault, Fault } from '../../../src/packet/fault.ts';
import { decodeInner } from '../../../src/packet/inner.ts';
import { LinkType } from '../../../src/packet/link-type.ts';
import { Packet } from '../../../src/packet/packet.ts';
import { Conversations, formatPacket } from '../../../src/report/tcpdump.ts';
import { aimed, layersOf, MAC_A, MAC_B } from '../../unit/packet/kit.ts';

const LINK_TYPES = Object.values(LinkType);

const port = (): fc.Arbitrary<number> => fc.oneof(fc.nat(0xffff), fc.constantFrom(4789, 8472));
const upper = (): fc.Arbitrary<layer.LayerSpec> =>
  fc.oneof(
    fc.tuple(port(), port()).map(([a, b]) => layer.tcp(a, b, {}, Uint8Array.of(2, 4, 5, 180, 1, 3, 3, 7))),
    fc.tuple(port(), port()).map(([a, b]) => layer.udp(a, b)),
    fc.constantFrom(
      layer.sctp(1, 2),
      layer.dccp(1, 2),
      layer.udplite(3, 4),
      layer.icmp(3, 1),
      layer.icmp(8),
      layer.icmpv6(1),
      layer.icmpv6(135),
    ),
    fc.constantFrom(
      layer.gre(),
      layer.gre({ key: 1, sequence: 2, checksum: true }),
      layer.esp(),
      layer.igmp(0x11, '224.0.0.1'),
      layer.vxlan(7),
    ),
  );
const between = (): fc.Arbitrary<layer.LayerSpec> =>
  fc.oneof(
    fc.constantFrom(layer.ipv4('10.0.0.1', '10.0.0.2'), layer.ipv4('10.0.0.1', '10.0.0.2', {}, Uint8Array.of(7, 7, 4, 0, 0, 0, 0))),
    fc.constantFrom(layer.ipv6('fd00::1', 'fd00::2'), layer.hopByHop(), layer.destinationOptions(), layer.routing(), layer.ah()),
    fc.record({ fragmentOffset: fc.constantFrom(0, 0, 5), moreFragments: fc.nat(1) }).map((fields) => layer.fragment(fields)),
    fc.constantFrom(layer.vlan(5), layer.snap(), layer.ethernet(MAC_B, MAC_A), layer.vxlan(9), layer.gre()),
  );

/** What decode() reads in one piece, if nothing is wrong with it. */
const plain = (): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(upper(), fc.uint8Array({ maxLength: 40 }))
    .map(([last, data]) => build(layer.ethernet(MAC_B, MAC_A), layer.ipv4('10.0.0.1', '10.0.0.2'), last, layer.payload(data)));

/** Layers stacked in likely and unlikely orders, sound before they are damaged. */
const sound = (): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(fc.array(between(), { minLength: 1, maxLength: 6 }), upper(), fc.uint8Array({ maxLength: 40 }))
    .map(([layers, last, data]) => build(layer.ethernet(MAC_B, MAC_A), ...layers, last, layer.payload(data)));

/** A frame with a few octets overwritten, or nothing but noise. */
const hostile = (): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 120 }) },
    {
      weight: 6,
      arbitrary: fc.tuple(sound(), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 })).map(([frame, damage]) => {
        for (const [at, octet] of damage) frame[at % frame.length] = octet;
        return frame;
      }),
    },
  );

/** Every offset a packet shows lies in it. */
function inside(packet: Packet): boolean {
  const { start, end, link, family, network, networkLength, headerLength, transport, transportLength, fragHeader } = packet;
  const within = (at: number, octets: number): boolean => at >= start && at + octets <= end;
  if (link >= 0 && !within(link, 14)) return false;
  if (family !== 0 && (!within(network, family === 4 ? 20 : 40) || !within(network, networkLength) || headerLength > networkLength))
    return false;
  if (transport >= 0 && (transport !== network + headerLength || transportLength !== network + networkLength - transport)) return false;
  if (transport >= 0 && (transportLength < 0 || !within(transport, transportLength))) return false;
  if (fragHeader >= 0 && !within(fragHeader, 4)) return false;
  return packet.srcPort < 0 || transportLength >= 4;
}

describe('decode', () => {
  it('never throws, never reads beyond the frame and shows no offset outside it', () => {
    fc.assert(
      fc.property(hostile(), fc.constantFrom(...LINK_TYPES, 147), fc.nat(7), (frame, linkType, lead) => {
        const packet = aimed(frame, lead);
        decode(packet, linkType);
        return inside(packet) && (packet.fault === Fault.None) === (describeFault(packet) === '');
      }),
      { numRuns: 3000 },
    );
  });

  it('finds in a packet that is used again what it finds in a fresh one, the short way and the long', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.oneof(plain(), hostile()), fc.nat(7)), { minLength: 1, maxLength: 8 }), (frames) => {
        const again = new Packet();
        return frames.every(([frame, lead]) => {
          const fresh = aimed(frame, lead);
          fresh.resetLayers();
          decodeLink(fresh, LinkType.Ethernet);
          Object.assign(again, { view: fresh.view, bytes: fresh.bytes, start: fresh.start, end: fresh.end });
          decode(again, LinkType.Ethernet);
          const [found, expected] = [layersOf(again), layersOf(fresh)];
          return Object.keys(expected).every((name) => found[name] === expected[name]);
        });
      }),
      { numRuns: 1000 },
    );
  });

  it('does so however short the frame is cut', () => {
    fc.assert(
      fc.property(hostile(), fc.constantFrom(...LINK_TYPES), (frame, linkType) => {
        for (let length = 0; length <= frame.length; length++) {
          const packet = aimed(frame.subarray(0, length));
          decode(packet, linkType);
          if (!inside(packet)) return false;
        }
        return true;
      }),
      { numRuns: 200 },
    );
  });

  it('finds less, never something else, in a frame cut shorter', () => {
    const known = ['link', 'vlan', 'family', 'network', 'protocol', 'fragHeader', 'srcPort', 'dstPort', 'src0', 'dst0', 'src3', 'dst3'];
    fc.assert(
      fc.property(sound(), (frame) => {
        const whole = aimed(frame);
        decode(whole, LinkType.Ethernet);
        const all = layersOf(whole);
        for (let length = 0; length < frame.length; length++) {
          const packet = aimed(frame.subarray(0, length));
          decode(packet, LinkType.Ethernet);
          const cut = layersOf(packet);
          for (const name of known) {
            const nothing = name === 'family' || (name.length === 4 && /^(?:src|dst)\d$/.test(name)) ? 0 : -1;
            if (cut[name] !== all[name] && cut[name] !== nothing && !(name === 'vlan' && packet.family === 0)) return false;
          }
          if (cut['networkLength']! > all['networkLength']!) return false;
          // A chain that is cut ends at the cut; only the same transport header can be compared.
          if (cut['transport'] === all['transport'] && cut['transportLength']! > all['transportLength']!) return false;
          if (packet.fault === Fault.None && packet.family !== 0 && cut['networkLength'] !== all['networkLength']) return false;
        }
        return true;
      }),
      { numRuns: 150 },
    );
  });

  it('takes the fast path to the same result as the slow one', () => {
    // The same packet once as Ethernet and once through decodeNetwork, which has no fast path.
    fc.assert(
      fc.property(hostile(), (frame) => {
        const fast = aimed(frame);
        decode(fast, LinkType.Ethernet);
        if (fast.family === 0 || fast.etherType < 0) return true; // 802.3's own length is not known to decodeNetwork
        const slow = aimed(frame);
        slow.network = fast.network;
        decodeNetwork(slow);
        const { link, etherType, vlan } = fast;
        return JSON.stringify(layersOf(fast)) === JSON.stringify({ ...layersOf(slow), link, etherType, vlan });
      }),
      { numRuns: 2000 },
    );
  });

  it('gives the same answer when asked again, and after the bytes moved', () => {
    fc.assert(
      fc.property(hostile(), fc.constantFrom(...LINK_TYPES), fc.nat(9), (frame, linkType, lead) => {
        const packet = aimed(frame, lead);
        decode(packet, linkType);
        const first = JSON.stringify(layersOf(packet));
        decode(packet, linkType);
        if (JSON.stringify(layersOf(packet)) !== first) return false;
        packet.makeWritable();
        const moved = JSON.stringify(layersOf(packet));
        decode(packet, linkType);
        return JSON.stringify(layersOf(packet)) === moved;
      }),
      { numRuns: 500 },
    );
  });
});

describe('decodeInner', () => {
  it('never throws, stays inside the outer packet and ends', () => {
    fc.assert(
      fc.property(hostile(), (frame) => {
        let outer = aimed(frame);
        decode(outer, LinkType.Ethernet);
        let inner = new Packet();
        for (let depth = 0; decodeInner(outer, inner); depth++) {
          if (depth > frame.length / 8 || !inside(inner) || inner.start <= outer.start || inner.end > outer.end) return false;
          [outer, inner] = [inner, outer];
        }
        return true;
      }),
      { numRuns: 2000 },
    );
  });
});

describe('formatPacket', () => {
  it('prints anything, reading nothing that was not captured', () => {
    const seen = new Conversations();
    fc.assert(
      fc.property(hostile(), fc.constantFrom(...LINK_TYPES), fc.nat(), fc.nat(200), (frame, linkType, cut, more) => {
        const packet = aimed(frame.subarray(0, cut % (frame.length + 1)));
        packet.wireLength += more;
        decode(packet, linkType);
        return formatPacket(packet, seen).length > 0 && formatPacket(packet).length > 0;
      }),
      { numRuns: 3000 },
    );
  });
});
