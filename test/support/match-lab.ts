/**
 * Match modules at work: what a rule's text becomes, and what a rule's match says of a packet. Rows of facts, checked one by one.
 */
import { expect, it } from 'vitest';
import { RuleError } from '../../src/errors.ts';
import { listRules } from '../../src/iptables/list.ts';
import { printRules } from '../../src/iptables/print.ts';
import { parseRules } from '../../src/iptables/save.ts';
import type { Packet } from '../../src/packet/packet.ts';
import type { MatchFunction } from '../../src/xtables/match.ts';
import type { RuleSet } from '../../src/xtables/ruleset.ts';
import type { Services } from '../../src/xtables/services.ts';

/** Where a rule stands. */
export interface Place {
  readonly family?: 4 | 6;
  readonly table?: string;
  readonly chain?: string;
}

/**
 * A rule; what iptables-save 1.8.9 writes of it (`=`: the same text); what `iptables -L -n -v` shows behind the addresses.
 * Or the rule, `FAIL` and words of the reason.
 */
export type TextRow = readonly [rule: string, saved: string, listed?: string];

/** One test a row. */
export function checkTexts(rows: readonly TextRow[], place: Place = {}): void {
  for (const [rule, saved, listed] of rows) {
    const title = rule.length > 90 ? `${rule.slice(0, 90)}...` : rule;
    it(`${place.chain ?? 'FORWARD'}${place.family === 6 ? ' (IPv6)' : ''} ${title}`, () => {
      if (saved === 'FAIL') {
        expect(() => readRule(rule, place)).toThrow(RuleError);
        expect(() => readRule(rule, place)).toThrow(listed ?? '');
        return;
      }
      const rules = readRule(rule, place);
      expect(savedText(rules, place)).toBe(saved === '=' ? rule : saved);
      if (listed !== undefined) expect(listedText(rules, place)).toBe(listed);
    });
  }
}

/** `hotdrop`: the packet is dropped at once. */
export type Answer = boolean | 'hotdrop';

/** A rule, a packet, what its last match says of it, and why. */
export type AnswerRow = readonly [rule: string, packet: Packet, expected: Answer, why: string];

/** One test a row. */
export function checkAnswers(rows: readonly AnswerRow[], services: Partial<Services> = {}, place: Place = {}): void {
  for (const [rule, packet, expected, why] of rows) {
    it(`${rule}: ${why}: ${expected}`, () => {
      expect(answerOf(matchOf(rule, services, place), packet)).toBe(expected);
    });
  }
}

/** What the last match of a rule says of packets, one after the other. */
export function answers(rule: string, packets: readonly Packet[], services: Partial<Services> = {}, place: Place = {}): Answer[] {
  const matches = matchOf(rule, services, place);
  return packets.map((packet) => answerOf(matches, packet));
}

export function answerOf(matches: MatchFunction, packet: Packet): Answer {
  packet.hotdrop = false;
  const result = matches(packet);
  return packet.hotdrop ? 'hotdrop' : result;
}

/** The last match of a rule, ready to be asked. A match asks only for the services it uses. */
export function matchOf(rule: string, services: Partial<Services> = {}, place: Place = {}): MatchFunction {
  const { matches } = ruleOf(readRule(rule, place), place);
  const { module, info } = matches.at(-1)!;
  // Info is plain data: a copy must do.
  return module.compile(structuredClone(info), { family: place.family ?? 4, host: { loopback: 0 }, ...services } as Services);
}

/** What iptables-save writes of a rule. */
export function textOf(rule: string, place: Place = {}): string {
  return savedText(readRule(rule, place), place);
}

function readRule(rule: string, { family = 4, table = 'filter', chain = 'FORWARD' }: Place): RuleSet {
  return parseRules(`*${table}\n-A ${chain} ${rule}\nCOMMIT\n`, { family });
}

function ruleOf(rules: RuleSet, { table = 'filter', chain = 'FORWARD' }: Place) {
  return rules.table(table)!.chain(chain)!.rules[0]!;
}

function savedText(rules: RuleSet, { chain = 'FORWARD' }: Place): string {
  const start = `-A ${chain} `;
  return printRules(rules)
    .split('\n')
    .find((line) => line.startsWith(start))!
    .slice(start.length);
}

function listedText(rules: RuleSet, { family = 4, table = 'filter', chain = 'FORWARD' }: Place): string {
  const lines = listRules(rules, { table, chain, verbose: true }).replace(/\n$/, '').split('\n');
  const addresses = family === 4 ? '0.0.0.0/0            0.0.0.0/0            ' : '::/0                 ::/0                 ';
  const last = lines.at(-1)!;
  return last.slice(last.indexOf(addresses) + addresses.length);
}
