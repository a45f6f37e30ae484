/**
 * The kernel's tick, in which limits and recent lists count: 250 a second on the reference kernel (CONFIG_HZ), derived from
 * packet time. Where ticks begin within a second is the kernel's accident; here one begins with every full 4 ms of the epoch.
 * @module
 */

import { HZ, JIFFY_US } from '../../conntrack/options.ts';

export { HZ };

/** The tick of a packet's time. */
export function jiffiesOf(nowUs: number): number {
  return Math.floor(nowUs / JIFFY_US);
}

/** What the kernel takes for ever. */
const FOREVER = 2 ** 50;

/** Milliseconds as ticks, rounded up as msecs_to_jiffies does, to which 2^31 and more are for ever. */
export function msecsToJiffies(ms: number): number {
  return ms >= 0x80000000 ? FOREVER : Math.ceil((ms * HZ) / 1000);
}
