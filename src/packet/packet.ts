/**
 * Packet: one packet in flight, the skb of this machine. Bytes, the offsets that decode() proved, and what the packet carries
 * on its way: devices, mark, connection, the hook it is at.
 *
 *   start        link          network              transport                     networkEnd   end
 *     |            |              |                     |                              |         |
 *     [ link header + tags (0..n) ][ IP header, options or extension headers ][ L4 ... ][ padding ]
 *
 * All offsets are absolute in `view`; lengths count octets; addresses are int32 words (IPv4 in word 0; IPv6 in four, most
 * significant first); marks are int32. Objects are made once and re-aimed: valid until the engine takes the next packet.
 *
 * The bytes belong to the capture until the first write: call makeWritable() before writing, which copies the frame once into
 * the packet's own buffer and moves every offset. Kernel counterpart: struct sk_buff and its header offsets.
 * @module
 */

import { Destination } from './destination.ts';

/** Link-layer destination kinds (the kernel's PACKET_*). */
export const PacketType = { Host: 0, Broadcast: 1, Multicast: 2, OtherHost: 3, Loopback: 5 } as const;
export type PacketType = (typeof PacketType)[keyof typeof PacketType];

/** Who set a packet on its way: the wire, a local process, a REJECT target, the host's own stack, a TEE target. */
export const Origin = { Received: 0, Local: 1, Reject: 2, Stack: 3, Copy: 4 } as const;
export type Origin = (typeof Origin)[keyof typeof Origin];

/** `packet.ct` when there is no connection: none (INVALID, or not looked up) and never to be tracked. */
export const CT_NONE = -1;
export const CT_UNTRACKED = -2;

/** Room in front of the frame in a packet's own buffer, for a longer link header. */
const HEADROOM = 64;
/** Room behind it, so that a target may lengthen a header (TCPMSS) and an aligned load never leaves the buffer. */
const TAILROOM = 128;
/** Frames up to this length are copied word by word. */
const SHORT_FRAME = 160;
const NOWHERE = new DataView(new ArrayBuffer(0));
/** A zero that is stored as a double from the first packet on, as every later time is: no change of shape. */
const NO_TIME = -0;
// V8 folds a module's own numbers into the code; a field of an object is loaded each time.
const TO_HOST = PacketType.Host;
const RECEIVED = Origin.Received;
const NO_SIZES = new Int32Array(0);
const NO_BYTES = new Uint8Array(0);

export class Packet {
  // -- bytes
  /** The buffer that holds the frame: a capture chunk, or the packet's own. */
  view: DataView = NOWHERE;
  /** The same octets as `view`. */
  bytes: Uint8Array = NO_BYTES;
  /** First octet of the frame. */
  start = 0;
  /** One past the last captured octet of the frame. */
  end = 0;
  /** Length of the frame on the wire; larger than end - start when the capture cut it. */
  wireLength = 0;

  // -- layers, set by decode()
  /** Ethernet header, or -1. */
  link = -1;
  /** Type of the first header behind link and VLAN tags (0x0800, 0x86dd ...), or -1 (an 802.3 length: LLC). */
  etherType = -1;
  /** Innermost VLAN id, or -1. */
  vlan = -1;
  /** 4, 6, or 0 when there is no IP header. */
  family = 0;
  /** IP header. */
  network = -1;
  /** Octets of the IP packet by its own account (IPv4 total length; IPv6 payload length + 40), at most what was captured. */
  networkLength = 0;
  /** Octets of IPv4 header with options, or of the IPv6 header with all extension headers before `transport`. */
  headerLength = 0;
  /** Upper-layer protocol, behind all extension headers; -1 when the chain cannot be followed. */
  protocol = -1;
  /** Upper-layer header; network + headerLength. Present even for later fragments (then it points at mid-datagram octets). */
  transport = -1;
  /** Octets from `transport` to the end of the IP packet. */
  transportLength = 0;
  /** Fragment offset in octets; 0 for a whole packet or a first fragment. */
  fragOffset = 0;
  /** 1 when this is a fragment that more fragments follow. */
  moreFragments = 0;
  /** Offset of the IPv6 fragment header, or -1. */
  fragHeader = -1;
  /** Ports of TCP, UDP, UDP-Lite, SCTP, DCCP when their four octets are there and this is no later fragment; else -1. */
  srcPort = -1;
  dstPort = -1;
  src0 = 0;
  src1 = 0;
  src2 = 0;
  src3 = 0;
  dst0 = 0;
  dst1 = 0;
  dst2 = 0;
  dst3 = 0;

