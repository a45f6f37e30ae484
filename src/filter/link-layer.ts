/**
 * LinkLayer: where a filter finds the headers of a packet, by link type, and how it tells the protocols behind the link.
 *
 * `vlan`, `mpls`, `pppoes` and `geneve` move these places for everything that is written behind them in the filter, whatever
 * and, or and not are between: that is the language, not a choice of ours. Reference: pcap-filter(7); answers checked against
 * tcpdump (test/parity/filter-tcpdump.test.ts).
 * @module
 */
import * as bpf from '../bpf/code.ts';
import { LinkType } from '../packet/link-type.ts';
import { EtherType } from '../wire/ethernet.ts';
import {
  above,
  ALWAYS,
  all,
  any,
  atLeast,
  binary,
  type Condition,
  equal,
  hasBits,
  load,
  masked,
  NEVER,
  not,
  number,
  type Size,
  test,
  type Value,
  word,
} from './condition.ts';
import { Lsap, PppType, QUICK_VLAN, SnapOui, TypeNumber } from './link-numbers.ts';

/** What a filter asks for and this link type cannot tell; the parser adds the place. */
export class Unanswerable extends Error {
  override readonly name: string = 'Unanswerable';
}

/** How the protocol behind the link is told. */
type Shape = 'ethernet' | 'cooked' | 'loopback' | 'raw' | 'ipv4' | 'ipv6' | 'ppp';

interface Frame {
  readonly name: string;
  readonly shape: Shape;
  /** Octets in front of the network header, and where the type stands. */
  readonly payload: number;
  readonly type: number;
}

const FRAMES: ReadonlyMap<number, Frame> = new Map<number, Frame>([
  [LinkType.Ethernet, { name: 'Ethernet', shape: 'ethernet', payload: 14, type: 12 }],
  [LinkType.LinuxSll, { name: 'Linux cooked v1', shape: 'cooked', payload: 16, type: 14 }],
  [LinkType.LinuxSll2, { name: 'Linux cooked v2', shape: 'cooked', payload: 20, type: 0 }],
  [LinkType.Null, { name: 'BSD loopback', shape: 'loopback', payload: 4, type: 0 }],
  [LinkType.Loop, { name: 'OpenBSD loopback', shape: 'loopback', payload: 4, type: 0 }],
  [LinkType.Raw, { name: 'Raw IP', shape: 'raw', payload: 0, type: -1 }],
  [LinkType.RawBsd, { name: 'Raw IP', shape: 'raw', payload: 0, type: -1 }],
  [LinkType.RawOpenBsd, { name: 'Raw IP', shape: 'raw', payload: 0, type: -1 }],
  [LinkType.Ipv4, { name: 'Raw IPv4', shape: 'ipv4', payload: 0, type: -1 }],
  [LinkType.Ipv6, { name: 'Raw IPv6', shape: 'ipv6', payload: 0, type: -1 }],
]);

/** Largest 802.3 length. */
const MAX_LENGTH_FIELD = 1500;
/** Octets of an MPLS label, of a VLAN tag and of a PPPoE header with the PPP protocol behind it. */
const LABEL_LEN = 4;
const TAG_LEN = 4;
const PPPOE_LEN = 8;
const PPPOE_TYPE_AT = 6;
/** Type of a cooked frame that carries 802.2, and of one that the host sent. */
const COOKED_LLC = 4;
const OUTGOING = 4;
/** AF_INET, and AF_INET6 of the BSDs and macOS, in the order libpcap looks for them. */
const AF_INET = 2;
const AF_INET6: readonly number[] = [30, 24, 28];
const GENEVE_TEB = 0x6558;
const ETHERNET_LEN = 14;
const ETHERNET_TYPE_AT = 12;

export class LinkLayer {
  private readonly linkType: number;
  private shape: Shape;
  private readonly name: string;
  /** Constant parts of the places; the scratch words are their variable parts, -1 for none. */
  private typeAt: number;
  private payload: number;
  private typeSlot = -1;
  private payloadSlot = -1;
  private linkSlot = -1;
  /** Octets of labels between payload and network header. */
  private labels = 0;
  private slots = 0;

  /** @throws Unanswerable: a link type that decode() does not know */
  constructor(linkType: number) {
    const frame = FRAMES.get(linkType);
    if (frame === undefined) throw new Unanswerable(`link type ${linkType} cannot be filtered`);
    this.linkType = linkType;
    this.name = frame.name;
    this.shape = frame.shape;
    this.typeAt = frame.type;
    this.payload = frame.payload;
  }

