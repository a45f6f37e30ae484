/**
 * RuleRows: rules that stand in a text and are made when somebody asks for one. Of a set of 160,000 rules a replay meets a few
 * hundred; the others stay a number each, and what a load has to know of them is what rules like them have in common.
 *
 *   like(row)    a rule that differs from it in values alone: addresses, ports, a comment, the chain it leads to
 *   values(row)  those of its values that an index asks for
 *
 * Filled by a text front end (iptables/text-rows.ts); held by Chain.
 * @module
 */
import type { Chain } from './chain.ts';
import type { Rule } from './rule.ts';

/** Values of one rule that stand for those of the rule it is like. Reused: valid until the next call. */
export interface RowValues {
  /** Leading bits of an IPv4 address that the rule names, its words in `src` and `dst`; 0: as the other rule has it. */
  readonly srcLength: number;
  readonly src: number;
  readonly dstLength: number;
  readonly dst: number;
  /** Ports; lo -1: as the other rule has them. */
  readonly srcPortLo: number;
  readonly srcPortHi: number;
  readonly dstPortLo: number;
  readonly dstPortHi: number;
  /** Address and port (0: none) of a NAT target; hasNat false: as the other rule has them. */
  readonly hasNat: boolean;
  readonly nat: number;
  readonly natPort: number;
}

export interface RuleRows {
  /** The rule itself, of the chain that holds it. */
  make(row: number, chain: Chain): Rule;
  like(row: number): Rule;
  /** Where a jump or goto leads; null for other targets. */
  leadsTo(row: number): Chain | null;
  values(row: number): RowValues;
  /** What the text says it has counted. */
  packets(row: number): number;
  octets(row: number): number;
}
