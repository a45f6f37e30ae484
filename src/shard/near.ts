/**
 * Near: the addresses that translation changes, before and after: those of the near side of a router that translates. Single
 * addresses in a set, networks in a list of masks; in front of both, for IPv4, a table of the upper halves of addresses, since it is
 * asked for each packet that is dealt out.
 * @module
 */

/** Plain data, so that every worker is told the same: words and mask words, one row a network. */
export interface NearNetworks {
  readonly v4: readonly (readonly [word: number, mask: number])[];
  readonly v6: readonly (readonly [words: readonly number[], masks: readonly number[]])[];
}

/** What is near of the addresses with one upper half: in the table, none, all, or some. */
const NONE = 0;
const ALL = 1;
const SOME = 2;
const HALF = 0xffff_0000 | 0;

export class Near {
  private readonly halves: Uint8Array = new Uint8Array(0x10000);
  private readonly single: Set<number> = new Set();
  /** Words and masks in turn. */
  private readonly networks4: Int32Array;
  private readonly networks6: Int32Array;

  constructor({ v4, v6 }: NearNetworks) {
    for (const [word, mask] of v4) if (mask === -1) this.single.add(word);
    this.networks4 = Int32Array.from(v4.filter(([, mask]) => mask !== -1).flat());
    for (const [word, mask] of v4) this.enter(word, mask);
    this.networks6 = Int32Array.from(v6.flatMap(([words, masks]) => [...words, ...masks]));
  }

  private enter(word: number, mask: number): void {
    if ((mask & HALF) === HALF) this.mark(word >>> 16, mask);
    else for (let half = 0; half < this.halves.length; half++) if ((((half << 16) ^ word) & mask & HALF) === 0) this.mark(half, mask);
  }

  private mark(half: number, mask: number): void {
    const { halves } = this;
    if ((mask & ~HALF) === 0) halves[half] = ALL;
    else if (halves[half] === NONE) halves[half] = SOME;
  }

  /** 1 for a near address, 0 for any other. */
  has4(word: number): number {
    const there = this.halves[word >>> 16]!;
    return there === SOME ? Number(this.search4(word)) : there;
  }

  private search4(word: number): boolean {
    const { networks4 } = this;
    for (let i = 0; i < networks4.length; i += 2) if ((word & networks4[i + 1]!) === networks4[i]) return true;
    return this.single.size > 0 && this.single.has(word);
  }

  has6(w0: number, w1: number, w2: number, w3: number): boolean {
    const { networks6: list } = this;
    for (let i = 0; i < list.length; i += 8) {
      if ((w0 & list[i + 4]!) !== list[i] || (w1 & list[i + 5]!) !== list[i + 1]) continue;
      if ((w2 & list[i + 6]!) === list[i + 2] && (w3 & list[i + 7]!) === list[i + 3]) return true;
    }
    return false;
  }
}
