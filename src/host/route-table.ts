/**
 * RouteTable: the routes of one table, found by longest prefix; among equal prefixes IPv4 takes the narrower TOS, then the
 * lower metric, IPv6 the lower metric, then the one that leads out of the device asked for. A table holds one family.
 *
 * A look-up tries the prefix lengths that occur, longest first, each with one probe of a hash table: independent of the number
 * of routes. Kernel counterparts: net/ipv4/fib_trie.c fib_table_lookup, net/ipv6/route.c find_rr_leaf.
 * @module
 */
import { mask4, mask6 } from './interface.ts';
import type { Route } from './route.ts';
import { WordTable } from './word-table.ts';

/** Answers noted; a power of two. */
const NOTES = 1024;
const NOTE_SHIFT = 22;

export class RouteTable {
  readonly family: 4 | 6;
  private readonly index: WordTable = new WordTable();
  /** Routes by node of the index, in order of preference. */
  private readonly nodes: Route[][] = [];
  /** Answers of find4 by a hash of the question, so that the next packet of a flow costs one compare; -1: nothing noted. */
  private readonly notedDst: Int32Array = new Int32Array(NOTES);
  private readonly notedHow: Int32Array = new Int32Array(NOTES).fill(-1);
  private readonly noted: (Route | null)[] = Array.from({ length: NOTES }, () => null);
  private hasNotes = false;
  /** Prefix lengths that occur, longest first. */
  private lengths: Uint8Array = new Uint8Array(0);

  constructor(family: 4 | 6) {
    this.family = family;
  }

  /** Number of different prefixes. */
  get size(): number {
    return this.nodes.length;
  }

  add(route: Route): void {
    this.forget();
    const key = { w0: route.dst0, w1: route.dst1, w2: route.dst2, w3: route.dst3 };
    const node = this.index.get(route.length, key.w0, key.w1, key.w2, key.w3);
    if (node >= 0) {
      insert(this.nodes[node]!, route);
      return;
    }
    this.index.set(route.length, key, this.nodes.length);
    this.nodes.push([route]);
    if (!this.lengths.includes(route.length)) {
      this.lengths = Uint8Array.from([...this.lengths, route.length].sort((a, b) => b - a));
    }
  }

  /** Every route, longest prefixes first. */
  *routes(): Generator<Route> {
    for (const node of [...this.nodes].sort((a, b) => b[0]!.length - a[0]!.length)) yield* node;
  }

  /** The IPv4 route for a destination, or null. `oif` 0 is any device. */
  find4(dst: number, tos: number, oif: number): Route | null {
    const at = Math.imul(dst, 0x9e3779b1) >>> NOTE_SHIFT;
    const how = (oif << 8) | tos;
    if (this.notedDst[at] === dst && this.notedHow[at] === how) return this.noted[at] ?? null;
    const route = this.search4(dst, tos, oif);
    this.notedDst[at] = dst;
    this.notedHow[at] = how;
    this.noted[at] = route;
    this.hasNotes = true;
    return route;
  }

  private forget(): void {
    if (!this.hasNotes) return;
    this.hasNotes = false;
    this.notedHow.fill(-1);
  }

  private search4(dst: number, tos: number, oif: number): Route | null {
    const { lengths } = this;
    for (let i = 0; i < lengths.length; i++) {
      const length = lengths[i]!;
      const node = this.index.get(length, dst & mask4(length), 0, 0, 0);
      if (node < 0) continue;
      const route = pick4(this.nodes[node]!, tos, oif);
      if (route !== null) return route;
    }
    return null;
  }

  /** The IPv6 route for a destination, or null. `dev` 0 is any device; `strict`: no other device will do. */
  find6(dst: { dst0: number; dst1: number; dst2: number; dst3: number }, dev: number, strict: boolean): Route | null {
    const { lengths } = this;
    for (let i = 0; i < lengths.length; i++) {
      const length = lengths[i]!;
      const node = this.index.get(
        length,
        dst.dst0 & mask6(length, 0),
        dst.dst1 & mask6(length, 1),
        dst.dst2 & mask6(length, 2),
        dst.dst3 & mask6(length, 3),
      );
      if (node < 0) continue;
      const route = pick6(this.nodes[node]!, dev, strict);
      if (route !== null) return route;
    }
    return null;
  }
}

/** Equal routes keep the order they came in. A route of the local table goes before those of main (the merged table of IPv4). */
function insert(node: Route[], route: Route): void {
  let at = 0;
  while (at < node.length && !before(route, node[at]!)) at++;
  node.splice(at, 0, route);
}

function before(a: Route, b: Route): boolean {
  if (a.table !== b.table) return a.table > b.table;
  if (a.tos !== b.tos) return a.tos > b.tos;
  return a.metric < b.metric;
}

function pick4(node: readonly Route[], tos: number, oif: number): Route | null {
  for (let i = 0; i < node.length; i++) {
    const route = node[i]!;
    if (route.tos !== 0 && route.tos !== tos) continue;
    if (oif !== 0 && route.dev !== 0 && route.dev !== oif) continue;
    return route;
  }
  return null;
}

/** Lowest metric; within it the first that leads out of `dev`, else (unless strict) the first. */
function pick6(node: readonly Route[], dev: number, strict: boolean): Route | null {
  let best: Route | null = null;
  for (let i = 0; i < node.length; i++) {
    const route = node[i]!;
    if (best !== null && route.metric !== best.metric) break;
    if (dev === 0 || route.dev === dev) return route;
    if (!strict && best === null) best = route;
  }
  return best;
}
