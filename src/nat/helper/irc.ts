/**
 * The NAT half of the IRC helper: a client that offers a connection names its own address, which its peer cannot reach; the offer
 * is rewritten to the address the server knows, with the same port if that is free.
 *
 *   DCC SEND file 167772162 4000        ->        DCC SEND file 167837746 4000        (10.0.0.2 -> 10.1.0.50)
 *
 * Kernel counterpart: net/netfilter/nf_nat_irc.c.
 * @module
 */
import type { Conntrack } from '../../conntrack/conntrack.ts';
import { Direction } from '../../conntrack/ctinfo.ts';
import type { ExpectFunction } from '../../conntrack/expect.ts';
import type { NatHelper } from '../../conntrack/helper/helper.ts';
import { irc } from '../../conntrack/helper/irc.ts';
import { Tuple } from '../../conntrack/tuple.ts';
import { Verdict } from '../../hook/verdict.ts';
import type { Random } from '../../inet/random.ts';
import { expectAnyPort } from './any-port.ts';
import { replacePayload } from './payload.ts';

export function natIrc(conntrack: Conntrack, random: Random, followMaster: ExpectFunction): NatHelper {
  return (packet, { entry, offset, length }, expectation) => {
    const known = conntrack.readTuple(entry, Direction.Reply, new Tuple()).dst0 >>> 0;
    expectation.savedPort = expectation.tuple.dstL4;
    expectation.direction = Direction.Reply;
    expectation.onNew = followMaster;
    const port = expectAnyPort(conntrack, random, expectation, irc);
    if (port === 0) return Verdict.Drop;
    if (replacePayload(conntrack, packet, { offset, length, text: `${known} ${port}` })) return Verdict.Accept;
    conntrack.unexpect(expectation);
    return Verdict.Drop;
  };
}
