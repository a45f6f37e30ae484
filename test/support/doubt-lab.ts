/**
 * Doubt about every match, with one answer for all, and a count of how often it was asked.
 */
import type { Doubt, Supposition } from '../../src/xtables/doubt.ts';

export class DoubtLab implements Doubt, Supposition {
  asked = 0;
  private answer = false;

  begin(answer: boolean): void {
    this.answer = answer;
    this.asked = 0;
  }

  about(): Supposition {
    return this;
  }

  ask(): boolean {
    this.asked++;
    return this.answer;
  }
}