  /**
   * 1 while the layers are those of the last plain frame (decode.ts): then nine fields hold what every plain frame has, and need no
   * writing for the next. Who changes a layer field by hand calls resetLayers() first, or decodes anew.
   */
  plain = 0;

  // -- fault: what decode() could not read; see fault.ts
  fault = 0;
  faultLayer = 0;
  faultOffset = 0;
  faultNeed = 0;
  faultHave = 0;
  faultSource = 0;

  // -- on its way
  /** Order of arrival, from 0; answers made by the host carry that of their cause. */
  index = 0;
  /** Arrival, microseconds since the epoch. */
  nowUs: number = NO_TIME;
  /** Nanoseconds beyond nowUs, kept to be written back. */
  remainderNs = 0;
  /** Interface numbers of the host; 0 is none. */
  indev = 0;
  outdev = 0;
  pktType: PacketType = PacketType.Host;
  mark = 0;
  priority = 0;
  /** Connection: an entry number of conntrack, CT_NONE or CT_UNTRACKED. Written by conntrack alone. */
  ct: number = CT_NONE;
  /** How the packet relates to `ct` (conntrack/ctinfo.ts). */
  ctinfo = 7;
  /** Template attached by the CT target: index + 1 of conntrack's template list; 0 is none. */
  ctTemplate = 0;
  /** 1 once the TRACE target saw it. */
  traced = 0;
  /** Largest fragment this was reassembled from, in octets of IP packet; 0 if never fragmented. */
  fragMaxSize = 0;
  /** 1 when the largest fragment carried DF. */
  fragMaxDf = 0;
  /**
   * Octets of payload of each piece it was put together from, in order of offset; `fragCount` of them, 0 when it was not, or when
   * a rule has since joined the pieces. The first includes IPv6 extension headers behind the fixed header.
   */
  fragSizes: Int32Array = NO_SIZES;
  fragCount = 0;
  /** IPv6: octets from the IPv6 header to where the fragment header was that reassembly took away; 0: none was. */
  reassembledAt = 0;
  /** IPv6 with a checksum that conntrack verified on arrival: the header's first and fourth word then, added up; else -1. */
  verifiedHeader = -1;
  /** IPv6: fewest octets of headers that stood in front of a later piece's fragment header; the room there is for them to leave. */
  fragHeadroom = 0;
  /** 1 when the packet looped back over lo. */
  looped = 0;
  /** 1 when a local process sent it (a capture's local packet); the host's own answers are not. */
  local = 0;
  /** 1 + number of the host's listener that TPROXY gave it to; 0: none. */
  socket = 0;
  /** Who set it on its way: told with every output. */
  origin: Origin = Origin.Received;
  /** The route it takes. */
  readonly dst: Destination = new Destination();
  /** Queue number of an NFQUEUE verdict, -1 for a hook function's own Queue; and its bypass flag. */
  queue = -1;
  queueBypass = 0;

  // -- the hook it is at
  hook = 0;
  hookIndex = 0;
  /** Set by a match that cannot look at what it must: the packet is dropped, whatever the rule says. */
  hotdrop = false;
  /** Number of the rule that ended the last table's walk, or -1 (xtables/ruleset.ts). */
  rule = -1;
  /** Why it was dropped (engine/drop-reason.ts); 0 while it was not. */
  dropReason = 0;

  private own: DataView | null = null;
  private ownBytes: Uint8Array | null = null;
  private ownLength = 0;

