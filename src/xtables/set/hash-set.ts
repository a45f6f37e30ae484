/**
 * HashSet: the hash:* types. A key is the words of its fields in their order (an address 1 or 4, protocol and port 1, a MAC 2, a
 * mark 1) and, when it has networks, one word with their prefix lengths. Interfaces are compared by name, apart from the key.
 *
 * An address is looked up in networks from the longest prefix present to the shortest, of two networks the first varying
 * slowest; the first live element found decides, also one marked nomatch. hash:net,iface stops at the first network that is
 * there for any interface.
 *
 * Kernel counterpart: net/netfilter/ipset/ip_set_hash_gen.h.   Proof: test/unit/xtables/set/kernel-sets.test.ts.
 * @module
 */
import type { ReadonlyPacket } from '../../packet/packet.ts';
import type { ElementValues } from './extensions.ts';
import { ElementTable } from './element-table.ts';
import { Found, IpSet, type Change, type SetOptions, type SetShared } from './ip-set.ts';
import { addressWord, macOffset, NO_PORT, protocolPort } from './packet-field.ts';
import { PrefixCounts } from './prefix-counts.ts';
import type { SetQuery } from './query.ts';
import type { SetType } from './set-type.ts';

/** Flags of an element. */
export const ElementFlag = { NoMatch: 1, PhysDev: 2, Wildcard: 4 } as const;

/** Bit of the prefix word that tells bridge ports from interfaces; packets have none. */
const PHYSDEV_BIT = 1 << 16;

/** Elements a set may hold, whatever maxelem says: a text may not ask for all memory. */
export const MAX_ELEMENTS: number = 1 << 22;

/** Words of one field in a key. */
export function fieldWords(field: string, addressWords: number): number {
  if (field === 'ip' || field === 'net') return addressWords;
  if (field === 'mac') return 2;
  return field === 'iface' ? 0 : 1;
}

export class HashSet extends IpSet {
  readonly addressWords: number;
  /** The key a packet or a line of text is put into before it is looked for. */
  readonly key: Int32Array;
  /** Offset in the key of each field. */
  readonly offsets: readonly number[];
  /** Offset of the word with prefix lengths (`first | second << 8`), or -1. */
  readonly prefixWord: number;
  /** Interface of each element, for types with one. */
  readonly interfaces: string[] = [];
  flags: Uint8Array = new Uint8Array(0);
  private readonly table: ElementTable;
  private readonly prefixes: readonly PrefixCounts[];
  private readonly netOffsets: readonly number[];
  private readonly hostLength: number;
  private readonly hasInterface: boolean;
  private readonly refusesZero: boolean;
  private iface = '';
  private readonly probe: Int32Array;

  constructor(name: string, type: SetType, options: SetOptions, shared: SetShared) {
    super(name, type, options, shared);
    this.addressWords = options.family === 6 ? 4 : 1;
    this.hostLength = this.addressWords * 32;
    const offsets: number[] = [];
    let width = 0;
    for (const field of type.fields) {
      offsets.push(width);
      width += fieldWords(field, this.addressWords);
    }
    this.offsets = offsets;
    this.netOffsets = offsets.filter((_, i) => type.fields[i] === 'net');
    this.prefixes = this.netOffsets.map(() => new PrefixCounts());
    this.prefixWord = this.netOffsets.length > 0 ? width++ : -1;
    this.key = new Int32Array(width);
    this.probe = new Int32Array(width);
    this.hasInterface = type.fields.includes('iface');
    this.refusesZero = type.name === 'hash:ip' || type.name === 'hash:ip,port';
    this.table = new ElementTable(width, width, (capacity) => this.reserve(capacity));
  }

  get size(): number {
    const { table, extensions } = this;
    if (!extensions.timed) return table.count;
    let alive = 0;
    for (let i = 0; i < table.end; i++) if (this.isAlive(i)) alive++;
    return alive;
  }

  /** One past the highest element number. */
  get end(): number {
    return this.table.end;
  }

  isAlive(element: number): boolean {
    return this.table.isUsed(element) && !this.extensions.expired(element, this.shared.clock.nowUs);
  }

  word(element: number, i: number): number {
    return this.table.word(element, i);
  }

  flush(): void {
    for (let i = 0; i < this.table.end; i++) this.extensions.clear(i);
    this.table.clear();
    for (const prefixes of this.prefixes) prefixes.clear();
  }

