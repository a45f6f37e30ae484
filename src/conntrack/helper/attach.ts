/**
 * Giving an entry its helper.
 * @module
 */
import type { Core } from '../core.ts';
import { Status } from '../ctinfo.ts';
import { Change } from '../events.ts';
import type { Helper } from './helper.ts';

/** Attach a helper that a rule asked for (or nothing, when there is none of that name for the protocol). */
export function attachHelper(core: Core, entry: number, helper: Helper | null): void {
  if (helper === null) return;
  attachExpectedHelper(core, entry, helper);
  core.table.setBits(entry, Status.Helper);
  core.note(entry, Change.Helper);
}

/** Attach the helper an expectation brings: no rule asked for it, so the entry is not marked. */
export function attachExpectedHelper(core: Core, entry: number, helper: Helper | null): void {
  if (helper === null) return;
  const extra = core.ensureExtra(entry);
  extra.helper = helper;
  extra.memory = helper.memoryWords > 0 ? new Int32Array(helper.memoryWords) : null;
}