  /** Whether the bytes are the packet's own, so that writing is allowed. */
  get writable(): boolean {
    return this.view === this.own;
  }

  /** One past the last octet of the IP packet. */
  get networkEnd(): number {
    return this.network + this.networkLength;
  }

  /**
   * Copy the frame into the packet's own buffer unless it is there already, and move every offset with it.
   * Changes: view, bytes, start, end and all layer offsets. Allocates: once in the packet's life, or when a larger frame comes.
   */
  makeWritable(): void {
    if (this.writable) return;
    const length = this.end - this.start;
    const { view, bytes, start } = this;
    this.reserve(length);
    if (length <= SHORT_FRAME) copyShort(view, start, this.view, HEADROOM, length);
    else this.bytes.set(bytes.subarray(start, start + length), HEADROOM);
    this.shift(HEADROOM - start);
  }

  /** Aim at `length` zero octets of the packet's own buffer: for packets the host makes. Layers are for decode() to set. */
  blank(length: number): void {
    this.reserve(length);
    this.start = HEADROOM;
    this.end = HEADROOM + length;
    this.wireLength = length;
    this.bytes.fill(0, 0, this.end + TAILROOM);
  }

  /** Aim at the packet's own buffer with room for `length` octets behind the headroom; contents are not touched. */
  private reserve(length: number): void {
    const need = HEADROOM + length + TAILROOM;
    if (this.ownLength < need) {
      this.ownLength = Math.max(2048, 1 << (32 - Math.clz32(need - 1)));
      const buffer = new ArrayBuffer(this.ownLength);
      this.own = new DataView(buffer);
      this.ownBytes = new Uint8Array(buffer);
    }
    this.view = this.own!;
    this.bytes = this.ownBytes!;
  }

  /** Aim at the octets another packet is aimed at, with its time; layers are for decode() to find. */
  aimLike(other: Packet): void {
    this.view = other.view;
    this.bytes = other.bytes;
    this.start = other.start;
    this.end = other.end;
    this.wireLength = other.wireLength;
    this.nowUs = other.nowUs;
    this.remainderNs = other.remainderNs;
  }

  /** Give a packet the bytes and layers of another; what it carries on its way (mark, connection ...) is left alone. */
  copyFrameFrom(other: Packet): void {
    const length = other.end - other.start;
    this.reserve(length);
    if (length <= SHORT_FRAME) copyShort(other.view, other.start, this.view, HEADROOM, length);
    else this.bytes.set(other.bytes.subarray(other.start, other.end), HEADROOM);
    this.start = other.start;
    this.end = other.end;
    this.copyLayersFrom(other);
    this.shift(HEADROOM - other.start);
  }

  /** Make the frame `count` octets longer at its end (count > 0) or shorter; layers in front keep their offsets. Needs: writable. */
  resizeTail(count: number): void {
    const length = this.end - this.start + count;
    if (HEADROOM + length + TAILROOM > this.bytes.length) {
      const old = this.bytes;
      const { start, end } = this;
      this.reserve(length);
      this.bytes.set(old.subarray(start, end), start);
    }
    this.end += count;
    this.wireLength = Math.max(this.wireLength + count, this.end - this.start);
  }

  /** Put a link header of `length` octets in front of `network`; start moves, the IP packet does not. Needs: writable. */
  setLinkHeader(length: number): void {
    this.start = this.network - length;
    this.link = length > 0 ? this.start : -1;
  }

  /** Forget everything carried on the way and every layer: a fresh packet. */
  reset(): void {
    this.resetLayers();
    this.resetCarried();
  }

