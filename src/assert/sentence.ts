/**
 * Reads one sentence (see expectation.ts).
 * @module
 */
import { StateBit } from '../conntrack/ctinfo.ts';
import { parsePortRanges } from '../inet/ports.ts';
import { parsePrefix } from '../inet/prefix.ts';
import { protocolNumber } from '../inet/protocol.ts';
import type { Count, Expectation, Outcome, Place, Quantifier, What } from './expectation.ts';

/** What a sentence may name: places of the file, and whether the host has an interface. */
export interface Names {
  readonly places: ReadonlyMap<string, Place>;
  hasDevice(name: string): boolean;
}

/** Why a sentence is not understood, and the word (its offset in the sentence) that is meant. */
export class SentenceError extends Error {
  readonly offset: number;
  readonly word: string;

  constructor(reason: string, word: string, offset: number) {
    super(reason);
    this.word = word;
    this.offset = offset;
  }
}

export type Read = Omit<Expectation, 'name' | 'sentence' | 'at'>;

const STATES: ReadonlyMap<string, number> = new Map([
  ['NEW', StateBit.New],
  ['ESTABLISHED', StateBit.Established],
  ['RELATED', StateBit.Related],
  ['INVALID', StateBit.Invalid],
  ['UNTRACKED', StateBit.Untracked],
]);
const PLAIN = ['accepted', 'dropped', 'rejected', 'forwarded', 'delivered', 'sent', 'untranslated'] as const;
const ANYWHERE: Place = { any: true, host: false, devices: [], prefixes: [] };
const ANYTHING: What = { protocol: -1, ports: null, states: 0 };

/** @throws SentenceError */
export function readSentence(text: string, names: Names): Read {
  return new Reader(text, names).read();
}

/** One place by its word. @throws SentenceError */
export function readPlace(word: string, names: Names, offset = 0): Place {
  if (word === 'any') return ANYWHERE;
  const known = names.places.get(word);
  if (known !== undefined) return known;
  if (word === 'host') return { ...ANYWHERE, any: false, host: true };
  const prefix = parsePrefix(word, word.includes(':') ? 6 : 4);
  if (prefix !== null) return { ...ANYWHERE, any: false, prefixes: [prefix] };
  if (names.hasDevice(word)) return { ...ANYWHERE, any: false, devices: [word] };
  throw new SentenceError('is no address, no interface of the host and no name under `places`', word, offset);
}

interface Word {
  readonly text: string;
  readonly offset: number;
}

class Reader {
  private readonly words: readonly Word[];
  private readonly names: Names;
  private readonly end: Word;
  private next = 0;

  constructor(text: string, names: Names) {
    // a comma in front of a count is a word of its own; those within ports and states are not
    this.words = [...text.matchAll(/,(?=\s)|(?:(?!,\s)\S)+/g)].map((match) => ({ text: match[0], offset: match.index }));
    this.names = names;
    this.end = { text: '', offset: text.length };
  }

  read(): Read {
    const rest = this.peek('nothing') ? this.nothing() : this.about();
    const count = this.take(',') ? this.count() : null;
    if (this.word.text !== '') throw this.fault('was not expected here');
    return { ...rest, count };
  }

  private nothing(): Omit<Read, 'count'> {
    this.next++;
    const from = this.take('from') ? this.place() : ANYWHERE;
    this.need('reaches');
    const place = this.place();
    return { quantifier: 'no', from, to: ANYWHERE, what: this.what(), outcome: { kind: 'reaches', place }, by: '' };
  }

  private about(): Omit<Read, 'count'> {
    let quantifier: Quantifier = 'all';
    for (const word of ['all', 'some', 'no'] as const) if (this.take(word)) quantifier = word;
    const from = this.place();
    this.need('->', '→');
    const to = this.place();
    const what = this.what();
    this.need('is', 'are');
    const outcome = this.outcome();
    const by = this.take('by') ? this.any('a rule').text : '';
    return { quantifier, from, to, what, outcome, by };
  }

  private place(): Place {
    const { text, offset } = this.any('a place');
    return readPlace(text, this.names, offset);
  }

  private what(): What {
    let what = ANYTHING;
    for (; ; this.next++) {
      const { text } = this.word;
      const states = statesOf(text);
      if (states !== 0) {
        what = { ...what, states: what.states | states };
        continue;
      }
      const slash = text.indexOf('/');
      const name = slash < 0 ? text : text.slice(0, slash);
      const protocol = /^[a-z0-9-]+$/i.test(name) ? (protocolNumber(name) ?? -1) : -1;
      if (protocol < 0) return what;
      if (what.protocol >= 0) throw this.fault('names a second protocol');
      what = { ...what, protocol, ports: slash < 0 ? null : this.ports(text.slice(slash + 1)) };
    }
  }

  private ports(text: string): Uint16Array {
    const ranges = parsePortRanges(text.replaceAll('-', ':'));
    if (ranges === null) throw this.fault('has no ports as 22, 80-90 or 80,443 behind its /');
    return ranges;
  }

  private outcome(): Outcome {
    const { text, offset } = this.any('an outcome');
    if (text === 'translated') {
      this.need('to');
      return this.translated();
    }
    const kind = PLAIN.find((word) => word === text);
    if (kind === undefined) throw new SentenceError(`is no outcome: ${PLAIN.join(', ')} or translated to ADDRESS`, text, offset);
    return { kind };
  }

  private translated(): Outcome {
    const { text, offset } = this.any('an address');
    const match = /^(?:\[(?<six>[^\]]+)\]|(?<four>[^:]+)):(?<port>\d{1,5})$/.exec(text);
    const address = match?.groups?.['six'] ?? match?.groups?.['four'] ?? text;
    const prefix = parsePrefix(address, address.includes(':') ? 6 : 4);
    const port = match === null ? -1 : Number(match.groups?.['port']);
    if (prefix === null || port > 65_535) throw new SentenceError('is no address or prefix', text, offset);
    return { kind: 'translated', prefix, port };
  }

  private count(): Count {
    const kind = this.take('exactly') ? 'exactly' : this.least();
    const { text, offset } = this.any('a number');
    if (!/^\d{1,15}$/.test(text)) throw new SentenceError('is no number', text, offset);
    return { kind, number: Number(text) };
  }

  private least(): Count['kind'] {
    this.need('at');
    if (this.take('least')) return 'at least';
    this.need('most');
    return 'at most';
  }

  private get word(): Word {
    return this.words[this.next] ?? this.end;
  }

  private peek(text: string): boolean {
    return this.word.text === text;
  }

  private take(text: string): boolean {
    if (!this.peek(text)) return false;
    this.next++;
    return true;
  }

  private any(what: string): Word {
    const { word } = this;
    if (word.text === '') throw this.fault(`${what} is missing`);
    this.next++;
    return word;
  }

  private need(...texts: readonly string[]): void {
    if (!texts.some((text) => this.take(text))) throw this.fault(`\`${texts[0]}' was expected`);
  }

  private fault(reason: string): SentenceError {
    return new SentenceError(reason, this.word.text, this.word.offset);
  }
}

/** 0 for what is no list of states. */
function statesOf(text: string): number {
  let bits = 0;
  for (const name of text.split(',')) {
    const bit = STATES.get(name);
    if (bit === undefined) return 0;
    bits |= bit;
  }
  return bits;
}
