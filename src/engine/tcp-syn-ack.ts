/**
 * The answer of the SYNPROXY target to a client that opens a connection (synproxy_send_client_synack): SYN|ACK from the server's
 * address with a window of 0, so that the client shows itself but says nothing yet. Its sequence number would be a cookie made
 * with a secret of the kernel; here it is drawn.
 * Kernel counterpart: net/netfilter/nf_synproxy_core.c (behaviour only).
 * @module
 */
import { finish, pseudoHeaderSum, sum16 } from '../inet/checksum.ts';
import { TCP } from '../inet/protocol.ts';
import { decodeNetwork } from '../packet/decode.ts';
import { Origin, type Packet } from '../packet/packet.ts';
import { TCP_ACK, TCP_CHECKSUM, TCP_FLAGS, TCP_HEADER_LEN, TCP_SEQ, TcpFlag } from '../wire/tcp.ts';
import type { Engine } from './engine.ts';
import { blankFrom } from './icmp-error.ts';
import { sendRouted } from './send.ts';
import { routeReset, writeAnswerHeader } from './tcp-reset.ts';

const DATA_OFFSET = 12;

/** `options`: whole words. */
export function tcpSynAck(engine: Engine, offender: Packet, options: Uint8Array, ecn: boolean): void {
  const reply = engine.pool.take();
  if (reply === null) return;
  const length = TCP_HEADER_LEN + options.length;
  const header = offender.family === 6 ? 40 : 20;
  blankFrom(reply, offender, header + length);
  writeAnswerHeader(engine, offender, reply, { origin: Origin.Reject, tos: 0, echo: false, length });
  writeSegment(engine, offender, reply, { at: reply.network + header, options, ecn });
  reply.origin = Origin.Reject;
  decodeNetwork(reply);
  const { view, transport } = reply;
  view.setUint16(transport + TCP_CHECKSUM, finish(sum16(view, transport, length, pseudoHeaderSum(reply, TCP, length))));
  if (routeReset(engine, offender, reply)) {
    engine.conntrack.answer(reply, offender);
    sendRouted(engine, reply);
  }
  engine.recycle(reply);
}

interface Segment {
  readonly at: number;
  readonly options: Uint8Array;
  readonly ecn: boolean;
}

function writeSegment(engine: Engine, offender: Packet, reply: Packet, { at, options, ecn }: Segment): void {
  const { view, bytes } = reply;
  const old = offender.view;
  const from = offender.transport;
  view.setUint16(at, old.getUint16(from + 2));
  view.setUint16(at + 2, old.getUint16(from));
  view.setUint32(at + TCP_SEQ, engine.random.u32());
  view.setUint32(at + TCP_ACK, (old.getUint32(from + TCP_SEQ) + 1) >>> 0);
  view.setUint8(at + DATA_OFFSET, ((TCP_HEADER_LEN + options.length) >> 2) << 4);
  view.setUint8(at + TCP_FLAGS, TcpFlag.Syn | TcpFlag.Ack | (ecn ? TcpFlag.Ece : 0));
  bytes.set(options, at + TCP_HEADER_LEN);
}
