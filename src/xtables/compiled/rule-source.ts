/**
 * What a rule asks, as JavaScript made of numbers only: no text of a rule file, and no name of it, comes in. What has no form here is
 * asked through its function, by number.
 *
 * Good for whole packets (whole.ts): there no header test and none of the matches written out here can drop a packet. Same
 * questions in the same order as HeaderTest4, HeaderTest6 and the modules' own functions.
 * @module
 */
import { TCP } from '../../inet/protocol.ts';
import { TCP_FLAGS } from '../../wire/tcp.ts';
import type { Prefix } from '../../inet/prefix.ts';
import { comment } from '../match/comment.ts';
import { connmark } from '../match/connmark.ts';
import { conntrack, type ConntrackInfo } from '../match/conntrack.ts';
import type { BitSet } from '../match/ct-state.ts';
import { mark } from '../match/mark.ts';
import type { MaskedValue } from '../match/masked-value.ts';
import { multiport, type MultiportInfo } from '../match/multiport.ts';
import type { PortTest } from '../match/port-option.ts';
import { state } from '../match/state.ts';
import { tcp, type TcpInfo } from '../match/tcp.ts';
import { udp, type UdpInfo } from '../match/udp.ts';
import type { MatchModule } from '../match.ts';
import type { InterfaceTests } from '../interface-test.ts';
import type { Header, Rule } from '../rule.ts';
import { StateBit } from '../../conntrack/ctinfo.ts';

/** Fields of the packet that conditions name, by the name they have there. */
export const FIELDS = {
  s0: 'p.src0',
  s1: 'p.src1',
  s2: 'p.src2',
  s3: 'p.src3',
  d0: 'p.dst0',
  d1: 'p.dst1',
  d2: 'p.dst2',
  d3: 'p.dst3',
  q: 'p.protocol',
  i: 'p.indev',
  o: 'p.outdev',
  a: 'p.srcPort',
  b: 'p.dstPort',
  k: 'p.mark',
  c: 'X.stateBit(p)',
} as const;
export type Field = keyof typeof FIELDS;

/** One part of a condition, in order: a test without effect; TCP flags to be noted; a match to be asked, by place among the rule's. */
export type Part =
  | { readonly kind: 'test'; readonly source: string }
  | { readonly kind: 'flags'; readonly mask: number }
  | { readonly kind: 'ask'; readonly place: number };

const MAX_PORT = 0xffff;
const COMMENT: MatchModule = comment;
const CONNMARK: MatchModule = connmark;
const CONNTRACK: MatchModule = conntrack;
const MARK: MatchModule = mark;
const MULTIPORT: MatchModule = multiport;
const STATE: MatchModule = state;
const TCP_MATCH: MatchModule = tcp;
const UDP_MATCH: MatchModule = udp;
/** State bits that hang on the connection, not on the packet alone. */
const TRANSLATED = StateBit.Snat | StateBit.Dnat;

/** A number as source. All of them are int32. */
export function int(value: number): string {
  return String(value | 0);
}

/** Reads rules of one family. */
export class RuleSource {
  /** Fields named so far. */
  readonly fields: Set<Field> = new Set();
  /** Device tables named so far, by number. */
  readonly devices: Uint8Array[] = [];
  private readonly interfaces: InterfaceTests;
  private parts: Part[] = [];
  private tests: string[] = [];
  private isNever = false;

  constructor(interfaces: InterfaceTests) {
    this.interfaces = interfaces;
  }

  /** What a rule asks; null: no whole packet matches, and nothing but its header is asked. */
  partsOf({ header, matches }: Rule): readonly Part[] | null {
    this.parts = [];
    this.tests = [];
    this.isNever = false;
    this.header(header);
    if (this.isNever) return null;
    let place = 0;
    for (const { module, info } of matches) {
      if (module === COMMENT) continue;
      if (!this.match(module, info, header)) this.effect({ kind: 'ask', place });
      place++;
    }
    this.endTests();
    return this.parts;
  }

  private header(header: Header): void {
    this.prefix(header.src, header.srcInvert, ['s0', 's1', 's2', 's3']);
    this.prefix(header.dst, header.dstInvert, ['d0', 'd1', 'd2', 'd3']);
    this.device(this.interfaces.table(header.indev, header.indevInvert), 'i');
    this.device(this.interfaces.table(header.outdev, header.outdevInvert), 'o');
    if (header.protocol !== 0) this.test(`${this.use('q')}${header.protocolInvert ? '!==' : '==='}${int(header.protocol)}`);
    // a whole packet is no later fragment
    if (header.fragment && !header.fragmentInvert) this.never();
  }

