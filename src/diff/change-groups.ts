/**
 * ChangeGroups: changed packets gathered by the pair of rules that make the difference and by what the difference is, each with its
 * counts and its first packet. Bounded: what would be one group too many is counted under no pair.
 * @module
 */
import type { DescribedRule } from '../replay/describe-rule.ts';
import type { Change } from './held-frames.ts';

/** Groups that are kept apart. */
const MAX_GROUPS = 4096;

/** The first packet of a group, and what became of it on both sides. */
export interface ChangedPacket {
  /** Number of the packet, from 0. */
  readonly index: number;
  /** Seconds since the epoch. */
  readonly time: number;
  /** As tcpdump prints it. */
  readonly packet: string;
  /** `forwarded by eth0 as 192.0.2.1.1024 > 198.51.100.1.80`. */
  readonly old: string;
  readonly new: string;
}

export interface ChangeGroup {
  /** fate, translation, way (interface or next hop), answer, contents, mark. */
  readonly change: Change;
  /** Packets of connections that these rules changed before: they only follow from it. */
  followed: number;
  /** `forwarded`, `dropped`, `rejected` (dropped and answered) ... */
  readonly from: string;
  readonly to: string;
  /** The rules that decide; null for none (a route, a sysctl, an address). */
  readonly old: DescribedRule | null;
  readonly new: DescribedRule | null;
  /** Where the first packet's ways part: the first rules it met that read differently; often a jump. null: unknown, or nothing. */
  readonly parting: { readonly old: DescribedRule | null; readonly new: DescribedRule | null } | null;
  packets: number;
  /** Octets on the wire. */
  octets: number;
  /** Tracked connections whose first changed packet is here. */
  connections: number;
  readonly first: ChangedPacket;
}

export class ChangeGroups {
  readonly all: ChangeGroup[] = [];
  /** Packets of groups too many. */
  overflow = 0;
  private readonly byKey: Map<string, number> = new Map();

  /** The number of a group, made by `make` when it is new; -1 when there is no room. */
  find(key: string, make: () => ChangeGroup): number {
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    if (this.all.length >= MAX_GROUPS) return -1;
    const number = this.all.length;
    this.byKey.set(key, number);
    this.all.push(make());
    return number;
  }

  count(group: number, octets: number, followed: boolean): void {
    const found = this.all[group];
    if (found === undefined) {
      this.overflow++;
      return;
    }
    found.packets++;
    if (followed) found.followed++;
    found.octets += octets;
  }

  /** Most packets first; among equals the one met first. */
  sorted(): ChangeGroup[] {
    return this.all.toSorted((a, b) => b.packets - a.packets || a.first.index - b.first.index);
  }
}
