/**
 * Hooks: where functions look at a packet, in which order, and what they may answer.
 * @module
 */
export { Hook, HOOK_NAMES, hookMask, type HookName } from './hook.ts';
export { type HookEntry, HookTable } from './hook-table.ts';
export { Priority } from './priority.ts';
export type { Responder } from './responder.ts';
export { Verdict } from './verdict.ts';
export { type NotedCounters, WalkNotes } from './walk-notes.ts';
