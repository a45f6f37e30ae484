/**
 * A supposed world: one answer to every question, and which doubtful matches the packet at hand met in it.
 * @module
 */
import type { Doubt, Supposition } from '../xtables/doubt.ts';
import type { DoubtfulMatch, Unknown } from './doubt-question.ts';

/** More worlds than this are not tried. */
export const MAX_WORLDS = 16;

/** Which answer each question has, by number. */
export type Answers = readonly number[];

/**
 * The combinations of answers, those nearest to the first answers first: all first ones, then one other, then two ...; at most
 * MAX_WORLDS. `complete` is false if there are more.
 */
export function combinations(unknown: Unknown): { readonly all: readonly Answers[]; readonly complete: boolean } {
  const { questions } = unknown;
  const all: number[][] = [questions.map(() => 0)];
  for (let i = 0; i < all.length; i++) {
    const from = all[i]!;
    for (let question = from.findLastIndex((answer) => answer > 0) + 1; question < questions.length; question++) {
      for (let answer = 1; answer < questions[question]!.answers.length; answer++) {
        if (all.length === MAX_WORLDS) return { all, complete: false };
        all.push(from.with(question, answer));
      }
    }
  }
  return { all, complete: true };
}

/** Nobody asks it: what a SET target would do to a set that is not there. */
const IDLE: Supposition = { ask: () => false };

export class SupposedWorld implements Doubt {
  /** What is so in this world and not in the one with all first answers. */
  readonly conditions: readonly string[];
  /** Doubtful matches the packet met, by number, in order and each once. */
  readonly met: Int32Array;
  metCount = 0;
  private readonly holding: Uint8Array;
  /** By match: the last packet that met it. */
  private readonly lastMet: Float64Array;
  private packet = 0;
  private readonly suppositions: ReadonlyMap<object, Supposition>;

  /** `matches`: those of all questions, numbered by place. */
  constructor(unknown: Unknown, answers: Answers, matches: readonly DoubtfulMatch[]) {
    const given = unknown.questions.map((question, i) => question.answers[answers[i]!]!);
    this.conditions = given.flatMap(({ conditions }, i) => (answers[i]! > 0 ? conditions : []));
    this.met = new Int32Array(matches.length);
    this.lastMet = new Float64Array(matches.length);
    this.holding = Uint8Array.from(matches, ({ info }) => (given.some(({ holding }) => holding.has(info)) ? 1 : 0));
    const suppositions = new Map<object, Supposition>(unknown.idle.map((use) => [use, IDLE]));
    matches.forEach(({ info }, number) => suppositions.set(info, { ask: () => this.ask(number) }));
    this.suppositions = suppositions;
  }

  about(info: object): Supposition | null {
    return this.suppositions.get(info) ?? null;
  }

  /** The next packet: it has met nothing yet. */
  begin(): void {
    this.packet++;
    this.metCount = 0;
  }

  holds(number: number): boolean {
    return this.holding[number] === 1;
  }

  hasMet(number: number): boolean {
    return this.lastMet[number] === this.packet;
  }

  private ask(number: number): boolean {
    if (this.lastMet[number] !== this.packet) {
      this.lastMet[number] = this.packet;
      this.met[this.metCount++] = number;
    }
    return this.holding[number] === 1;
  }
}
