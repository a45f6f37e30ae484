/**
 * Reads `ipset save` text: create, add, del, flush, rename, swap and destroy lines, as `ipset restore` takes them.
 *
 * Commands may be shortened as ipset(8) allows (`-N`, `-A`, `n`, `a`); `-exist` or `-!` may stand anywhere in a line.
 * @module
 */
import { RuleError } from '../../errors.ts';
import * as ipproto from '../../inet/protocol.ts';
import { BitmapSet } from './bitmap-set.ts';
import { parseCreateOptions } from './create-options.ts';
import { countElements, coversEverything, forEachElement, MAX_EXPANSION } from './element-expand.ts';
import { parseElementOptions, type LineOptions } from './element-options.ts';
import { parseElement, type Fail, type FieldRange } from './element-parse.ts';
import { ElementFlag, HashSet } from './hash-set.ts';
import type { Change, IpSet, SetOptions } from './ip-set.ts';
import { ListSet } from './list-set.ts';
import { findSetType, type SetType } from './set-type.ts';
import { SetStore } from './set-store.ts';

const MAX_NAME = 31;

/** Commands in the order in which ipset looks for the shortest match, with their one-letter forms. */
const COMMANDS: readonly (readonly [string, string])[] = [
  ['create', 'n'],
  ['add', 'a'],
  ['del', 'd'],
  ['test', 't'],
  ['destroy', 'x'],
  ['flush', 'f'],
  ['rename', 'e'],
  ['swap', 'w'],
];

/** Read a text into a store: a new one, or one that has sets already. */
export function parseSets(text: string, file = 'ipset', store: SetStore = new SetStore()): SetStore {
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    const words = splitWords(line);
    if (words === null)
      throw new RuleError('ERR_SET', { file, line: i + 1, column: line.indexOf('"') + 1 }, '"', 'this quote is not closed');
    if (words.length === 0 || words[0]!.startsWith('#')) continue;
    if (words[0] === 'COMMIT') continue;
    if (words[0] === 'quit') break;
    new Line(store, words, { file, line: i + 1, text: line }).run();
  }
  return store;
}

/** Words of a line; blanks inside double quotes belong to their word, and the quotes to none. Null when a quote stays open. */
function splitWords(line: string): string[] | null {
  const words: string[] = [];
  let word = '';
  let quoted = false;
  for (const c of line) {
    if (c === '"') quoted = !quoted;
    else if (!quoted && (c === ' ' || c === '\t' || c === '\r')) {
      if (word !== '') words.push(word);
      word = '';
    } else word += c;
  }
  if (word !== '') words.push(word);
  return quoted ? null : words;
}

interface Place {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

class Line {
  private readonly store: SetStore;
  private readonly words: readonly string[];
  private readonly exist: boolean;
  private readonly place: Place;

  constructor(store: SetStore, words: readonly string[], place: Place) {
    this.store = store;
    this.place = place;
    this.exist = words.includes('-exist') || words.includes('-!');
    this.words = words.filter((word) => word !== '-exist' && word !== '-!');
  }

  run(): void {
    const [command, name, ...rest] = this.words;
    switch (commandOf(command ?? '')) {
      case 'create':
        return this.create(this.need(name), rest);
      case 'add':
        return this.change(this.set(name), rest, true);
      case 'del':
        return this.change(this.set(name), rest, false);
      case 'flush':
        for (const set of name === undefined ? this.store.list() : [this.set(name)]) set.flush();
        return;
      case 'destroy':
        return this.destroy(name === undefined ? this.store.list() : [this.set(name)]);
      case 'rename':
        return this.rename(this.set(name), this.need(rest[0]));
      case 'swap':
        return this.swap(this.set(name), this.set(rest[0]));
      case 'test':
        return this.fail('test', 'a test has no place in a text of sets');
      default:
        return this.fail(command ?? '', `no command specified: unknown argument ${command}`);
    }
  }

  private create(name: string, [typeName, ...words]: readonly string[]): void {
    const type = findSetType(this.need(typeName)) ?? this.fail(typeName!, `typename '${typeName}' is unknown`);
    if (name.length > MAX_NAME) this.fail(name, `setname '${name}' is longer than ${MAX_NAME} characters`);
    const options = parseCreateOptions(type, words, this.fail);
    const present = this.store.get(name);
    if (present !== undefined) {
      if (this.exist && isSame(present, type, options)) return;
      this.fail(name, 'set cannot be created: set with the same name already exists');
    }
    if (this.store.create(name, type, options) === null) this.fail(name, 'the sets of this text need too much memory', 'ERR_LIMIT');
  }

  private change(set: IpSet, [entry, ...words]: readonly string[], isAdd: boolean): void {
    const text = this.need(entry);
    const options = parseElementOptions(set, words, this.fail);
    if (set instanceof ListSet) return this.changeList(set, text, options, isAdd);
    const ranges = parseElement(set, text, this.fail);
    if (set instanceof BitmapSet) this.changeBitmap(set, text, ranges, options, isAdd);
    else if (set instanceof HashSet) this.changeHash(set, text, ranges, options, isAdd);
  }

