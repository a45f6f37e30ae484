/**
 * UDP, SCTP, DCCP and IPsec as tcpdump prints them. What rides on UDP is not read, VXLAN excepted (tcpdump.ts does that).
 * @module
 */
import { SCTP_CHUNK_HEADER_LEN, SCTP_HEADER_LEN, SctpChunk, SctpChunks } from '../wire/sctp.ts';
import { AH_HEADER_LEN, AhView, ESP_HEADER_LEN, EspView } from '../wire/ipsec.ts';
import { UDP_HEADER_LEN, UDP_LENGTH } from '../wire/udp.ts';
import { ends, hexDigits, hosts, type Upper } from './tcpdump-upper.ts';

/** Ports in front of everything that has them. */
const PORTS_LEN = 4;

/** A datagram. The length of the first fragment of a longer one is not doubted. */
export function formatUdp(upper: Upper, fragmented: boolean): string {
  if (upper.captured < PORTS_LEN) return `${hosts(upper)} [|udp]`;
  const text = ends(upper);
  if (upper.length < UDP_HEADER_LEN) return `${text}truncated-udp ${upper.length}`;
  if (upper.captured < UDP_HEADER_LEN) return `${text} [|udp]`;
  const claimed = upper.packet.view.getUint16(upper.at + UDP_LENGTH);
  if (claimed < UDP_HEADER_LEN) return `${text}truncated-udplength ${claimed}`;
  const length = claimed - UDP_HEADER_LEN;
  const there = upper.length - UDP_HEADER_LEN;
  if (length > there && !fragmented) return `${text}UDP, bad length ${length} > ${there}`;
  return `${text}UDP, length ${length}`;
}

const DCCP_NAMES: readonly string[] = ['Request', 'Response', 'Data', 'Ack', 'DataAck', 'CloseReq', 'Close', 'Reset', 'Sync', 'SyncAck'];
/** Where DCCP has its packet type, in the four bits above the lowest. */
const DCCP_TYPE_AT = 8;

/** Ports and packet type. RFC 4340 §5.1. */
export function formatDccp(upper: Upper): string {
  if (upper.captured <= DCCP_TYPE_AT) return `${hosts(upper)} [|dccp]`;
  const type = (upper.packet.view.getUint8(upper.at + DCCP_TYPE_AT) >>> 1) & 15;
  return `${ends(upper)}DCCP ${DCCP_NAMES[type] === undefined ? `unknown packet-type-${type}` : `DCCP-${DCCP_NAMES[type]}`}`;
}

const CHUNK_NAMES: readonly string[] = [
  'DATA',
  'INIT',
  'INIT ACK',
  'SACK',
  'HB REQ',
  'HB ACK',
  'ABORT',
  'SHUTDOWN',
  'SHUTDOWN ACK',
  'OP ERR',
  'COOKIE ECHO',
  'COOKIE ACK',
  'ECN ECHO',
  'CWR',
  'SHUTDOWN COMPLETE',
];
/** Chunks that are listed; a packet holds a few. */
const MAX_CHUNKS = 64;

export function formatSctp(upper: Upper): string {
  if (upper.captured < SCTP_HEADER_LEN) return `${hosts(upper)} [|sctp]`;
  const chunks = new SctpChunks().at(upper.packet.view, upper.at + SCTP_HEADER_LEN, upper.at + upper.captured);
  let text = `${ends(upper)}sctp`;
  for (let count = 1; count <= MAX_CHUNKS && chunks.next(); count++) {
    const name = CHUNK_NAMES[chunks.type] ?? `Unknown chunk type: 0x${chunks.type.toString(16)}`;
    text += `${count === 1 ? '' : ','} (${count}) [${name}] ${formatChunk(chunks)}`;
  }
  return text;
}

function formatChunk(chunks: SctpChunks): string {
  const { view, length } = chunks;
  const at = chunks.offset + SCTP_CHUNK_HEADER_LEN;
  const word = (offset: number): number => view.getUint32(at + offset);
  const half = (offset: number): number => view.getUint16(at + offset);
  switch (chunks.type) {
    case SctpChunk.Init:
    case SctpChunk.InitAck:
      if (length < SCTP_CHUNK_HEADER_LEN + 16) return '';
      return `[init tag: ${word(0)}] [rwnd: ${word(4)}] [OS: ${half(8)}] [MIS: ${half(10)}] [init TSN: ${word(12)}] `;
    case SctpChunk.Data: {
      if (length < SCTP_CHUNK_HEADER_LEN + 12) return '';
      const flags = `${(chunks.flags & 4) === 0 ? '' : '(U)'}${(chunks.flags & 2) === 0 ? '' : '(B)'}${(chunks.flags & 1) === 0 ? '' : '(E)'}`;
      return `${flags}${flags === '' ? '' : ' '}[TSN: ${word(0)}] [SID: ${half(4)}] [SSEQ ${half(6)}] [PPID 0x${word(8).toString(16)}] `;
    }
    case SctpChunk.Sack:
      if (length < SCTP_CHUNK_HEADER_LEN + 12) return '';
      return `[cum ack ${word(0)}] [a_rwnd ${word(4)}] [#gap acks ${half(8)}] [#dup tsns ${half(10)}] `;
    default:
      return '';
  }
}

export function formatEsp(upper: Upper): string {
  if (upper.captured < ESP_HEADER_LEN) return ' [|esp]';
  const { spi, sequence } = new EspView().at(upper.packet.view, upper.at);
  return `ESP(spi=0x${spi.toString(16).padStart(8, '0')},seq=0x${sequence.toString(16)}), length ${upper.length}`;
}

/** `AH(…): `, to be followed by what it protects; null when it was cut off. */
export function formatAh(upper: Upper): string | null {
  if (upper.captured < AH_HEADER_LEN) return null;
  const { spi, sequence, length } = new AhView().at(upper.packet.view, upper.at);
  if (upper.captured < length) return null;
  const value = hexDigits(upper.packet.bytes, upper.at + AH_HEADER_LEN, upper.at + length);
  return `AH(spi=0x${spi.toString(16).padStart(8, '0')},seq=0x${sequence.toString(16)},icv=0x${value}): `;
}
