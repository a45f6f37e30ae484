/**
 * The invariants that need no words of a user's.
 * @module
 */
import { checksumsStayTrue } from './checksums.ts';
import type { Invariant } from './invariant.ts';
import { natInverse } from './nat-inverse.ts';
import { repliesReturn } from './replies.ts';
import { droppedLeavesNoEntry, noStateWithoutPacket } from './state.ts';
import { uniqueMappings } from './unique-mappings.ts';

/** In the order they are told. */
export const INVARIANTS: readonly Invariant[] = [
  repliesReturn,
  natInverse,
  uniqueMappings,
  checksumsStayTrue,
  noStateWithoutPacket,
  droppedLeavesNoEntry,
];
