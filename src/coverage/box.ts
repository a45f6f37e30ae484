/**
 * Boxes: sets of packets that are told by one set of values a field, all fields together. A field that a box does not name may be
 * anything. What a packet carries in a field is a function of the packet, so that these are sets in the plain sense; fields that no
 * packet can carry together (a TCP flag of a UDP packet) do no harm.
 * @module
 */
import { both, type Intervals, meet, without } from './intervals.ts';

/** By field number. */
export type Box = ReadonlyMap<number, Intervals>;

export const EVERYTHING: Box = new Map();

/** All values of a field. */
export type Domain = (field: number) => Intervals;

/** The packets of both; null for none. */
export function intersect(a: Box, b: Box): Box | null {
  if (b.size === 0) return a;
  if (a.size === 0) return b;
  const result = new Map(a);
  for (const [field, values] of b) {
    const own = result.get(field);
    const common = own === undefined ? values : both(own, values);
    if (common.length === 0) return null;
    result.set(field, common);
  }
  return result;
}

/** Whether no packet is in both. */
export function disjoint(a: Box, b: Box): boolean {
  for (const [field, values] of b) {
    const own = a.get(field);
    if (own !== undefined && !meet(own, values)) return true;
  }
  return false;
}

/** Whether all packets of `b` are in `a`. */
export function contains(a: Box, b: Box, domain: Domain): boolean {
  for (const [field, values] of a) if (without(b.get(field) ?? domain(field), values).length > 0) return false;
  return true;
}

/** The packets of `a` that are not in `b`, as boxes apart from each other. */
export function subtract(a: Box, b: Box, domain: Domain): Box[] {
  if (disjoint(a, b)) return [a];
  const pieces: Box[] = [];
  let rest = a;
  for (const [field, values] of b) {
    const own = rest.get(field) ?? domain(field);
    const outside = without(own, values);
    if (outside.length > 0) pieces.push(withField(rest, field, outside));
    rest = withField(rest, field, both(own, values));
  }
  return pieces;
}

/** The same without what it says of some fields: never smaller. */
export function forget(box: Box, isForgotten: (field: number) => boolean): Box {
  let result: Map<number, Intervals> | null = null;
  for (const field of box.keys()) {
    if (!isForgotten(field)) continue;
    result ??= new Map(box);
    result.delete(field);
  }
  return result ?? box;
}

function withField(box: Box, field: number, values: Intervals): Box {
  const result = new Map(box);
  result.set(field, values);
  return result;
}
