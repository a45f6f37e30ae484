/**
 * TFTP helper. RFC 1350: the answer to a read or write request comes from a port that the server picks, to the port the
 * request came from.
 *
 *   request: client:a -> server:69         expected: server:any -> client:a
 *
 * @module
 */
import { Verdict } from '../../hook/verdict.ts';
import { UDP } from '../../inet/protocol.ts';
import { Direction } from '../ctinfo.ts';
import { announce } from './announce.ts';
import type { Helper } from './helper.ts';

const UDP_HEADER = 8;
const OPCODE_LEN = 2;
const READ = 1;
const WRITE = 2;
const TIMEOUT_SEC = 300;

export const tftp: Helper = {
  name: 'tftp',
  protocol: UDP,
  maxExpected: 1,
  timeoutSec: TIMEOUT_SEC,
  memoryWords: 0,
  look(core, packet, entry) {
    if (packet.transportLength < UDP_HEADER + OPCODE_LEN) return Verdict.Accept;
    const opcode = packet.view.getUint16(packet.transport + UDP_HEADER);
    if (opcode !== READ && opcode !== WRITE) return Verdict.Accept;
    // both ends are those of the answer, so that a translated client is reached at its translated port
    const tuple = core.table.readTuple(entry, Direction.Reply, core.spare);
    const port = tuple.dstL4;
    return announce(core, packet, { helper: tftp, entry, direction: Direction.Reply, tuple, port, kind: 0, offset: 0, length: 0 });
  },
};
