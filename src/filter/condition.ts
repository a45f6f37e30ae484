/**
 * What a filter becomes before it becomes instructions: conditions over values read from the packet. Values are unsigned 32-bit
 * words. A value that lies beyond the captured octets ends the whole filter: the packet is not selected, also under a `not`.
 * @module
 */
import * as bpf from '../bpf/code.ts';

export type Size = 1 | 2 | 4;

export type Value =
  | { readonly kind: 'number'; readonly value: number }
  /** Octets of the packet on the wire. */
  | { readonly kind: 'length' }
  /** A scratch word. */
  | { readonly kind: 'word'; readonly slot: number }
  /**
   * Octets of the packet at `offset`, plus a scratch word (`slot`, -1: none), plus the length of the IPv4 header that stands at
   * `header` (and the same scratch word; -1: none), plus `index`.
   */
  | {
      readonly kind: 'load';
      readonly size: Size;
      readonly offset: number;
      readonly slot: number;
      readonly header: number;
      readonly index: Value | null;
    }
  | { readonly kind: 'binary'; readonly operation: number; readonly left: Value; readonly right: Value };

export type Condition =
  | { readonly kind: 'always'; readonly holds: boolean }
  | { readonly kind: 'test'; readonly jump: number; readonly left: Value; readonly right: Value }
  /** Sets a scratch word, and holds. */
  | { readonly kind: 'let'; readonly slot: number; readonly value: Value }
  | { readonly kind: 'not'; readonly of: Condition }
  /** In order, as far as is needed. */
  | { readonly kind: 'all' | 'any'; readonly parts: readonly Condition[] };

export const ALWAYS: Condition = { kind: 'always', holds: true };
export const NEVER: Condition = { kind: 'always', holds: false };
export const LENGTH: Value = { kind: 'length' };

export function number(value: number): Value {
  return { kind: 'number', value: value | 0 };
}

export function word(slot: number): Value {
  return { kind: 'word', slot };
}

/** Octets at a fixed place. */
export function load(size: Size, offset: number, slot = -1): Value {
  return { kind: 'load', size, offset, slot, header: -1, index: null };
}

/** A calculation; of two numbers it is a number at once. */
export function binary(operation: number, left: Value, right: Value): Value {
  if (left.kind === 'number' && right.kind === 'number') {
    const folded = fold(operation, left.value, right.value);
    if (folded !== null) return number(folded);
  }
  return { kind: 'binary', operation, left, right };
}

/** As libpcap calculates; null: a division by 0. */
function fold(operation: number, a: number, b: number): number | null {
  switch (operation) {
    case bpf.ADD:
      return a + b;
    case bpf.SUB:
      return a - b;
    case bpf.MUL:
      return Math.imul(a, b);
    case bpf.DIV:
      return b === 0 ? null : (a >>> 0) / (b >>> 0);
    case bpf.MOD:
      return b === 0 ? null : (a >>> 0) % (b >>> 0);
    case bpf.AND:
      return a & b;
    case bpf.OR:
      return a | b;
    case bpf.XOR:
      return a ^ b;
    case bpf.LSH:
      return b >>> 0 > 31 ? 0 : a << b;
    default:
      return b >>> 0 > 31 ? 0 : a >>> b;
  }
}

export function not(of: Condition): Condition {
  if (of.kind === 'always') return of.holds ? NEVER : ALWAYS;
  return of.kind === 'not' ? of.of : { kind: 'not', of };
}

/** Conditions one after the other: of one kind they are one list, so that a long filter is no deep one. */
export function all(...parts: readonly Condition[]): Condition {
  return join('all', parts);
}

export function any(...parts: readonly Condition[]): Condition {
  return join('any', parts);
}

/** What decides alone is left out, and nothing behind it is looked at. */
function join(kind: 'all' | 'any', parts: readonly Condition[]): Condition {
  const neutral = kind === 'all';
  const kept: Condition[] = [];
  for (const part of parts) {
    if (part.kind === 'always' && part.holds === neutral) continue;
    if (part.kind === kind) for (const inner of part.parts) kept.push(inner);
    else kept.push(part);
    if (part.kind === 'always') break;
  }
  if (kept.length === 0) return neutral ? ALWAYS : NEVER;
  return kept.length === 1 ? kept[0]! : { kind, parts: kept };
}

export function test(jump: number, left: Value, right: Value): Condition {
  return { kind: 'test', jump, left, right };
}

export function equal(value: Value, to: number): Condition {
  return test(bpf.JEQ, value, number(to));
}

export function above(value: Value, than: number): Condition {
  return test(bpf.JGT, value, number(than));
}

export function atLeast(value: Value, least: number): Condition {
  return test(bpf.JGE, value, number(least));
}

/** Any of these bits. */
export function hasBits(value: Value, bits: number): Condition {
  return test(bpf.JSET, value, number(bits));
}

/** The bits of `mask` are those of `to`. A mask of 0 reads nothing. */
export function masked(value: Value, to: number, mask: number): Condition {
  if ((mask | 0) === 0) return (to | 0) === 0 ? ALWAYS : NEVER;
  return equal((mask | 0) === -1 ? value : binary(bpf.AND, value, number(mask)), to);
}
