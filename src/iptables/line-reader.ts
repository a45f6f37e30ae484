/**
 * Reads the words of one line into a draft, as getopt_long does it for iptables: options in any order, names cut short as long as
 * they are unique, `!` before the option it inverts. An option that nobody knows yet loads the match named like the protocol
 * of -p, once (`-p tcp --dport 80`).
 * @module
 */
import { protocolName } from '../inet/protocol.ts';
import type { OptionSpec, RuleContext } from '../xtables/options.ts';
import type { Table } from '../xtables/table.ts';
import { BASE_BY_LETTER, BASE_BY_NAME, type BaseOption } from './base-options.ts';
import { Cursor, octets } from './cursor.ts';
import { type Command, Draft } from './draft.ts';
import { GivenOptions } from './given.ts';
import { HeaderReader, type NoteSink } from './header-reader.ts';
import { isKnownMatch, isKnownTarget, type ModuleBook } from './module-book.ts';
import { findOption, type Found } from './option-search.ts';
import type { Source } from './source.ts';
import { didYouMean } from '../suggest.ts';

/** Octets of the name of a chain, match or target. */
export const MAX_NAME = 28;
const STANDARD: ReadonlySet<string> = new Set(['ACCEPT', 'DROP', 'QUEUE', 'RETURN']);
/** Stands in until the whole rule is read. */
const NO_CONTEXT: RuleContext = { family: 4, table: '', chain: '', protocol: 0, protocolInverted: false };

export class LineReader {
  private readonly draft: Draft = new Draft();
  private readonly cursor: Cursor;
  private readonly header: HeaderReader;
  private readonly source: Source;
  private readonly book: ModuleBook;
  private readonly family: 4 | 6;
  private table: Table | null = null;
  private impliedMatch = false;

  constructor(source: Source, book: ModuleBook, family: 4 | 6, note: NoteSink) {
    this.source = source;
    this.cursor = new Cursor(source);
    this.header = new HeaderReader(this.cursor, this.draft, family, note);
    this.book = book;
    this.family = family;
  }

  /** Read the current line from an offset on; the draft is valid until the next line. Throws RuleError. */
  read(from: number, table: Table): Draft {
    const { cursor, draft } = this;
    draft.reset();
    this.table = table;
    this.impliedMatch = false;
    cursor.begin(from);
    let invertAt = -1;
    while (!cursor.done) {
      const at = cursor.next++;
      const word = cursor.word(at);
      if (word === '!') {
        if (invertAt >= 0) throw cursor.error(at, 'multiple consecutive ! not allowed');
        invertAt = at;
        continue;
      }
      if (word === '--' && cursor.done) break;
      this.option(word, at, invertAt >= 0);
      invertAt = -1;
    }
    if (invertAt >= 0) throw cursor.error(invertAt, 'nothing appropriate following !');
    return draft;
  }

  private option(word: string, at: number, invert: boolean): void {
    if (word.length < 2 || !word.startsWith('-')) throw this.badArgument(word, at);
    if (word.startsWith('--')) this.longOption(word, at, invert);
    else this.letters(word, at, invert);
  }

  private badArgument(word: string, at: number): Error {
    const before = this.cursor.word(at - 2);
    const hint = at >= 2 && this.cursor.word(at - 1) === '!' && before.startsWith('-') ? ` (the ! comes first: "! ${before} ${word}")` : '';
    return this.cursor.error(at, `Bad argument \`${word}'${hint}`);
  }

  private longOption(word: string, at: number, invert: boolean): void {
    const equals = word.indexOf('=');
    const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
    const glued = equals < 0 ? null : word.slice(equals + 1);
    const { use, option } = this.find(name, at);
    if (use !== null) return use.options.add(option, invert, this.values(option, at, glued), this.cursor.offset(at));
    if (glued !== null) throw this.cursor.error(at, `option "--${name}" wants its value as a word of its own`);
    this.base(option, at, invert, null);
  }

