/**
 * ChainNames: the chains of a table by the octets of their names, so that a name in a text is looked up where it stands and no
 * string is made for it. Not all need be found: names beyond ASCII are not in it, nor those that somebody chose to collide.
 *
 * A name is a record of 32 octets, the last of them its length: to look one up is to touch a slot and a record.
 * @module
 */
import type { Chain } from '../xtables/chain.ts';
import type { Table } from '../xtables/table.ts';

/** Octets of a record; words of it. */
const RECORD = 32;
const LENGTH = RECORD - 1;
/** Slots looked at for a name. */
const MAX_PROBES = 32;
const FIRST_ROOM = 64;
const FNV = 0x01000193;
const SEED = 0x811c9dc5 | 0;

export class ChainNames {
  private readonly table: Table;
  private readonly isSparse: boolean;
  private readonly text: DataView;
  private version = -1;
  private chains: Chain[] = [];
  /** Two words each: hash, and place in `chains` plus 1; 0: free. */
  private slots: Int32Array = new Int32Array(4 * FIRST_ROOM);
  private records: DataView = new DataView(new ArrayBuffer(RECORD * FIRST_ROOM));
  /** Place of the chain found last. */
  private last = 0;

  /** `bytes`: the text that names them. `isSparse`: few of the table's chains will be asked for, and are taken in when they are. */
  constructor(table: Table, bytes: Uint8Array, isSparse: boolean) {
    this.table = table;
    this.isSparse = isSparse;
    this.text = viewOf(bytes);
  }

  /** The chain whose name stands in the text from `from` to `to`, or null: none, or none that can be found here. */
  find(from: number, to: number): Chain | null {
    if (this.version !== this.table.version) this.renew();
    // names mostly come in the order of their chains, each several times in a row
    const { last, chains } = this;
    if (last < chains.length && this.isAt(last, from, to)) return chains[last]!;
    if (last + 1 < chains.length && this.isAt(last + 1, from, to)) return chains[(this.last = last + 1)]!;
    return this.lookUp(from, to);
  }

  /** Take in a chain that the table has got. */
  add(chain: Chain): void {
    if (this.version === this.table.version) this.enter(chain);
  }

  private lookUp(from: number, to: number): Chain | null {
    const hash = hashOf(this.text, from, to);
    const { slots } = this;
    const mask = slots.length - 2;
    let slot = (hash << 1) & mask;
    for (let probes = 0; probes < MAX_PROBES; probes++) {
      const at = slots[slot + 1]! - 1;
      if (at < 0) return this.isSparse ? this.takeIn(from, to) : null;
      if (slots[slot] === hash && this.isAt(at, from, to)) {
        this.last = at;
        return this.chains[at]!;
      }
      slot = (slot + 2) & mask;
    }
    return null;
  }

  private enter(chain: Chain): void {
    const { name } = chain;
    const at = this.chains.length;
    if (name.length >= LENGTH) return;
    if (4 * (at + 1) > this.slots.length) this.grow();
    const { records } = this;
    const start = at * RECORD;
    for (let i = 0; i < name.length; i++) {
      const code = name.charCodeAt(i);
      if (code >= 0x80) return;
      records.setUint8(start + i, code);
    }
    records.setUint8(start + LENGTH, name.length);
    this.chains.push(chain);
    this.place(at, hashOf(records, start, start + name.length));
  }

  private takeIn(from: number, to: number): Chain | null {
    if (to - from >= LENGTH) return null;
    let name = '';
    for (let i = from; i < to; i++) name += String.fromCharCode(this.text.getUint8(i));
    const chain = this.table.chain(name);
    if (chain === undefined) return null;
    this.enter(chain);
    return chain;
  }

  private isAt(at: number, from: number, to: number): boolean {
    const { records, text } = this;
    let i = at * RECORD;
    const end = i + to - from;
    if (records.getUint8(i + LENGTH) !== to - from) return false;
    let j = from;
    for (; i + 4 <= end; i += 4, j += 4) if (records.getInt32(i) !== text.getInt32(j)) return false;
    for (; i < end; i++, j++) if (records.getUint8(i) !== text.getUint8(j)) return false;
    return true;
  }

  private renew(): void {
    this.version = this.table.version;
    this.chains = [];
    this.last = 0;
    this.slots.fill(0);
    if (this.isSparse) return;
    for (const chain of this.table.chainsAsMade) this.enter(chain);
  }

  private grow(): void {
    const { slots: before, records } = this;
    this.records = new DataView(new ArrayBuffer(2 * records.byteLength));
    new Uint8Array(this.records.buffer).set(new Uint8Array(records.buffer));
    this.slots = new Int32Array(2 * before.length);
    for (let slot = 0; slot < before.length; slot += 2) if (before[slot + 1] !== 0) this.place(before[slot + 1]! - 1, before[slot]!);
  }

  private place(at: number, hash: number): void {
    const { slots } = this;
    const mask = slots.length - 2;
    let slot = (hash << 1) & mask;
    for (let probes = 0; probes < MAX_PROBES; probes++, slot = (slot + 2) & mask) {
      if (slots[slot + 1] !== 0) continue;
      slots[slot] = hash;
      slots[slot + 1] = at + 1;
      return;
    }
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function hashOf(text: DataView, from: number, to: number): number {
  let hash = SEED;
  let i = from;
  for (; i + 4 <= to; i += 4) {
    hash = Math.imul(hash ^ text.getInt32(i), FNV);
    hash ^= hash >>> 15;
  }
  for (; i < to; i++) hash = Math.imul(hash ^ text.getUint8(i), FNV);
  return hash ^ (hash >>> 15);
}
