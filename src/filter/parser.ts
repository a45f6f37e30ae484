/**
 * The language of pcap-filter(7): text to a condition. `and` and `or` bind equally and from the left; a bare name or number
 * takes the qualifiers of what stands in front of it (`port 80 or 443`).
 * @module
 */
import * as bpf from '../bpf/code.ts';
import { EtherType } from '../wire/ethernet.ts';
import { Arithmetic, goesOn } from './arithmetic.ts';
import { above, ALWAYS, all, any, atLeast, type Condition, hasBits, LENGTH, masked, not, test } from './condition.ts';
import type { Cursor } from './cursor.ts';
import { identifier, type Qualifiers } from './identifier.ts';
import { type LinkLayer, Unanswerable } from './link-layer.ts';
import { type Direction, ports, protocolTest } from './primitives.ts';
import { didYouMean } from '../suggest.ts';
import type { Token } from './tokens.ts';
import { CONSTANTS, KEYWORDS, LLC_KINDS, PROTOCOLS, REFUSED } from './words.ts';

/** Parentheses and nots inside each other. */
const MAX_DEPTH = 200;
const BROADCAST = new Uint8Array(6).fill(255);
const GENEVE_PORT = 6081;
const UDP = 17;

/** A condition, and the qualifiers that a bare name behind it takes; null: none may stand there. */
interface Term {
  readonly condition: Condition;
  readonly qualifiers: Qualifiers | null;
}

/** @throws FilterError */
export function parseFilter(cursor: Cursor, link: LinkLayer): Condition {
  if (cursor.atEnd) return ALWAYS;
  const { condition } = new Parser(cursor, link).expression(null);
  if (!cursor.atEnd) {
    cursor.fail(
      cursor.is(')')
        ? 'there is no parenthesis to close'
        : `and, or or the end expected, not ${cursor.token.text}${didYouMean(cursor.token.text, KEYWORDS)}`,
    );
  }
  return condition;
}

class Parser {
  private readonly cursor: Cursor;
  private readonly link: LinkLayer;
  private readonly arithmetic: Arithmetic;
  private depth = 0;

  constructor(cursor: Cursor, link: LinkLayer) {
    this.cursor = cursor;
    this.link = link;
    this.arithmetic = new Arithmetic(cursor, link);
  }

  /** `inherited`: what a bare name at the beginning takes. */
  expression(inherited: Qualifiers | null): Term {
    let left = this.term(inherited);
    for (;;) {
      const isAnd = this.cursor.is('and', '&&');
      if (!isAnd && !this.cursor.is('or', '||')) return left;
      this.cursor.take();
      const { condition, qualifiers } = this.term(left.qualifiers);
      left = { condition: isAnd ? all(left.condition, condition) : any(left.condition, condition), qualifiers };
    }
  }

  private term(inherited: Qualifiers | null): Term {
    const { cursor } = this;
    const { token } = cursor;
    if (cursor.takes('not', '!')) {
      this.enter(token);
      const { condition, qualifiers } = this.term(inherited);
      this.depth--;
      return { condition: not(condition), qualifiers };
    }
    if (this.startsCalculation()) return { condition: this.relation(), qualifiers: null };
    if (cursor.is('(')) return this.parenthesis(inherited);
    if (isIdentifier(token)) return this.bare(inherited);
    return this.primitive();
  }

  private enter(token: Token): void {
    if (++this.depth > MAX_DEPTH) this.cursor.failAt(token, `parentheses and nots are more than ${MAX_DEPTH} deep`);
  }

  /** Names in it take the qualifiers from in front of it; behind it they are forgotten, unless it held only names. */
  private parenthesis(inherited: Qualifiers | null): Term {
    const { cursor } = this;
    const names = isIdentifier(cursor.next) && inherited !== null;
    this.enter(cursor.take());
    const { condition, qualifiers } = this.expression(inherited);
    this.depth--;
    cursor.expect(')', 'behind what began with (');
    return { condition, qualifiers: names ? qualifiers : null };
  }

  /** A name or number without a word in front. */
  private bare(inherited: Qualifiers | null): Term {
    const { token } = this.cursor;
    if (inherited === null) {
      const found = PROTOCOLS.has(token.text) || token.kind === 'word' || token.kind === 'name' ? token.text : 'an address or number';
      this.cursor.fail(
        `a word that says what ${found} is must stand in front of it: host, net, port, proto ...${token.kind === 'word' ? didYouMean(token.text, KEYWORDS) : ''}`,
      );
    }
    return { condition: this.answered(token, () => identifier(this.cursor, this.link, inherited)), qualifiers: inherited };
  }

  // -- comparisons