  /** Scratch words taken so far, from 0. */
  get usedSlots(): number {
    return this.slots;
  }

  // -- places

  /** Octets counted from the link header. */
  link(size: Size, offset: number, index: Value | null = null): Value {
    return { kind: 'load', size, offset, slot: this.linkSlot, header: -1, index };
  }

  /** Octets counted from the network header. */
  network(size: Size, offset: number, index: Value | null = null): Value {
    return { kind: 'load', size, offset: this.payload + this.labels + offset, slot: this.payloadSlot, header: -1, index };
  }

  /** Octets counted from what follows the IPv4 header. */
  behindIpv4(size: Size, offset: number, index: Value | null = null): Value {
    const at = this.payload + this.labels;
    return { kind: 'load', size, offset: at + offset, slot: this.payloadSlot, header: at, index };
  }

  /** Octets counted from what follows an IPv6 header without extensions. */
  behindIpv6(size: Size, offset: number, index: Value | null = null): Value {
    return this.network(size, offset + 40, index);
  }

  /** Octets counted from the link's payload: an LLC header, a label. */
  private payloadOctets(size: Size, offset: number): Value {
    return load(size, this.payload + offset, this.payloadSlot);
  }

  private type(): Value {
    return load(2, this.typeAt, this.typeSlot);
  }

  // -- what follows the link

  /** The packet is of this Ethernet type, or at most 1500: of this LLC service access point. */
  carries(type: number): Condition {
    if (this.labels > 0) return this.labelled(type);
    switch (this.shape) {
      case 'ethernet':
        return this.ethernetCarries(type);
      case 'cooked':
        return this.cookedCarries(type);
      case 'loopback':
        return this.loopbackCarries(type);
      case 'ppp':
        return equal(this.type(), PppType.get(type) ?? type);
      case 'raw':
        if (type === EtherType.Ipv4) return masked(this.link(1, 0), 0x40, 0xf0);
        return type === EtherType.Ipv6 ? masked(this.link(1, 0), 0x60, 0xf0) : NEVER;
      case 'ipv4':
        return type === EtherType.Ipv4 ? ALWAYS : NEVER;
      default:
        return type === EtherType.Ipv6 ? ALWAYS : NEVER;
    }
  }

  /** Behind the last label stands IP, told by its version. */
  private labelled(type: number): Condition {
    const bottom = masked(this.network(1, -2), 1, 1);
    if (type === EtherType.Ipv4) return all(bottom, masked(this.network(1, 0), 0x40, 0xf0));
    if (type === EtherType.Ipv6) return all(bottom, masked(this.network(1, 0), 0x60, 0xf0));
    throw new Unanswerable('behind MPLS only IPv4 and IPv6 can be told');
  }

  private ethernetCarries(type: number): Condition {
    const isLength = not(above(this.type(), MAX_LENGTH_FIELD));
    const snap = (oui: number, kind: number): Condition =>
      all(equal(this.payloadOctets(4, 4), (oui << 16) | kind), equal(this.payloadOctets(4, 0), 0xaaaa0300 | (oui >>> 16)));
    switch (type) {
      case Lsap.Iso:
      case Lsap.Ip:
      case Lsap.Netbeui:
        return all(isLength, equal(this.payloadOctets(2, 0), (type << 8) | type));
      case Lsap.Ipx:
        return any(
          equal(this.type(), TypeNumber.Ipx),
          all(isLength, any(snap(0, TypeNumber.Ipx), equal(this.payloadOctets(1, 0), Lsap.Ipx), equal(this.payloadOctets(2, 0), 0xffff))),
        );
      case TypeNumber.AppleTalk:
        return any(equal(this.type(), type), all(isLength, snap(SnapOui.Apple, type)));
      case TypeNumber.AppleTalkArp:
        return any(equal(this.type(), type), all(isLength, snap(0, type)));
      default:
        if (type <= MAX_LENGTH_FIELD) return all(isLength, equal(this.payloadOctets(1, 0), type));
        return equal(this.type(), type);
    }
  }

