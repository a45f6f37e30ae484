/**
 * The NAT half of the FTP helper. RFC 959 and 2428: what a translated host announces is its own address, which its peer cannot
 * reach; the announcement is rewritten to the address the peer knows, with the announced port if that is free.
 *
 *   PORT 10,0,0,2,4,1          227 Entering Passive Mode (10,0,0,2,4,1)
 *   EPRT |1|10.0.0.2|1025|     229 Entering Extended Passive Mode (|||1025|)
 *
 * The data connection then follows the translation of its control connection.
 * Kernel counterpart: net/netfilter/nf_nat_ftp.c, nf_nat_helper.c.
 * @module
 */
import type { Conntrack } from '../../conntrack/conntrack.ts';
import { type Direction, directionOf } from '../../conntrack/ctinfo.ts';
import type { ExpectFunction } from '../../conntrack/expect.ts';
import { ftp } from '../../conntrack/helper/ftp.ts';
import { FtpForm } from '../../conntrack/helper/ftp-text.ts';
import type { NatHelper } from '../../conntrack/helper/helper.ts';
import { Tuple } from '../../conntrack/tuple.ts';
import { Verdict } from '../../hook/verdict.ts';
import { formatIpv4 } from '../../inet/ipv4.ts';
import type { Random } from '../../inet/random.ts';
import { expectAnyPort } from './any-port.ts';
import { replacePayload } from './payload.ts';

export function natFtp(conntrack: Conntrack, random: Random, followMaster: ExpectFunction): NatHelper {
  return (packet, { entry, kind, offset, length }, expectation) => {
    const opposite = (1 - directionOf(packet.ctinfo)) as Direction;
    const known = conntrack.readTuple(entry, opposite, new Tuple());
    expectation.savedPort = expectation.tuple.dstL4;
    expectation.direction = opposite;
    expectation.onNew = followMaster;
    const port = expectAnyPort(conntrack, random, expectation, ftp);
    if (port === 0) return Verdict.Drop;
    if (replacePayload(conntrack, packet, { offset, length, text: announcement(kind, known, port) })) return Verdict.Accept;
    conntrack.unexpect(expectation);
    return Verdict.Drop;
  };
}

/** The announcement of `port` at the destination of `known`. */
function announcement(form: number, known: Tuple, port: number): string {
  const { dst0, dst1, dst2, dst3 } = known;
  if (form === FtpForm.Epsv) return `|||${port}|`;
  if (form !== FtpForm.Eprt) return `${formatIpv4(dst0).replaceAll('.', ',')},${port >>> 8},${port & 0xff}`;
  if (known.family !== 6) return `|1|${formatIpv4(dst0)}|${port}|`;
  return `|2|${[dst0, dst1, dst2, dst3].map(fullGroups).join(':')}|${port}|`;
}

/** Two groups of an IPv6 address with all their zeros, as the kernel writes them here. */
function fullGroups(word: number): string {
  const digits = (word >>> 0).toString(16).padStart(8, '0');
  return `${digits.slice(0, 4)}:${digits.slice(4)}`;
}
