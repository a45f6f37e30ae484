/**
 * The YAML file of expectations, each with its place.
 *
 *   places:                       # names for interfaces, addresses, prefixes; several in a list
 *     lan: virbr0
 *     servers: [10.0.1.0/24, 10.0.2.0/24]
 *   expect:
 *     - lan -> servers tcp/22 is accepted
 *     - name: what the report calls it
 *       that: nothing from wan reaches lan
 *
 * @module
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import { type Location, RuleError } from '../errors.ts';
import type { Expectation, Place } from './expectation.ts';
import { type Names, readPlace, readSentence, SentenceError } from './sentence.ts';

/** All that is wrong goes into `errors`, which the caller looks at. */
export function readExpectations(
  text: string,
  { file, hasDevice, errors }: { file: string; hasDevice: (name: string) => boolean; errors: RuleError[] },
): Expectation[] {
  return new FileReader(text, file, errors).read(hasDevice);
}

class FileReader {
  private readonly lines: LineCounter = new LineCounter();
  private readonly text: string;
  private readonly file: string;
  private readonly errors: RuleError[];

  constructor(text: string, file: string, errors: RuleError[]) {
    this.text = text;
    this.file = file;
    this.errors = errors;
  }

  read(hasDevice: Names['hasDevice']): Expectation[] {
    const root = this.parse();
    if (root === null) return [];
    const places = new Map<string, Place>();
    const names: Names = { places, hasDevice };
    for (const { key, keyNode, value } of this.entries(root)) {
      if (key === 'places') this.readPlaces(value, places, names);
      else if (key !== 'expect') this.fault(keyNode, key, 'is no key of this file: places or expect');
    }
    const list = root.get('expect', true) as Node | undefined;
    if (list === undefined || !isSeq(list)) {
      this.fault(list ?? root, 'expect', 'must be a list of expectations');
      return [];
    }
    return list.items.flatMap((item) => this.readItem(item as Node | null, names));
  }

  private parse(): YAMLMap | null {
    try {
      const document = parseDocument(this.text, { lineCounter: this.lines, prettyErrors: false, uniqueKeys: true });
      for (const { message, pos } of document.errors) this.errors.push(this.error(pos[0], '', message));
      if (document.errors.length > 0) return null;
      if (isMap(document.contents)) return document.contents;
    } catch (error) {
      // nested deeper than the stack
      this.errors.push(this.error(0, '', error instanceof Error ? error.message : 'not readable'));
      return null;
    }
    this.errors.push(this.error(0, '', 'must hold `expect:` and a list'));
    return null;
  }

  private readPlaces(node: Node | null, places: Map<string, Place>, names: Names): void {
    if (!isMap(node)) {
      this.fault(node, 'places', 'must name places');
      return;
    }
    for (const { key, value } of this.entries(node)) {
      const items = isSeq(value) ? (value.items as (Node | null)[]) : [value];
      const read = items.map((item) => this.readOnePlace(item, names));
      places.set(key, {
        any: read.some(({ any }) => any),
        host: read.some(({ host }) => host),
        devices: read.flatMap(({ devices }) => devices),
        prefixes: read.flatMap(({ prefixes }) => prefixes),
      });
    }
  }

  private readOnePlace(node: Node | null, names: Names): Place {
    const word = this.stringOf(node);
    try {
      if (word !== null) return readPlace(word, names);
      this.fault(node, '', 'must be an interface, an address or a prefix');
    } catch (error) {
      if (!(error instanceof SentenceError)) throw error;
      this.fault(node, error.word, error.message);
    }
    return { any: false, host: false, devices: [], prefixes: [] };
  }

  private readItem(item: Node | null, names: Names): Expectation[] {
    const sentence = this.stringOf(item);
    if (sentence !== null) return this.readSentence(sentence, item!, '', names);
    if (!isMap(item)) {
      this.fault(item, '', 'must be a sentence, or a name and a sentence under `that`');
      return [];
    }
    let name = '';
    let that: Node | null = null;
    for (const { key, keyNode, value } of this.entries(item)) {
      if (key === 'name') name = this.stringOf(value) ?? '';
      else if (key === 'that') that = value;
      else this.fault(keyNode, key, 'is no key of an expectation: name or that');
    }
    const text = this.stringOf(that);
    if (text === null) {
      this.fault(that ?? item, 'that', 'must be a sentence');
      return [];
    }
    return this.readSentence(text, that!, name, names);
  }

  private readSentence(sentence: string, node: Node, name: string, names: Names): Expectation[] {
    const at = this.locate(offsetOf(node));
    try {
      return [{ ...readSentence(sentence, names), name: name || sentence, sentence, at }];
    } catch (error) {
      if (!(error instanceof SentenceError)) throw error;
      // inside quotes the sentence begins one further; a folded one is told by its beginning
      const quoted = isScalar(node) && node.type?.startsWith('QUOTE') === true ? 1 : 0;
      const isPlain = this.text.startsWith(sentence, offsetOf(node) + quoted);
      this.errors.push(this.error(offsetOf(node) + (isPlain ? quoted + error.offset : 0), error.word, error.message));
      return [];
    }
  }

  private *entries(map: YAMLMap): Generator<{ key: string; keyNode: Node | null; value: Node | null }> {
    for (const { key, value } of map.items) {
      yield { key: this.stringOf(key as Node) ?? '', keyNode: key as Node, value: value as Node | null };
    }
  }

  /** Text of a plain value; null for anything else, aliases among them. */
  private stringOf(node: Node | null): string | null {
    if (node === null || isAlias(node) || !isScalar(node) || node.value === null) return null;
    return typeof node.value === 'string' ? node.value : (node.source ?? null);
  }

  private fault(node: Node | null | undefined, token: string, reason: string): void {
    this.errors.push(this.error(node == null ? 0 : offsetOf(node), token, reason));
  }

  private error(offset: number, token: string, reason: string): RuleError {
    return new RuleError('ERR_RULE_SYNTAX', this.locate(offset), token, token === '' ? reason : `"${token}": ${reason}`);
  }

  private locate(offset: number): Location {
    const { line, col } = this.lines.linePos(offset);
    return { file: this.file, line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}
