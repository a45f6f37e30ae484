/**
 * PacketBatch: packets of a capture, a few hundred at a time, as eight words each: what a counter, a filter or a sampler asks of
 * nearly all packets, without aiming an object at every one.
 *
 *   word   0      1    2    3    4                5         6                 7
 *          start  end  src  dst  ports (src:dst)  protocol  transport length  record
 *
 * Offsets are those of `view`, addresses int32. A packet that is not whole, plain IPv4 in Ethernet (decode.ts) has protocol -1 and
 * no more than start, end and record: aim() a Packet at it and decode() that. Ports are -1 where there are none. Valid until the
 * next batch is read.
 * @module
 */
import { ETHERNET_HEADER_LEN, EtherType } from '../wire/ethernet.ts';
import {
  IPV4_DST,
  IPV4_FRAGMENT,
  IPV4_HEADER_LEN,
  IPV4_MF,
  IPV4_OFFSET_MASK,
  IPV4_PROTOCOL,
  IPV4_SRC,
  IPV4_TOTAL_LENGTH,
} from '../wire/ipv4.ts';
import { HAS_PORTS, TRANSPORT_HEADER_LEN } from './decode-transport.ts';
import { Packet } from './packet.ts';

/** Words of a packet. */
export const BATCH_WORDS = 8;
/** Which word is which. */
export const BatchWord = { Start: 0, End: 1, Src: 2, Dst: 3, Ports: 4, Protocol: 5, TransportLength: 6, Record: 7 } as const;

/** Packets of a batch: their words and octets stay in the first-level cache. */
const CAPACITY = 256;
const NOWHERE = new DataView(new ArrayBuffer(0));

// Names of this module's own: V8 folds those into the code and loads an imported constant every time.
const WORDS = BATCH_WORDS;
const MIN_LEN = TRANSPORT_HEADER_LEN;
const PORTS = HAS_PORTS;
const HEADER_LEN = IPV4_HEADER_LEN;
const PLAIN_IPV4 = (EtherType.Ipv4 << 8) | 0x45;
const FRAGMENT_BITS = IPV4_MF | IPV4_OFFSET_MASK;
const TYPE_AT = ETHERNET_HEADER_LEN - 2;
const TOTAL_AT = ETHERNET_HEADER_LEN + IPV4_TOTAL_LENGTH;
const FRAGMENT_AT = ETHERNET_HEADER_LEN + IPV4_FRAGMENT;
const PROTOCOL_AT = ETHERNET_HEADER_LEN + IPV4_PROTOCOL;
const SRC_AT = ETHERNET_HEADER_LEN + IPV4_SRC;
const DST_AT = ETHERNET_HEADER_LEN + IPV4_DST;
const TRANSPORT = ETHERNET_HEADER_LEN + IPV4_HEADER_LEN;

export class PacketBatch {
  readonly words: Int32Array = new Int32Array(CAPACITY * WORDS);
  readonly capacity: number = CAPACITY;
  /** Packets it holds. */
  count = 0;
  /** Index of the first of them in its capture. */
  first = 0;
  view: DataView = NOWHERE;
  /** A packet that no record header stands for in `view`; the only one of its batch then. */
  readonly single: Packet = new Packet();
}

/** The words of the frame in [start, end) as packet number `n`; `ethernet` is whether it is such a frame. */
export function decodeWords(words: Int32Array, n: number, view: DataView, start: number, end: number, ethernet: boolean): void {
  const at = n * WORDS;
  words[at] = start;
  words[at | 1] = end;
  words[at | 5] = -1;
  if (!ethernet || end - start < TRANSPORT || view.getInt32(start + TYPE_AT) >>> 8 !== PLAIN_IPV4) return;
  const protocol = view.getUint8(start + PROTOCOL_AT);
  const transportLength = view.getUint16(start + TOTAL_AT) - HEADER_LEN;
  if (transportLength < MIN_LEN[protocol]! || start + TRANSPORT + transportLength > end) return;
  if ((view.getUint16(start + FRAGMENT_AT) & FRAGMENT_BITS) !== 0) return;
  words[at | 2] = view.getInt32(start + SRC_AT);
  words[at | 3] = view.getInt32(start + DST_AT);
  words[at | 4] = PORTS[protocol] === 1 ? view.getInt32(start + TRANSPORT) : -1;
  words[at | 5] = protocol;
  words[at | 6] = transportLength;
}
