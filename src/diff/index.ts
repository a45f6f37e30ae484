/**
 * Two machines over the same packets: what changes, and by which rules.
 * @module
 */
export type { ChangedPacket, ChangeGroup } from './change-groups.ts';
export { Comparison } from './comparison.ts';
export { type Change, CHANGES } from './held-frames.ts';
export { diffJson, type DiffReport, diffText } from './report.ts';
export type { SideOptions } from './side.ts';
