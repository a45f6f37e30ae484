import { decode } from '../../../src/packet/decode.ts';
import { LinkType } from '../../../src/packet/link-type.ts';
import { Packet } from '../../../src/packet/packet.ts';

/** A packet aimed at exactly these octets: a read beyond them throws. Nothing is decoded. */
export function aimed(frame: Uint8Array, lead = 0): Packet {
  const bytes = new Uint8Array(lead + frame.length).fill(0xa5);
  bytes.set(frame, lead);
  const packet = new Packet();
  packet.view = new DataView(bytes.buffer);
  packet.bytes = bytes;
  packet.start = lead;
  packet.end = lead + frame.length;
  packet.wireLength = frame.length;
  return packet;
}

export function decoded(frame: Uint8Array, linkType: number = LinkType.Ethernet): Packet {
  const packet = aimed(frame);
  decode(packet, linkType);
  return packet;
}

/** Everything decode() sets, as a plain object. */
export function layersOf(packet: Packet): Record<string, number> {
  const { link, etherType, vlan, family, network, networkLength, headerLength, protocol, transport, transportLength } = packet;
  const { fragOffset, moreFragments, fragHeader, srcPort, dstPort, src0, src1, src2, src3, dst0, dst1, dst2, dst3 } = packet;
  const { fault, faultLayer, faultOffset, faultNeed, faultHave, faultSource } = packet;
  return {
    link,
    etherType,
    vlan,
    family,
    network,
    networkLength,
    headerLength,
    protocol,
    transport,
    transportLength,
    fragOffset,
    moreFragments,
    fragHeader,
    srcPort,
    dstPort,
    src0,
    src1,
    src2,
    src3,
    dst0,
    dst1,
    dst2,
    dst3,
    fault,
    faultLayer,
    faultOffset,
    faultNeed,
    faultHave,
    faultSource,
  };
}

export const MAC_A = '02:00:00:00:00:01';
export const MAC_B = '02:00:00:00:00:02';
