/**
 * Connections as they come and go: lines of `conntrack -E`.
 *
 *       [NEW] tcp      6 120 SYN_SENT src=10.0.0.2 dst=10.1.0.2 sport=1000 dport=80 [UNREPLIED] src=10.1.0.2 dst=10.0.0.2 sport=80 dport=1000
 *    [UPDATE] tcp      6 60 SYN_RECV src=...
 *   [DESTROY] tcp      6 TIME_WAIT src=... packets=6 bytes=322 src=... packets=4 bytes=218 [ASSURED]
 *
 * What happens to an entry is gathered until a packet of it has passed the last hook, as in the kernel, and told in one line. An
 * update names the state only when that changed; a destroyed entry has counters, and a timeout only when it was removed before it
 * ran out. Compared with conntrack 1.4.7 and with the events of the recorded scenarios (test/conformance/conntrack-events.test.ts).
 * @module
 */
import type { Conntrack } from '../conntrack/conntrack.ts';
import { Status } from '../conntrack/ctinfo.ts';
import type { ConntrackLine } from '../conntrack/dump.ts';
import { Change, type ConntrackEvents } from '../conntrack/events.ts';
import { formatConntrackBody, formatFamily, formatProtocol } from './conntrack-list.ts';

export type ConntrackEventKind = 'NEW' | 'UPDATE' | 'DESTROY';

export interface ConntrackEvent {
  readonly kind: ConntrackEventKind;
  /** Microseconds since the epoch: of the packet, or when the timeout ran out. */
  readonly atUs: number;
  /** Number of the packet that made it happen; -1: the timeout ran out. */
  readonly packet: number;
  /** The entry as it stood. */
  readonly line: ConntrackLine;
  /** Whether the kernel tells the protocol's state, and the mark though it is 0. */
  readonly withState: boolean;
  readonly withMark: boolean;
}

/** Listens to a Conntrack and hands on what `conntrack -E` would tell. */
export class ConntrackJournal implements ConntrackEvents {
  /** Time and number of the packet at hand. */
  nowUs = 0;
  packet = -1;
  private readonly conntrack: Conntrack;
  private readonly listener: (event: ConntrackEvent) => void;
  /** Bits of Change by entry, of entries that have any. */
  private readonly pending: Map<number, number> = new Map();

  constructor(conntrack: Conntrack, listener: (event: ConntrackEvent) => void) {
    this.conntrack = conntrack;
    this.listener = listener;
  }

  created(entry: number): void {
    this.pending.delete(entry);
    this.tell('NEW', entry, Change.ProtocolState);
  }

  updated(entry: number, changes: number): void {
    // a packet that ended its own connection still goes on; sequence adjustment alone is not told
    if ((this.conntrack.status(entry) & Status.Dying) !== 0 || changes === Change.SeqAdjust) return;
    this.pending.set(entry, (this.pending.get(entry) ?? 0) | changes);
  }

  settled(entry: number): void {
    const changes = this.pending.get(entry);
    if (changes === undefined) return;
    this.pending.delete(entry);
    this.tell('UPDATE', entry, changes);
  }

  destroyed(entry: number): void {
    this.pending.delete(entry);
    this.tell('DESTROY', entry, Change.ProtocolState);
  }

  private tell(kind: ConntrackEventKind, entry: number, changes: number): void {
    const { conntrack, nowUs, packet } = this;
    const deadline = conntrack.deadlineUs(entry);
    const ranOut = kind === 'DESTROY' && deadline <= nowUs;
    this.listener({
      kind,
      atUs: ranOut ? deadline : nowUs,
      packet: ranOut ? -1 : packet,
      line: conntrack.describe(entry),
      withState: (changes & Change.ProtocolState) !== 0,
      withMark: (changes & Change.Mark) !== 0,
    });
  }
}

export interface EventStyle {
  /** `-o extended`: the layer 3 protocol in front. */
  readonly extended?: boolean;
  /** `-o timestamp`: when it happened. */
  readonly timestamp?: boolean;
}

export function formatConntrackEvent({ kind, atUs, line, withState, withMark }: ConntrackEvent, style: EventStyle = {}): string {
  const destroyed = kind === 'DESTROY';
  const timeout = destroyed && line.timeoutSec === 0 ? '' : ` ${line.timeoutSec}`;
  const state = withState && line.state !== null ? ` ${line.state}` : '';
  const body = formatConntrackBody(line, { counters: destroyed, mark: withMark || line.mark !== 0, helper: !destroyed });
  const text = `${formatProtocol(line)}${timeout}${state} ${body}`;
  const head = `${`[${kind}]`.padStart(9)} ${style.extended === true ? `${formatFamily(line)} ` : ''}${text}`;
  return style.timestamp === true ? `[${formatTime(atUs)}]\t${head}` : head;
}

/** Seconds and microseconds, as conntrack prints a time. */
function formatTime(us: number): string {
  const seconds = Math.floor(us / 1e6);
  return `${String(seconds).padStart(8, '0')}.${String(Math.floor(us - seconds * 1e6)).padStart(6, '0')}`;
}