  // -- packets

  protected find(packet: ReadonlyPacket, flags: Uint8Array, query: SetQuery): Found {
    if (!this.aim(packet, flags)) return Found.Nothing;
    switch (this.prefixes.length) {
      case 0:
        return this.findKey(this.key, query);
      case 1:
        return this.findInNetworks(query);
      default:
        return this.findInPairs(query);
    }
  }

  protected addPacket(packet: ReadonlyPacket, flags: Uint8Array, values: ElementValues, exist: boolean): Change {
    if (!this.aim(packet, flags)) return 'refused';
    this.narrow();
    return this.addKey(this.iface, 0, values, exist);
  }

  protected deletePacket(packet: ReadonlyPacket, flags: Uint8Array): Change {
    if (!this.aim(packet, flags)) return 'refused';
    this.narrow();
    return this.deleteKey(this.iface, 0);
  }

  /** Put the packet's fields into the key, addresses whole; false when it lacks one of them. */
  private aim(packet: ReadonlyPacket, flags: Uint8Array): boolean {
    const { key, offsets } = this;
    const { fields } = this.type;
    for (let i = 0; i < fields.length; i++) {
      if (!this.aimField(packet, fields[i]!, flags[i] === 1, key, offsets[i]!)) return false;
    }
    return !this.hasForbiddenZero();
  }

  private aimField(packet: ReadonlyPacket, field: string, source: boolean, key: Int32Array, at: number): boolean {
    switch (field) {
      case 'ip':
      case 'net':
        for (let w = 0; w < this.addressWords; w++) key[at + w] = addressWord(packet, source, w) & this.maskWord(w);
        return true;
      case 'port': {
        const port = protocolPort(packet, source);
        key[at] = port;
        return port !== NO_PORT;
      }
      case 'mark':
        key[at] = packet.mark & this.options.markmask;
        return true;
      case 'mac': {
        const offset = macOffset(packet, source);
        if (offset < 0) return false;
        key[at] = packet.view.getInt32(offset);
        key[at + 1] = packet.view.getUint16(offset + 4);
        return true;
      }
      default:
        this.iface = this.shared.interfaceName(source ? packet.indev : packet.outdev);
        return this.iface !== '';
    }
  }

  /** Word `w` of the set's netmask or bitmask. */
  maskWord(w: number): number {
    const { bitmask, netmask } = this.options;
    if (bitmask !== null) return bitmask[w]!;
    return netmask < 0 ? -1 : prefixMask(netmask, w);
  }

  /** Whether the key has the address 0, which hash:ip and hash:ip,port do not take. */
  hasForbiddenZero(): boolean {
    if (!this.refusesZero) return false;
    for (let w = 0; w < this.addressWords; w++) if (this.key[w] !== 0) return false;
    return true;
  }

  /** Cut the key's networks to the longest prefix the set has: what a rule adds and deletes. */
  private narrow(): void {
    if (this.prefixes.length === 0) return;
    const first = this.prefixes[0]!.longest(this.hostLength);
    const second = this.prefixes.length > 1 ? this.prefixes[1]!.longest(this.hostLength) : 0;
    this.maskNetwork(this.key, 0, first, this.key);
    if (this.prefixes.length > 1) this.maskNetwork(this.key, 1, second, this.key);
    this.key[this.prefixWord] = first | (second << 8);
  }

  private findInNetworks(query: SetQuery): Found {
    const { probe, key } = this;
    const { lengths, used } = this.prefixes[0]!;
    probe.set(key);
    for (let i = 0; i < used; i++) {
      this.maskNetwork(key, 0, lengths[i]!, probe);
      probe[this.prefixWord] = lengths[i]!;
      const found = this.findKey(probe, query);
      if (found !== Found.Nothing) return found;
      if (this.hasInterface && this.table.find(probe) >= 0) return Found.Nothing;
    }
    return Found.Nothing;
  }

  private findInPairs(query: SetQuery): Found {
    const { probe, key } = this;
    const first = this.prefixes[0]!;
    const second = this.prefixes[1]!;
    probe.set(key);
    for (let i = 0; i < first.used; i++) {
      this.maskNetwork(key, 0, first.lengths[i]!, probe);
      for (let k = 0; k < second.used; k++) {
        this.maskNetwork(key, 1, second.lengths[k]!, probe);
        probe[this.prefixWord] = first.lengths[i]! | (second.lengths[k]! << 8);
        const found = this.findKey(probe, query);
        if (found !== Found.Nothing) return found;
      }
    }
    return Found.Nothing;
  }

