/**
 * Columns of flows: a row is one flow as FlowTable has it.
 * @module
 */
import { describeDropReason } from '../engine/drop-reason.ts';
import { stageName } from '../engine/outcome.ts';
import { protocolName } from '../inet/protocol.ts';
import type { FlowRow } from '../tally/flow-table.ts';
import type { RuleSet } from '../xtables/ruleset.ts';
import type { Column } from './column.ts';

export function flowColumns(rules: readonly RuleSet[]): readonly Column<FlowRow>[] {
  const place = ({ family, dropRule }: FlowRow): { readonly name: string; readonly at: string } | null => {
    const set = rules.find((candidate) => candidate.family === family);
    return dropRule < 0 ? null : (set?.describe(dropRule) ?? null);
  };
  return [
    { name: 'first', type: 'time', of: (row) => row.firstUs },
    { name: 'last', type: 'time', of: (row) => row.lastUs },
    { name: 'first_packet', type: 'whole', of: (row) => row.firstPacket },
    { name: 'family', type: 'whole', of: (row) => row.family },
    { name: 'protocol', type: 'text', of: (row) => protocolName(row.protocol) ?? String(row.protocol) },
    { name: 'source', type: 'text', of: (row) => row.source },
    { name: 'source_port', type: 'whole', of: (row) => given(row.sourcePort) },
    { name: 'destination', type: 'text', of: (row) => row.destination },
    { name: 'destination_port', type: 'whole', of: (row) => given(row.destinationPort) },
    { name: 'nat_source', type: 'text', of: (row) => row.natSource || null },
    { name: 'nat_source_port', type: 'whole', of: (row) => given(row.natSourcePort) },
    { name: 'nat_destination', type: 'text', of: (row) => row.natDestination || null },
    { name: 'nat_destination_port', type: 'whole', of: (row) => given(row.natDestinationPort) },
    { name: 'packets', type: 'whole', of: (row) => row.packets },
    { name: 'octets', type: 'whole', of: (row) => row.octets },
    { name: 'reply_packets', type: 'whole', of: (row) => row.replyPackets },
    { name: 'reply_octets', type: 'whole', of: (row) => row.replyOctets },
    { name: 'dropped', type: 'whole', of: (row) => row.dropped },
    { name: 'dropped_octets', type: 'whole', of: (row) => row.droppedOctets },
    { name: 'first_drop', type: 'whole', of: (row) => given(row.firstDrop) },
    { name: 'drop_at', type: 'text', of: (row) => (row.dropped === 0 ? null : stageName(row.dropStage)) },
    { name: 'drop_reason', type: 'text', of: (row) => (row.dropped === 0 ? null : describeDropReason(row.dropReason)) },
    { name: 'drop_rule', type: 'text', of: (row) => place(row)?.name ?? null },
    { name: 'drop_rule_at', type: 'text', of: (row) => place(row)?.at ?? null },
  ];
}

/** A number, where there is one. */
function given(number: number): number | null {
  return number < 0 ? null : number;
}
