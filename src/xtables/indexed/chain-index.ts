/**
 * ChainIndex: which rule of a chain to ask next. One RuleHash for whole packets, and one each, made when the first such packet
 * comes, for those whose ports or protocol cannot be read: there a match may drop the packet, and must be asked in its turn.
 * @module
 */
import { TCP } from '../../inet/protocol.ts';
import type { ReadonlyPacket } from '../../packet/packet.ts';
import type { Chain } from '../chain.ts';
import { IndexEdits } from './index-edits.ts';
import { Depth } from './rule-key.ts';
import { type DeviceNumbers, RuleHash } from './rule-hash.ts';

const IS_TCP = TCP;
const TCP_HEADER = 20;
const OTHER_HEADER = 8;
const ASKING_NS = 15;
const GROUP_NS = 4;

/** When a chain gets an index, and what belongs to it. */
export interface IndexPolicy {
  /** Rules a chain must have. */
  readonly minRules: number;
  /** Rules there must be for each group: probing costs about as much as asking three rules. */
  readonly rulesPerGroup: number;
  /** From this many rules on, tables of half addresses and ports say which groups to probe. */
  readonly pruneFrom: number;
}

export const DEFAULT_POLICY: IndexPolicy = { minRules: 8, rulesPerGroup: 3, pruneFrom: 8 };

export class ChainIndex {
  private readonly chain: Chain;
  private readonly family: 4 | 6;
  private readonly deviceOf: DeviceNumbers;
  private readonly policy: IndexPolicy;
  private readonly whole: RuleHash;
  /** Rules it was built of. */
  private readonly built: number;
  private edits: IndexEdits | null = null;
  private short: RuleHash | null = null;
  private broken: RuleHash | null = null;

  constructor(chain: Chain, family: 4 | 6, deviceOf: DeviceNumbers, policy: IndexPolicy) {
    this.chain = chain;
    this.family = family;
    this.deviceOf = deviceOf;
    this.policy = policy;
    this.built = chain.length;
    this.whole = this.make(Depth.Ports);
  }

  /** Whether probing its groups costs less than asking its rules. */
  get isWorthIt(): boolean {
    return this.whole.groupCount * this.policy.rulesPerGroup <= this.chain.length;
  }

  /** What asking it once costs, ns, as measured. */
  get nsPerAsking(): number {
    return ASKING_NS + GROUP_NS * this.whole.groupCount;
  }

  /** The first rule from `from` on that this packet may match; beyond every rule when there is none. */
  next(packet: ReadonlyPacket, from: number): number {
    const hash = this.hashFor(packet);
    if (this.edits !== null && hash === this.whole) return this.nextEdited(packet, from, this.edits);
    return this.family === 4 ? hash.next4(packet, from) : hash.next6(packet, from);
  }

  /** Go on with a chain that has changed (ChainChange). False: the index is to be built anew. */
  follow(kept: Int32Array): boolean {
    const edits = new IndexEdits(this.built, kept, this.edits);
    if (!edits.areFew) return false;
    this.edits = edits;
    this.short = null;
    this.broken = null;
    return true;
  }

  private nextEdited(packet: ReadonlyPacket, from: number, edits: IndexEdits): number {
    const { whole, family } = this;
    const extra = edits.extraFrom(from);
    for (let label = edits.labelFrom(from); ; label++) {
      label = family === 4 ? whole.next4(packet, label) : whole.next6(packet, label);
      const place = edits.placeOf(label);
      if (place >= 0) return Math.min(place, extra);
    }
  }

  private hashFor(packet: ReadonlyPacket): RuleHash {
    const { protocol } = packet;
    if (protocol < 0) {
      this.broken ??= this.make(Depth.Addresses);
      return this.broken;
    }
    if (packet.fragOffset === 0 && packet.transportLength >= (protocol === IS_TCP ? TCP_HEADER : OTHER_HEADER)) return this.whole;
    this.short ??= this.make(Depth.Protocol);
    return this.short;
  }

  private make(depth: Depth): RuleHash {
    const { chain, family, deviceOf, policy } = this;
    return new RuleHash(chain, { family, depth, deviceOf, isPruned: chain.length >= policy.pruneFrom });
  }
}
