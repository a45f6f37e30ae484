/**
 * Puts an observer around every function of a hook table. Order is kept: the functions are taken out and put back last first, since
 * among equal priorities the one added last runs first.
 * @module
 */
import { Hook } from '../hook/hook.ts';
import type { HookEntry, HookTable } from '../hook/hook-table.ts';
import type { Verdict } from '../hook/verdict.ts';
import type { Packet } from '../packet/packet.ts';

export interface EntryObserver {
  /** Whether somebody looks at the packet under way. */
  readonly on: boolean;
  around(entry: HookEntry, packet: Packet): Verdict;
}

/** Everything registered by now is observed; what is added later is not. */
export function observeHooks(hooks: HookTable, observer: EntryObserver): void {
  for (const hook of Object.values(Hook)) {
    const entries = [...hooks.list(hook)];
    for (const entry of entries) hooks.remove(entry);
    for (const entry of entries.reverse()) {
      const run = (packet: Packet): Verdict => (observer.on ? observer.around(entry, packet) : entry.run(packet));
      hooks.add({ hook, priority: entry.priority, name: entry.name, run });
    }
  }
}
