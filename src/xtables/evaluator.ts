/**
 * The seam between a rule set and what evaluates it: the interpreter (traverse.ts) or another back end that answers alike.
 * @module
 */
import type { Hook } from '../hook/hook.ts';
import type { Verdict } from '../hook/verdict.ts';
import type { Packet, ReadonlyPacket } from '../packet/packet.ts';
import type { Chain } from './chain.ts';
import type { ChainChange } from './chain-change.ts';
import type { Services } from './services.ts';
import type { Table } from './table.ts';

/** Answers for one table. Never Continue. Sets `packet.rule` to what decided. */
export interface Evaluator {
  run(hook: Hook, packet: Packet): Verdict;
  /**
   * Chains of the table are about to change: make what new rules keep or need from the host. Throws what is missing.
   * Evaluators without the two cannot follow a change.
   */
  prepare?(changes: readonly ChainChange[]): void;
  /** They have changed and are numbered; those in `gone` are no more. */
  update?(changes: readonly ChainChange[], gone: readonly Chain[]): void;
}

/** Told of every rule that matched, of every policy and every return at a chain's end, in order, by its number. */
export interface Tally {
  hit(id: number, packet: ReadonlyPacket): void;
}

export type EvaluatorFactory = (table: Table, services: Services, tally: Tally) => Evaluator;
