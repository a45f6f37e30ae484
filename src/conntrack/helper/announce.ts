/**
 * What helpers share: an expectation from a tuple, handed to the NAT half if the connection is translated, else registered.
 * @module
 */
import { Verdict } from '../../hook/verdict.ts';
import type { Packet } from '../../packet/packet.ts';
import type { Core } from '../core.ts';
import { type Direction, Status } from '../ctinfo.ts';
import { Expectation, Expected } from '../expect.ts';
import { HZ } from '../options.ts';
import type { Tuple } from '../tuple.ts';
import type { Helper } from './helper.ts';

export interface Announced {
  readonly helper: Helper;
  readonly entry: number;
  /** Whose side of the tuples the announcement is about, for NAT. */
  readonly direction: Direction;
  /** Source and destination addresses to expect; any source port. */
  readonly tuple: Tuple;
  /** Any source address too. */
  readonly fromAnybody?: true;
  /** Protocol to expect, when it is not the helper's own. */
  readonly protocol?: number;
  /** Destination port to expect. */
  readonly port: number;
  /** What the NAT half is told: the form of the announcement and its place in the payload. */
  readonly kind: number;
  readonly offset: number;
  readonly length: number;
}

/** Whether either side of a connection is translated. */
export function isTranslated(core: Core, entry: number): boolean {
  return (core.table.status(entry) & (Status.SrcNat | Status.DstNat)) !== 0;
}

/** The packet's verdict: an announcement that cannot be kept drops it, so that it is made again. */
export function announce(core: Core, packet: Packet, announced: Announced): Verdict {
  const { helper, entry } = announced;
  const expectation = expectationFor(entry, announced.tuple, announced.protocol ?? helper.protocol, announced.port);
  if (announced.fromAnybody === true) forgetSource(expectation);
  expectation.direction = announced.direction;
  expectation.deadline = core.now + helper.timeoutSec * HZ;
  const nat = core.natHelpers.get(helper.name);
  if (nat !== undefined && isTranslated(core, entry)) return nat(packet, announced, expectation);
  return core.expectations.add(expectation, helper.maxExpected, core.now) === Expected.Accepted ? Verdict.Accept : Verdict.Drop;
}

/** An expectation of the addresses of `tuple` and a destination port, from any source port (nf_ct_expect_init). */
export function expectationFor(master: number, tuple: Tuple, protocol: number, port: number): Expectation {
  const expectation = new Expectation();
  expectation.tuple.copyFrom(tuple);
  expectation.tuple.protocol = protocol;
  expectation.tuple.srcL4 = 0;
  expectation.tuple.dstL4 = port;
  expectation.master = master;
  const { mask } = expectation;
  mask.src0 = -1;
  if (tuple.family === 6) mask.src1 = mask.src2 = mask.src3 = -1;
  return expectation;
}

function forgetSource({ tuple, mask }: Expectation): void {
  tuple.src0 = tuple.src1 = tuple.src2 = tuple.src3 = 0;
  mask.src0 = mask.src1 = mask.src2 = mask.src3 = 0;
}
