/**
 * Doubt: what a match that cannot know takes for true. The owner of a local packet's socket, the sockets of the host, a set that
 * was not given: none of them is in a capture, so whoever replays supposes an answer, and may do so in several worlds at once.
 *
 * A match asks once, when it is compiled, whether its rule is in doubt in this world; the kernel's own answer stands where not.
 * @module
 */

/** A supposed answer. */
export interface Supposition {
  /** Whether the match, as its rule writes it, holds for the packet at hand. Notes that it was asked. */
  ask(): boolean;
}

export interface Doubt {
  /** What is supposed of the match with this info; null: its answer is known. */
  about(info: object): Supposition | null;
}