  private maskNetwork(from: Int32Array, network: number, length: number, to: Int32Array): void {
    const at = this.netOffsets[network]!;
    for (let w = 0; w < this.addressWords; w++) to[at + w] = from[at + w]! & prefixMask(length, w);
  }

  private findKey(key: Int32Array, query: SetQuery): Found {
    for (let element = this.table.find(key); element >= 0; element = this.table.find(key, element)) {
      if (this.hasInterface && !this.isOnInterface(element, this.iface)) continue;
      if (!this.extensions.match(element, query)) continue;
      return (this.flags[element]! & ElementFlag.NoMatch) !== 0 ? Found.NoMatch : Found.Element;
    }
    return Found.Nothing;
  }

  private isOnInterface(element: number, iface: string): boolean {
    const own = this.interfaces[element]!;
    return (this.flags[element]! & ElementFlag.Wildcard) !== 0 ? iface.startsWith(own) : iface === own;
  }

  // -- elements: what text and packets add and delete; the key is in `key`

  /** Add the element in `key`. */
  addKey(iface: string, flags: number, values: ElementValues, exist: boolean): Change {
    const nowUs = this.shared.clock.nowUs;
    let element = this.findElement(iface, flags);
    if (element >= 0) {
      if (!exist && !this.extensions.expired(element, nowUs)) return 'exists';
    } else {
      if (!this.makeRoom(nowUs)) return 'full';
      element = this.table.insert(this.key);
      this.extensions.clear(element);
      this.countPrefixes(element, 1);
      if (this.hasInterface) this.interfaces[element] = iface;
    }
    this.flags[element] = flags;
    this.extensions.assign(element, values, nowUs);
    return 'done';
  }

  deleteKey(iface: string, flags: number): Change {
    const element = this.findElement(iface, flags);
    if (element < 0 || this.extensions.expired(element, this.shared.clock.nowUs)) return 'missing';
    this.drop(element);
    return 'done';
  }

  /** The element of the key; a bridge port (`physdev:`) is another key than the interface of that name. */
  private findElement(iface: string, flags: number): number {
    if (!this.hasInterface) return this.table.find(this.key);
    if ((flags & ElementFlag.PhysDev) !== 0) this.key[this.prefixWord]! |= PHYSDEV_BIT;
    let element = this.table.find(this.key);
    while (element >= 0 && !this.isOnInterface(element, iface)) element = this.table.find(this.key, element);
    return element;
  }

  /** Whether one more element fits: expired ones are swept first, and with forceadd the one in the lowest place makes way. */
  private makeRoom(nowUs: number): boolean {
    const limit = Math.min(this.options.maxelem, MAX_ELEMENTS);
    const { table } = this;
    if (table.count < limit) return table.count < table.capacity || this.shared.takeRoom(table.capacity);
    for (let i = 0; this.extensions.timed && i < table.end; i++) {
      if (table.isUsed(i) && this.extensions.expired(i, nowUs)) this.drop(i);
    }
    if (table.count < limit) return true;
    if (!this.options.forceadd || table.count === 0) return false;
    for (let i = 0; i < table.end; i++) {
      if (!table.isUsed(i)) continue;
      this.drop(i);
      break;
    }
    return true;
  }

  private drop(element: number): void {
    this.countPrefixes(element, -1);
    this.table.remove(element);
    this.extensions.clear(element);
  }

  private countPrefixes(element: number, by: number): void {
    if (this.prefixWord < 0) return;
    const word = this.table.word(element, this.prefixWord);
    for (let n = 0; n < this.prefixes.length; n++) {
      const length = (word >>> (8 * n)) & 0xff;
      if (by > 0) this.prefixes[n]!.add(length);
      else this.prefixes[n]!.remove(length);
    }
  }

  private reserve(capacity: number): void {
    const flags = new Uint8Array(capacity);
    flags.set(this.flags);
    this.flags = flags;
    this.extensions.reserve(capacity);
  }
}

/** Word `w` of the mask of a prefix length. */
export function prefixMask(length: number, w: number): number {
  const bits = length - 32 * w;
  return bits >= 32 ? -1 : bits <= 0 ? 0 : -1 << (32 - bits);
}
