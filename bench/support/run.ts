/**
 * One run: what a process measured of itself. Programs of other languages (bench/peers) print the same.
 * @module
 */
export interface Run {
  /** Packets, or what else is counted, of one pass. */
  readonly items: number;
  /** Stands for what was computed: equal in every pass, and of all who do the same work. */
  readonly check: number;
  /** Nanoseconds an item by the clock, of each pass that counts. */
  readonly wall: readonly number[];
  /** The same of the processor, user and system. Where something else than time is measured, both hold that. */
  readonly cpu: readonly number[];
  /** Largest resident memory, MiB. */
  readonly memory: number;
}

export interface Pass {
  readonly items: number;
  readonly check: number;
}

const NS_PER_US = 1000;

/** Largest resident memory of this process so far, MiB. */
export function peakMemory(): number {
  return process.resourceUsage().maxRSS / 1024;
}

/** Time `passes` calls, each made ready by `prepare`, which is not timed. Passes that disagree are an error. */
export function timed(passes: number, prepare: () => () => Pass): Run {
  const wall: number[] = [];
  const cpu: number[] = [];
  let first: Pass | null = null;
  for (let i = 0; i < passes; i++) {
    const pass = prepare();
    const before = process.cpuUsage();
    const started = process.hrtime.bigint();
    const done = pass();
    const elapsed = Number(process.hrtime.bigint() - started);
    const { user, system } = process.cpuUsage(before);
    wall.push(elapsed / done.items);
    cpu.push(((user + system) * NS_PER_US) / done.items);
    first ??= done;
    if (done.check !== first.check || done.items !== first.items) throw new Error(`passes disagree: ${done.check} and ${first.check}`);
  }
  if (first === null) throw new RangeError('no pass');
  return { ...first, wall, cpu, memory: peakMemory() };
}

/** A run of which one number is told, be it a time in all or no time. */
export function measured(items: number, check: number, wall: number, cpu: number = wall): Run {
  return { items, check, wall: [wall], cpu: [cpu], memory: peakMemory() };
}
