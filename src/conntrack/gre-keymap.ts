/**
 * Source keys of GRE. A PPTP tunnel's packet names the call id of its receiver alone (RFC 2637 §4.1); the other, which makes the
 * two directions of one call each other's answer, is known from the control connection, which files it here.
 * Kernel counterpart: gre_keymap of nf_conntrack_proto_gre.c (behaviour only).
 * @module
 */
import { formatTupleKey } from './tuple-key.ts';
import type { Tuple } from './tuple.ts';

interface Keyed {
  readonly key: string;
  readonly master: number;
  readonly source: number;
}

export class GreKeymap {
  /** By addresses and destination key; the oldest counts. */
  private readonly byTuple: Map<string, Keyed[]> = new Map();
  /** Of each control connection: original direction, reply direction. */
  private readonly byMaster: Map<number, (Keyed | null)[]> = new Map();

  /** Tell a packet's tuple its source key; 0 when nobody filed one. */
  complete(tuple: Tuple): void {
    tuple.srcL4 = this.byTuple.size === 0 || tuple.dstL4 === 0 ? 0 : (this.byTuple.get(keyOf(tuple))?.[0]?.source ?? 0);
  }

  /** File the keys of a tunnel's direction. False: the control connection has filed another there. */
  add(master: number, direction: number, tuple: Tuple): boolean {
    const key = keyOf(tuple);
    let mine = this.byMaster.get(master);
    if (mine === undefined) this.byMaster.set(master, (mine = [null, null]));
    const filed = mine[direction] ?? null;
    if (filed !== null) return filed.key === key;
    const keyed = { key, master, source: tuple.srcL4 };
    mine[direction] = keyed;
    const list = this.byTuple.get(key);
    if (list === undefined) this.byTuple.set(key, [keyed]);
    else list.push(keyed);
    return true;
  }

  removeOf(master: number): void {
    const mine = this.byMaster.get(master);
    if (mine === undefined) return;
    this.byMaster.delete(master);
    for (const keyed of mine) if (keyed !== null) this.cut(keyed);
  }

  private cut(keyed: Keyed): void {
    const left = (this.byTuple.get(keyed.key) ?? []).filter((other) => other !== keyed);
    if (left.length === 0) this.byTuple.delete(keyed.key);
    else this.byTuple.set(keyed.key, left);
  }
}

function keyOf(tuple: Tuple): string {
  return `${formatTupleKey(tuple)}/${tuple.src0}/${tuple.src1}/${tuple.src2}/${tuple.src3}`;
}