  /** Forget what is carried on the way; layers are for decode() to find. */
  resetCarried(): void {
    this.index = 0;
    this.nowUs = 0;
    this.remainderNs = 0;
    this.indev = 0;
    this.outdev = 0;
    this.pktType = TO_HOST;
    this.mark = 0;
    this.priority = 0;
    this.ct = CT_NONE;
    this.ctinfo = 7;
    this.ctTemplate = 0;
    this.traced = 0;
    this.fragMaxSize = 0;
    this.fragMaxDf = 0;
    this.fragCount = 0;
    this.reassembledAt = 0;
    this.verifiedHeader = -1;
    this.fragHeadroom = 0;
    this.looped = 0;
    this.socket = 0;
    this.local = 0;
    this.origin = RECEIVED;
    this.dst.clear();
    this.queue = -1;
    this.queueBypass = 0;
    this.hook = 0;
    this.hookIndex = 0;
    this.hotdrop = false;
    this.rule = -1;
    this.dropReason = 0;
  }

  /** Forget the layers and the fault, not what is carried. decode() begins with it. */
  resetLayers(): void {
    this.plain = 0;
    this.link = -1;
    this.etherType = -1;
    this.vlan = -1;
    this.family = 0;
    this.network = -1;
    this.networkLength = 0;
    this.headerLength = 0;
    this.protocol = -1;
    this.transport = -1;
    this.transportLength = 0;
    this.fragOffset = 0;
    this.moreFragments = 0;
    this.fragHeader = -1;
    this.srcPort = -1;
    this.dstPort = -1;
    this.src0 = 0;
    this.src1 = 0;
    this.src2 = 0;
    this.src3 = 0;
    this.dst0 = 0;
    this.dst1 = 0;
    this.dst2 = 0;
    this.dst3 = 0;
    this.fault = 0;
    this.faultLayer = 0;
    this.faultOffset = 0;
    this.faultNeed = 0;
    this.faultHave = 0;
    this.faultSource = 0;
  }

  private copyLayersFrom(other: Packet): void {
    this.plain = other.plain;
    this.wireLength = other.wireLength;
    this.link = other.link;
    this.etherType = other.etherType;
    this.vlan = other.vlan;
    this.family = other.family;
    this.network = other.network;
    this.networkLength = other.networkLength;
    this.headerLength = other.headerLength;
    this.protocol = other.protocol;
    this.transport = other.transport;
    this.transportLength = other.transportLength;
    this.fragOffset = other.fragOffset;
    this.moreFragments = other.moreFragments;
    this.fragHeader = other.fragHeader;
    this.srcPort = other.srcPort;
    this.dstPort = other.dstPort;
    this.src0 = other.src0;
    this.src1 = other.src1;
    this.src2 = other.src2;
    this.src3 = other.src3;
    this.dst0 = other.dst0;
    this.dst1 = other.dst1;
    this.dst2 = other.dst2;
    this.dst3 = other.dst3;
    this.fault = other.fault;
    this.faultLayer = other.faultLayer;
    this.faultOffset = other.faultOffset;
    this.faultNeed = other.faultNeed;
    this.faultHave = other.faultHave;
    this.faultSource = other.faultSource;
  }

  private shift(by: number): void {
    this.start += by;
    this.end += by;
    if (this.link >= 0) this.link += by;
    if (this.network >= 0) this.network += by;
    if (this.transport >= 0) this.transport += by;
    if (this.fragHeader >= 0) this.fragHeader += by;
    if (this.fault !== 0) this.faultOffset += by;
  }
}

/**
 * Four octets at a time for short frames: `bytes.set(subarray)` makes an object each time and has a price of its own (measured:
 * level at about 150 octets, six times faster at 1500).
 */
function copyShort(from: DataView, at: number, to: DataView, toAt: number, length: number): void {
  const words = length & ~3;
  let i = 0;
  for (; i < words; i += 4) to.setInt32(toAt + i, from.getInt32(at + i, true), true);
  for (; i < length; i++) to.setUint8(toAt + i, from.getUint8(at + i));
}

/** What a match sees: everything, and nothing to write but `hotdrop`. */
export type ReadonlyPacket = Readonly<
  Omit<
    Packet,
    | 'hotdrop'
    | 'makeWritable'
    | 'blank'
    | 'aimLike'
    | 'copyFrameFrom'
    | 'resizeTail'
    | 'setLinkHeader'
    | 'reset'
    | 'resetCarried'
    | 'resetLayers'
  >
> & { hotdrop: boolean };
