/**
 * Zones: the same tuple may live once in each. A zone may hold for one direction only; the other is then in zone 0.
 * @module
 */
import type { Direction } from './ctinfo.ts';

/** Directions a zone holds for, as bits. */
export const ZoneDirection = { Original: 1, Reply: 2, Both: 3 } as const;

/** Zone id of a direction, from an id and the directions it holds for. */
export function zoneOf(id: number, directions: number, direction: Direction): number {
  return (directions & (1 << direction)) !== 0 ? id : 0;
}
