/**
 * The NAT half of the Amanda helper: the announcement holds ports alone, which change only when somebody waits at them; the
 * streams then follow the translation of the connection that announced them.
 * Kernel counterpart: net/netfilter/nf_nat_amanda.c.
 * @module
 */
import type { Conntrack } from '../../conntrack/conntrack.ts';
import { Direction } from '../../conntrack/ctinfo.ts';
import type { ExpectFunction } from '../../conntrack/expect.ts';
import { amanda } from '../../conntrack/helper/amanda.ts';
import type { NatHelper } from '../../conntrack/helper/helper.ts';
import { Verdict } from '../../hook/verdict.ts';
import type { Random } from '../../inet/random.ts';
import { expectAnyPort } from './any-port.ts';
import { replacePayload } from './payload.ts';

export function natAmanda(conntrack: Conntrack, random: Random, followMaster: ExpectFunction): NatHelper {
  return (packet, { offset, length }, expectation) => {
    expectation.savedPort = expectation.tuple.dstL4;
    expectation.direction = Direction.Original;
    expectation.onNew = followMaster;
    const port = expectAnyPort(conntrack, random, expectation, amanda);
    if (port === 0) return Verdict.Drop;
    if (replacePayload(conntrack, packet, { offset, length, text: String(port) })) return Verdict.Accept;
    conntrack.unexpect(expectation);
    return Verdict.Drop;
  };
}
