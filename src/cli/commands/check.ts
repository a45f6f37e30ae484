/**
 * `hookline check RULES`: reads a rule file as the kernel would load it; prints it as iptables-save would, or what is wrong.
 * @module
 */
import { Command, Option } from 'commander';
import { formatLocation, type RuleError } from '../../errors.ts';
import { guessFamily } from '../../iptables/guess-family.ts';
import { printRules } from '../../iptables/print.ts';
import { type RuleNote, parseRules } from '../../iptables/save.ts';
import { readText } from '../../replay/inputs.ts';
import { Exit, printable } from '../exit.ts';

export interface CheckOptions {
  readonly family?: 'ipv4' | 'ipv6';
  /** Print counters in front of rules. */
  readonly counters?: boolean;
}

/** What checking a rule text found. */
export interface CheckResult {
  readonly family: 4 | 6;
  /** The rules in iptables-save's words, tables in the order given; '' when there are errors. */
  readonly text: string;
  readonly errors: readonly RuleError[];
  readonly notes: readonly RuleNote[];
  readonly rules: number;
}

/** Parse, validate and print a rule text. Never throws for what the text holds. */
export function checkRules(text: string, file: string, options: CheckOptions = {}): CheckResult {
  const family = options.family === undefined ? guessFamily(text, file) : options.family === 'ipv6' ? 6 : 4;
  const errors: RuleError[] = [];
  const notes: RuleNote[] = [];
  const rules = parseRules(text, { file, family, errors, notes });
  const printed = errors.length > 0 ? '' : printRules(rules, { counters: options.counters === true, order: 'given' });
  return { family, text: printed, errors, notes, rules: rules.ruleCount };
}

export function checkCommand(): Command {
  return new Command('check')
    .description('read a rule file, refuse what the kernel would, print it as iptables-save does')
    .argument('<rules>', 'iptables-save or ip6tables-save text; - for standard input')
    .addOption(new Option('--family <family>', 'default: guessed from name and content').choices(['ipv4', 'ipv6']))
    .option('-c, --counters', 'print counters')
    .option('-q, --quiet', 'print no rules, only what is wrong')
    .addHelpText(
      'after',
      '\nExamples:\n  hookline check rules.v4\n  hookline check --family ipv6 ip6tables.txt\n  iptables-save | hookline check -',
    )
    .action(run);
}

function run(path: string, options: CheckOptions & { readonly quiet?: boolean }): void {
  const file = path === '-' ? 'stdin' : path;
  const result = checkRules(readText(path), file, options);
  for (const note of result.notes) process.stderr.write(`${printable(`${formatLocation(note)}: note: ${note.text}`)}\n`);
  for (const error of result.errors) process.stderr.write(`hookline: ${printable(error.message)}\n`);
  if (result.errors.length > 0) process.exitCode = Exit.Usage;
  else if (options.quiet !== true) process.stdout.write(printable(result.text));
}
