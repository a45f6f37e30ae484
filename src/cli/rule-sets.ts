/**
 * The rule sets a command line names, read; notes go to standard error at once.
 * @module
 */
import { formatLocation, type RuleError } from '../errors.ts';
import type { RuleNote } from '../iptables/save.ts';
import { loadRules, readOctets } from '../replay/inputs.ts';
import type { RuleSet } from '../xtables/ruleset.ts';
import { printable, RulesRefused } from './exit.ts';

export interface RuleFiles {
  readonly rules?: string;
  readonly rules6?: string;
}

/** One a family. 'quiet': notes were told before; `read` gives the octets of a file. @throws RulesRefused with all errors of both files */
export function loadRuleSets(
  { rules, rules6 }: RuleFiles,
  told: 'aloud' | 'quiet' = 'aloud',
  read: (path: string) => Uint8Array = readOctets,
): RuleSet[] {
  const errors: RuleError[] = [];
  const notes: RuleNote[] = [];
  const sets = [loadRules(rules, 4, errors, notes, read), loadRules(rules6, 6, errors, notes, read)];
  if (told === 'aloud') for (const note of notes) process.stderr.write(`${printable(`${formatLocation(note)}: note: ${note.text}`)}\n`);
  if (errors.length > 0) throw new RulesRefused(errors);
  return sets.filter((set): set is RuleSet => set !== null);
}
