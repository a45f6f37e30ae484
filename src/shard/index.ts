/**
 * hookline/shard: a replay on many threads that gives what one thread gives.
 * @module
 */
export { replaySharded, type ShardedOptions, type ShardedReplay } from './replay-sharded.ts';
export { replayIndependent, type IndependentOptions } from './independent.ts';
