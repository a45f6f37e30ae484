/**
 * Arithmetic in a filter: `ip[2:2] - ((ip[0] & 0xf) << 2)`. Packet octets come with conditions of their own: that the packet
 * has this header at all.
 * @module
 */
import * as bpf from '../bpf/code.ts';
import { EtherType } from '../wire/ethernet.ts';
import { ALWAYS, all, binary, type Condition, LENGTH, number, type Size, type Value } from './condition.ts';
import type { Cursor } from './cursor.ts';
import type { LinkLayer } from './link-layer.ts';
import { ipv6NextHeader, protocolTest } from './primitives.ts';
import type { Token } from './tokens.ts';
import { PROTOCOLS } from './words.ts';

/** A value, and what must hold for it to be looked at. */
export interface Term {
  readonly value: Value;
  readonly needs: Condition;
}

/** How tightly operators bind. `%` and `^` are not here: see rest(). */
const BINDING: ReadonlyMap<string, readonly [strength: number, operation: number]> = new Map<string, readonly [number, number]>([
  ['|', [1, bpf.OR]],
  ['&', [2, bpf.AND]],
  ['<<', [3, bpf.LSH]],
  ['>>', [3, bpf.RSH]],
  ['+', [4, bpf.ADD]],
  ['-', [4, bpf.SUB]],
  ['*', [5, bpf.MUL]],
  ['/', [5, bpf.DIV]],
]);
const GREEDY: ReadonlyMap<string, number> = new Map([
  ['%', bpf.MOD],
  ['^', bpf.XOR],
]);
/** Parentheses, brackets and signs inside each other. */
const MAX_DEPTH = 100;

/** Whether an arithmetic operator or a comparison is at `token`. */
export function goesOn({ kind, text }: Token): boolean {
  return kind === 'sign' && (BINDING.has(text) || GREEDY.has(text) || ['<', '>', '<=', '>=', '=', '==', '!='].includes(text));
}

export class Arithmetic {
  private readonly cursor: Cursor;
  private readonly link: LinkLayer;
  private depth = 0;

  constructor(cursor: Cursor, link: LinkLayer) {
    this.cursor = cursor;
    this.link = link;
  }

  /** An expression up to a comparison, a bracket or the end. @throws FilterError */
  expression(): Term {
    return this.rest(this.operand(), 0);
  }

  /**
   * Operators that bind at least as tightly as `least`. In tcpdump's grammar `%` and `^` have no rank: each takes what stands
   * directly in front of it, and everything behind it. So `len % 8 + 3` is `len % (8 + 3)`; it is the same here.
   */
  private rest(first: Term, least: number): Term {
    const { cursor } = this;
    let left = first;
    for (;;) {
      const { token } = cursor;
      if (token.kind !== 'sign') return left;
      const greedy = GREEDY.get(token.text);
      const [strength, operation] = BINDING.get(token.text) ?? [-1, 0];
      if (greedy === undefined && strength < Math.max(least, 0)) return left;
      cursor.take();
      this.enter(token);
      const right = greedy === undefined ? this.rest(this.operand(), strength + 1) : this.rest(this.operand(), 0);
      this.depth--;
      left = this.combine(token, greedy ?? operation, left, right);
    }
  }

  private combine(sign: Token, operation: number, left: Term, right: Term): Term {
    if (right.value.kind === 'number') {
      const { value } = right.value;
      if ((operation === bpf.DIV || operation === bpf.MOD) && value === 0) this.cursor.failAt(sign, 'division by 0');
      if ((operation === bpf.LSH || operation === bpf.RSH) && value >>> 0 > 31) this.cursor.failAt(sign, 'a shift by more than 31 bits');
    }
    // as tcpdump has it: what the right side needs is forgotten, so that 1 << ip[9] also looks into packets that are no IPv4
    return { value: binary(operation, left.value, right.value), needs: left.needs };
  }

  private operand(): Term {
    const { cursor } = this;
    const { token } = cursor;
    if (cursor.isNumber()) return { value: number(cursor.number()), needs: ALWAYS };
    if (cursor.takes('len', 'length')) return { value: LENGTH, needs: ALWAYS };
    if (cursor.takes('-')) {
      this.enter(token);
      const { value, needs } = this.operand();
      this.depth--;
      return { value: binary(bpf.SUB, number(0), value), needs };
    }
    if (cursor.takes('(')) {
      this.enter(token);
      const inner = this.expression();
      this.depth--;
      cursor.expect(')', 'behind a calculation');
      return inner;
    }
    if (token.kind === 'word' && PROTOCOLS.has(token.text) && cursor.next.text === '[') return this.octets();
    return cursor.fail('a number, len or octets of a protocol (tcp[13]) expected');
  }

  private enter(token: Token): void {
    if (++this.depth > MAX_DEPTH) this.cursor.failAt(token, `calculations are more than ${MAX_DEPTH} deep`);
  }

  /** `tcp[13]`, `ip[2:2]`. */
  private octets(): Term {
    const { cursor } = this;
    const protocol = cursor.take();
    cursor.take();
    this.enter(protocol);
    const index = this.expression();
    this.depth--;
    let size: Size = 1;
    if (cursor.takes(':')) {
      const token = cursor.token;
      const given = cursor.isNumber() ? cursor.number() : 0;
      if (given !== 1 && given !== 2 && given !== 4) return cursor.failAt(token, 'the size of octets is 1, 2 or 4');
      size = given;
    }
    cursor.expect(']', 'behind octets of a packet');
    return this.load(protocol, size, index);
  }

  private load(protocol: Token, size: Size, { value: index, needs }: Term): Term {
    const { link } = this;
    const test = PROTOCOLS.get(protocol.text)!;
    switch (test.by) {
      case 'link':
        return { value: link.link(size, 0, index), needs };
      case 'type':
        if (test.number <= 1500) break;
        return { value: link.network(size, 0, index), needs: all(needs, link.carries(test.number)) };
      case 'ip6':
        return {
          value: link.behindIpv6(size, 0, index),
          needs: all(link.carries(EtherType.Ipv6), needs, ipv6NextHeader(link, test.number)),
        };
      case 'ip':
      case 'any':
        if (protocol.text === 'ah' || protocol.text === 'esp') break;
        return {
          value: link.behindIpv4(size, 0, index),
          needs: all(link.carries(EtherType.Ipv4), needs, protocolTest(link, test), link.firstFragment()),
        };
      default:
    }
    return this.cursor.failAt(protocol, `octets of ${protocol.text} cannot be addressed`);
  }
}
