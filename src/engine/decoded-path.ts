/**
 * DecodedPath: the flow path (flow-path.ts) of packets that are not told by words: TCP, UDP and echo right behind a fixed header of IPv6, and
 * echo in plain IPv4. What they have in common with the others is there: plans, how they are learned, how a packet leaves. Translated
 * flows of theirs, and those of IPv6 whose traffic class rules write, have no plan.
 * Proof: test/property/engine/flow-path.prop.ts holds both ways side by side.
 * @module
 */
import type { FlowTracker } from '../conntrack/flow-tracker.ts';
import { sum16 } from '../inet/checksum.ts';
import { ICMP, ICMPV6, TCP, UDP } from '../inet/protocol.ts';
import type { Packet } from '../packet/packet.ts';
import type { Engine } from './engine.ts';
import type { FlowPath } from './flow-path.ts';
import { planKey, tosOf } from './flow-plan.ts';

// Names of this module's own: V8 folds those into the code and loads an imported constant every time.
const IS_TCP = TCP;
const IS_UDP = UDP;
const IS_ICMP = ICMP;
const IS_ICMPV6 = ICMPV6;

/** IPv4, where it tells its length and TTL; IPv6, where it tells the length behind the header and the hop limit. */
const HEADER4 = 20;
const LENGTH = 2;
const TTL = 8;
const HEADER6 = 40;
const PAYLOAD = 4;
const HOP_LIMIT = 7;
const TCP_HEADER = 20;
const TCP_FLAGS = 13;
const UDP_HEADER = 8;
const ICMP_HEADER = 8;
const TRUE_SUM = 0xffff;
/** SYN, RST. */
const OPENS_OR_RESETS = 0x06;

export class DecodedPath {
  private readonly flows: FlowPath;
  private readonly tracker: FlowTracker;

  constructor(engine: Engine, flows: FlowPath) {
    this.flows = flows;
    this.tracker = engine.conntrack.flows;
  }

  /** Bring a packet that came in by `indev` to its fate; false: it has to go the long way, and nothing has changed. Needs: FlowPath.mayTake. */
  take(packet: Packet, indev: number): boolean {
    const { flows, tracker } = this;
    if (!isWhole(packet)) return false;
    const { view, network, networkLength } = packet;
    const flags = packet.protocol === IS_TCP ? view.getUint8(packet.transport + TCP_FLAGS) : 0;
    if ((flags & OPENS_OR_RESETS) !== 0) return false;
    const number = tracker.meetPacket(packet);
    if (number === 0) return false;
    const plan = flows.planOfNumber(number);
    if (plan.key !== planKey(indev, tosOf(packet), tracker.ctinfo) || networkLength > plan.mtu) return false;
    if (
      (plan.isForwarding && view.getUint8(network + (packet.family === 6 ? HOP_LIMIT : TTL)) < 2) ||
      (flags & plan.tcpMask) !== plan.tcpFlags
    )
      return false;
    if (!flows.judgeDecoded(packet)) return false;
    packet.indev = indev;
    flows.taken++;
    flows.count(packet, plan);
    flows.finish(packet, plan);
    return true;
  }
}

/** Whether it is a whole packet without options or extension headers, its IPv4 header true. */
function isWhole(packet: Packet): boolean {
  const { view, network, networkLength, protocol, transportLength } = packet;
  if (packet.fault !== 0 || packet.fragOffset !== 0 || packet.moreFragments !== 0 || packet.fragHeader >= 0) return false;
  if (network + networkLength > packet.end) return false;
  if (packet.family === 4) return isEcho(packet) && isTrue4(packet);
  if (view.getUint16(network + PAYLOAD) + HEADER6 !== networkLength) return false;
  if (protocol === IS_TCP) return transportLength >= TCP_HEADER;
  return protocol === IS_UDP ? transportLength >= UDP_HEADER : isEcho(packet);
}

function isTrue4({ view, network, networkLength }: Packet): boolean {
  return view.getUint16(network + LENGTH) === networkLength && sum16(view, network, HEADER4) === TRUE_SUM;
}

/** Whether it asks for an echo or is one. */
export function isEcho({ family, protocol, transport, transportLength, view }: Packet): boolean {
  if (protocol !== (family === 6 ? IS_ICMPV6 : IS_ICMP) || transportLength < ICMP_HEADER) return false;
  const type = view.getUint8(transport);
  return family === 6 ? type === 128 || type === 129 : type === 8 || type === 0;
}
