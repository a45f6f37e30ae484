/**
 * What completions and the manual page need to know of options and arguments, read from the tree of commands.
 * @module
 */
import type { Argument, Command, Option } from 'commander';

export interface OptionFacts {
  /** `-r`; '' for none. */
  readonly short: string;
  /** `--rules`. */
  readonly long: string;
  /** `<file>`, `[n]`; '' for a switch. */
  readonly value: string;
  readonly description: string;
  readonly choices: readonly string[];
  /** The value is the name of a file or folder. */
  readonly isFile: boolean;
  /** The option may be given again. */
  readonly repeats: boolean;
  /** As --help tells it; '' for none. */
  readonly byDefault: string;
}

/** Placeholders whose values are names of files. */
const FILES = /file|dir|capture|folder|rules|out|report/i;

export function optionsOf(command: Command): OptionFacts[] {
  return command.createHelp().visibleOptions(command).map(factsOf);
}

function factsOf(option: Option): OptionFacts {
  const value = /[<[].*[>\]]/.exec(option.flags)?.[0] ?? '';
  const choices = option.argChoices ?? [];
  const { defaultValue, defaultValueDescription } = option as { defaultValue?: unknown; defaultValueDescription?: string };
  const plain = typeof defaultValue === 'string' || typeof defaultValue === 'number' ? String(defaultValue) : '';
  return {
    short: option.short ?? '',
    long: option.long ?? '',
    value,
    description: option.description,
    choices,
    isFile: choices.length === 0 && FILES.test(value),
    repeats: Array.isArray(defaultValue) || /again|twice/.test(option.description),
    byDefault: defaultValueDescription ?? plain,
  };
}

/** An argument of a command, for people and for shells. */
export interface ArgumentFacts {
  /** `<capture...>`. */
  readonly text: string;
  readonly name: string;
  readonly description: string;
  readonly choices: readonly string[];
  readonly isFile: boolean;
}

export function argumentsOf(command: Command): ArgumentFacts[] {
  return command.registeredArguments.map((argument: Argument) => {
    const name = argument.name();
    const inside = `${name}${argument.variadic ? '...' : ''}`;
    return {
      text: argument.required ? `<${inside}>` : `[${inside}]`,
      name,
      description: argument.description,
      choices: argument.argChoices ?? [],
      isFile: argument.argChoices === undefined && FILES.test(name),
    };
  });
}

/** Help that stands behind the options: paragraphs, and the lines under `Examples:`. */
export function textBehind(command: Command): string {
  const before = command.configureOutput();
  let whole = '';
  command.configureOutput({ ...before, writeOut: (text) => void (whole += text) });
  command.outputHelp();
  command.configureOutput(before);
  return whole.slice(command.helpInformation().length).trim();
}
