/**
 * IP sets: the public surface of this folder.
 * @module
 */
export type { IpSet } from './ip-set.ts';
export { listSets, printSets } from './print.ts';
export { PLAIN_TEST, SET_TIMEOUT, type CounterOp, type CounterTest, type SetTestOptions } from './query.ts';
export { parseSets } from './restore.ts';
export { SetStore } from './set-store.ts';
