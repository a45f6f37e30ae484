/**
 * ChainChange: one chain before and after an edit: which of its rules are those it had. What is kept goes on: its counters, what its
 * modules remember, what was compiled of it.
 * @module
 */
import { type Chain, type ChainState, lengthBefore, type Place } from './chain.ts';

export interface ChainChange {
  readonly chain: Chain;
  /** By place: the place the rule had before, or -1 for a new one; ascending but for those. */
  readonly kept: Int32Array;
  /** Places of new rules. */
  readonly added: readonly number[];
  /** Number of its first rule before; -1: the chain is new. */
  readonly firstIdBefore: number;
  readonly endIdBefore: number;
  readonly lengthBefore: number;
}

/** A chain that was not there. */
export function newChain(chain: Chain): ChainChange {
  const kept = new Int32Array(chain.length).fill(-1);
  return { chain, kept, added: Array.from(kept, (_, i) => i), firstIdBefore: -1, endIdBefore: -1, lengthBefore: 0 };
}

/** What became of a chain since `before`. */
export function changeOf(chain: Chain, before: ChainState): ChainChange {
  const { endId } = before;
  const length = lengthBefore(before);
  const kept = new Int32Array(chain.length).fill(-1);
  const added: number[] = [];
  const sameRows = before.rows === null || before.rows === chain.rowSource;
  const old = before.places;
  const now = chain.allPlaces;
  const was = (i: number): Place => (old === null ? before.firstRow + i : old[i]!);
  const shared = Math.min(length, chain.length);
  let front = 0;
  if (sameRows) while (front < shared && isSame(was(front), now[front]!)) kept[front] = front++;
  let back = 0;
  if (sameRows) while (back < shared - front && isSame(was(length - 1 - back), now[chain.length - 1 - back]!)) back++;
  for (let i = 0; i < back; i++) kept[chain.length - 1 - i] = length - 1 - i;
  const places = new Map<Place, number>();
  if (sameRows) for (let i = front; i < length - back; i++) places.set(identity(was(i)), i);
  let last = front - 1;
  for (let i = front; i < chain.length - back; i++) {
    const place = places.get(identity(now[i]!));
    if (place !== undefined && place > last) last = kept[i] = place;
    else added.push(i);
  }
  return { chain, kept, added, firstIdBefore: endId - length, endIdBefore: endId, lengthBefore: length };
}

function isSame(a: Place, b: Place): boolean {
  return a === b || identity(a) === identity(b);
}

/** A row and the rule made of it are the same. */
function identity(place: Place): Place {
  return typeof place === 'number' || place.row < 0 ? place : place.row;
}
