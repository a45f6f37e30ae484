/**
 * Interface tests of rule headers: the pattern of -i or -o held against every interface of the host once, so that a packet asks
 * by number. Index 0 (no such device at this hook) has the empty name, which the kernel compares like any other.
 * @module
 */
import type { Interface } from '../host/interface.ts';

export class InterfaceTests {
  private readonly interfaces: readonly Interface[];
  private readonly made: Map<string, Uint8Array> = new Map();

  constructor(interfaces: readonly Interface[]) {
    this.interfaces = interfaces;
  }

  /** By interface number, 1 where a rule with this pattern goes on; null for a pattern that asks nothing. */
  table(pattern: string, invert: boolean): Uint8Array | null {
    if (pattern === '') return null;
    const key = invert ? `!${pattern}` : `=${pattern}`;
    let table = this.made.get(key);
    if (table === undefined) {
      table = Uint8Array.from(this.interfaces, ({ name }) => Number(nameMatches(pattern, name) !== invert));
      this.made.set(key, table);
    }
    return table;
  }
}

/** `eth+` stands for every name that begins with `eth`. */
export function nameMatches(pattern: string, name: string): boolean {
  if (!pattern.endsWith('+')) return name === pattern;
  return name.startsWith(pattern.slice(0, -1));
}
