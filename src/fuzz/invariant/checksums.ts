/**
 * What came in with true checksums leaves with true checksums, and so does what the host makes itself.
 * @module
 */
import { endsText } from '../sighting.ts';
import type { Invariant } from './invariant.ts';

export const checksumsStayTrue: Invariant = {
  name: 'checksums',
  claim: 'what came in with true checksums leaves with true checksums',
  start: () => (observation) => {
    for (const { sound, madeByHost, ends } of observation.seen) {
      if (!sound && (madeByHost || observation.sound)) return `${endsText(ends)} left with a wrong checksum`;
    }
    return null;
  },
};
