/**
 * Commit: what the workers told of a chunk becomes what was done, once all have told and nothing speaks against it. Then its frames
 * and lines go out, in the order of the packets. What concerns all workers together is checked here:
 *
 *   table size    entries of all workers, and those past their deadline that one table could hold on to, stay below the limit
 *   closed loop   no bucket of flows whose first packet was dropped overflows; no ICMP error comes from where a dropped ping went
 *   mappings      a source that got another port, or one of several addresses, is known to one worker alone
 *   fragments     neither their memory nor the count of a source can have mattered (fragments.ts)
 *   errors sent   no correspondent with a budget of ICMP errors is known to two workers
 *
 * One table holds on to an entry past its deadline until its sweep comes by, which looks at four rows with every creation: it
 * never holds more than 4/3 of the entries alive at one time (core.ts), and the workers' counts are no fewer than those alive.
 * @module
 */
import { MAX_SOURCES } from '../engine/token-bucket.ts';
import { FLOWS_OF_BUCKET } from '../replay/closed-loop.ts';
import type { Host } from '../host/host.ts';
import { EmissionReader, type Outlet } from './emission.ts';
import { FragmentWatch } from './fragments.ts';
import type { ChunkReport } from './job.ts';

export const SWEEP_MARGIN: number = 4 / 3;
const SEVERAL = -1;
/** Sources remembered: memory stays bounded. */
const MOST_KNOWN = 2_000_000;
/** Rows a table may be ahead of the reckoning. */
export const SLACK = 64;

export class Commit {
  /** Packets done, for good. */
  packets = 0;
  /** Chunks done. */
  chunks = 0;
  /** Why the next chunk could not be done; '' while all is well. */
  broken = '';
  ended = false;
  private readonly workers: number;
  /** nf_conntrack_max. */
  private readonly maxEntries: number;
  private readonly fragments: FragmentWatch;
  private readonly outlet: Outlet;
  /** Reports that wait, by worker. */
  private readonly waiting: ChunkReport[][];
  /** Worker that knows a source, or SEVERAL; and the sources whose mapping is odd. */
  private readonly sources: Map<number, number> = new Map();
  private readonly oddSources: Set<number> = new Set();
  private readonly inBucket: Map<number, number> = new Map();
  private readonly pings: Set<number> = new Set();
  private readonly errors: Set<number> = new Set();
  private readonly knownTo: Map<number | string, number> = new Map();

  constructor(workers: number, host: Host, outlet: Outlet) {
    this.workers = workers;
    this.maxEntries = host.sysctl('net.netfilter.nf_conntrack_max', host.sysctl('net.nf_conntrack_max', 262_144));
    this.fragments = new FragmentWatch(host);
    this.outlet = outlet;
    this.waiting = Array.from({ length: workers }, () => []);
  }

  /** Take a worker's next report, and do what can be done. */
  add(worker: number, report: ChunkReport): void {
    this.waiting[worker]!.push(report);
    while (this.broken === '' && !this.ended && this.waiting.every((reports) => reports.length > 0)) {
      this.commit(this.waiting.map((reports) => reports.shift()!));
    }
  }

  private commit(reports: readonly ChunkReport[]): void {
    this.broken = this.check(reports);
    if (this.broken !== '') return;
    this.chunks++;
    this.packets += reports[0]!.packets;
    this.ended = reports[0]!.ended;
    this.emit(reports);
  }

  private check(reports: readonly ChunkReport[]): string {
    const [first] = reports;
    if (reports.some(({ packets, ended }) => packets !== first!.packets || ended !== first!.ended)) return 'a capture changed meanwhile';
    for (const { broken } of reports) if (broken !== '') return broken;
    const peak = reports.reduce((sum, report) => sum + report.peak, 0);
    if (peak * SWEEP_MARGIN + SLACK > this.maxEntries)
      return `the connection table comes near its limit (nf_conntrack_max ${this.maxEntries})`;
    const piece = this.pieces(reports);
    if (piece !== '') return piece;
    for (const report of reports) {
      if (this.overflows(report)) return 'more flows whose first packet was dropped than are remembered';
      if (this.crosses(report)) return 'an ICMP error from a host whose ping was dropped';
    }
    for (let worker = 0; worker < this.workers; worker++) {
      if (this.shares(worker, reports[worker]!))
        return 'several flows of one source, translated to another port or one of several addresses';
      for (const correspondent of reports[worker]!.correspondents) {
        if ((this.knownTo.get(correspondent) ?? worker) !== worker) return 'a host got ICMP errors about several destinations';
        this.knownTo.set(correspondent, worker);
      }
    }
    if (this.sources.size > MOST_KNOWN || this.pings.size + this.errors.size > MOST_KNOWN) return 'more sources than can be kept apart';
    return this.knownTo.size >= MAX_SOURCES ? 'ICMP errors to very many hosts' : '';
  }

  /** What the pieces of datagrams, in their order, say against it; '' for nothing. */
  private pieces(reports: readonly ChunkReport[]): string {
    const all = reports.flatMap(({ pieces }, home) => pieces.map((piece) => ({ piece, home })));
    for (const { piece, home } of all.sort((a, b) => a.piece.index - b.piece.index)) {
      const why = this.fragments.note(piece, home);
      if (why !== '') return why;
    }
    return '';
  }

  /** Whether a source with an odd mapping has flows at several workers. */
  private shares(worker: number, { sources, oddSources }: ChunkReport): boolean {
    let shared = false;
    for (const source of oddSources) this.oddSources.add(source);
    for (const source of sources) {
      const known = this.sources.get(source);
      if (known === worker) continue;
      this.sources.set(source, known === undefined ? worker : SEVERAL);
      if (known !== undefined && this.oddSources.has(source)) shared = true;
    }
    return shared || oddSources.some((source) => this.sources.get(source) === SEVERAL);
  }

  private overflows({ watched }: ChunkReport): boolean {
    let most = 0;
    for (const bucket of watched) {
      const flows = (this.inBucket.get(bucket) ?? 0) + 1;
      this.inBucket.set(bucket, flows);
      if (flows > most) most = flows;
    }
    return most > FLOWS_OF_BUCKET;
  }

  private crosses({ pings, errors }: ChunkReport): boolean {
    for (const pair of pings) this.pings.add(pair);
    for (const pair of errors) this.errors.add(pair);
    return pings.some((pair) => this.errors.has(pair)) || errors.some((pair) => this.pings.has(pair));
  }

  /** Every packet belongs to one worker: the worker with the lowest number in front goes on with all of that packet. */
  private emit(reports: readonly ChunkReport[]): void {
    const readers = reports.flatMap(({ emission }) => (emission.length === 0 ? [] : [new EmissionReader(emission)]));
    for (;;) {
      let next: EmissionReader | null = null;
      for (const reader of readers) if (next === null || reader.index < next.index) next = reader;
      if (next === null || next.index === Number.POSITIVE_INFINITY) return;
      const { index } = next;
      while (next.index === index) next.next(this.outlet);
    }
  }
}
