/**
 * Ctrl-C during long work: the work looks at `requested` between pieces and tells what it has so far; a second one ends at once.
 * @module
 */
import { setImmediate } from 'node:timers/promises';
import { Exit } from './exit.ts';

export class Interrupt {
  requested = false;
  private readonly listener = (): void => {
    if (this.requested) process.exit(Exit.Interrupted);
    this.requested = true;
  };

  constructor() {
    process.on('SIGINT', this.listener);
  }

  /** Let signals and other events arrive. */
  async pause(): Promise<void> {
    await setImmediate();
  }

  dispose(): void {
    process.off('SIGINT', this.listener);
  }
}