  private find(name: string, at: number): Found {
    const { draft } = this;
    let found = findOption(name, draft);
    if (found === null && this.loadImplied(at)) found = findOption(name, draft);
    if (found === 'ambiguous') throw this.cursor.error(at, `unknown option "--${name}" (it is ambiguous)`);
    if (found === null) throw this.cursor.error(at, `unknown option "--${name}"${this.similarOption(name)}`);
    return found;
  }

  private similarOption(name: string): string {
    const owners = this.book.ownersOf(name);
    if (owners.length > 0) return ` (it belongs to ${owners.slice(0, 5).join(', ')}: is -p, -m or -j missing in front of it?)`;
    const near = [...BASE_BY_NAME.keys(), ...this.draft.matches.flatMap(({ listed }) => [...listed.options.keys()])];
    return didYouMean(name, near, '--') || didYouMean(name, this.book.optionNames(), '--');
  }

  /** The match named like the protocol, when an option asks for more than is loaded. */
  private loadImplied(at: number): boolean {
    const { draft } = this;
    if (this.impliedMatch || draft.protocol <= 0) return false;
    const listed = this.book.match(protocolName(draft.protocol) ?? '');
    if (listed === undefined) return false;
    this.impliedMatch = true;
    draft.matches.push({ listed, options: this.optionsOf(listed.module.name, at) });
    return true;
  }

  /** A word of one dash: letters of which the last may have a value behind it. */
  private letters(word: string, at: number, invert: boolean): void {
    for (let i = 1; i < word.length; i++) {
      const letter = word[i]!;
      const base = BASE_BY_LETTER.get(letter);
      if (base === undefined || letter === '0') throw this.cursor.error(at, `unknown option "-${letter}"${this.longFormOf(word)}`);
      const glued = base.args !== 0 && i + 1 < word.length ? word.slice(i + 1) : null;
      if (glued !== null && base.kind !== 'command' && letter !== 'm') throw this.gluedValue(word, letter, at);
      this.base(base, at, invert, glued);
      if (glued !== null) return;
    }
  }

  /** `-dport 22` is -d with the value `port` to getopt, and iptables trips over what follows. */
  private gluedValue(word: string, letter: string, at: number): Error {
    return this.cursor.error(at, `option "-${letter}" wants its value as a word of its own${this.longFormOf(word)}`);
  }

  private longFormOf(word: string): string {
    const name = word.slice(1);
    const names = new Set([...BASE_BY_NAME.keys(), ...this.book.optionNames()]);
    return names.has(name) ? ` (did you mean "--${name}"?)` : '';
  }

  private base(base: BaseOption, at: number, invert: boolean, glued: string | null): void {
    const { cursor } = this;
    const { letter } = base;
    if (invert && !base.invert) throw cursor.error(at, `cannot have ! before -${letter}`);
    if (base.kind === 'command') this.command(base, at, glued);
    else if (base.kind === 'rule') this.rulePart(letter, at, invert, glued);
    else if (base.kind === 'listing') throw cursor.error(at, `Illegal option \`-${letter}' with this command`);
    else if (base.kind === 'refused') throw this.refused(letter, at);
    else if (letter === (this.family === 4 ? '6' : '4')) this.draft.skipped = true;
  }

  private refused(letter: string, at: number): Error {
    const { cursor } = this;
    if (letter === 't') return cursor.error(at, 'The -t option cannot be used in iptables-restore');
    return cursor.error(at, `You cannot use \`-${letter}' from iptables-restore`);
  }

  private command(base: BaseOption, at: number, glued: string | null): void {
    const { draft, cursor } = this;
    const { letter } = base;
    if (letter === 'L' || letter === 'S') throw this.refused(letter, at);
    if (draft.command !== '') throw cursor.error(at, `Cannot use -${letter} with -${draft.command}`);
    draft.command = letter as Command;
    draft.commandAt = cursor.offset(at);
    const chainAt = glued === null ? cursor.next : at;
    draft.chainAt = cursor.offset(chainAt);
    draft.chain = glued ?? (base.args === 1 ? cursor.value(at) : cursor.optionalValue());
    if (octets(draft.chain) > MAX_NAME) {
      throw cursor.error(chainAt, `chain name \`${draft.chain}' too long (must be under ${MAX_NAME + 1} chars)`);
    }
    draft.argumentAt = cursor.offset(cursor.next);
    if ('DIREPZ'.includes(letter)) draft.argument = cursor.optionalValue();
  }

