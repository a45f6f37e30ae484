/**
 * For commands that run one machine where replay would run one for each answer to what no input tells.
 * @module
 */
import { questionsOf } from '../replay/doubt-question.ts';
import { printable } from './exit.ts';
import type { RunInputs } from './run-options.ts';

/** Says on standard error that one possible way is told. */
export function noteDoubt({ rules, host, sets }: RunInputs, local: boolean): void {
  const { questions } = questionsOf(rules, { host, sets: sets(), local, missingSets: false });
  if (questions.length === 0) return;
  const subjects = questions.map(({ subject }) => subject).join(', ');
  const text = `hookline: note: the rules ask what no input tells (${subjects}): one possible way is told; replay says which packets are in doubt`;
  process.stderr.write(`${printable(text)}\n`);
}
