import type { MatchModule } from '../../../src/xtables/match.ts';
import type { TargetModule } from '../../../src/xtables/target.ts';
import { RuleError } from '../../../src/errors.ts';
import { type ParseOptions, parseRules } from '../../../src/iptables/save.ts';
import { printRules } from '../../../src/iptables/print.ts';

type Words = readonly string[];

/** A match that keeps what it is given and prints it again. */
export function fakeMatch(name: string, rest: Partial<MatchModule<Words>> = {}): MatchModule<Words> {
  return {
    name,
    scope: 'stateless',
    options: [],
    parse: (options) =>
      options
        .all()
        .map((option) => [option.invert ? '!' : '', `--${option.name}`, ...option.values].filter((word) => word !== '').join(' ')),
    print: (words) => words.join(' '),
    list: (words) => words.join(' '),
    compile: () => () => true,
    ...rest,
  };
}

export function fakeTarget(name: string, rest: Partial<TargetModule<Words>> = {}): TargetModule<Words> {
  return { ...fakeMatch(name), compile: () => () => -1, ...rest } as TargetModule<Words>;
}

/** The rules a block of lines leaves in a table, as saved; a list of chains declared before. */
export function saved(lines: string, options: ParseOptions & { readonly table?: string } = {}): string[] {
  const table = options.table ?? 'filter';
  const set = parseRules(`*${table}\n:z - [0:0]\n:a - [0:0]\n${lines}\nCOMMIT\n`, options);
  return printRules(set, { counters: true })
    .split('\n')
    .filter((line) => line.startsWith('['));
}

/** Why a block of lines is refused. */
export function refusal(lines: string, options: ParseOptions & { readonly table?: string } = {}): RuleError {
  try {
    saved(lines, options);
  } catch (error) {
    if (error instanceof RuleError) return error;
    throw error;
  }
  throw new Error(`taken: ${lines}`);
}
