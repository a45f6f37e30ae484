/**
 * Notes which rules' counters moved, in the order it happened, while somebody wants to know. Reused: begin() forgets.
 * @module
 */
export class HitRecorder {
  on = false;
  ids: Int32Array = new Int32Array(256);
  count = 0;

  /** Forget what was noted and note from here on. */
  begin(): void {
    this.on = true;
    this.count = 0;
  }

  end(): void {
    this.on = false;
  }

  /** Allocates only when a packet hits more rules than any before. */
  add(id: number): void {
    if (this.count === this.ids.length) {
      const more = new Int32Array(this.ids.length * 2);
      more.set(this.ids);
      this.ids = more;
    }
    this.ids[this.count++] = id;
  }
}
