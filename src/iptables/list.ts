/**
 * Rules as iptables -L -n shows them, octet for octet as iptables-legacy 1.8.9 does.
 * @module
 */
import { formatAddress } from '../inet/address.ts';
import { formatPrefix, type Prefix } from '../inet/prefix.ts';
import type { Chain } from '../xtables/chain.ts';
import type { RuleContext } from '../xtables/options.ts';
import { type Header, type Rule, ruleContext, type RuleTarget, targetName } from '../xtables/rule.ts';
import type { RuleSet } from '../xtables/ruleset.ts';
import type { Table } from '../xtables/table.ts';

export interface ListOptions {
  /** By name, or one of the rule set's own. Default all, each behind a line `Table NAME` that iptables does not have. */
  readonly table?: string | Table;
  /** One chain; default all. */
  readonly chain?: string;
  /** -v: counters and interfaces. */
  readonly verbose?: boolean;
  /** -x: counters in full. */
  readonly exact?: boolean;
  readonly lineNumbers?: boolean;
  /** Leave out rules that no packet hit, and chains where that leaves none and the end has none either. */
  readonly hitOnly?: boolean;
}

/** The listing of a table or of all; '' when the rule set has no such table or chain. */
export function listRules(rules: RuleSet, options: ListOptions = {}): string {
  if (options.table !== undefined) {
    const table = typeof options.table === 'string' ? rules.table(options.table) : options.table;
    return table === undefined ? '' : listTable({ rules, table, options });
  }
  const listings = rules.tables.map((table) => [table.name, listTable({ rules, table, options })] as const);
  return listings.flatMap(([name, text]) => (text === '' ? [] : [`Table ${name}\n${text}`])).join('\n');
}

function listTable(listing: Listing): string {
  const { rules, table, options } = listing;
  const wanted = chainsOf(table, options).filter((chain) => options.hitOnly !== true || isHit(rules, chain));
  return wanted.map((chain) => listChain(listing, chain)).join('\n');
}

function chainsOf(table: Table, { chain: name }: ListOptions): readonly Chain[] {
  if (name === undefined) return table.chains;
  const chain = table.chain(name);
  return chain === undefined ? [] : [chain];
}

function isHit(rules: RuleSet, chain: Chain): boolean {
  for (let id = chain.firstId; id <= chain.endId; id++) if (rules.counters.packets[id] !== 0) return true;
  return false;
}

interface Listing {
  readonly rules: RuleSet;
  readonly table: Table;
  readonly options: ListOptions;
}

function listChain(listing: Listing, chain: Chain): string {
  const { rules, table, options } = listing;
  const lines = [chainLine(listing, chain), columnLine(options)];
  for (let i = 0; i < chain.length; i++) {
    const id = chain.firstId + i;
    if (options.hitOnly === true && rules.counters.packets[id] === 0) continue;
    const rule = chain.rule(i);
    const number = options.lineNumbers === true ? `${String(i + 1).padEnd(4)} ` : '';
    const context = ruleContext(rules.family, table.name, chain.name, rule.header);
    lines.push(number + counterColumns(listing, id) + listRule(rule, context, options.verbose === true));
  }
  return `${lines.join('\n')}\n`;
}

function chainLine({ rules, options }: Listing, chain: Chain): string {
  if (!chain.builtin) return `Chain ${chain.name} (${chain.references} references)`;
  if (options.verbose !== true) return `Chain ${chain.name} (policy ${chain.policy})`;
  const { packets, bytes } = rules.counters;
  const exact = options.exact === true;
  return `Chain ${chain.name} (policy ${chain.policy} ${shorten(packets[chain.endId]!, exact)} packets, ${shorten(bytes[chain.endId]!, exact)} bytes)`;
}

function columnLine({ verbose, exact, lineNumbers }: ListOptions): string {
  const number = lineNumbers === true ? 'num  ' : '';
  const counters = verbose !== true ? '' : exact === true ? '    pkts      bytes ' : ' pkts bytes ';
  const devices = verbose === true ? ` ${'in'.padEnd(6)} ${'out'.padEnd(6)} ` : '';
  return `${number}${counters}${'target'.padEnd(9)}  prot opt${devices} ${'source'.padEnd(19)}  ${'destination'.padEnd(19)} `;
}

function counterColumns({ rules, options }: Listing, id: number): string {
  if (options.verbose !== true) return '';
  const { packets, bytes } = rules.counters;
  const exact = options.exact === true;
  const width = exact ? 8 : 5;
  return `${shorten(packets[id]!, exact).padStart(width)} ${shorten(bytes[id]!, exact).padStart(width)} `;
}

/** Up to five digits as they are, more in thousands (K, M, G, T), rounded at every step. */
function shorten(count: number, exact: boolean): string {
  if (exact || count <= 99_999) return String(count);
  let short = count;
  for (const unit of 'KMG') {
    short = Math.floor((short + 500) / 1000);
    if (short <= 9999) return `${short}${unit}`;
  }
  return `${Math.floor((short + 500) / 1000)}T`;
}

function listRule(rule: Rule, context: RuleContext, verbose: boolean): string {
  const { header, target, matches } = rule;
  let text = `${listedName(target).padEnd(9)} ${mark(header.protocolInvert)}${String(header.protocol).padEnd(4)} ${fragmentColumn(header)} `;
  if (verbose) text += `${deviceColumn(header.indev, header.indevInvert)}${deviceColumn(header.outdev, header.outdevInvert)} `;
  text += addressColumn(header.src, header.srcInvert, context.family) + addressColumn(header.dst, header.dstInvert, context.family);
  if (target.kind === 'goto') text += '[goto] ';
  for (const { module, info } of matches) {
    const listed = module.list(info, context);
    text += module.listTight === true ? listed : before(listed);
  }
  return target.kind === 'module' ? text + before(target.module.list(target.info, context)) : text;
}

/** iptables-legacy lists a target under the name of the module that does its work. */
function listedName(target: RuleTarget): string {
  return target.kind === 'module' ? (target.module.listedAs ?? target.name) : targetName(target);
}

function fragmentColumn({ fragment, fragmentInvert }: Header): string {
  if (!fragment) return '--';
  return fragmentInvert ? '!f' : '-f';
}

function deviceColumn(name: string, invert: boolean): string {
  return ` ${`${invert ? '!' : ''}${name === '' ? '*' : name}`.padEnd(6)}`;
}

function addressColumn(prefix: Prefix | null, invert: boolean, family: 4 | 6): string {
  return `${mark(invert && prefix !== null)}${addressText(prefix, family).padEnd(19)} `;
}

function addressText(prefix: Prefix | null, family: 4 | 6): string {
  if (prefix === null) return family === 4 ? '0.0.0.0/0' : '::/0';
  return prefix.length === (family === 4 ? 32 : 128) ? formatAddress(prefix.address) : formatPrefix(prefix);
}

function mark(invert: boolean): string {
  return invert ? '!' : ' ';
}

function before(text: string): string {
  return text === '' ? '' : ` ${text}`;
}
