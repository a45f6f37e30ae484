/**
 * What traffic hits of a rule set, and what can be proved of the rest.
 * @module
 */
export { type Coverage, coverageOf, type CoveredRule, type NamedRule, type OrderedChain, type RuleClass } from './coverage.ts';
export { type DeadReason, type DeadRule, type DeadRules, deadRulesOf } from './dead-rules.ts';
export { coverageJson, type CoverageReport, coverageText } from './report.ts';
export { type Hit, RuleHits } from './rule-hits.ts';
export { RegionReader } from './rule-region.ts';
