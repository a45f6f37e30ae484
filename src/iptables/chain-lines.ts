/**
 * Chain lines: `:CHAIN POLICY [packets:octets]`, the counters optional. They make the table's own chains (policy `-`) and set the
 * policies of the built-in ones.
 * @module
 */
import type { Table } from '../xtables/table.ts';
import type { Commands } from './commands.ts';
import { octets } from './cursor.ts';
import { isCounter } from './header-reader.ts';
import { MAX_NAME } from './line-reader.ts';
import type { Source } from './source.ts';

export class ChainLines {
  private readonly source: Source;
  private readonly commands: Commands;
  private readonly withCounters: boolean;
  private readonly isUpdate: boolean;

  /** `isUpdate`: a chain that is there is emptied, as `iptables-restore --noflush` does. */
  constructor(source: Source, commands: Commands, withCounters: boolean, isUpdate = false) {
    this.isUpdate = isUpdate;
    this.source = source;
    this.commands = commands;
    this.withCounters = withCounters;
  }

  /** Take the current line, which begins with a colon. */
  read(table: Table): void {
    const { source } = this;
    const { text } = source;
    const nameAt = this.skipBlanks(1);
    const nameEnd = this.wordEnd(nameAt);
    const policyAt = this.skipBlanks(nameEnd);
    const policyEnd = this.wordEnd(policyAt);
    const countersAt = this.skipBlanks(policyEnd);
    const name = text.slice(nameAt, nameEnd);
    const policy = text.slice(policyAt, policyEnd);
    if (octets(name) > MAX_NAME) throw source.error(nameAt, name, `Invalid chain name \`${name}' (${MAX_NAME} chars max)`);
    const known = table.chain(name);
    const chain = known ?? this.commands.newChain(table, name, nameAt);
    if (known === undefined || known.builtin) chain.standsAt(source.origin, source.line, nameAt + 1);
    else if (this.isUpdate) this.commands.empty(table, known);
    else throw source.error(nameAt, name, `error creating chain '${name}': it exists already`);
    if (policy === '') throw source.error(policyAt, name, `policy of chain '${name}' is missing`);
    if (policy === '-') return;
    this.commands.setPolicy(table, chain, policy, { chainAt: nameAt, policyAt });
    if (this.withCounters && (this.isUpdate || countersAt < text.length)) [chain.packets, chain.bytes] = this.counters(name, countersAt);
  }

  private counters(chain: string, at: number): [number, number] {
    const { source } = this;
    const word = source.text.slice(at, this.wordEnd(at));
    const colon = word.indexOf(':');
    const packets = word.slice(1, Math.max(colon, 1));
    const bytes = word.slice(colon + 1, -1);
    if (!word.startsWith('[') || !word.endsWith(']') || !isCounter(packets) || !isCounter(bytes)) {
      throw source.error(at, word, `invalid policy counters for chain '${chain}'`);
    }
    return [Number(packets), Number(bytes)];
  }

  private skipBlanks(from: number): number {
    const { text } = this.source;
    let i = from;
    while (i < text.length && isBlank(text.charCodeAt(i))) i++;
    return i;
  }

  private wordEnd(from: number): number {
    const { text } = this.source;
    let i = from;
    while (i < text.length && !isBlank(text.charCodeAt(i))) i++;
    return i;
  }
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
