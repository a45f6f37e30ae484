/**
 * An answer to a translated packet comes back from where the question was sent to: what the far end answers to (source, destination)
 * as it saw them reaches the near end as an answer to (source, destination) as it sent them.
 * @module
 */
import { type Ends, endsKey, endsText, reversed } from '../sighting.ts';
import type { Invariant } from './invariant.ts';

export const natInverse: Invariant = {
  name: 'nat-inverse',
  claim: 'answers to translated packets are translated back to exactly the ends that were spoken to',
  start: () => {
    /** By the ends an answer will have: the ends it must have behind the router. */
    const expected = new Map<string, Ends>();
    return ({ ends, seen, state, isReply, sound }) => {
      const through = seen.find(({ madeByHost, ends: out }) => !madeByHost && out.protocol === ends.protocol);
      if (through === undefined) return null;
      if (!isReply) {
        // of pieces nobody can tell whom they spoke for: what was expected before is not any more
        const answer = endsKey(reversed(through.ends));
        if (sound && (state === 'NEW' || state === 'ESTABLISHED')) expected.set(answer, reversed(ends));
        else expected.delete(answer);
        return null;
      }
      const wanted = expected.get(endsKey(ends));
      if (!sound || state !== 'ESTABLISHED' || wanted === undefined || endsKey(wanted) === endsKey(through.ends)) return null;
      return `the answer ${endsText(ends)} left as ${endsText(through.ends)}, not as ${endsText(wanted)}`;
    };
  },
};
