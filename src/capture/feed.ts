/**
 * Feed: a window and the source it is filled from.
 * @module
 */
import type { OctetSource } from './source.ts';
import type { Window } from './window.ts';

export interface Feed {
  readonly source: OctetSource;
  readonly window: Window;
  /** Octets asked of the source at once. */
  readonly blockLength: number;
}

/** Put what comes next behind what the window holds; the end is noted on the window. */
export function refill({ source, window, blockLength }: Feed): void {
  const room = window.makeRoom();
  const count = source.read(window.bytes, window.limit, Math.min(room, blockLength));
  if (count === 0) window.ended = true;
  else window.added(count);
}
