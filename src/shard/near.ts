/**
 * Near: the addresses that translation changes, before and after: those of the near side of a router that translates. Single
 * addresses in a set, networks in a list of masks.
 * @module
 */

/** Plain data, so that every worker is told the same: words and mask words, one row a network. */
export interface NearNetworks {
  readonly v4: readonly (readonly [word: number, mask: number])[];
  readonly v6: readonly (readonly [words: readonly number[], masks: readonly number[]])[];
}

export class Near {
  private readonly single: Set<number> = new Set();
  /** Words and masks in turn. */
  private readonly networks4: Int32Array;
  private readonly networks6: Int32Array;

  constructor({ v4, v6 }: NearNetworks) {
    for (const [word, mask] of v4) if (mask === -1) this.single.add(word);
    this.networks4 = Int32Array.from(v4.filter(([, mask]) => mask !== -1).flat());
    this.networks6 = Int32Array.from(v6.flatMap(([words, masks]) => [...words, ...masks]));
  }

  has4(word: number): boolean {
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
