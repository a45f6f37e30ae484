/**
 * Which connections of a machine have changed, and by which pair of rules: a number for each entry of its table, forgotten when
 * the entry goes.
 * @module
 */
import type { Conntrack } from '../conntrack/conntrack.ts';

export class ChangedConnections {
  private causes: Int32Array = new Int32Array(256);
  private readonly conntrack: Conntrack;

  constructor(conntrack: Conntrack) {
    this.conntrack = conntrack;
    conntrack.onDestroy((entry) => {
      if (entry < this.causes.length) this.causes[entry] = 0;
    });
  }

  /** What noted() was given, or 0. */
  causeOf(entry: number): number {
    return entry >= 0 && entry < this.causes.length ? this.causes[entry]! : 0;
  }

  /** Remember a cause (not 0) for a connection that is in the table; answers whether it is one, and new here. */
  note(entry: number, cause: number): boolean {
    if (entry < 0 || !this.conntrack.isConfirmed(entry) || this.causeOf(entry) !== 0) return false;
    if (entry >= this.causes.length) {
      const more = new Int32Array(Math.max(entry + 1, this.causes.length * 2));
      more.set(this.causes);
      this.causes = more;
    }
    this.causes[entry] = cause;
    return true;
  }
}
