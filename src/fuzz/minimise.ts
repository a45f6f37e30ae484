/**
 * minimise: the shortest list that still shows a violation. Items are left out, many at a time and then one by one (delta
 * debugging), until none can be spared.
 * @module
 */

/** What `fails` still calls a failure, as short as leaving items out can make it. `fails` must be true of `items`. */
export function minimise<T>(items: readonly T[], fails: (items: readonly T[]) => boolean): readonly T[] {
  let kept = items;
  for (let size = kept.length >> 1; size >= 1; ) {
    const smaller = withoutOneRun(kept, size, fails);
    if (smaller === null) size >>= 1;
    else {
      kept = smaller;
      size = Math.min(size, kept.length >> 1 || 1);
      if (kept.length <= 1) break;
    }
  }
  return kept;
}

/** The list without the first run of `size` items that can be spared; null when none can. */
function withoutOneRun<T>(items: readonly T[], size: number, fails: (items: readonly T[]) => boolean): readonly T[] | null {
  for (let from = items.length - size; from > -size; from -= size) {
    const fewer = [...items.slice(0, Math.max(from, 0)), ...items.slice(from + size)];
    if (fewer.length > 0 && fewer.length < items.length && fails(fewer)) return fewer;
  }
  return null;
}
