/**
 * The seam between a rule set and what evaluates it: the interpreter (traverse.ts) or another back end that answers alike.
 * @module
 */
import type { Hook } from '../hook/hook.ts';
import type { Verdict } from '../hook/verdict.ts';
import type { Packet, ReadonlyPacket } from '../packet/packet.ts';
import type { Services } from './services.ts';
import type { Table } from './table.ts';

/** Answers for one table. Never Continue. Sets `packet.rule` to what decided. */
export interface Evaluator {
  run(hook: Hook, packet: Packet): Verdict;
}

/** Told of every rule that matched, of every policy and every return at a chain's end, in order, by its number. */
export interface Tally {
  hit(id: number, packet: ReadonlyPacket): void;
}

export type EvaluatorFactory = (table: Table, services: Services, tally: Tally) => Evaluator;
