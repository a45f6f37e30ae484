/**
 * SNMP's application gateway (RFC 2962, the basic kind): addresses that a translated agent tells in values of type IpAddress are
 * rewritten like the packet's own. It expects no connection. A message that is not SNMPv1 or v2c as snmp-message.ts has it, and
 * so every v1 trap, is dropped, as is one whose UDP length is not the packet's.
 *
 *   in both directions: the address the connection came from -> the one it is known by
 *
 * Kernel counterpart: net/ipv4/netfilter/nf_nat_snmp_basic_main.c (behaviour only).
 * @module
 */
import { Verdict } from '../../hook/verdict.ts';
import { replaceU32 } from '../../inet/checksum.ts';
import { UDP } from '../../inet/protocol.ts';
import type { Packet } from '../../packet/packet.ts';
import type { Core } from '../core.ts';
import { Direction, directionOf } from '../ctinfo.ts';
import { isTranslated } from './announce.ts';
import type { Helper } from './helper.ts';
import { SnmpReader } from './snmp-message.ts';

const AGENT_PORT = 161;
const TRAP_PORT = 162;
const TIMEOUT_SEC = 180;
const UDP_HEADER = 8;
const UDP_LENGTH = 4;
const UDP_CHECKSUM = 6;

export const snmpTrap: Helper = {
  name: 'snmp_trap',
  protocol: UDP,
  onlyIpv4: true,
  maxExpected: 0,
  timeoutSec: TIMEOUT_SEC,
  memoryWords: 0,
  look: (core, packet, entry) => translateSnmp(core, packet, entry),
};

/** Answers of agents and traps on their way out are translated. */
export function translateSnmp(core: Core, packet: Packet, entry: number): Verdict {
  const direction = directionOf(packet.ctinfo);
  const { transport, transportLength } = packet;
  if (packet.view.getUint16(transport) === AGENT_PORT && direction !== Direction.Reply) return Verdict.Accept;
  if (packet.view.getUint16(transport + 2) === TRAP_PORT && direction !== Direction.Original) return Verdict.Accept;
  if (!isTranslated(core, entry)) return Verdict.Accept;
  if (packet.view.getUint16(transport + UDP_LENGTH) !== transportLength) return Verdict.Drop;
  const { from, to } = mapping(core, entry);
  if (from === to) return Verdict.Accept;
  packet.makeWritable();
  const start = packet.transport + UDP_HEADER;
  const reader = new SnmpReader(packet.view, start, packet.transport + transportLength);
  reader.onAddress = (at) => {
    if (packet.view.getInt32(at) === from) replaceAddress(packet, at, { from, to });
  };
  return reader.read() ? Verdict.Accept : Verdict.Drop;
}

interface Mapping {
  readonly from: number;
  readonly to: number;
}

/** The same in both directions. */
function mapping(core: Core, entry: number): Mapping {
  const from = core.table.readTuple(entry, Direction.Original, core.spare).src0;
  return { from, to: core.table.readTuple(entry, Direction.Reply, core.spare).dst0 };
}

function replaceAddress(packet: Packet, at: number, { from, to }: Mapping): void {
  const { view, transport } = packet;
  const checksum = view.getUint16(transport + UDP_CHECKSUM);
  if (checksum !== 0) {
    const odd = ((at - transport) & 1) !== 0;
    view.setUint16(transport + UDP_CHECKSUM, odd ? replaceU32(checksum, swap(from), swap(to)) : replaceU32(checksum, from, to));
  }
  view.setInt32(at, to);
}

/** A word at an odd place counts in the checksum with its octets swapped. */
function swap(word: number): number {
  return (word << 8) | (word >>> 24);
}
