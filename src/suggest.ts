/**
 * "Did you mean": the known word nearest to one that is unknown. For messages only.
 * @module
 */
const MAX_LENGTH = 40;
/** Words that are looked at. */
const MAX_CANDIDATES = 2000;

/** ` (did you mean X?)` for the nearest of `known`, or '' when none is near. */
export function didYouMean(word: string, known: Iterable<string>, prefix = ''): string {
  let best = '';
  let bestDistance = word.length <= 4 ? 2 : 3;
  if (word.length > MAX_LENGTH) return '';
  let left = MAX_CANDIDATES;
  for (const candidate of known) {
    if (left-- === 0) break;
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best === '' ? '' : ` (did you mean "${prefix}${best}"?)`;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let k = 1; k <= b.length; k++) {
      const same = a[i - 1] === b[k - 1];
      let cost = Math.min(row[k - 1]! + (same ? 0 : 1), row[k]! + 1, next[k - 1]! + 1);
      if (i > 1 && k > 1 && a[i - 1] === b[k - 2] && a[i - 2] === b[k - 1]) cost = Math.min(cost, before[k - 2]! + 1);
      next.push(cost);
    }
    before = row;
    row = next;
  }
  return row[b.length]!;
}
