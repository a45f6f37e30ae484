/**
 * Rule text: read what iptables-save and people write, print it again as iptables-save or iptables -L would.
 * @module
 */
export { guessFamily } from './guess-family.ts';
export { type ListOptions, listRules } from './list.ts';
export { type PrintOptions, printRules } from './print.ts';
export { parseRules, updateRules, type ParseOptions, type RuleNote } from './save.ts';
