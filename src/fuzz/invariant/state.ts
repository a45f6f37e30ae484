/**
 * Connections come from packets: none that no packet opened, none left by a packet that was dropped.
 * @module
 */
import type { ConntrackLine } from '../../conntrack/dump.ts';
import type { Configuration } from '../observe.ts';
import { parseConntrackList } from '../../conntrack/saved-table.ts';
import type { Tuple } from '../../conntrack/tuple.ts';
import { formatAddress } from '../../inet/address.ts';
import { type Ends, endsText } from '../sighting.ts';
import type { Invariant } from './invariant.ts';

/** Ports are compared where a protocol has them; what else stands in a tuple (types, keys) is left out. */
const hasPorts = (protocol: number): boolean => protocol === 6 || protocol === 17 || protocol === 132 || protocol === 136;

function keyOfLine({ protocol, original: { source, destination, sourceL4, destinationL4 } }: ConntrackLine): string {
  return `${protocol} ${source} ${destination} ${hasPorts(protocol) ? `${sourceL4} ${destinationL4}` : ''}`;
}

function keyOfEnds({ protocol, source, destination, sourcePort, destinationPort }: Ends): string {
  return `${protocol} ${source} ${destination} ${hasPorts(protocol) ? `${sourcePort} ${destinationPort}` : ''}`;
}

/** Of the connections that stand in the table before the first packet. */
function keysAtStart({ host }: Configuration): Set<string> {
  const saved = host.connections.flatMap(({ text, file }) => parseConntrackList(text, file));
  return new Set(saved.map(({ original }) => keyOfTuple(original.tuple)));
}

function keyOfTuple(tuple: Tuple): string {
  const addresses = `${formatAddress(tuple.sourceWords())} ${formatAddress(tuple.destinationWords())}`;
  return `${tuple.protocol} ${addresses} ${hasPorts(tuple.protocol) ? `${tuple.srcL4} ${tuple.dstL4}` : ''}`;
}

export const noStateWithoutPacket: Invariant = {
  name: 'no-state-without-packet',
  claim: 'every connection was opened by a packet',
  start: (configuration) => {
    const met = keysAtStart(configuration);
    return ({ ends, seen, table }) => {
      met.add(keyOfEnds(ends));
      for (const sighting of seen) met.add(keyOfEnds(sighting.ends));
      const orphan = table.find((line) => !met.has(keyOfLine(line)));
      return orphan === undefined ? null : `there is a connection ${keyOfLine(orphan)}, but no such packet was seen`;
    };
  },
};

export const droppedLeavesNoEntry: Invariant = {
  name: 'dropped-leaves-no-entry',
  claim: 'a packet that is dropped opens no connection',
  start: (configuration) => {
    let before = keysAtStart(configuration);
    return ({ ends, state, verdict, reason, table, injected }) => {
      const now = new Set(table.map(keyOfLine));
      const key = keyOfEnds(ends);
      const opened = now.has(key) && !before.has(key);
      before = now;
      // one of the host's own may have left, and was dropped when it came back over lo
      if (!opened || injected.device === 0 || state !== 'NEW' || verdict !== 'dropped' || !reason.startsWith('NETFILTER')) return null;
      return `${endsText(ends)} was dropped, yet it is in the connection table`;
    };
  },
};
