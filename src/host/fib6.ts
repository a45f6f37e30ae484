/**
 * Fib6: IPv6 routing: tables, policy rules, look-up (fib6_rule_lookup, ip6_pol_route). Local and main are separate tables here.
 *
 * A packet that arrives prefers, and for multicast and link-local destinations demands, a route out of the device it came by;
 * what the host sends does so for the device it is bound to.
 * @module
 */
import { RouteType } from '../packet/destination.ts';
import { defaultPriority, insertRule, jumpTarget, kernelRules, matchesFlow, type PolicyRule, type RulePrefix } from './policy-rule.ts';
import { RouteTable } from './route-table.ts';
import { type Route, type RouteQuery6, type RouteResult, TABLE_LOCAL, TABLE_MAIN } from './route.ts';

export interface Fib6Host {
  mtuOf(device: number): number;
  /** Interface number of lo. */
  loopback(): number;
}

export class Fib6 {
  readonly rules: PolicyRule[] = kernelRules(6);
  private readonly host: Fib6Host;
  private readonly tables: Map<number, RouteTable> = new Map();
  private custom = false;
  /** Of the look-up under way: the host sends, the device asked for, whether no other will do. */
  private sent = false;
  private dev = 0;
  private strict = false;

  constructor(host: Fib6Host) {
    this.host = host;
    this.table(TABLE_LOCAL);
    this.table(TABLE_MAIN);
  }

  /** Add a rule; priority -1 leaves the place to the kernel's choice, in front of the rules that were added before. */
  addRule(rule: PolicyRule): void {
    insertRule(this.rules, rule.priority < 0 ? { ...rule, priority: defaultPriority(this.rules) } : rule);
    this.custom = true;
  }

  add(route: Route): void {
    this.table(route.table).add(route);
  }

  table(number: number): RouteTable {
    let table = this.tables.get(number);
    if (table === undefined) {
      table = new RouteTable(6);
      this.tables.set(number, table);
    }
    return table;
  }

  lookup(query: RouteQuery6, result: RouteResult): void {
    result.clear();
    const sent = query.iif === this.host.loopback();
    const dev = sent ? query.oif : query.iif;
    this.sent = sent;
    this.dev = dev;
    this.strict = needsDevice(query) || (sent && dev !== 0 && (query.src0 | query.src1 | query.src2 | query.src3) === 0);
    if (this.custom) this.byRules(query, result);
    else if (!this.byTable(TABLE_LOCAL, query, result)) this.byTable(TABLE_MAIN, query, result);
  }

  private byRules(query: RouteQuery6, result: RouteResult): void {
    const { rules } = this;
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
      if (!this.byTable(rule.table, query, result)) continue;
      if (result.prefixLength > rule.suppressLength) return;
      result.clear();
    }
  }

  /** False when the table has nothing to say, so that the next one is asked. */
  private byTable(number: number, query: RouteQuery6, result: RouteResult): boolean {
    const route = this.tables.get(number)?.find6(query, this.dev, this.strict) ?? null;
    if (route === null || route.type === RouteType.Throw) return false;
    this.fill(route, result);
    return true;
  }

  /** A forwarded packet is held to its device's MTU; the route's own is for what the host sends. */
  private fill(route: Route, result: RouteResult): void {
    result.type = route.type;
    result.prefixLength = route.length;
    result.table = route.table;
    result.outdev = route.dev;
    result.hasGateway = route.hasGateway;
    result.gateway = route.gw0;
    result.gateway1 = route.gw1;
    result.gateway2 = route.gw2;
    result.gateway3 = route.gw3;
    result.scope = route.scope;
    result.mtu = this.sent && route.mtu !== 0 ? route.mtu : this.host.mtuOf(route.dev);
    result.prefSrc = route.src0;
    result.prefSrc1 = route.src1;
    result.prefSrc2 = route.src2;
    result.prefSrc3 = route.src3;
  }
}

/** Destinations that mean nothing without a device: multicast, link-local, loopback (rt6_need_strict). */
function needsDevice(query: RouteQuery6): boolean {
  const first = query.dst0;
  if (first >>> 24 === 0xff || first >>> 22 === 0x3fa) return true;
  return first === 0 && query.dst1 === 0 && query.dst2 === 0 && query.dst3 === 1;
}

function matches(rule: PolicyRule, query: RouteQuery6): boolean {
  if (!matchesFlow(rule, query)) return false;
  if (rule.to !== null && !within(rule.to, query.dst0, query.dst1, query.dst2, query.dst3)) return false;
  return rule.from === null || within(rule.from, query.src0, query.src1, query.src2, query.src3);
}

function within(prefix: RulePrefix, w0: number, w1: number, w2: number, w3: number): boolean {
  return (
    (w0 & prefix.m0) === prefix.w0 && (w1 & prefix.m1) === prefix.w1 && (w2 & prefix.m2) === prefix.w2 && (w3 & prefix.m3) === prefix.w3
  );
}
