/**
 * SANE helper (scanners over the network). The answer to a START request names the port that the image comes from.
 *
 *   client: 7 (START), handle          server: 0 (success), 0, port          expected: client -> server:port
 *
 * The request is remembered until the server's next segment. The protocol has no address in it, so there is no NAT half.
 * Kernel counterpart: net/netfilter/nf_conntrack_sane.c (behaviour only).
 * @module
 */
import { Verdict } from '../../hook/verdict.ts';
import { TCP } from '../../inet/protocol.ts';
import { CtInfo, Direction } from '../ctinfo.ts';
import { announce } from './announce.ts';
import type { Helper } from './helper.ts';
import { tcpHeaderLength, tcpPayloadLength } from './payload.ts';

const TIMEOUT_SEC = 300;
const MESSAGE_LEN = 8;
const START = 7;
const SUCCESS = 0;
const PORT = 6;

export const sane: Helper = {
  name: 'sane',
  protocol: TCP,
  maxExpected: 1,
  timeoutSec: TIMEOUT_SEC,
  /** 1 once a START awaits its answer. */
  memoryWords: 1,
  look(core, packet, entry) {
    const length = tcpPayloadLength(packet);
    const memory = core.extra(entry)?.memory ?? null;
    if (length === 0 || memory === null) return Verdict.Accept;
    const { view } = packet;
    const at = packet.transport + tcpHeaderLength(packet);
    if (packet.ctinfo === CtInfo.Established) {
      if (length === MESSAGE_LEN) memory[0] = view.getInt32(at) === START ? 1 : 0;
      return Verdict.Accept;
    }
    if (memory[0] === 0) return Verdict.Accept;
    memory[0] = 0;
    if (length < MESSAGE_LEN || view.getInt32(at) !== SUCCESS || view.getUint16(at + 4) !== 0) return Verdict.Accept;
    const tuple = core.table.readTuple(entry, Direction.Original, core.spare);
    const port = view.getUint16(at + PORT);
    return announce(core, packet, { helper: sane, entry, direction: Direction.Original, tuple, port, kind: 0, offset: 0, length: 0 });
  },
};
