/**
 * Who is let ask is let hear the answer: a packet of an established connection that comes from where the question went is not dropped
 * by a rule.
 * @module
 */
import { endsKey, endsText, reversed } from '../sighting.ts';
import type { Invariant } from './invariant.ts';

export const repliesReturn: Invariant = {
  name: 'replies-return',
  claim: 'answers to what was let through are let back',
  start: () => {
    /** By the ends an answer will have: the interface the question left by. */
    const asked = new Map<string, number>();
    return ({ isReply, state, sound, verdict, rule, ends, seen, injected }) => {
      if (!isReply) {
        for (const { madeByHost, ends: out, device } of seen) if (!madeByHost) asked.set(endsKey(reversed(out)), device);
        return null;
      }
      if (state !== 'ESTABLISHED' || !sound || verdict !== 'dropped' || rule === null) return null;
      if (asked.get(endsKey(ends)) !== injected.device) return null;
      return `the answer ${endsText(ends)} is dropped by ${rule.name} (${rule.at})`;
    };
  },
};