  private rulePart(letter: string, at: number, invert: boolean, glued: string | null): void {
    if (letter === 'm') this.match(at, glued);
    else if (letter === 'j' || letter === 'g') this.target(letter === 'g', at);
    else this.header.read(letter, at, invert);
  }

  private match(at: number, glued: string | null): void {
    const { cursor } = this;
    const name = glued ?? cursor.value(at);
    const nameAt = glued === null ? cursor.next - 1 : at;
    const listed = this.book.match(name);
    if (listed !== undefined) {
      this.draft.matches.push({ listed, options: this.optionsOf(listed.module.name, nameAt) });
      return;
    }
    if (octets(name) > MAX_NAME) throw cursor.error(nameAt, `Invalid match name "${name}" (${MAX_NAME} chars max)`);
    if (isKnownMatch(name)) throw cursor.error(nameAt, `match '${name}' is not evaluated for IPv${this.family}`, 'ERR_UNSUPPORTED');
    throw cursor.error(nameAt, `Couldn't load match '${name}'${didYouMean(name, this.book.matchNames)}`);
  }

  private target(isGoto: boolean, at: number): void {
    const { draft, cursor } = this;
    if (draft.targetName !== null) throw cursor.error(at, 'multiple -j flags not allowed');
    const name = cursor.value(at);
    const nameAt = cursor.next - 1;
    draft.targetName = name;
    draft.targetAt = cursor.offset(nameAt);
    draft.isGoto = isGoto;
    if (name === '') throw cursor.error(nameAt, 'Invalid target name (too short)');
    if (octets(name) > MAX_NAME) throw cursor.error(nameAt, `Invalid target name \`${name}' (${MAX_NAME} chars max)`);
    if (!isGoto && STANDARD.has(name)) return;
    draft.targetChain = this.table?.chain(name) ?? null;
    if (draft.targetChain !== null) return;
    if (isGoto) throw cursor.error(nameAt, `goto '${name}' is not a chain`);
    const listed = this.book.target(name);
    if (listed === undefined) throw this.noTarget(name, nameAt);
    draft.target = { listed, options: this.optionsOf(name, nameAt) };
  }

  private noTarget(name: string, nameAt: number): Error {
    const { cursor } = this;
    if (isKnownTarget(name)) return cursor.error(nameAt, `target '${name}' is not evaluated for IPv${this.family}`, 'ERR_UNSUPPORTED');
    const chains = this.table?.chainNames ?? [];
    return cursor.error(nameAt, `Couldn't load target '${name}'${didYouMean(name, [...STANDARD, ...chains, ...this.book.targetNames])}`);
  }

  /** The words an option takes; null for none. */
  private values(spec: OptionSpec, at: number, glued: string | null): string[] | null {
    const { cursor } = this;
    const args = spec.args ?? 1;
    if (args === 0) {
      if (glued !== null) throw cursor.error(at, `option "--${spec.name}" takes no value`);
      return null;
    }
    if (args === 'optional') {
      const value = glued ?? cursor.optionalValue();
      return value === '' ? null : [value];
    }
    const first = glued ?? cursor.value(at);
    if (args === 1) return [first];
    const second = cursor.optionalValue();
    if (second === '') throw cursor.error(at, `--${spec.name} requires two args`);
    return [first, second];
  }

  private optionsOf(module: string, at: number): GivenOptions {
    return new GivenOptions(module, { source: this.source, offset: this.cursor.offset(at) }, NO_CONTEXT);
  }
}
