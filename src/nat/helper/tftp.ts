/**
 * The NAT half of the TFTP helper: no text to change; the answer's connection follows the translation of the request's.
 * Kernel counterpart: net/netfilter/nf_nat_tftp.c.
 * @module
 */
import type { Conntrack } from '../../conntrack/conntrack.ts';
import { Direction } from '../../conntrack/ctinfo.ts';
import { type ExpectFunction, Expected } from '../../conntrack/expect.ts';
import type { NatHelper } from '../../conntrack/helper/helper.ts';
import { tftp } from '../../conntrack/helper/tftp.ts';
import { Tuple } from '../../conntrack/tuple.ts';
import { Verdict } from '../../hook/verdict.ts';

export function natTftp(conntrack: Conntrack, followMaster: ExpectFunction): NatHelper {
  return (_packet, { entry }, expectation) => {
    expectation.savedPort = conntrack.readTuple(entry, Direction.Original, new Tuple()).srcL4;
    expectation.direction = Direction.Reply;
    expectation.onNew = followMaster;
    const answer = conntrack.expect(expectation, tftp.maxExpected, tftp.timeoutSec);
    return answer === Expected.Accepted ? Verdict.Accept : Verdict.Drop;
  };
}
