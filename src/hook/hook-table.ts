/**
 * The hook functions of one family, ordered by priority. Running a hook is a loop over an array that was sorted when an entry
 * was added, as in the kernel's nf_hook_slow: among equal priorities the entry registered last runs first.
 *
 * A packet that an entry queues (Verdict.Queue) is parked: `packet.hookIndex` remembers the entry, and `resume` goes on behind
 * it (Accept) or at it again (Repeat).
 * @module
 */
import type { Packet } from '../packet/packet.ts';
import type { Hook } from './hook.ts';
import { Verdict } from './verdict.ts';

export interface HookEntry {
  readonly hook: Hook;
  readonly priority: number;
  /** Told to people: `raw`, `conntrack`, `nat`, the name a user gave. */
  readonly name: string;
  readonly run: (packet: Packet) => Verdict;
  /** Whether what it does is noted (walk-notes.ts), or known to the flow path. Absent: it wants to see every packet. */
  readonly noted?: boolean;
}

/** How often one entry may answer Repeat for one packet before it counts as a drop: no function may hang a replay. */
const MAX_REPEATS = 16;

/** V8 folds a module's own number into the code. */
const ACCEPT = Verdict.Accept;

export class HookTable {
  /** Moves with every change of the lists. */
  version = 0;
  private readonly entries: HookEntry[][] = [[], [], [], [], []];

  /** Add an entry; it runs before those of equal priority that are there already. */
  add(entry: HookEntry): void {
    const list = this.entries[entry.hook]!;
    let at = 0;
    while (at < list.length && list[at]!.priority < entry.priority) at++;
    list.splice(at, 0, entry);
    this.version++;
  }

  remove(entry: HookEntry): void {
    const list = this.entries[entry.hook]!;
    const at = list.indexOf(entry);
    if (at >= 0) list.splice(at, 1);
    this.version++;
  }

  /** Whether a packet may be spared the walk of every hook: all entries are noted. */
  get isNoted(): boolean {
    return this.entries.every((list) => list.every(({ noted }) => noted === true));
  }

  /** The entries of a hook in the order they run. */
  list(hook: Hook): readonly HookEntry[] {
    return this.entries[hook]!;
  }

  /** Walk a hook from its first entry. Accept means: every entry accepted. */
  run(hook: Hook, packet: Packet): Verdict {
    packet.hook = hook;
    return this.walk(hook, packet, 0);
  }

  /** Go on with a packet that was queued: behind the entry that queued it, or at it again for Repeat. */
  resume(packet: Packet, verdict: Verdict): Verdict {
    const hook = packet.hook as Hook;
    if (verdict === Verdict.Accept) return this.walk(hook, packet, packet.hookIndex + 1);
    if (verdict === Verdict.Repeat) return this.walk(hook, packet, packet.hookIndex);
    return verdict;
  }

  private walk(hook: Hook, packet: Packet, from: number): Verdict {
    const list = this.entries[hook]!;
    let repeats = 0;
    for (let i = from; i < list.length; i++) {
      packet.rule = -1;
      const verdict = list[i]!.run(packet);
      if (verdict === ACCEPT) continue;
      packet.hookIndex = i;
      if (verdict === Verdict.Repeat && repeats++ < MAX_REPEATS) {
        i--;
        continue;
      }
      return verdict === Verdict.Repeat || verdict === Verdict.Continue ? Verdict.Drop : verdict;
    }
    return ACCEPT;
  }
}
