/**
 * Sets of values of one field of a packet, as half-open intervals `lo <= x < hi`: flat lists lo,hi,lo,hi, ascending and apart. Values
 * are numbers (ports, IPv4 addresses), bigints (IPv6 addresses) or strings (interface names, in order of their text); one field
 * uses one kind. Half-open, so that only comparing is needed.
 * @module
 */
export type Value = number | bigint | string;
export type Intervals = readonly Value[];

export const NOTHING: Intervals = [];

/** All values of `full` that are not in `a`. */
export function complement(a: Intervals, full: Intervals): Intervals {
  return without(full, a);
}

export function both(a: Intervals, b: Intervals): Intervals {
  const result: Value[] = [];
  let i = 0;
  let k = 0;
  while (i < a.length && k < b.length) {
    const lo = later(a[i]!, b[k]!);
    const hi = earlier(a[i + 1]!, b[k + 1]!);
    if (lo < hi) result.push(lo, hi);
    if (a[i + 1]! < b[k + 1]!) i += 2;
    else k += 2;
  }
  return result;
}

/** Whether they have a value in common. */
export function meet(a: Intervals, b: Intervals): boolean {
  let i = 0;
  let k = 0;
  while (i < a.length && k < b.length) {
    if (later(a[i]!, b[k]!) < earlier(a[i + 1]!, b[k + 1]!)) return true;
    if (a[i + 1]! < b[k + 1]!) i += 2;
    else k += 2;
  }
  return false;
}

/** The values of `a` that are not in `b`. */
export function without(a: Intervals, b: Intervals): Intervals {
  const result: Value[] = [];
  let k = 0;
  for (let i = 0; i < a.length; i += 2) {
    let lo = a[i]!;
    const hi = a[i + 1]!;
    while (k < b.length && b[k + 1]! <= lo) k += 2;
    let at = k;
    while (at < b.length && b[at]! < hi) {
      if (lo < b[at]!) result.push(lo, b[at]!);
      lo = later(lo, b[at + 1]!);
      at += 2;
    }
    if (lo < hi) result.push(lo, hi);
  }
  return result;
}

export function union(a: Intervals, b: Intervals): Intervals {
  const pairs: [Value, Value][] = [];
  for (const list of [a, b]) for (let i = 0; i < list.length; i += 2) pairs.push([list[i]!, list[i + 1]!]);
  pairs.sort((x, y) => (x[0] < y[0] ? -1 : x[0] > y[0] ? 1 : 0));
  const result: Value[] = [];
  for (const [lo, hi] of pairs) {
    const end = result.length - 1;
    if (end > 0 && lo <= result[end]!) result[end] = later(result[end]!, hi);
    else result.push(lo, hi);
  }
  return result;
}

/** Those of the numbers below `count` for which `holds` says so. */
export function numbersWhere(count: number, holds: (value: number) => boolean): Intervals {
  const result: Value[] = [];
  let from = -1;
  for (let value = 0; value <= count; value++) {
    const inside = value < count && holds(value);
    if (inside && from < 0) from = value;
    if (inside || from < 0) continue;
    result.push(from, value);
    from = -1;
  }
  return result;
}

function later(a: Value, b: Value): Value {
  return a < b ? b : a;
}

function earlier(a: Value, b: Value): Value {
  return a < b ? a : b;
}
