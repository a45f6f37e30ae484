/**
 * A packet that waits, as an object of its own. Captures re-aim their one packet at each record; what a hook function queued must
 * outlive that.
 * @module
 */
import { CT_NONE, Packet } from '../packet/packet.ts';

/**
 * A copy with the octets, the way so far and the connection of `packet`, which gives its connection up: only the copy may go on.
 * Allocates: the packet and its buffer.
 */
export function keepPacket(packet: Packet): Packet {
  const kept = new Packet();
  kept.copyFrameFrom(packet);
  kept.index = packet.index;
  kept.nowUs = packet.nowUs;
  kept.remainderNs = packet.remainderNs;
  kept.indev = packet.indev;
  kept.outdev = packet.outdev;
  kept.pktType = packet.pktType;
  kept.mark = packet.mark;
  kept.priority = packet.priority;
  kept.ct = packet.ct;
  kept.ctinfo = packet.ctinfo;
  kept.ctTemplate = packet.ctTemplate;
  kept.traced = packet.traced;
  kept.fragMaxSize = packet.fragMaxSize;
  kept.fragMaxDf = packet.fragMaxDf;
  kept.fragSizes = packet.fragSizes.slice();
  kept.fragCount = packet.fragCount;
  kept.reassembledAt = packet.reassembledAt;
  kept.fragHeadroom = packet.fragHeadroom;
  kept.looped = packet.looped;
  kept.socket = packet.socket;
  kept.local = packet.local;
  kept.origin = packet.origin;
  kept.dst.copyFrom(packet.dst);
  kept.queue = packet.queue;
  kept.queueBypass = packet.queueBypass;
  kept.hook = packet.hook;
  kept.hookIndex = packet.hookIndex;
  packet.ct = CT_NONE;
  packet.ctTemplate = 0;
  return kept;
}
