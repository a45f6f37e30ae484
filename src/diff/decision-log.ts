/**
 * DecisionLog: what each table decided about one packet, in order, for a comparison afterwards. A walk through a table is one
 * entry: hook and table, verdict, the rule or policy that decided, the rules hit on the way, and a fingerprint of what the packet
 * carried before and after. Answers that the host makes meanwhile are left out. Reused: begin() forgets; nothing is allocated
 * once the log is as long as a packet's way.
 * @module
 */
import type { Conntrack } from '../conntrack/conntrack.ts';
import { Tuple } from '../conntrack/tuple.ts';
import type { Hook } from '../hook/hook.ts';
import type { Verdict } from '../hook/verdict.ts';
import { CT_UNTRACKED, Origin, type Packet } from '../packet/packet.ts';
import type { Evaluator, EvaluatorFactory } from '../xtables/evaluator.ts';
import { evaluateCompiled } from '../xtables/compiled/evaluator.ts';
import type { HitRecorder } from '../xtables/recorder.ts';
import type { Services } from '../xtables/services.ts';
import { TABLES, type Table } from '../xtables/table.ts';

/** What the outcome is about has an origin up to this one. */
const SENT_LOCALLY = Origin.Local;
const REPLY = 1;
const HOOKS = 8;
const WALK = 7;
/** Octets of header that a fingerprint covers: an IP and a transport header with options. */
const COVERED = 96;

export class DecisionLog {
  /** Walks since begin(). */
  count = 0;
  private words: Int32Array = new Int32Array(32 * WALK);
  private readonly tuple: Tuple = new Tuple();

  begin(): void {
    this.count = 0;
  }

  /** Hook and table of a walk as one number: equal numbers, same place. */
  place(walk: number): number {
    return this.words[walk * WALK]!;
  }

  /** Name of the table. */
  table(walk: number): string {
    return TABLES[Math.floor(this.place(walk) / HOOKS)]!.name;
  }

  hook(walk: number): number {
    return this.place(walk) % HOOKS;
  }

  verdict(walk: number): number {
    return this.words[walk * WALK + 1]!;
  }

  /** Number of the rule or policy that decided, or -1. */
  rule(walk: number): number {
    return this.words[walk * WALK + 2]!;
  }

  /** Place of its first hit among those the recorder noted, and the place behind its last. */
  hitsFrom(walk: number): number {
    return this.words[walk * WALK + 3]!;
  }

  hitsEnd(walk: number): number {
    return this.words[walk * WALK + 4]!;
  }

  before(walk: number): number {
    return this.words[walk * WALK + 5]!;
  }

  after(walk: number): number {
    return this.words[walk * WALK + 6]!;
  }

  /** Evaluators as everywhere (xtables/compiled), that write here. `recorder` is the rule set's own. */
  factory(recorder: HitRecorder): EvaluatorFactory {
    return (table, services, tally) => this.around(evaluateCompiled(table, services, tally), { table, services, recorder });
  }

  private around(inner: Evaluator, { table, services, recorder }: Watched): Evaluator {
    const number = TABLES.indexOf(table.kind) * HOOKS;
    // filter and security only decide: what they see is what they leave
    const changes = table.name !== 'filter' && table.name !== 'security';
    const { conntrack } = services;
    const run = (hook: Hook, packet: Packet): Verdict => {
      if (packet.origin > SENT_LOCALLY) return unrecorded(inner, recorder, hook, packet);
      const at = this.add();
      const from = recorder.count;
      const before = changes ? this.fingerprint(packet, conntrack) : 0;
      const verdict = inner.run(hook, packet);
      const { words } = this;
      words[at] = number + hook;
      words[at + 1] = verdict;
      words[at + 2] = packet.rule;
      words[at + 3] = from;
      words[at + 4] = recorder.count;
      words[at + 5] = before;
      words[at + 6] = changes ? this.fingerprint(packet, conntrack) : 0;
      return verdict;
    };
    return { run };
  }

  private add(): number {
    const at = this.count++ * WALK;
    if (at + WALK > this.words.length) {
      const more = new Int32Array(this.words.length * 2);
      more.set(this.words);
      this.words = more;
    }
    return at;
  }

  /** A number that stands for headers, marks and the way answers will come; FNV-1a over them. */
  private fingerprint(packet: Packet, conntrack: Conntrack): number {
    const { bytes, network } = packet;
    const end = Math.min(network + COVERED, packet.networkEnd);
    let hash = 0x811c9dc5;
    for (let i = network; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    hash = Math.imul(hash ^ packet.mark, 0x01000193);
    hash = Math.imul(hash ^ packet.priority, 0x01000193);
    hash = Math.imul(hash ^ packet.networkLength, 0x01000193);
    if (packet.ct === CT_UNTRACKED) hash ^= 1;
    if (packet.ctTemplate !== 0) hash ^= 2;
    return packet.ct >= 0 ? this.withConnection(hash, packet.ct, conntrack) : hash;
  }

  private withConnection(start: number, entry: number, conntrack: Conntrack): number {
    const tuple = conntrack.readTuple(entry, REPLY, this.tuple);
    let hash = start;
    hash = Math.imul(hash ^ conntrack.mark(entry), 0x01000193);
    hash = Math.imul(hash ^ tuple.src0 ^ tuple.src3, 0x01000193);
    hash = Math.imul(hash ^ tuple.src1 ^ tuple.src2, 0x01000193);
    hash = Math.imul(hash ^ tuple.dst0 ^ tuple.dst3, 0x01000193);
    hash = Math.imul(hash ^ tuple.dst1 ^ tuple.dst2, 0x01000193);
    return Math.imul(hash ^ ((tuple.srcL4 << 16) | tuple.dstL4), 0x01000193);
  }
}

interface Watched {
  readonly table: Table;
  readonly services: Services;
  readonly recorder: HitRecorder;
}

/** What the host answers walks OUTPUT in the middle of a rule: its hits are none of the packet's. */
function unrecorded(inner: Evaluator, recorder: HitRecorder, hook: Hook, packet: Packet): Verdict {
  const { on } = recorder;
  recorder.end();
  const verdict = inner.run(hook, packet);
  recorder.on = on;
  return verdict;
}
