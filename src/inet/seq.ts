/**
 * TCP sequence numbers: 32 bits on a circle. RFC 9293 §3.4. Int32 or unsigned words may be given.
 * @module
 */

/** Whether `a` comes before `b`. */
export function before(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

/** Whether `a` comes after `b`. */
export function after(a: number, b: number): boolean {
  return ((b - a) | 0) < 0;
}
