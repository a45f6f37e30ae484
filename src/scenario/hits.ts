/**
 * The rules whose counters moved during one packet, named as the recorder names them: `table:chain:number`, `:policy`, `:return`,
 * with `*n` behind a rule that was hit more than once.
 * @module
 */
import type { RuleSet } from '../xtables/ruleset.ts';

export class HitNames {
  private readonly sets: readonly RuleSet[];
  private readonly before: readonly Float64Array[];

  constructor(sets: readonly (RuleSet | null)[]) {
    this.sets = sets.filter((set): set is RuleSet => set !== null);
    this.before = this.sets.map((set) => new Float64Array(set.counters.packets.length));
  }

  /** Note the counters before a packet. */
  begin(): void {
    this.sets.forEach((set, i) => this.before[i]!.set(set.counters.packets));
  }

  /** The rules hit since begin(). */
  names(): string[] {
    const names: string[] = [];
    this.sets.forEach((set, i) => {
      const before = this.before[i]!;
      const now = set.counters.packets;
      for (let id = 0; id < now.length; id++) {
        const count = now[id]! - before[id]!;
        if (count === 0) continue;
        const name = set.ruleName(id);
        if (name !== '') names.push(count > 1 ? `${name}*${count}` : name);
      }
    });
    return names;
  }
}
