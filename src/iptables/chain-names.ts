/**
 * ChainNames: the chains of a table by the octets of their names, so that a name in a text is looked up where it stands and no
 * string is made for it. Not all need be found: names beyond ASCII are not in it, nor those that somebody chose to collide.
 * @module
 */
import type { Chain } from '../xtables/chain.ts';
import type { Table } from '../xtables/table.ts';

/** Octets a name may have, with room to spare. */
const MAX_OCTETS = 64;
/** Slots looked at for a name. */
const MAX_PROBES = 32;
const FNV = 0x01000193;
const SEED = 0x811c9dc5 | 0;

export class ChainNames {
  private readonly table: Table;
  private readonly isSparse: boolean;
  private version = -1;
  private chains: Chain[] = [];
  /** Place in `chains` plus 1; 0: free. */
  private slots: Int32Array = new Int32Array(64);
  private hashes: Int32Array = new Int32Array(64);
  private starts: Int32Array = new Int32Array(64);
  private octets: Uint8Array = new Uint8Array(1024);
  private used = 0;

  /** `isSparse`: few of the table's chains will be asked for, and are taken in when they are. */
  constructor(table: Table, isSparse: boolean) {
    this.table = table;
    this.isSparse = isSparse;
  }

  /** The chain whose name is bytes[from..to), or null: none, or none that can be found here. */
  find(bytes: Uint8Array, from: number, to: number): Chain | null {
    if (this.version !== this.table.version) this.renew();
    let hash = SEED;
    for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i]!, FNV);
    const { slots, hashes } = this;
    const mask = slots.length - 1;
    let slot = mix(hash) & mask;
    for (let probes = 0; probes < MAX_PROBES; probes++) {
      const at = slots[slot]! - 1;
      if (at < 0) return this.isSparse ? this.takeIn(bytes, from, to) : null;
      if (hashes[at] === hash && this.equals(at, bytes, from, to)) return this.chains[at]!;
      slot = (slot + 1) & mask;
    }
    return null;
  }

  /** Take in a chain that the table has got. */
  add(chain: Chain): void {
    if (this.version === this.table.version) this.enter(chain);
  }

  private enter(chain: Chain): void {
    const { name } = chain;
    if (name.length > MAX_OCTETS) return;
    let hash = SEED;
    for (let i = 0; i < name.length; i++) {
      const code = name.charCodeAt(i);
      if (code >= 0x80) return;
      hash = Math.imul(hash ^ code, FNV);
    }
    const at = this.chains.length;
    if (2 * (at + 2) > this.slots.length) this.grow();
    this.chains.push(chain);
    this.hashes[at] = hash;
    if (this.used + name.length > this.octets.length) this.octets = enlarged(this.octets);
    for (let i = 0; i < name.length; i++) this.octets[this.used + i] = name.charCodeAt(i);
    this.used += name.length;
    this.starts[at + 1] = this.used;
    this.place(at);
  }

  private takeIn(bytes: Uint8Array, from: number, to: number): Chain | null {
    if (to - from > MAX_OCTETS) return null;
    const chain = this.table.chain(String.fromCharCode(...bytes.subarray(from, to)));
    if (chain === undefined) return null;
    this.enter(chain);
    return chain;
  }

  private equals(at: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = this.starts[at]!;
    if (this.starts[at + 1]! - start !== to - from) return false;
    const { octets } = this;
    for (let i = from; i < to; i++) if (octets[start + i - from] !== bytes[i]) return false;
    return true;
  }

  private renew(): void {
    this.version = this.table.version;
    this.chains = [];
    this.used = 0;
    this.slots.fill(0);
    if (this.isSparse) return;
    for (const chain of this.table.chainsAsMade) this.enter(chain);
  }

  private grow(): void {
    this.slots = new Int32Array(this.slots.length * 2);
    this.hashes = enlarged(this.hashes);
    this.starts = enlarged(this.starts);
    for (let at = 0; at < this.chains.length; at++) this.place(at);
  }

  private place(at: number): void {
    const { slots } = this;
    const mask = slots.length - 1;
    let slot = mix(this.hashes[at]!) & mask;
    let probes = 0;
    while (slots[slot] !== 0 && probes++ < MAX_PROBES) slot = (slot + 1) & mask;
    if (slots[slot] === 0) slots[slot] = at + 1;
  }
}

function mix(hash: number): number {
  return hash ^ (hash >>> 15);
}

function enlarged<T extends Int32Array | Uint8Array>(array: T): T {
  const more = new (array.constructor as new (length: number) => T)(array.length * 2);
  more.set(array);
  return more;
}
