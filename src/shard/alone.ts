/**
 * A replay by one thread, as it is without workers. What came of the first `told` packets is out already and not told again.
 * @module
 */
import { setImmediate } from 'node:timers/promises';
import type { Outlet } from './emission.ts';
import type { Job, ShardResult } from './job.ts';
import { type Emitter, type LineFunction, Shard } from './shard.ts';

export interface AloneOptions {
  readonly outlet: Outlet;
  /** Packets whose frames and lines are out. */
  readonly told: number;
  readonly interrupted: () => boolean;
  readonly onProgress: (packets: number) => void;
}

/** Packets between two looks at signals and progress. */
const STEP = 8192;

export async function runAlone(job: Job, { outlet, told, interrupted, onProgress }: AloneOptions): Promise<ShardResult> {
  const line = job.lines === null ? null : ((await import(job.lines)) as { readonly line: LineFunction }).line;
  const emitter: Emitter = {
    frame: (packet, index) => {
      if (index >= told) outlet.frame(packet);
    },
    line: (text, index) => {
      if (index >= told) outlet.line(text);
    },
  };
  const shard = new Shard({ ...job, ring: null, batch: STEP }, 0, { line, emitter });
  try {
    for (let packets = 0; !interrupted(); await setImmediate()) {
      const report = shard.run()!;
      packets += report.packets;
      onProgress(packets);
      if (report.ended) break;
    }
    return shard.result();
  } finally {
    shard.close();
  }
}
