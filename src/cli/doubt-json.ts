/**
 * A line of `replay --ndjson` for a packet in doubt: the line as it would be, with its possible fates.
 * @module
 */
import type { DoubtTally, PacketDoubt } from '../replay/doubt-tally.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';
import type { OutcomeJson } from './outcome-json.ts';

export interface DoubtfulJson extends OutcomeJson {
  readonly doubt?: PacketDoubt;
}

/**
 * `line` of the packet the worlds took last. Unless one fate is to be chosen, what hangs on it is left out, and the verdict is
 * `in doubt` if it hangs on it too.
 */
export function doubtfulJson(line: OutcomeJson, tally: DoubtTally, packet: ReadonlyPacket): DoubtfulJson {
  const { worlds } = tally;
  if (!worlds.inDoubt) return line;
  const doubt = tally.explain(packet);
  if (worlds.mode !== 'both') return { ...line, doubt };
  const { state: _state, drop: _drop, rule: _rule, ...certain } = line;
  return { ...certain, verdict: worlds.undecided ? 'in doubt' : line.verdict, doubt };
}
