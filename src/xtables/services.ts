/**
 * What the machine lends to the rules attached to it. Handed to compile(); a module names only what it uses.
 * @module
 */
import type { Conntrack } from '../conntrack/conntrack.ts';
import type { Responder } from '../hook/responder.ts';
import type { WalkNotes } from '../hook/walk-notes.ts';
import type { Host } from '../host/host.ts';
import type { Random } from '../inet/random.ts';
import type { Nat } from '../nat/nat.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';
import type { Doubt } from './doubt.ts';
import type { SetStore } from './set/store.ts';

/** Takes what LOG, NFLOG, TRACE and AUDIT write. Absent by default: nothing is formatted then. */
export type LogSink = (line: string, packet: ReadonlyPacket) => void;

export interface Services {
  readonly family: 4 | 6;
  readonly host: Host;
  readonly conntrack: Conntrack;
  readonly nat: Nat;
  readonly responder: Responder;
  readonly sets: SetStore;
  readonly random: Random;
  readonly log: LogSink | null;
  /** Where to note what a walk depended on; absent: nobody asks. */
  readonly notes?: WalkNotes;
  /** What is supposed where a match cannot know; absent: local packets are the host's description's, missing sets an error. */
  readonly doubt?: Doubt | null;
  /** State that rules share by name (recent lists, hashlimit tables), per family: made on first use. */
  shared<T>(kind: string, name: string, make: () => T): T;
}
