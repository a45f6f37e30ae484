/**
 * Peak of resident memory of this process, KiB. ru_maxrss counts what its parent had when it forked; the kernel's own high-water mark
 * does not. Loaded with --import, prints `peak N` to standard error at the end.
 */
import { existsSync, readFileSync } from 'node:fs';

const STATUS = '/proc/self/status';

export function peakKib() {
  if (!existsSync(STATUS)) return process.resourceUsage().maxRSS;
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(STATUS, 'utf8'))[1]);
}

if (process.argv[1]?.endsWith('main.js')) process.on('exit', () => console.error(`peak ${peakKib()}`));
