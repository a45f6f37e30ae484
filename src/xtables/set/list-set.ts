/**
 * ListSet: list:set, sets asked one after the other. Members' own counters are not compared and may be left alone
 * (`! --update-subcounters`); the counters of the list's elements are the list's.
 *
 * Adding a packet adds it to the first member that takes it; deleting deletes it from the first that has it.
 * @module
 */
import type { ReadonlyPacket } from '../../packet/packet.ts';
import type { ElementValues } from './extensions.ts';
import { Found, IpSet, type Change } from './ip-set.ts';
import type { SetQuery } from './query.ts';

/** Members a list may have: a text may not ask for all memory. */
const MAX_MEMBERS = 65_536;

export class ListSet extends IpSet {
  /** Members in the order they are asked, and the column number of each. */
  readonly members: IpSet[] = [];
  readonly columns: number[] = [];
  private columnsUsed = 0;
  private capacity = 0;

  get size(): number {
    let alive = 0;
    for (let i = 0; i < this.members.length; i++) if (this.isAlive(i)) alive++;
    return alive;
  }

  isAlive(position: number): boolean {
    return !this.extensions.expired(this.columns[position]!, this.shared.clock.nowUs);
  }

  flush(): void {
    for (const member of this.members) member.references--;
    this.members.length = 0;
    this.columns.length = 0;
  }

  protected find(packet: ReadonlyPacket, flags: Uint8Array, query: SetQuery): Found {
    const { compare, update } = query;
    query.compare = false;
    if (!query.options.updateSubcounters) query.update = false;
    let found: Found = Found.Nothing;
    for (let i = 0; i < this.members.length && found === Found.Nothing; i++) {
      if (this.isAlive(i) && this.members[i]!.ask(packet, flags, query)) found = this.matchOwn(i, query, compare, update);
    }
    query.compare = compare;
    query.update = update;
    return found;
  }

  private matchOwn(position: number, query: SetQuery, compare: boolean, update: boolean): Found {
    const { compare: memberCompare, update: memberUpdate } = query;
    query.compare = compare;
    query.update = update;
    const matches = this.extensions.match(this.columns[position]!, query);
    query.compare = memberCompare;
    query.update = memberUpdate;
    return matches ? Found.Element : Found.Nothing;
  }

  protected addPacket(packet: ReadonlyPacket, flags: Uint8Array, values: ElementValues, exist: boolean): Change {
    for (let i = 0; i < this.members.length; i++) {
      if (this.isAlive(i) && this.members[i]!.add(packet, flags, values.timeoutSec, exist)) return 'done';
    }
    return 'refused';
  }

  protected deletePacket(packet: ReadonlyPacket, flags: Uint8Array): Change {
    for (let i = 0; i < this.members.length; i++) {
      if (this.isAlive(i) && this.members[i]!.del(packet, flags)) return 'done';
    }
    return 'missing';
  }

  /** Put a set into the list, at its end or beside another member; `place` is -1 before it and 1 behind it. */
  addMember(member: IpSet, beside: IpSet | null, place: -1 | 1, values: ElementValues, exist: boolean): Change {
    const nowUs = this.shared.clock.nowUs;
    const anchor = beside === null ? -1 : this.members.indexOf(beside);
    if (beside !== null && anchor < 0) return 'refused';
    const known = this.members.indexOf(member);
    if (known >= 0) {
      if (!exist) return 'exists';
      this.extensions.assign(this.columns[known]!, values, nowUs);
      return 'done';
    }
    if (this.members.length >= MAX_MEMBERS) return 'full';
    const position = beside === null ? this.members.length : place < 0 ? anchor : anchor + 1;
    const column = this.takeColumn();
    this.members.splice(position, 0, member);
    this.columns.splice(position, 0, column);
    member.references++;
    this.extensions.assign(column, values, nowUs);
    return 'done';
  }

  /** Follow an exchange of two sets' names: a list holds names. */
  exchange(one: IpSet, other: IpSet): void {
    for (let i = 0; i < this.members.length; i++) {
      if (this.members[i] === one) this.members[i] = other;
      else if (this.members[i] === other) this.members[i] = one;
    }
  }

  deleteMember(member: IpSet): Change {
    const at = this.members.indexOf(member);
    if (at < 0) return 'missing';
    this.members.splice(at, 1);
    this.columns.splice(at, 1);
    member.references--;
    return 'done';
  }

  private takeColumn(): number {
    let column = 0;
    while (this.columns.includes(column)) column++;
    this.columnsUsed = Math.max(this.columnsUsed, column + 1);
    if (this.columnsUsed > this.capacity) {
      this.capacity = Math.max(8, this.capacity * 2);
      this.extensions.reserve(this.capacity);
    }
    this.extensions.clear(column);
    return column;
  }
}
