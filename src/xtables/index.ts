/**
 * Rules in memory: tables, chains, matches and targets, and their evaluation at the hooks of a machine.
 * @module
 */
export { Chain, type Policy } from './chain.ts';
export { Counters } from './counters.ts';
export type { Evaluator, EvaluatorFactory, Tally } from './evaluator.ts';
export { MATCHES } from './match/index.ts';
export type { MatchFunction, MatchModule, Scope } from './match.ts';
export type { GivenOption, OptionSpec, Options, RuleContext } from './options.ts';
export { HitRecorder } from './recorder.ts';
export {
  ANY_HEADER,
  type Header,
  NO_TARGET,
  Rule,
  type RuleMatch,
  type RuleParts,
  type RuleSource,
  type RuleTarget,
  type StandardVerdict,
} from './rule.ts';
export type { RulePlace } from './rule-index.ts';
export { type RuleHits, RuleSet } from './ruleset.ts';
export type { LogSink, Services } from './services.ts';
export { listSets, parseSets, SetStore } from './set/store.ts';
export { Table, type TableKind, tableKind, TABLES } from './table.ts';
export { TARGETS } from './target/index.ts';
export type { TargetFunction, TargetModule } from './target.ts';
export { checkRule, validate } from './validate.ts';