  private prefix(prefix: Prefix | null, invert: boolean, words: readonly Field[]): void {
    const tests: string[] = [];
    if (prefix !== null) {
      for (let i = 0; i < prefix.address.length; i++) {
        const value = prefix.address[i]!;
        const mask = prefix.mask[i]!;
        if (mask !== 0 || value !== 0) tests.push(masked(this.use(words[i]!), mask, value, '==='));
      }
    }
    if (tests.length === 0) {
      if (invert) this.never();
    } else this.test(invert ? `!(${tests.join('&&')})` : tests.join('&&'));
  }

  private device(table: Uint8Array | null, field: Field): void {
    if (table === null) return;
    const on = [...table.keys()].filter((number) => table[number] !== 0);
    if (on.length === 0) this.never();
    else if (on.length === 1) this.test(`${this.use(field)}===${int(on[0]!)}`);
    else if (on.length < table.length) this.test(`D[${int(this.devices.push(table) - 1)}][${this.use(field)}]!==0`);
  }

  /** False: a match that is to be asked. */
  private match(module: MatchModule, info: unknown, { protocol, protocolInvert }: Header): boolean {
    switch (module) {
      case UDP_MATCH:
        this.ports(info as UdpInfo);
        return true;
      case MULTIPORT:
        this.multiport(info as MultiportInfo);
        return true;
      case MARK:
        this.marked(this.use('k'), info as MaskedValue);
        return true;
      case CONNMARK:
        this.test('p.ct>=0');
        this.marked('X.mark(p.ct)', info as MaskedValue);
        return true;
      case STATE:
        this.state(info as BitSet);
        return true;
      case CONNTRACK: {
        const bits = stateAlone(info as ConntrackInfo);
        if (bits !== null) this.state(bits);
        return bits !== null;
      }
      case TCP_MATCH: {
        const isPlain = protocol === TCP && !protocolInvert && (info as TcpInfo).option === 0;
        if (isPlain) this.tcp(info as TcpInfo);
        return isPlain;
      }
      default:
        return false;
    }
  }

  private tcp(info: TcpInfo): void {
    const { flagMask, flags, flagsInvert } = info;
    if (flagMask !== 0) this.effect({ kind: 'flags', mask: flagMask });
    this.ports(info);
    if (flagMask === 0 && flags === 0 && !flagsInvert) return;
    this.test(masked(`p.view.getUint8(p.transport+${int(TCP_FLAGS)})`, flagMask, flags, flagsInvert ? '!==' : '==='));
  }

  private ports({ sport, dport }: { readonly sport: PortTest; readonly dport: PortTest }): void {
    this.port(sport, 'a');
    this.port(dport, 'b');
  }

  private port({ lo, hi, invert }: PortTest, field: Field): void {
    if (lo !== 0 || hi !== MAX_PORT) this.test(invert ? `!(${inRange(this.use(field), lo, hi)})` : inRange(this.use(field), lo, hi));
    else if (invert) this.test('false');
  }

  private multiport({ option, invert, ranges }: MultiportInfo): void {
    const tests: string[] = [];
    for (const [field, isAsked] of [
      ['a', option !== 'dports'],
      ['b', option !== 'sports'],
    ] as const) {
      if (!isAsked) continue;
      for (let i = 0; i < ranges.length; i += 2) tests.push(inRange(this.use(field), ranges[i]!, ranges[i + 1]!));
    }
    this.test(`${invert ? '!' : ''}(${tests.join('||')})`);
  }

  private marked(source: string, { value, mask, invert }: MaskedValue): void {
    this.test(masked(source, mask, value, invert ? '!==' : '==='));
  }

  private state({ bits, invert }: BitSet): void {
    this.test(`(${this.use('c')}&${int(bits)})${invert ? '===' : '!=='}0`);
  }

  private use(field: Field): Field {
    this.fields.add(field);
    return field;
  }

  private test(source: string): void {
    this.tests.push(source);
  }

  private never(): void {
    this.isNever = true;
  }

  private effect(part: Part): void {
    this.endTests();
    this.parts.push(part);
  }

  private endTests(): void {
    if (this.tests.length > 0) this.parts.push({ kind: 'test', source: this.tests.join('&&') });
    this.tests = [];
  }
}

/** The states a conntrack match asks for, when it asks nothing else and the packet alone tells. */
function stateAlone({ state: bits, protocol, addresses, ports, status, expires, direction }: ConntrackInfo): BitSet | null {
  if (bits === null || (bits.bits & TRANSLATED) !== 0) return null;
  const asksMore =
    protocol !== null || addresses.length > 0 || ports.length > 0 || status !== null || expires !== null || direction !== null;
  return asksMore ? null : bits;
}

function masked(source: string, mask: number, value: number, operator: '===' | '!=='): string {
  return mask === -1 ? `${source}${operator}${int(value)}` : `(${source}&${int(mask)})${operator}${int(value)}`;
}

function inRange(field: Field, lo: number, hi: number): string {
  if (lo === hi) return `${field}===${int(lo)}`;
  return `${field}>=${int(lo)}&&${field}<=${int(hi)}`;
}
