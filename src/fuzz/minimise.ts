/**
 * minimise: the smallest list of packets that still shows a violation. Packets are left out, many at a time and then one by one
 * (delta debugging), until none can be spared; their times stay, so that timeouts do.
 * @module
 */
import type { Injected } from './observe.ts';

/** What `fails` still calls a failure, as small as leaving packets out can make it. `fails` must be true of `packets`. */
export function minimise(packets: readonly Injected[], fails: (packets: readonly Injected[]) => boolean): readonly Injected[] {
  let kept = packets;
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

/** The list without the first run of `size` packets that can be spared; null when none can. */
function withoutOneRun(
  packets: readonly Injected[],
  size: number,
  fails: (packets: readonly Injected[]) => boolean,
): readonly Injected[] | null {
  for (let from = packets.length - size; from > -size; from -= size) {
    const start = Math.max(from, 0);
    const fewer = [...packets.slice(0, start), ...packets.slice(from + size)];
    if (fewer.length > 0 && fewer.length < packets.length && fails(fewer)) return fewer;
  }
  return null;
}