  private cookedCarries(type: number): Condition {
    switch (type) {
      case Lsap.Iso:
      case Lsap.Ip:
      case Lsap.Netbeui:
        return all(equal(this.type(), COOKED_LLC), equal(this.payloadOctets(2, 0), (type << 8) | type));
      case Lsap.Ipx:
        return any(
          equal(this.type(), 1),
          all(equal(this.type(), COOKED_LLC), any(equal(this.payloadOctets(1, 0), Lsap.Ipx), this.cookedSnap(0, TypeNumber.Ipx))),
          equal(this.type(), TypeNumber.Ipx),
        );
      case TypeNumber.AppleTalk:
        return any(equal(this.type(), type), all(equal(this.type(), COOKED_LLC), this.cookedSnap(SnapOui.Apple, type)));
      case TypeNumber.AppleTalkArp:
        return any(equal(this.type(), type), all(equal(this.type(), COOKED_LLC), this.cookedSnap(0, type)));
      default:
        if (type <= MAX_LENGTH_FIELD) return all(equal(this.type(), COOKED_LLC), equal(this.payloadOctets(1, 0), type));
        return equal(this.type(), type);
    }
  }

  private cookedSnap(oui: number, kind: number): Condition {
    return all(equal(this.payloadOctets(4, 4), (oui << 16) | kind), equal(this.payloadOctets(4, 0), 0xaaaa0300 | (oui >>> 16)));
  }

  /** LOOP has the family in network order, NULL in that of the machine that captured: both are looked for. */
  private loopbackCarries(type: number): Condition {
    const family = load(4, 0);
    const is = (value: number): Condition =>
      this.linkType === LinkType.Loop ? equal(family, value) : any(equal(family, swapped(value)), equal(family, value));
    if (type === EtherType.Ipv4) return is(AF_INET);
    return type === EtherType.Ipv6 ? any(...AF_INET6.map(is)) : NEVER;
  }

  /** Behind an MPLS label, where there is only IP. */
  get isLabelled(): boolean {
    return this.labels > 0;
  }

  // -- Ethernet's own header

  isEthernet(): boolean {
    return this.shape === 'ethernet';
  }

  /** Six octets at `offset` of the Ethernet header. @throws Unanswerable */
  address(offset: number, mac: Uint8Array): Condition {
    this.needEthernet('addresses of the link are told only by Ethernet');
    const tail = (mac[2]! << 24) | (mac[3]! << 16) | (mac[4]! << 8) | mac[5]!;
    return all(this.hasLinkHeader(), equal(this.link(4, offset + 2), tail), equal(this.link(2, offset), (mac[0]! << 8) | mac[1]!));
  }

  /** @throws Unanswerable */
  needEthernet(why: string): void {
    if (this.shape !== 'ethernet') throw new Unanswerable(`${this.name} captures have no Ethernet header: ${why}`);
  }

  /** Octets of an LLC header, where there is one. @throws Unanswerable */
  llc(): Condition {
    if (this.shape !== 'ethernet') throw new Unanswerable(`${this.name}: llc is told only by Ethernet`);
    return all(not(above(this.type(), MAX_LENGTH_FIELD)), not(equal(this.payloadOctets(2, 0), 0xffff)));
  }

  /** The control field of an LLC header. */
  llcControl(size: Size): Value {
    return this.payloadOctets(size, 2);
  }

  /** Octets behind the three octets of LLC. */
  iso(offset: number): Value {
    return this.payloadOctets(1, 3 + offset);
  }

  /** The kernel noted of a cooked frame that the host sent it. @throws Unanswerable */
  outgoing(): Condition {
    if (this.linkType === LinkType.LinuxSll) return equal(load(2, 0), OUTGOING);
    if (this.linkType === LinkType.LinuxSll2) return equal(load(1, 10), OUTGOING);
    throw new Unanswerable(`${this.name} captures do not tell the direction of a packet`);
  }

  /** @throws Unanswerable */
  interfaceIndex(index: number): Condition {
    if (this.linkType !== LinkType.LinuxSll2) throw new Unanswerable(`${this.name} captures do not tell the interface`);
    return equal(load(4, 4), index);
  }

  // -- what moves the places

  /** One tag (-1: any); what follows looks behind it. @throws Unanswerable */
  enterVlan(id: number): Condition {
    if (this.labels > 0) throw new Unanswerable('no VLAN tag stands behind an MPLS label');
    if (this.shape !== 'ethernet') throw new Unanswerable(`${this.name} captures: VLAN tags are told only by Ethernet`);
    const tagged = any(...[EtherType.Vlan, EtherType.ServiceVlan, QUICK_VLAN].map((type) => this.ethernetCarries(type)));
    const found = id < 0 ? tagged : all(tagged, masked(this.payloadOctets(2, 0), id, 0xfff));
    this.typeAt += TAG_LEN;
    this.payload += TAG_LEN;
    return found;
  }

