/**
 * Ports and sets of ports as rules write them: `22`, `8000:8080`, `22,80,8000:8080`. Sets are flat: lo,hi,lo,hi.
 * @module
 */

const MAX_PORT = 0xffff;

/** Inclusive ranges, `lo,hi,lo,hi...`. */
export type PortRanges = Uint16Array;

/** A decimal port, or null. Service names are not read. */
export function parsePort(text: string): number | null {
  if (!/^[0-9]{1,5}$/.test(text)) return null;
  const port = Number(text);
  return port <= MAX_PORT ? port : null;
}

/** `lo:hi` (either end may be left out) or a single port; null when it is neither or runs backwards. */
export function parsePortRange(text: string): PortRanges | null {
  const colon = text.indexOf(':');
  const lo = colon === 0 ? 0 : parsePort(colon < 0 ? text : text.slice(0, colon));
  const hi = colon < 0 ? lo : colon === text.length - 1 ? MAX_PORT : parsePort(text.slice(colon + 1));
  return lo === null || hi === null || lo > hi ? null : Uint16Array.of(lo, hi);
}

/** A comma-separated list of ports and ranges, or null. */
export function parsePortRanges(text: string): PortRanges | null {
  const parts = text.split(',');
  const ranges = new Uint16Array(2 * parts.length);
  for (let i = 0; i < parts.length; i++) {
    const range = parsePortRange(parts[i]!);
    if (range === null) return null;
    ranges.set(range, 2 * i);
  }
  return ranges;
}

/** The text parsePortRanges reads. */
export function formatPortRanges(ranges: PortRanges): string {
  const parts: string[] = [];
  for (let i = 0; i < ranges.length; i += 2) {
    parts.push(ranges[i] === ranges[i + 1] ? `${ranges[i]}` : `${ranges[i]}:${ranges[i + 1]}`);
  }
  return parts.join(',');
}

/** Slots a list takes in a multiport rule: a range needs two. */
export function slots(ranges: PortRanges): number {
  let count = 0;
  for (let i = 0; i < ranges.length; i += 2) count += ranges[i] === ranges[i + 1] ? 1 : 2;
  return count;
}

/** Whether a port lies in one of the ranges. */
export function inRanges(ranges: PortRanges, port: number): boolean {
  for (let i = 0; i < ranges.length; i += 2) {
    if (port >= ranges[i]! && port <= ranges[i + 1]!) return true;
  }
  return false;
}
