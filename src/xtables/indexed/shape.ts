/**
 * Shapes: which fields of a packet a group of rules names, packed in one number, and how shapes are made alike when there are too
 * many of them: longer prefixes are cut and fields given up, which only lets more packets through to the full question.
 *
 *   bit 0 destination length, 8 source length, 16 protocol, 17 source port, 18 destination port, 19 mark, 20 in, 21 out
 *
 * @module
 */
import type { RuleKey } from './rule-key.ts';

export const SHAPE_PROTOCOL: number = 1 << 16;
export const SHAPE_SRC_PORT: number = 1 << 17;
export const SHAPE_DST_PORT: number = 1 << 18;
export const SHAPE_MARK: number = 1 << 19;
export const SHAPE_INDEV: number = 1 << 20;
export const SHAPE_OUTDEV: number = 1 << 21;

/** Groups of one index: a bit each in a word. */
export const MAX_GROUPS = 32;

/** What is kept at each level: prefix lengths are cut to multiples of `step` (32 bits of IPv4, four times that of IPv6). */
const LEVELS: readonly { readonly step: number; readonly keep: number; readonly source: boolean }[] = [
  { step: 1, keep: -1, source: true },
  { step: 4, keep: -1, source: true },
  { step: 8, keep: ~SHAPE_SRC_PORT, source: true },
  { step: 16, keep: SHAPE_PROTOCOL | SHAPE_DST_PORT, source: true },
  { step: 16, keep: SHAPE_PROTOCOL | SHAPE_DST_PORT, source: false },
];

export function shapeOf(key: RuleKey): number {
  let shape = key.dstLength | (key.srcLength << 8);
  if (key.protocol !== 0) shape |= SHAPE_PROTOCOL;
  if (key.srcPort >= 0) shape |= SHAPE_SRC_PORT;
  if (key.dstPorts.length > 0) shape |= SHAPE_DST_PORT;
  if (key.hasMark) shape |= SHAPE_MARK;
  if (key.indev !== 0) shape |= SHAPE_INDEV;
  if (key.outdev !== 0) shape |= SHAPE_OUTDEV;
  return shape;
}

/** The shape at a level, never narrower than it was. */
export function coarsen(shape: number, level: number, family: 4 | 6): number {
  if (level === 0) return shape;
  const { step, keep, source } = LEVELS[level]!;
  const unit = family === 4 ? step : 4 * step;
  const dst = cut(shape & 0xff, unit);
  const src = source ? cut((shape >>> 8) & 0xff, unit) : 0;
  return dst | (src << 8) | (shape & keep & ~0xffff);
}

function cut(length: number, unit: number): number {
  return length - (length % unit);
}

/** The finest level at which the shapes are few enough. */
export function chooseLevel(shapes: ReadonlySet<number>, family: 4 | 6): number {
  for (let level = 0; level < LEVELS.length - 1; level++) {
    const left = new Set<number>();
    for (const shape of shapes) left.add(coarsen(shape, level, family));
    if (left.size <= MAX_GROUPS) return level;
  }
  return LEVELS.length - 1;
}