  private startsCalculation(): boolean {
    const { cursor } = this;
    const { token, next } = cursor;
    if (cursor.is('-', 'len', 'length')) return true;
    if (cursor.is('(')) return cursor.behindParenthesis !== null && goesOn(cursor.behindParenthesis);
    if (cursor.isNumber()) return goesOn(next);
    return token.kind === 'word' && PROTOCOLS.has(token.text) && next.text === '[';
  }

  private relation(): Condition {
    const { cursor, arithmetic } = this;
    const start = cursor.token;
    const left = this.answered(start, () => arithmetic.expression());
    const sign = cursor.token;
    const known = RELATIONS.get(sign.kind === 'sign' ? sign.text : '');
    if (known === undefined) return cursor.fail('a comparison (=, !=, <, <=, >, >=) expected behind a calculation');
    cursor.take();
    const right = this.answered(cursor.token, () => arithmetic.expression());
    const [jump, holds] = known;
    const compared = test(jump, left.value, right.value);
    const decided =
      left.value.kind === 'number' && right.value.kind === 'number' ? decide(jump, left.value.value, right.value.value) : compared;
    return all(left.needs, right.needs, holds ? decided : not(decided));
  }

  // -- primitives

  private primitive(): Term {
    const { cursor } = this;
    const { token } = cursor;
    const refusal = token.kind === 'word' ? REFUSED.get(token.text) : undefined;
    if (refusal !== undefined) cursor.fail(`${token.text} is not answered: ${refusal}`);
    const single = token.kind === 'word' ? this.single(token) : null;
    if (single !== null) return { condition: single, qualifiers: null };
    return this.qualified();
  }

  /** Primitives that are a word, perhaps with a number. */
  private single(token: Token): Condition | null {
    const { cursor, link } = this;
    const answer = (make: () => Condition): Condition => {
      cursor.take();
      return this.answered(token, make);
    };
    switch (token.text) {
      case 'less':
        return answer(() => not(above(LENGTH, this.plainNumber('octets'))));
      case 'greater':
        return answer(() => atLeast(LENGTH, this.plainNumber('octets')));
      case 'inbound':
        return answer(() => not(link.outgoing()));
      case 'outbound':
        return answer(() => link.outgoing());
      case 'ifindex':
        return answer(() => link.interfaceIndex(this.plainNumber('the number of an interface')));
      case 'broadcast':
      case 'multicast':
        return this.toMany('');
      case 'vlan':
        return answer(() => link.enterVlan(this.optional('VLAN id', 0xfff)));
      case 'mpls':
        return answer(() => link.enterMpls(this.optional('MPLS label', 0xfffff)));
      case 'pppoed':
        return answer(() => link.carries(EtherType.PppoeDiscovery));
      case 'pppoes':
        return answer(() => link.enterPppoe(this.optional('PPPoE session', 0xffff)));
      case 'geneve':
        return answer(() => this.geneve());
      case 'llc':
        return answer(() => this.llc());
      default:
        return null;
    }
  }

  private geneve(): Condition {
    const network = this.optional('Geneve network', 0xffffff);
    const over = (type: number): Condition => {
      const packets = ports(this.link, UDP, 'dst', GENEVE_PORT, GENEVE_PORT);
      return all(this.link.carries(type), packets);
    };
    return this.link.enterGeneve(network, over(EtherType.Ipv4), over(EtherType.Ipv6));
  }

  private llc(): Condition {
    const { cursor, link } = this;
    const frame = link.llc();
    const { token } = cursor;
    if (token.kind !== 'word' || cursor.is('and', 'or')) return frame;
    const kind = LLC_KINDS.get(token.text);
    if (kind === undefined) return cursor.fail(`no kind of LLC frame: ${token.text} (it is one of ${[...LLC_KINDS.keys()].join(', ')})`);
    cursor.take();
    const control = link.llcControl(1);
    return all(frame, token.text === 'i' ? not(hasBits(control, 1)) : masked(control, kind[1], kind[0]));
  }

  /** A number that may be left out (-1), in parentheses or not. */
  private optional(what: string, largest: number): number {
    const { cursor } = this;
    let open = 0;
    if (!(cursor.is('(') && cursor.behindParenthesis !== null) && !cursor.isNumber()) return -1;
    while (cursor.takes('(')) open++;
    if (!cursor.isNumber()) cursor.fail(`a ${what} expected`);
    const { token } = cursor;
    const value = cursor.number();
    if (value > largest) cursor.failAt(token, `${what} ${value} is greater than ${largest}`);
    for (; open > 0; open--) cursor.expect(')', `behind a ${what}`);
    return value;
  }

  private plainNumber(what: string): number {
    if (this.cursor.token.kind !== 'number') this.cursor.fail(`${what} expected`);
    return this.cursor.number();
  }

