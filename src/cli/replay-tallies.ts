/**
 * What a replay counts and writes beside its summary: `--report`, `--flows`, `--packets`.
 * @module
 */
import type { Command } from 'commander';
import type { RowWriter } from '../columns/column.ts';
import { flowColumns } from '../columns/flow-columns.ts';
import { openRows } from '../columns/open.ts';
import { packetColumns, PacketRow } from '../columns/packet-columns.ts';
import type { Outcome } from '../engine/outcome.ts';
import type { Packet } from '../packet/packet.ts';
import type { Shown } from '../replay/prepare.ts';
import type { Summary } from '../replay/summary.ts';
import type { FlowRow } from '../tally/flow-table.ts';
import { RunTally } from '../tally/run-tally.ts';
import type { Marks } from './outcome-json.ts';
import { writeReport, type ReportOptions } from './replay-report.ts';

export interface TallyFlags {
  readonly report?: string;
  readonly flows?: string;
  readonly packets?: string;
}

export function tallyOptions(command: Command): Command {
  return command
    .option('--report <file>', 'write a page that shows all of it (HTML, one file that makes no requests)')
    .option('--flows <file>', 'write a table of the flows: .parquet, .csv or .ndjson by its name')
    .option('--packets <file>', 'write a table of the packets: .parquet, .csv or .ndjson by its name');
}

/** What is known of the packet at hand beside its outcome. */
export interface PacketMarks extends Marks {
  /** It has no one verdict. */
  readonly undecided: boolean;
}

export class ReplayTallies {
  private readonly shown: Shown;
  private readonly tally: RunTally | null;
  private flows: RowWriter<FlowRow> | null;
  private packets: RowWriter<PacketRow> | null;
  private readonly row: PacketRow = new PacketRow();

  private constructor(shown: Shown, tally: RunTally | null, flows: RowWriter<FlowRow> | null, packets: RowWriter<PacketRow> | null) {
    this.shown = shown;
    this.tally = tally;
    this.flows = flows;
    this.packets = packets;
  }

  /** Opens the files; null when nothing of this is asked for. @throws ERR_INPUT, ERR_UNSUPPORTED */
  static async open(flags: TallyFlags, shown: Shown): Promise<ReplayTallies | null> {
    if (flags.report === undefined && flags.flows === undefined && flags.packets === undefined) return null;
    const { engine, rules } = shown;
    const flows = flags.flows === undefined ? null : await openRows(flags.flows, flowColumns(rules));
    const packets = flags.packets === undefined ? null : await openRows(flags.packets, packetColumns(rules));
    const counts = flags.report !== undefined || flows !== null;
    const tally = counts ? new RunTally(engine, flows === null ? {} : { onEvict: (row) => flows.write(row) }) : null;
    return new ReplayTallies(shown, tally, flows, packets);
  }

  begin(packet: Packet): void {
    this.tally?.begin(packet);
    if (this.packets !== null) this.row.begin(packet);
  }

  end(packet: Packet, outcome: Outcome, from: number, marks: PacketMarks): void {
    this.tally?.end(packet, outcome, marks.undecided);
    if (this.packets === null) return;
    const { row } = this;
    row.packet = packet;
    row.outcome = outcome;
    row.interface = from === 0 ? 'local' : (this.shown.engine.host.interfaces[from]?.name ?? '');
    row.unreal = marks.unreal;
    row.translated = marks.translated;
    row.undecided = marks.undecided;
    this.packets.write(row);
  }

  /** At the end of the captures: write what is left, and the report. */
  close(summary: Summary, options: Omit<ReportOptions, 'path' | 'summary' | 'tally' | 'engine'>): void {
    const { tally, flows, packets } = this;
    tally?.close();
    if (tally !== null && flows !== null) for (const row of tally.flows.rows()) flows.write(row);
    flows?.close();
    this.flows = null;
    packets?.close();
    this.packets = null;
    const path = options.flags.report;
    if (tally !== null && path !== undefined) writeReport({ ...options, path, summary, tally, engine: this.shown.engine });
  }

  /** Give up what is still open. */
  abort(): void {
    this.flows?.abort();
    this.packets?.abort();
  }
}
