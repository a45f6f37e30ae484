/**
 * BitmapSet: the bitmap:* types, one place for each address, network or port of a range.
 *
 * An element of bitmap:ip,mac may be there without a hardware address. It then matches any packet from its address, takes over
 * that packet's, and only from then on does its timeout run.
 *
 * Kernel counterpart: net/netfilter/ipset/ip_set_bitmap_gen.h, ip_set_bitmap_ipmac.c.
 * @module
 */
import * as ipproto from '../../inet/protocol.ts';
import type { ReadonlyPacket } from '../../packet/packet.ts';
import type { ElementValues } from './extensions.ts';
import { Found, IpSet, type Change, type SetOptions, type SetShared } from './ip-set.ts';
import { addressWord, macOffset, NO_PORT, protocolPort } from './packet-field.ts';
import type { SetQuery } from './query.ts';
import type { SetType } from './set-type.ts';

const MAC_LEN = 6;
const NOWHERE = -1;
/** What a place holds. */
const ABSENT = 0;
const PRESENT = 1;
const WITH_MAC = 2;

/** Elements a bitmap has room for. */
export function bitmapPlaces(options: SetOptions): number {
  return (options.last - options.first + 1) / bitmapStep(options);
}

function bitmapStep(options: SetOptions): number {
  return options.netmask < 0 ? 1 : 2 ** (32 - options.netmask);
}

export class BitmapSet extends IpSet {
  /** Addresses or ports one element stands for. */
  readonly step: number;
  private readonly state: Uint8Array;
  private readonly macs: Uint8Array;
  /** Timeouts that wait for a hardware address, in seconds. */
  private readonly waitingSec: Float64Array;
  private readonly hasMac: boolean;
  private readonly isPort: boolean;
  /** Hardware address of the packet or line at hand. */
  private readonly mac = new Uint8Array(MAC_LEN);

  constructor(name: string, type: SetType, options: SetOptions, shared: SetShared) {
    super(name, type, options, shared);
    this.step = bitmapStep(options);
    const places = bitmapPlaces(options);
    this.state = new Uint8Array(places);
    this.hasMac = type.fields.includes('mac');
    this.isPort = type.fields[0] === 'port';
    this.macs = new Uint8Array(this.hasMac ? places * MAC_LEN : 0);
    this.waitingSec = new Float64Array(this.hasMac && this.extensions.timed ? places : 0);
    this.extensions.reserve(places);
  }

  get size(): number {
    let alive = 0;
    for (let i = 0; i < this.state.length; i++) if (this.isAlive(i)) alive++;
    return alive;
  }

  get end(): number {
    return this.state.length;
  }

  isAlive(element: number): boolean {
    if (this.state[element] === ABSENT) return false;
    if (this.hasMac && this.state[element] === PRESENT) return true;
    return !this.extensions.expired(element, this.shared.clock.nowUs);
  }

  /** Offset of an element's hardware address in `macBytes`, or -1. */
  macOf(element: number): number {
    return this.state[element] === WITH_MAC ? element * MAC_LEN : NOWHERE;
  }

  get macBytes(): Uint8Array {
    return this.macs;
  }

  flush(): void {
    this.state.fill(ABSENT);
  }

  /** Place of an address or port, or -1 outside the range. */
  placeOf(value: number): number {
    const { first, last } = this.options;
    return value < first || value > last ? NOWHERE : Math.floor((value - first) / this.step);
  }

  // -- packets

  protected find(packet: ReadonlyPacket, flags: Uint8Array, query: SetQuery): Found {
    const place = this.aim(packet, flags);
    if (place < 0 || this.state[place] === ABSENT) return Found.Nothing;
    if (this.hasMac && this.state[place] !== WITH_MAC) return Found.Incomplete;
    if (this.hasMac && !this.sameMac(place)) return Found.Nothing;
    return this.extensions.match(place, query) ? Found.Element : Found.Nothing;
  }

  protected addPacket(packet: ReadonlyPacket, flags: Uint8Array, values: ElementValues, exist: boolean): Change {
    const place = this.aim(packet, flags);
    return place < 0 ? 'refused' : this.addPlace(place, this.hasMac ? this.mac : null, values, exist);
  }

  protected deletePacket(packet: ReadonlyPacket, flags: Uint8Array): Change {
    const place = this.aim(packet, flags);
    return place < 0 ? 'refused' : this.deletePlace(place);
  }

  /** The packet's place, or -1 when it has none; fills `mac`. */
  private aim(packet: ReadonlyPacket, flags: Uint8Array): number {
    if (this.isPort) {
      const port = protocolPort(packet, flags[0] === 1);
      if (port === NO_PORT || (packet.protocol !== ipproto.TCP && packet.protocol !== ipproto.UDP)) return NOWHERE;
      return this.placeOf(port & 0xffff);
    }
    if (this.hasMac) {
      const at = macOffset(packet, flags[1] === 1);
      if (at < 0) return NOWHERE;
      for (let i = 0; i < MAC_LEN; i++) this.mac[i] = packet.bytes[at + i]!;
    }
    return this.placeOf(addressWord(packet, flags[0] === 1, 0) >>> 0);
  }

  private sameMac(place: number): boolean {
    for (let i = 0; i < MAC_LEN; i++) if (this.macs[place * MAC_LEN + i] !== this.mac[i]) return false;
    return true;
  }

  // -- elements

  addPlace(place: number, mac: Uint8Array | null, values: ElementValues, exist: boolean): Change {
    const completes = this.state[place] === PRESENT && mac !== null;
    if (this.isAlive(place) && !completes && !exist) return 'exists';
    if (mac !== null) {
      this.macs.set(mac, place * MAC_LEN);
      this.state[place] = WITH_MAC;
    } else if (this.state[place] === ABSENT) this.state[place] = PRESENT;
    const nowUs = this.shared.clock.nowUs;
    this.extensions.assign(place, values, nowUs);
    if (this.hasMac && this.extensions.timed) this.keepTimeout(place, completes, values.timeoutSec);
    return 'done';
  }

  /** Hold the timeout of an element without hardware address back; start it when the element is completed. */
  private keepTimeout(place: number, completes: boolean, askedSec: number): void {
    const { expires, features } = this.extensions;
    const ownSec = askedSec < 0 ? features.timeoutSec : askedSec;
    if (this.state[place] === PRESENT) {
      this.waitingSec[place] = ownSec;
      return;
    }
    if (!completes || ownSec !== features.timeoutSec) return;
    const seconds = this.waitingSec[place]!;
    expires[place] = seconds === 0 ? 0 : this.shared.clock.nowUs + seconds * 1e6;
  }

  deletePlace(place: number): Change {
    if (!this.isAlive(place)) return 'missing';
    this.state[place] = ABSENT;
    return 'done';
  }

  /** Seconds an element still has; one that waits for its hardware address keeps them all. */
  remainingSec(place: number): number {
    if (this.state[place] === PRESENT && this.hasMac) return this.waitingSec[place]!;
    return this.extensions.remainingSec(place, this.shared.clock.nowUs);
  }
}