  /** One label (-1: any). @throws Unanswerable */
  enterMpls(label: number): Condition {
    if (this.labels === 0 && this.shape !== 'ethernet' && this.shape !== 'ppp') {
      throw new Unanswerable(`${this.name} captures: MPLS labels are told only by Ethernet and PPP`);
    }
    const more = this.labels > 0 ? masked(this.network(1, -2), 0, 1) : this.carries(EtherType.MplsUnicast);
    const found = label < 0 ? more : all(more, masked(this.network(4, 0), label << 12, 0xfffff000));
    this.labels += LABEL_LEN;
    return found;
  }

  /** A session (-1: any); what follows looks into PPP. */
  enterPppoe(session: number): Condition {
    const carried = this.carries(EtherType.PppoeSession);
    const found = session < 0 ? carried : all(carried, masked(this.payloadOctets(4, 0), session, 0xffff));
    this.shape = 'ppp';
    this.typeAt = this.payload + PPPOE_TYPE_AT;
    this.typeSlot = this.payloadSlot;
    this.payload += PPPOE_LEN;
    return found;
  }

  /**
   * A Geneve tunnel (network -1: any) over UDP port 6081; what follows looks into it. `overIpv4` and `overIpv6` hold for a
   * packet to that port. Where the inner headers stand is known only when the packet is there: three scratch words.
   */
  enterGeneve(network: number, overIpv4: Condition, overIpv6: Condition): Condition {
    const [type, payload, link] = [this.slots, this.slots + 1, this.slots + 2];
    this.slots += 3;
    const fits = (at: (size: Size, offset: number) => Value): Condition =>
      all(masked(at(1, 8), 0, 0xc0), network < 0 ? ALWAYS : masked(at(4, 12), network << 8, 0xffffff00));
    const base = this.payload + this.labels;
    const headerLength = binary(bpf.LSH, binary(bpf.AND, this.network(1, 0), number(0xf)), number(2));
    const outer = this.payloadSlot < 0 ? number(base) : binary(bpf.ADD, word(this.payloadSlot), number(base));
    const start = (length: Value): Condition => ({
      kind: 'let',
      slot: link,
      value: binary(bpf.ADD, binary(bpf.ADD, length, outer), number(8)),
    });
    const found = any(
      all(
        overIpv4,
        fits((size, offset) => this.behindIpv4(size, offset)),
        start(headerLength),
      ),
      all(
        overIpv6,
        fits((size, offset) => this.behindIpv6(size, offset)),
        start(number(40)),
      ),
    );
    const options = binary(bpf.LSH, binary(bpf.AND, load(1, 0, link), number(0x3f)), number(2));
    const moved = all(
      { kind: 'let', slot: type, value: binary(bpf.ADD, word(link), number(2)) },
      { kind: 'let', slot: payload, value: binary(bpf.ADD, binary(bpf.ADD, options, word(link)), number(8)) },
      { kind: 'let', slot: link, value: word(payload) },
      any(
        all(
          equal(load(2, 0, type), GENEVE_TEB),
          { kind: 'let', slot: type, value: binary(bpf.ADD, word(payload), number(ETHERNET_TYPE_AT)) },
          { kind: 'let', slot: payload, value: binary(bpf.ADD, word(payload), number(ETHERNET_LEN)) },
        ),
        ALWAYS,
      ),
    );
    this.shape = 'ethernet';
    this.typeAt = 0;
    this.payload = 0;
    this.labels = 0;
    this.typeSlot = type;
    this.payloadSlot = payload;
    this.linkSlot = link;
    return all(found, moved);
  }

  /** In a tunnel there may be no link header: then link and payload begin at one place. */
  hasLinkHeader(): Condition {
    return this.linkSlot < 0 ? ALWAYS : not(test(bpf.JEQ, word(this.linkSlot), word(this.payloadSlot)));
  }

  // -- IP

  /** A whole IPv4 packet or a first fragment. */
  firstFragment(): Condition {
    return not(hasBits(this.network(2, 6), 0x1fff));
  }

  ipv4Multicast(): Condition {
    return all(this.carries(EtherType.Ipv4), atLeast(this.network(1, 16), 224));
  }

  ipv6Multicast(): Condition {
    return all(this.carries(EtherType.Ipv6), equal(this.network(1, 24), 255));
  }

  ipv4Broadcast(): Condition {
    const destination = this.network(4, 16);
    return all(this.carries(EtherType.Ipv4), any(equal(destination, 0), equal(destination, -1)));
  }
}

function swapped(value: number): number {
  return (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24);
}