  private changeHash(set: HashSet, text: string, ranges: readonly FieldRange[], options: LineOptions, isAdd: boolean): void {
    if (countElements(set, ranges) > MAX_EXPANSION) this.fail(text, `more than ${MAX_EXPANSION} elements in one line`, 'ERR_LIMIT');
    if (ranges.some(coversEverything)) this.fail(text, 'invalid range, covers the whole address space');
    const { iface, physdev } = ranges.at(-1)!;
    const flags = options.flags | (physdev ? ElementFlag.PhysDev : 0);
    forEachElement(set, ranges, () => {
      if (set.hasForbiddenZero()) this.fail(text, 'null-valued element, cannot be stored in a hash type of set');
      this.expect(text, isAdd ? set.addKey(iface, flags, options.values, this.exist) : set.deleteKey(iface, flags), isAdd);
      return true;
    });
  }

  private changeBitmap(set: BitmapSet, text: string, ranges: readonly FieldRange[], options: LineOptions, isAdd: boolean): void {
    const { first, last, prefix, protocol } = ranges[0]!;
    if (set.family === 0 && protocol !== ipproto.TCP && protocol !== ipproto.UDP) this.fail(text, 'only protocols TCP and UDP are valid');
    const span = prefix < 0 ? 1 : 2 ** (32 - prefix);
    const network = first - (first % span);
    const from = set.placeOf(prefix < 0 ? Math.min(first, last) : network);
    const to = set.placeOf(prefix < 0 ? Math.max(first, last) : network + span - 1);
    if (from < 0 || to < 0) this.fail(text, 'element is out of the range of the set');
    const mac = ranges[1]?.mac ?? null;
    for (let place = from; place <= to; place++) {
      this.expect(text, isAdd ? set.addPlace(place, mac, options.values, this.exist) : set.deletePlace(place), isAdd);
    }
  }

  private changeList(list: ListSet, text: string, options: LineOptions, isAdd: boolean): void {
    const member = this.store.get(text) ?? this.fail(text, 'set to be added/deleted/tested as element does not exist');
    if (member instanceof ListSet) this.fail(text, 'sets with list:set type cannot be added to the set');
    const besideName = options.before ?? options.after;
    const beside = besideName === null ? null : (this.store.get(besideName) ?? null);
    if (besideName !== null && beside === null)
      this.fail(besideName, `set ${besideName}, before or after which the element should stand, does not exist`);
    const change = isAdd
      ? list.addMember(member, beside, options.before === null ? 1 : -1, options.values, this.exist)
      : list.deleteMember(member);
    this.expect(text, change, isAdd);
  }

  /** Refuse a change that did not come about, as ipset words it. */
  private expect(token: string, change: Change, isAdd: boolean): void {
    switch (change) {
      case 'done':
        return;
      case 'exists':
        if (!this.exist) this.fail(token, "element cannot be added to the set: it's already added");
        return;
      case 'missing':
        if (!this.exist) this.fail(token, "element cannot be deleted from the set: it's not added");
        return;
      case 'full':
        return this.fail(token, 'hash is full, cannot add more elements');
      case 'refused':
        return this.fail(token, isAdd ? 'element cannot be added to the set' : 'element cannot be deleted from the set');
    }
  }

  private destroy(sets: readonly IpSet[]): void {
    for (const set of sets) {
      if (!this.store.destroy(set)) this.fail(set.name, 'set cannot be destroyed: it is in use by a kernel component');
    }
  }

  private rename(set: IpSet, name: string): void {
    if (this.store.get(name) !== undefined) this.fail(name, 'set cannot be renamed: a set with the new name already exists');
    if (set.references > 0) this.fail(set.name, 'set cannot be renamed: it is in use by another system');
    if (name.length > MAX_NAME) this.fail(name, `setname '${name}' is longer than ${MAX_NAME} characters`);
    this.store.rename(set, name);
  }

  private swap(one: IpSet, other: IpSet): void {
    if (one.type !== other.type || one.family !== other.family)
      this.fail(other.name, 'the sets cannot be swapped: their type does not match');
    this.store.swap(one, other);
  }

  private set(name: string | undefined): IpSet {
    return this.store.get(this.need(name)) ?? this.fail(name!, 'the set with the given name does not exist');
  }

  private need(word: string | undefined): string {
    return word ?? this.fail('', 'missing mandatory argument');
  }

  private readonly fail: Fail & ((token: string, reason: string, code: 'ERR_SET' | 'ERR_LIMIT') => never) = (
    token: string,
    reason: string,
    code: 'ERR_SET' | 'ERR_LIMIT' = 'ERR_SET',
  ): never => {
    const { file, line, text } = this.place;
    throw new RuleError(code, { file, line, column: Math.max(0, text.indexOf(token)) + 1 }, token, reason);
  };
}

/** The command a word stands for: whole, its beginning, or its letter; dashes before it are decoration. */
function commandOf(word: string): string | null {
  const bare = word.replace(/^-{1,2}/, '').toLowerCase();
  if (bare === '') return null;
  for (const [name, letter] of COMMANDS) if (bare === letter || name.startsWith(bare)) return name;
  return null;
}

function isSame(set: IpSet, type: SetType, options: SetOptions): boolean {
  if (set.type !== type) return false;
  const mine = set.options;
  return (
    mine.family === options.family &&
    mine.timeoutSec === options.timeoutSec &&
    mine.counters === options.counters &&
    mine.comment === options.comment &&
    mine.skbinfo === options.skbinfo &&
    mine.maxelem === options.maxelem &&
    mine.netmask === options.netmask &&
    String(mine.bitmask) === String(options.bitmask) &&
    mine.markmask === options.markmask &&
    mine.first === options.first &&
    mine.last === options.last
  );
}
