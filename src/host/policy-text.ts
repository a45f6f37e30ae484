/**
 * Reads a policy rule as `ip rule add` takes it.
 *
 *   fwmark 0x1/0xff lookup 100        from 10.0.0.0/8 iif eth0 priority 500 prohibit        -6 to fd00::/8 table 7
 *
 * Selectors that hookline does not evaluate (ports, protocol, user, tunnel id) are refused: a rule that is not understood would
 * send packets another way.
 * @module
 */
import { RouteType } from '../packet/destination.ts';
import { parsePrefixField, parseTable } from './fields.ts';
import { mask4, mask6 } from './interface.ts';
import { type JsonValue, quote } from './json-value.ts';
import type { PlannedRule } from './plan.ts';
import { BARE_RULE, type PolicyRule, type RulePrefix } from './policy-rule.ts';

type Draft = { -readonly [Key in keyof PolicyRule]: PolicyRule[Key] };

/** Another name of the same word. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['table', 'lookup'],
  ['pref', 'priority'],
  ['preference', 'priority'],
  ['order', 'priority'],
  ['dsfield', 'tos'],
  ['dev', 'iif'],
]);

const REFUSALS: ReadonlyMap<string, RouteType> = new Map([
  ['blackhole', RouteType.Blackhole],
  ['unreachable', RouteType.Unreachable],
  ['prohibit', RouteType.Prohibit],
]);

/** Read one rule. `priority` -1 means: the kernel chooses. */
export function readRuleText(value: JsonValue, names: ReadonlyMap<string, number>): PlannedRule {
  const words = value.asString().trim().split(/\s+/);
  const family = words[0] === '-6' ? 6 : 4;
  if (words[0] === '-6' || words[0] === '-4') words.shift();
  const draft: Draft = { ...BARE_RULE, priority: -1 };
  let acts = false;
  for (let i = 0; i < words.length; i++) {
    const word = ALIASES.get(words[i]!) ?? words[i]!;
    const refusal = REFUSALS.get(word);
    if (word === 'not') draft.not = true;
    else if (word === 'nop') acts = true;
    else if (refusal !== undefined) {
      draft.refuse = refusal;
      acts = true;
    } else {
      const argument = words[++i];
      if (argument === undefined) value.fail(`${quote(word)} lacks its argument`);
      acts = select(draft, { word, argument: argument!, family, names, value }) || acts;
    }
  }
  if (!acts) value.fail('says neither which table nor what else to do');
  return { family, rule: draft };
}

interface Selector {
  readonly word: string;
  readonly argument: string;
  readonly family: 4 | 6;
  readonly names: ReadonlyMap<string, number>;
  readonly value: JsonValue;
}

/** Enter one selector or action; true for an action. */
function select(draft: Draft, selector: Selector): boolean {
  const { word, argument, value } = selector;
  switch (word) {
    case 'from':
    case 'to':
      draft[word] = rulePrefix(argument, selector.family) ?? value.fail(`${quote(argument)} is no IPv${selector.family} prefix`);
      return false;
    case 'iif':
    case 'oif':
      draft[word] = selector.names.get(argument) ?? 0;
      if (draft[word] === 0) draft.dead = true;
      return false;
    case 'fwmark':
      setMark(draft, argument, value);
      return false;
    case 'tos':
      draft.tos = hex(argument, value);
      return false;
    case 'priority':
      draft.priority = decimal(argument, value);
      return false;
    case 'suppress_prefixlength':
      draft.suppressLength = decimal(argument, value);
      return false;
    case 'lookup':
      draft.table = parseTable(argument) ?? value.fail(`${quote(argument)} is no routing table`);
      return true;
    case 'goto':
      draft.goto = decimal(argument, value);
      return true;
    default:
      return value.fail(`${quote(word)} is not supported`);
  }
}

/** The prefix of `from` and `to`; `all` is the prefix of length 0. Null when it is none of this family. */
export function rulePrefix(text: string, family: 4 | 6): RulePrefix | null {
  if (text === 'all' || text === 'any' || text === 'default') return { w0: 0, w1: 0, w2: 0, w3: 0, m0: 0, m1: 0, m2: 0, m3: 0 };
  const prefix = parsePrefixField(text);
  if (prefix === null || prefix.family !== family) return null;
  const { words, length } = prefix;
  if (family === 4) {
    const m0 = mask4(length);
    return { w0: words[0]! & m0, w1: 0, w2: 0, w3: 0, m0, m1: 0, m2: 0, m3: 0 };
  }
  const [m0, m1, m2, m3] = [mask6(length, 0), mask6(length, 1), mask6(length, 2), mask6(length, 3)];
  return { w0: words[0]! & m0!, w1: words[1]! & m1!, w2: words[2]! & m2!, w3: words[3]! & m3!, m0: m0!, m1: m1!, m2: m2!, m3: m3! };
}

/** A mark of 0 without a mask compares nothing, as in the kernel. */
function setMark(draft: Draft, text: string, value: JsonValue): void {
  const match = /^(0x[0-9a-f]{1,8}|\d{1,10})(?:\/(0x[0-9a-f]{1,8}|\d{1,10}))?$/i.exec(text);
  const mark = match === null ? -1 : Number(match[1]);
  const mask = match?.[2] === undefined ? (mark === 0 ? 0 : 0xffff_ffff) : Number(match[2]);
  if (mark < 0 || mark > 0xffff_ffff || mask > 0xffff_ffff) value.fail(`${quote(text)} is no mark`);
  draft.mark = mark | 0;
  draft.markMask = mask | 0;
}

function decimal(text: string, value: JsonValue): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : -1;
  return number < 0 || number > 0xffff_ffff ? value.fail(`${quote(text)} is no number`) : number;
}

function hex(text: string, value: JsonValue): number {
  return /^(0x)?[0-9a-f]{1,2}$/i.test(text) ? Number.parseInt(text, 16) : value.fail(`${quote(text)} is no TOS`);
}
