/**
 * The destination half of a tuple as a text key, for the few tables that are not on the way of every packet.
 * @module
 */
import type { Tuple } from './tuple.ts';

export function formatTupleKey(tuple: Tuple): string {
  return `${tuple.family}/${tuple.protocol}/${tuple.dst0}/${tuple.dst1}/${tuple.dst2}/${tuple.dst3}/${tuple.dstL4}`;
}
