/**
 * Columns of packets: a row is one packet, with the addresses it came with and those it ended with.
 * @module
 */
import { describeDropReason, dropReasonCode } from '../engine/drop-reason.ts';
import { type Outcome, stageName } from '../engine/outcome.ts';
import { formatIpv4 } from '../inet/ipv4.ts';
import { formatIpv6 } from '../inet/ipv6.ts';
import { protocolName } from '../inet/protocol.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';
import { stateName } from '../replay/result.ts';
import type { RuleSet } from '../xtables/ruleset.ts';
import type { Column } from './column.ts';

/** One packet at hand; filled anew for each. */
export class PacketRow {
  source = '';
  sourcePort = -1;
  destination = '';
  destinationPort = -1;
  packet!: ReadonlyPacket;
  outcome!: Outcome;
  interface = '';
  unreal = false;
  translated = false;
  undecided = false;

  /** Before the machine has it. */
  begin(packet: ReadonlyPacket): void {
    this.source = sourceOf(packet);
    this.destination = destinationOf(packet);
    this.sourcePort = packet.srcPort;
    this.destinationPort = packet.dstPort;
  }
}

export function packetColumns(rules: readonly RuleSet[]): readonly Column<PacketRow>[] {
  const rule = ({ packet, outcome, undecided }: PacketRow): { readonly name: string; readonly at: string } | null => {
    const set = rules.find(({ family }) => family === packet.family);
    return undecided || outcome.rule < 0 ? null : (set?.describe(outcome.rule) ?? null);
  };
  const dropped = ({ outcome, undecided }: PacketRow): boolean => !undecided && outcome.verdict === 'dropped';
  return [
    { name: 'packet', type: 'whole', of: ({ packet }) => packet.index },
    { name: 'time', type: 'time', of: ({ packet }) => packet.nowUs },
    { name: 'interface', type: 'text', of: (row) => row.interface },
    { name: 'length', type: 'whole', of: ({ packet }) => packet.wireLength },
    { name: 'family', type: 'whole', of: ({ packet }) => (packet.family === 0 ? null : packet.family) },
    {
      name: 'protocol',
      type: 'text',
      of: ({ packet }) => (packet.protocol < 0 ? null : (protocolName(packet.protocol) ?? String(packet.protocol))),
    },
    { name: 'source', type: 'text', of: (row) => row.source },
    { name: 'source_port', type: 'whole', of: (row) => given(row.sourcePort) },
    { name: 'destination', type: 'text', of: (row) => row.destination },
    { name: 'destination_port', type: 'whole', of: (row) => given(row.destinationPort) },
    { name: 'nat_source', type: 'text', of: (row) => changed(row.source, sourceOf(row.packet)) },
    {
      name: 'nat_source_port',
      type: 'whole',
      of: ({ packet, sourcePort }) => (packet.srcPort === sourcePort ? null : given(packet.srcPort)),
    },
    { name: 'nat_destination', type: 'text', of: (row) => changed(row.destination, destinationOf(row.packet)) },
    {
      name: 'nat_destination_port',
      type: 'whole',
      of: ({ packet, destinationPort }) => (packet.dstPort === destinationPort ? null : given(packet.dstPort)),
    },
    { name: 'state', type: 'text', of: ({ outcome }) => stateName(outcome.ctState) },
    { name: 'verdict', type: 'text', of: ({ outcome, undecided }) => (undecided ? 'in doubt' : outcome.verdict) },
    { name: 'drop_at', type: 'text', of: (row) => (dropped(row) ? stageName(row.outcome.dropStage) : null) },
    { name: 'drop_code', type: 'text', of: (row) => (dropped(row) ? dropReasonCode(row.outcome.dropReason) : null) },
    { name: 'drop_reason', type: 'text', of: (row) => (dropped(row) ? describeDropReason(row.outcome.dropReason) : null) },
    { name: 'rule', type: 'text', of: (row) => rule(row)?.name ?? null },
    { name: 'rule_at', type: 'text', of: (row) => rule(row)?.at ?? null },
    { name: 'would_not_have_happened', type: 'flag', of: (row) => row.unreal },
    { name: 'rewritten', type: 'flag', of: (row) => row.translated },
  ];
}

function sourceOf({ family, src0, src1, src2, src3 }: ReadonlyPacket): string {
  return family === 6 ? formatIpv6(src0, src1, src2, src3) : family === 4 ? formatIpv4(src0) : '';
}

function destinationOf({ family, dst0, dst1, dst2, dst3 }: ReadonlyPacket): string {
  return family === 6 ? formatIpv6(dst0, dst1, dst2, dst3) : family === 4 ? formatIpv4(dst0) : '';
}

function changed(before: string, after: string): string | null {
  return before === after ? null : after;
}

function given(number: number): number | null {
  return number < 0 ? null : number;
}
