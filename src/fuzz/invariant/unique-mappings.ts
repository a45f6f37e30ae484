/**
 * No two connections share the ends their answers will have: an answer could not be told apart.
 * @module
 */
import type { ConntrackLine, ConntrackSide } from '../../conntrack/dump.ts';
import type { Invariant } from './invariant.ts';

const side = ({ source, sourceL4, destination, destinationL4, zone }: ConntrackSide): string =>
  `${source}:${sourceL4} > ${destination}:${destinationL4}${zone === 0 ? '' : ` zone ${zone}`}`;

const replyKey = ({ family, protocol, reply }: ConntrackLine): string => `${family} ${protocol} ${side(reply)}`;

export const uniqueMappings: Invariant = {
  name: 'unique-mappings',
  claim: 'no two connections expect the same answers',
  start: () => (observation) => {
    const owners = new Map<string, ConntrackLine>();
    for (const line of observation.table) {
      const key = replyKey(line);
      const other = owners.get(key);
      if (other !== undefined) return `${side(other.original)} and ${side(line.original)} both expect ${side(line.reply)}`;
      owners.set(key, line);
    }
    return null;
  },
};
