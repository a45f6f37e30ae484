/**
 * Helpers of protocols that ask by broadcast: NetBIOS name service (RFC 1002) and SNMP. A question this host sends to a subnet's
 * broadcast address may be answered by anybody of that subnet, from the service's own port.
 *
 *   question: host:1024 -> 10.0.0.255:137          expected, for as long as the question lives: 10.0.0.0/24:137 -> host:1024
 *
 * A question that was only forwarded is of no interest: its sender's subnet has no answers that come this way.
 * Kernel counterparts: nf_conntrack_broadcast.c, nf_conntrack_netbios_ns.c, nf_conntrack_snmp.c (behaviour only).
 * @module
 */
import { Verdict } from '../../hook/verdict.ts';
import { UDP } from '../../inet/protocol.ts';
import type { Packet } from '../../packet/packet.ts';
import type { Core } from '../core.ts';
import { Direction, directionOf } from '../ctinfo.ts';
import { ExpectFlag } from '../expect.ts';
import { HZ } from '../options.ts';
import { expectationFor, isTranslated } from './announce.ts';
import type { Helper } from './helper.ts';
import { translateSnmp } from './snmp-trap.ts';

const NETBIOS_PORT = 137;
const NETBIOS_TIMEOUT_SEC = 3;
const SNMP_PORT = 161;
const SNMP_TIMEOUT_SEC = 30;

export const netbiosNs: Helper = {
  name: 'netbios-ns',
  protocol: UDP,
  onlyIpv4: true,
  maxExpected: 1,
  timeoutSec: NETBIOS_TIMEOUT_SEC,
  memoryWords: 0,
  look(core, packet, entry) {
    expectAnswers(core, packet, entry, netbiosNs, NETBIOS_PORT);
    return Verdict.Accept;
  },
};

export const snmp: Helper = {
  name: 'snmp',
  protocol: UDP,
  onlyIpv4: true,
  maxExpected: 1,
  timeoutSec: SNMP_TIMEOUT_SEC,
  memoryWords: 0,
  look(core, packet, entry) {
    expectAnswers(core, packet, entry, snmp, SNMP_PORT);
    return isTranslated(core, entry) ? translateSnmp(core, packet, entry) : Verdict.Accept;
  },
};

function expectAnswers(core: Core, packet: Packet, entry: number, helper: Helper, port: number): void {
  if (packet.local === 0 || directionOf(packet.ctinfo) !== Direction.Original) return;
  const mask = core.broadcastMask(packet);
  if (mask === 0) return;
  const tuple = core.table.readTuple(entry, Direction.Reply, core.spare);
  const expectation = expectationFor(entry, tuple, tuple.protocol, tuple.dstL4);
  expectation.tuple.srcL4 = port;
  expectation.mask.src0 = mask;
  expectation.mask.srcL4 = 0xffff;
  expectation.flags = ExpectFlag.Permanent;
  expectation.deadline = core.now + helper.timeoutSec * HZ;
  core.expectations.add(expectation, helper.maxExpected, core.now);
  core.refresh(entry, helper.timeoutSec * HZ);
}
