/**
 * IpSet: what every set answers: whether a packet's fields are in it, and adding and deleting them. The three methods of
 * storage are hash-set.ts, bitmap-set.ts and list-set.ts.
 *
 * The words of a rule (`src,dst`) come as `flags`: one octet per dimension, 1 for src and 0 for dst. A set asked with fewer
 * words than it has dimensions, or by a packet of the other family, never matches and is never changed.
 *
 * Kernel counterpart: net/netfilter/ipset/ip_set_core.c.
 * @module
 */
import type { ReadonlyPacket } from '../../packet/packet.ts';
import type { SetClock } from './clock.ts';
import { ElementValues, Extensions, type Features } from './extensions.ts';
import { PLAIN_TEST, SET_TIMEOUT, type SetQuery, type SetTestOptions } from './query.ts';
import type { SetType } from './set-type.ts';

/** What a look into a set found. */
export const Found = { NoMatch: -1, Nothing: 0, Element: 1, Incomplete: 2 } as const;
export type Found = (typeof Found)[keyof typeof Found];

/** What adding or deleting came to. */
export type Change = 'done' | 'exists' | 'missing' | 'full' | 'refused';

/** What sets of one store share. */
export interface SetShared {
  readonly clock: SetClock;
  readonly query: SetQuery;
  /** Name of an interface by its number, '' for none. */
  interfaceName(index: number): string;
  /** Ask for room for so many more elements; false when the store has had its share. */
  takeRoom(elements: number): boolean;
}

/** Options of `create`, as they were given or came out. */
export interface SetOptions extends Features {
  readonly family: 0 | 4 | 6;
  readonly hashsize: number;
  readonly maxelem: number;
  readonly bucketsize: number;
  /** Seed of the kernel's hash if the text names one; it only prints. */
  readonly initval: number | null;
  readonly forceadd: boolean;
  /** Prefix length of `netmask`, or -1. */
  readonly netmask: number;
  /** Words of `bitmask`, or null. */
  readonly bitmask: Int32Array | null;
  readonly markmask: number;
  /** First and last of a bitmap: ports, or addresses as unsigned numbers. */
  readonly first: number;
  readonly last: number;
  readonly size: number;
}

export abstract class IpSet {
  name: string;
  readonly type: SetType;
  readonly family: 0 | 4 | 6;
  readonly dimension: number;
  readonly options: SetOptions;
  readonly extensions: Extensions;
  /** Rules and lists that name it. */
  references = 0;
  protected readonly shared: SetShared;
  /** Values of an element that a packet adds. */
  private readonly fromPacket = new ElementValues();

  constructor(name: string, type: SetType, options: SetOptions, shared: SetShared) {
    this.name = name;
    this.type = type;
    this.family = options.family;
    this.dimension = type.fields.length;
    this.options = options;
    this.extensions = new Extensions(options);
    this.shared = shared;
  }

  /** Time of the last packet, microseconds since the first. */
  get nowUs(): number {
    return this.shared.clock.nowUs;
  }

  /** Elements that are alive. */
  abstract get size(): number;
  /** Forget all elements. */
  abstract flush(): void;
  /** Look for the packet's fields. */
  protected abstract find(packet: ReadonlyPacket, flags: Uint8Array, query: SetQuery): Found;
  protected abstract addPacket(packet: ReadonlyPacket, flags: Uint8Array, values: ElementValues, exist: boolean): Change;
  protected abstract deletePacket(packet: ReadonlyPacket, flags: Uint8Array): Change;

  /** Whether the packet is in the set. Elements' counters grow as a side effect. Does not allocate. */
  test(packet: ReadonlyPacket, flags: Uint8Array, options: SetTestOptions = PLAIN_TEST): boolean {
    const { query, clock } = this.shared;
    query.begin(options, clock.at(packet.nowUs), packet.networkLength);
    return this.ask(packet, flags, query);
  }

  /** The test behind test(), for a list that asks its members with its own question. */
  ask(packet: ReadonlyPacket, flags: Uint8Array, query: SetQuery): boolean {
    if (!this.fits(packet, flags)) return false;
    const found = this.find(packet, flags, query);
    if (found === Found.Incomplete) {
      this.put(packet, flags, SET_TIMEOUT, false);
      return true;
    }
    return found === (query.options.returnNomatch && this.type.fields.includes('net') ? Found.NoMatch : Found.Element);
  }

  /** Add the packet's fields; false when they are there already and `exist` is not given, or when there is no room. */
  add(packet: ReadonlyPacket, flags: Uint8Array, timeoutSec: number = SET_TIMEOUT, exist = false): boolean {
    return this.put(packet, flags, timeoutSec, exist) === 'done';
  }

  /** Delete the packet's fields; false when they are not there. */
  del(packet: ReadonlyPacket, flags: Uint8Array): boolean {
    if (!this.fits(packet, flags)) return false;
    this.shared.clock.at(packet.nowUs);
    return this.deletePacket(packet, flags) === 'done';
  }

  private put(packet: ReadonlyPacket, flags: Uint8Array, timeoutSec: number, exist: boolean): Change {
    if (!this.fits(packet, flags)) return 'refused';
    this.shared.clock.at(packet.nowUs);
    const values = this.fromPacket;
    values.timeoutSec = timeoutSec;
    values.packets = 1;
    values.bytes = packet.networkLength;
    return this.addPacket(packet, flags, values, exist);
  }

  private fits(packet: ReadonlyPacket, flags: Uint8Array): boolean {
    return flags.length >= this.dimension && (this.family === 0 || this.family === packet.family);
  }
}
