/**
 * The options a rule gives to one of its modules, as the module's parse() asks for them (xtables/options.ts).
 * @module
 */
import { type Location, RuleError } from '../errors.ts';
import type { GivenOption, OptionSpec, Options, RuleContext } from '../xtables/options.ts';
import type { Source } from './source.ts';

const NO_VALUES: readonly string[] = [];

/** A word of the line being read. */
export interface Place {
  readonly source: Source;
  readonly offset: number;
}

export class Given implements GivenOption {
  readonly name: string;
  readonly invert: boolean;
  readonly value: string;
  readonly values: readonly string[];
  private readonly source: Source;
  private readonly line: number;
  private readonly column: number;

  constructor(name: string, invert: boolean, values: readonly string[], place: Place) {
    this.name = name;
    this.invert = invert;
    this.values = values;
    this.value = values.length === 0 ? '' : values[0]!;
    this.source = place.source;
    this.line = place.source.line;
    this.column = place.offset + 1;
  }

  get at(): Location {
    return { file: this.source.file, line: this.line, column: this.column };
  }

  fail(reason: string): never {
    throw new RuleError('ERR_RULE_SYNTAX', this.at, this.value === '' ? `--${this.name}` : this.value, reason);
  }
}

export class GivenOptions implements Options {
  context: RuleContext;
  private readonly module: string;
  private readonly place: Place;
  private readonly list: Given[] = [];

  /** For a module whose name stands at a place of the line being read. */
  constructor(module: string, place: Place, context: RuleContext) {
    this.module = module;
    this.place = place;
    this.context = context;
  }

  /** Take an option with its words (null: an option without). */
  add(spec: OptionSpec, invert: boolean, values: readonly string[] | null, offset: number): void {
    const { name } = spec;
    const { source } = this.place;
    if (invert && spec.invert !== true) {
      throw source.error(offset, `--${name}`, `${this.module}: option "--${name}" cannot be inverted`);
    }
    if (spec.multiple !== true && this.get(name) !== undefined) {
      throw source.error(offset, `--${name}`, `${this.module}: option "--${name}" can only be used once`);
    }
    this.list.push(new Given(name, invert, values ?? NO_VALUES, { source, offset }));
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  get(name: string): Given | undefined {
    const { list } = this;
    for (let i = 0; i < list.length; i++) if (list[i]!.name === name) return list[i];
    return undefined;
  }

  all(name?: string): readonly Given[] {
    return name === undefined ? this.list : this.list.filter((option) => option.name === name);
  }

  exactlyOne(...names: readonly string[]): Given {
    const found = this.list.filter((option) => names.includes(option.name));
    const listed = names.map((name) => `"--${name}"`).join(', ');
    if (found.length === 0) {
      return this.fail(
        names.length === 1 ? `${this.module}: option ${listed} must be specified` : `${this.module}: one of ${listed} must be specified`,
      );
    }
    const [first, second] = found;
    if (second !== undefined) return second.fail(`${this.module}: only one of ${listed} can be used`);
    return first!;
  }

  fail(reason: string): never {
    throw this.place.source.error(this.place.offset, this.module, reason);
  }

  unsupported(reason: string): never {
    throw this.place.source.error(this.place.offset, this.module, reason, 'ERR_UNSUPPORTED');
  }
}
