/**
 * Reads policy rules as `ip -j rule` prints them.
 *
 *   { "priority": 100, "src": "10.0.0.0", "srclen": 8, "dst": "all", "iif": "eth0", "fwmark": "0x1", "fwmask": "0xff", "table": "100" }
 * @module
 */
import { JsonValue } from './json-value.ts';
import type { PlannedRule } from './plan.ts';
import { readRuleText } from './policy-text.ts';

/** Properties that select what hookline does not evaluate. */
const UNSUPPORTED = ['sport', 'dport', 'sport_start', 'dport_start', 'ipproto', 'uid_start', 'tun_id', 'l3mdev', 'protocol_from', 'dscp'];

export function* readSavedRules(list: JsonValue | null, names: ReadonlyMap<string, number>, family: 4 | 6): Generator<PlannedRule> {
  for (const value of list?.items() ?? []) {
    if (isKernelRule(value)) continue;
    for (const key of UNSUPPORTED) if (!value.get(key).isAbsent) value.get(key).fail('is not supported');
    yield readRuleText(new JsonValue(ruleText(value, family), 'ip rule'), names);
  }
}

/** The three that are always there. */
function isKernelRule(value: JsonValue): boolean {
  const priority = value.get('priority').asInteger(0, 0xffff_ffff, 0);
  const table = value.get('table').raw;
  const plain = value.get('src').raw === 'all' && ['fwmark', 'iif', 'oif', 'dst', 'not'].every((key) => !value.has(key));
  const known =
    (priority === 0 && table === 'local') || (priority === 32_766 && table === 'main') || (priority === 32_767 && table === 'default');
  return plain && known;
}

/** The rule in the words of `ip rule add`. */
function ruleText(value: JsonValue, family: 4 | 6): string {
  const words = [family === 6 ? '-6' : '-4'];
  if (value.has('not')) words.push('not');
  words.push('priority', String(value.get('priority').asInteger(0, 0xffff_ffff, 0)));
  for (const [key, length, word] of [
    ['src', 'srclen', 'from'],
    ['dst', 'dstlen', 'to'],
  ] as const) {
    const address = value.get(key);
    if (address.isAbsent) continue;
    const bits = value.get(length);
    words.push(word, bits.isAbsent ? address.asString() : `${address.asString()}/${bits.asInteger(0, 128)}`);
  }
  for (const key of ['iif', 'oif', 'tos'] as const) {
    const selector = value.get(key);
    if (!selector.isAbsent) words.push(key, selector.asString());
  }
  const mark = value.get('fwmark');
  const mask = value.get('fwmask');
  if (!mark.isAbsent) words.push('fwmark', mask.isAbsent ? mark.asString() : `${mark.asString()}/${mask.asString()}`);
  const suppress = value.get('suppress_prefixlen');
  if (!suppress.isAbsent) words.push('suppress_prefixlength', String(suppress.asInteger(0, 128)));
  words.push(...actionWords(value));
  return words.join(' ');
}

function actionWords(value: JsonValue): string[] {
  const action = value.has('nop') ? 'nop' : value.get('action').raw;
  const goto = value.get('goto');
  if (!goto.isAbsent) return ['goto', String(goto.asInteger(0, 0xffff_ffff))];
  if (action === 'blackhole' || action === 'unreachable' || action === 'prohibit' || action === 'nop') return [action];
  const table = value.get('table');
  return ['lookup', typeof table.raw === 'number' ? String(table.raw) : table.asString()];
}