  /** `broadcast`, `ip multicast`: behind a protocol or not. */
  private toMany(protocol: string): Condition {
    const { cursor, link } = this;
    const token = cursor.take();
    const broadcast = token.text === 'broadcast';
    const by = protocol === '' ? 'link' : PROTOCOLS.get(protocol)!.by;
    return this.answered(token, () => {
      if (by === 'link') {
        if (broadcast) return link.address(0, BROADCAST);
        link.needEthernet('multicast is told only by Ethernet');
        return all(link.hasLinkHeader(), hasBits(link.link(1, 0), 1));
      }
      if (protocol === 'ip') return broadcast ? link.ipv4Broadcast() : link.ipv4Multicast();
      if (protocol === 'ip6' && !broadcast) return link.ipv6Multicast();
      throw new Unanswerable(`${token.text} is told by ether and ip${broadcast ? '' : ', and ip6'}, not by ${protocol}`);
    });
  }

  // -- [protocol] [direction] [kind] name

  private qualified(): Term {
    const { cursor } = this;
    const start = cursor.token;
    const protocol = start.kind === 'word' && PROTOCOLS.has(start.text) ? cursor.take().text : '';
    const behind = cursor.token.kind === 'word' ? cursor.token.text : '';
    if (protocol !== '' && (behind === 'broadcast' || behind === 'multicast'))
      return { condition: this.toMany(protocol), qualifiers: null };
    const refusal = protocol === '' ? undefined : REFUSED.get(behind);
    if (refusal !== undefined) cursor.fail(`${behind} is not answered: ${refusal}`);
    const direction = this.direction();
    const kind = this.kind();
    if (direction === null && kind === null) return { condition: this.alone(start, protocol), qualifiers: null };
    const qualifiers: Qualifiers = { protocol, direction, kind, at: start };
    return { condition: this.named(qualifiers), qualifiers };
  }

  /** One name, or several in parentheses. */
  private named(qualifiers: Qualifiers): Condition {
    const { cursor } = this;
    if (cursor.is('(')) return this.parenthesis(qualifiers).condition;
    return this.answered(cursor.token, () => identifier(cursor, this.link, qualifiers));
  }

  private direction(): Direction | null {
    const { cursor } = this;
    if (!cursor.is('src', 'dst')) return null;
    const first = cursor.take().text;
    const other = first === 'src' ? 'dst' : 'src';
    if (cursor.next.text === other) {
      if (cursor.takes('or', '||')) return cursor.take() && 'either';
      if (cursor.takes('and', '&&')) return cursor.take() && 'both';
    }
    return first === 'src' ? 'src' : 'dst';
  }

  private kind(): Qualifiers['kind'] {
    const { cursor } = this;
    if (!cursor.is('host', 'net', 'port', 'portrange', 'proto')) return null;
    return cursor.take().text as Qualifiers['kind'];
  }

  /** A protocol's name as a condition. */
  private alone(start: Token, protocol: string): Condition {
    const { cursor } = this;
    const known = PROTOCOLS.get(protocol);
    if (known === undefined) {
      return cursor.failAt(
        start,
        start.kind === 'end'
          ? 'something must follow'
          : `${start.text} cannot stand here${KEYWORDS.has(start.text) ? '' : `: no word of a filter${didYouMean(start.text, KEYWORDS)}`}`,
      );
    }
    if (known.by === 'link')
      return cursor.failAt(start, `${protocol} is no condition of its own: host, src, dst, proto, broadcast or [octet] must follow`);
    return this.answered(start, () => protocolTest(this.link, known));
  }

  /** What the link type cannot tell, told with its place. */
  private answered<T>(token: Token, make: () => T): T {
    try {
      return make();
    } catch (error) {
      if (error instanceof Unanswerable) return this.cursor.failAt(token, error.message);
      throw error;
    }
  }
}

/** Comparisons by the jump that tells them, and whether it must hold or not. */
const RELATIONS: ReadonlyMap<string, readonly [jump: number, holds: boolean]> = new Map<string, readonly [number, boolean]>([
  ['=', [bpf.JEQ, true]],
  ['==', [bpf.JEQ, true]],
  ['!=', [bpf.JEQ, false]],
  ['>', [bpf.JGT, true]],
  ['<=', [bpf.JGT, false]],
  ['>=', [bpf.JGE, true]],
  ['<', [bpf.JGE, false]],
]);

function decide(jump: number, a: number, b: number): Condition {
  const [left, right] = [a >>> 0, b >>> 0];
  const holds = jump === bpf.JEQ ? left === right : jump === bpf.JGT ? left > right : left >= right;
  return holds ? ALWAYS : not(ALWAYS);
}

/** Something that names a host, net, port or protocol. */
function isIdentifier({ kind, text }: Token): boolean {
  if (kind === 'word') return !KEYWORDS.has(text) || CONSTANTS.has(text);
  return kind === 'number' || kind === 'dotted' || kind === 'ipv6' || kind === 'mac' || kind === 'name';
}
