/**
 * Fib4: IPv4 routing: tables, policy rules, look-up (fib_lookup).
 *
 * Until a policy rule is added the kernel keeps local and main in one trie, so that a longer prefix of main beats a shorter one
 * of local; rules separate the two. This class does the same.
 * @module
 */
import { RouteType } from '../packet/destination.ts';
import { defaultPriority, jumpTarget, insertRule, kernelRules, matchesFlow, type PolicyRule } from './policy-rule.ts';
import { RouteTable } from './route-table.ts';
import { type Route, type RouteQuery4, type RouteResult, TABLE_DEFAULT, TABLE_LOCAL, TABLE_MAIN } from './route.ts';

const BROADCAST = -1;

export class Fib4 {
  readonly rules: PolicyRule[] = kernelRules(4);
  private readonly mtuOf: (device: number) => number;
  private readonly tables: Map<number, RouteTable> = new Map();
  private readonly merged: RouteTable = new RouteTable(4);
  private custom = false;
  private customLocal = false;
  /** The table of each rule, or null; made anew when rules or tables changed. */
  private tableOfRule: (RouteTable | null)[] | null = null;

  constructor(mtuOf: (device: number) => number) {
    this.mtuOf = mtuOf;
  }

  /** Whether a rule beyond the kernel's own, or a local route nobody's address made, is there: source checks are full then. */
  get hasCustomRules(): boolean {
    return this.custom || this.customLocal;
  }

  /** Add a rule; priority -1 leaves the place to the kernel's choice, in front of the rules that were added before. */
  addRule(rule: PolicyRule): void {
    insertRule(this.rules, rule.priority < 0 ? { ...rule, priority: defaultPriority(this.rules) } : rule);
    this.custom = true;
    this.tableOfRule = null;
  }

  /** Add a route. `byUser`: not made by the kernel for an address. */
  add(route: Route, byUser: boolean): void {
    if (byUser && route.type === RouteType.Local) this.customLocal = true;
    this.table(route.table).add(route);
    if (route.table === TABLE_LOCAL || route.table === TABLE_MAIN) this.merged.add(route);
  }

  /** The table of this number, made if it is not there. */
  table(number: number): RouteTable {
    let table = this.tables.get(number);
    if (table === undefined) {
      table = new RouteTable(4);
      this.tables.set(number, table);
      this.tableOfRule = null;
    }
    return table;
  }

  /** The routes of all tables. */
  *routes(): Generator<Route> {
    for (const table of this.tables.values()) yield* table.routes();
  }

  /** Number of prefixes in all tables. */
  get size(): number {
    let size = 0;
    for (const table of this.tables.values()) size += table.size;
    return size;
  }

  lookup(query: RouteQuery4, result: RouteResult): void {
    result.clear();
    if (this.custom) this.byRules(query, result);
    else if (!this.byTable(this.merged, query, result)) {
      const last = this.tables.get(TABLE_DEFAULT);
      if (last !== undefined) this.byTable(last, query, result);
    }
  }

  /** inet_dev_addr_type: what an address is by the local table. `device` not 0: a hit counts only if it is that device's. */
  addressType(word: number, device: number): RouteType {
    if (word === 0 || word === BROADCAST) return RouteType.Broadcast;
    if (word >>> 28 === 14) return RouteType.Multicast;
    const table = this.custom ? this.tables.get(TABLE_LOCAL) : this.merged;
    const route = table === undefined ? null : table.find4(word, 0, 0);
    if (route === null || route.type >= RouteType.Blackhole) return RouteType.Unicast;
    return device === 0 || route.dev === device ? route.type : RouteType.Unicast;
  }

  private byRules(query: RouteQuery4, result: RouteResult): void {
    const { rules } = this;
    const tables = (this.tableOfRule ??= rules.map((rule) => this.tables.get(rule.table) ?? null));
    for (let i = 0; i < rules.length; i++) {
      const rule = rules[i]!;
      if (matches(rule, query) === rule.not) continue;
      if (rule.goto >= 0) {
        i = jumpTarget(rules, i) - 1;
        continue;
      }
      if (rule.table === 0) {
        if (rule.refuse === RouteType.Unicast) continue;
        result.type = rule.refuse === RouteType.Unreachable ? RouteType.Unspec : rule.refuse;
        return;
      }
      const table = tables[i] ?? null;
      if (table === null || !this.byTable(table, query, result)) continue;
      if (result.prefixLength > rule.suppressLength || result.type >= RouteType.Blackhole) return;
      result.clear();
    }
  }

  /** False when the table has nothing to say, so that the next one is asked. */
  private byTable(table: RouteTable, query: RouteQuery4, result: RouteResult): boolean {
    const route = table.find4(query.dst, query.tos, query.oif);
    if (route === null || route.type === RouteType.Throw) return false;
    result.type = route.type;
    result.prefixLength = route.length;
    result.table = route.table;
    if (route.type >= RouteType.Blackhole) return true;
    result.outdev = route.dev;
    result.hasGateway = route.hasGateway;
    result.gateway = route.gw0;
    result.scope = route.scope;
    result.mtu = Math.min(route.mtu !== 0 ? route.mtu : this.mtuOf(route.dev), 0xffff);
    result.prefSrc = route.src0;
    return true;
  }
}

function matches(rule: PolicyRule, query: RouteQuery4): boolean {
  if (!matchesFlow(rule, query)) return false;
  const { from, to } = rule;
  if (to !== null && (query.dst & to.m0) !== to.w0) return false;
  if (from !== null && (query.src & from.m0) !== from.w0) return false;
  return rule.tos === 0 || rule.tos === query.tos;
}
