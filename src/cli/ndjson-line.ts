/**
 * The line of a packet in `replay --ndjson`, as a module of its own: workers load it by its URL.
 * @module
 */
import type { Engine } from '../engine/engine.ts';
import type { Outcome } from '../engine/outcome.ts';
import type { Packet } from '../packet/packet.ts';
import type { RuleSet } from '../xtables/ruleset.ts';
import { type Marks, outcomeJson } from './outcome-json.ts';

export function line(engine: Engine, rules: readonly RuleSet[], packet: Packet, outcome: Outcome, from: number, marks: Marks): string {
  return JSON.stringify(outcomeJson(engine, rules, packet, outcome, from, marks));
}
