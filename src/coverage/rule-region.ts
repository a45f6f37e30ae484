/**
 * RuleRegion: which packets a rule can match, and which it stops for certain, as boxes.
 *
 *   outer   every packet that hits the rule is in it
 *   inner   every packet in it that comes to the rule goes no further than the rule, if its target ends the walk; null: unknown
 *
 * A match that is not understood narrows nothing and makes `inner` unknown. One that is at least a pure function of the packet is a
 * field of its own: rules with the same text agree about it. A match that must look at a header that is not there drops the packet:
 * that packet neither hits nor goes on, and so may be in `inner` and out of `outer`.
 * Proof: test/property/coverage/dead.prop.ts.
 * @module
 */
import type { Prefix } from '../inet/prefix.ts';
import { StateBit } from '../conntrack/ctinfo.ts';
import { PacketType } from '../packet/packet.ts';
import { comment } from '../xtables/match/comment.ts';
import { connmark } from '../xtables/match/connmark.ts';
import { conntrack, type ConntrackInfo } from '../xtables/match/conntrack.ts';
import type { BitSet } from '../xtables/match/ct-state.ts';
import { dscp, type DscpInfo } from '../xtables/match/dscp.ts';
import { helper } from '../xtables/match/helper.ts';
import { hl } from '../xtables/match/hl.ts';
import type { HopInfo } from '../xtables/match/hop-count.ts';
import { icmp } from '../xtables/match/icmp.ts';
import { icmp6 } from '../xtables/match/icmp6.ts';
import type { IcmpTypeInfo } from '../xtables/match/icmp-type.ts';
import { type AddressRange, iprange, type IprangeInfo } from '../xtables/match/iprange.ts';
import { length, type LengthInfo } from '../xtables/match/length.ts';
import { mark } from '../xtables/match/mark.ts';
import type { MaskedValue } from '../xtables/match/masked-value.ts';
import { multiport, type MultiportInfo } from '../xtables/match/multiport.ts';
import { pkttype, type PkttypeInfo } from '../xtables/match/pkttype.ts';
import type { PortTest } from '../xtables/match/port-option.ts';
import { socket } from '../xtables/match/socket.ts';
import { state } from '../xtables/match/state.ts';
import { tcp, type TcpInfo } from '../xtables/match/tcp.ts';
import { tos } from '../xtables/match/tos.ts';
import { ttl } from '../xtables/match/ttl.ts';
import { udp, type UdpInfo } from '../xtables/match/udp.ts';
import { type Rule, type RuleMatch, ruleContext } from '../xtables/rule.ts';
import type { Box } from './box.ts';
import { domainOf, Field, FIRST_OPAQUE, NO_PORT, NO_PROTOCOL } from './field.ts';
import { both, complement, type Intervals, numbersWhere, union } from './intervals.ts';

export interface RuleRegion {
  /** null: no packet can match. */
  readonly outer: Box | null;
  /** null: nobody knows which packets match for certain, or none does. */
  readonly inner: Box | null;
  /** Every packet that a match of the rule drops, because it cannot look at what it must, is in one of these. */
  readonly drops: readonly Box[];
  /** Whether it matches the same packets whenever it is asked, and asking leaves no trace. */
  readonly isPure: boolean;
}

/** What modules keep nothing between packets and depend on the connection alone. */
const PURE_BY_FLOW: ReadonlySet<unknown> = new Set([connmark, helper, conntrack, state]);
/** Matches that drop a packet whose header is not whole. */
const JUDGES: ReadonlySet<unknown> = new Set([tcp, udp, icmp, icmp6, multiport]);
/** Others that may drop what they cannot look at. */
const MAY_DROP: ReadonlySet<string> = new Set(
  'ah connlimit dccp dst esp frag hashlimit hbh ipcomp ipv6header mh rt sctp srh tcpmss'.split(' '),
);
/** Places in STATES of INVALID and UNTRACKED. */
const NO_CONNECTION: Intervals = [0, 1, 4, 5];
const UNREADABLE: Intervals = [NO_PROTOCOL, NO_PROTOCOL + 1];
const ICMP_ANY = 255;
const FIRST_PIECE: Intervals = [0, 1];
const LATER_PIECE: Intervals = [1, 2];
const ALL_PORTS: Intervals = [0, NO_PORT];
const STATES: readonly number[] = [StateBit.Invalid, StateBit.New, StateBit.Related, StateBit.Established, StateBit.Untracked];
const ALL_STATES = STATES.reduce((bits, bit) => bits | bit, 0);

/** Reads regions of the rules of one family; numbers for matches known by text are its own. */
export class RegionReader {
  readonly family: 4 | 6;
  private readonly domain: (field: number) => Intervals;
  private readonly opaque: Map<string, number> = new Map();

  constructor(family: 4 | 6) {
    this.family = family;
    this.domain = domainOf(family);
  }

  read(rule: Rule, table: string, chain: string): RuleRegion {
    const draft = new Draft(this.domain, this.family);
    readHeader(draft, rule);
    draft.readDrops(rule, table);
    for (const match of rule.matches) this.readMatch(draft, match, rule, { table, chain });
    return draft.finish();
  }

  private readMatch(draft: Draft, match: RuleMatch, rule: Rule, { table, chain }: { table: string; chain: string }): void {
    const { module, info } = match;
    const reader = READERS.get(module);
    if (reader?.(draft, info) === true) return;
    const isPure = PURE_BY_FLOW.has(module) || (module.scope === 'stateless' && module !== socket);
    if (!isPure) {
      draft.unknown(false);
      return;
    }
    const key = `${module.name} ${module.print(info, ruleContext(this.family, table, chain, rule.header))}`;
    const field = this.opaque.get(key) ?? FIRST_OPAQUE + this.opaque.size;
    this.opaque.set(key, field);
    draft.limit(field, [1, 2]);
  }
}

/** A region being read. */
class Draft {
  readonly family: 4 | 6;
  private outer: Map<number, Intervals> | null = new Map();
  private inner: Map<number, Intervals> | null = new Map();
  private pure = true;
  private readonly drops: Box[] = [];
  private readonly domain: (field: number) => Intervals;

  constructor(domain: (field: number) => Intervals, family: 4 | 6) {
    this.domain = domain;
    this.family = family;
  }

  /** The rule holds only for these values, and for all of them. */
  limit(field: number, values: Intervals): void {
    this.limitOuter(field, values);
    this.inner = narrow(this.inner, field, values);
  }

  /** The rule holds only for these values, not for all of them. */
  limitOuter(field: number, values: Intervals): void {
    this.outer = narrow(this.outer, field, values);
  }

  /** As limit(), with the values turned into all others. */
  limitBut(field: number, values: Intervals, inverted: boolean): void {
    this.limit(field, inverted ? complement(values, this.domain(field)) : values);
  }

  /** Which packets the matches may drop; called when the header has been read. */
  readDrops({ header, matches }: Rule, table: string): void {
    const box = this.outer;
    if (box === null) return;
    if (this.family === 6 && header.protocol !== 0) this.drops.push(new Map([...box, [Field.Protocol, UNREADABLE]]));
    for (const { module, info } of matches) {
      if (JUDGES.has(module)) this.drops.push(withoutHeader(box, table !== 'raw' && (module as unknown) !== multiport));
      if (MAY_DROP.has(module.name) || ((module as unknown) === tcp && (info as TcpInfo).option !== 0)) this.drops.push(new Map(box));
    }
  }

  /** Something more is asked, and nobody knows what. */
  unknown(isPure: boolean): void {
    this.inner = null;
    this.pure &&= isPure;
  }

  finish(): RuleRegion {
    return { outer: this.outer, inner: this.outer === null ? null : this.inner, drops: this.drops, isPure: this.pure };
  }
}

/** Connection tracking has no state but these two for a packet whose header is not whole. */
function withoutHeader(box: Box, isTracked: boolean): Box {
  const result = new Map<number, Intervals>([...box, [Field.Judged, [0, 1]]]);
  return isTracked ? result.set(Field.State, NO_CONNECTION) : result;
}

function narrow(box: Map<number, Intervals> | null, field: number, values: Intervals): Map<number, Intervals> | null {
  if (box === null) return null;
  const own = box.get(field);
  const common = own === undefined ? values : both(own, values);
  if (common.length === 0) return null;
  return box.set(field, common);
}

function readHeader(draft: Draft, { header }: Rule): void {
  const { src, dst, protocol, protocolInvert } = header;
  if (src !== null) readPrefix(draft, Field.Src, src, header.srcInvert);
  if (dst !== null) readPrefix(draft, Field.Dst, dst, header.dstInvert);
  if (header.indev !== '') draft.limitBut(Field.Indev, namesLike(header.indev), header.indevInvert);
  if (header.outdev !== '') draft.limitBut(Field.Outdev, namesLike(header.outdev), header.outdevInvert);
  if (header.fragment) draft.limit(Field.Fragment, header.fragmentInvert ? FIRST_PIECE : LATER_PIECE);
  // a protocol that cannot be read ends the packet at a rule that names one
  if (protocol !== 0) draft.limit(Field.Protocol, protocolsOf(protocol, protocolInvert));
}

function protocolsOf(protocol: number, invert: boolean): Intervals {
  const one = [protocol, protocol + 1];
  return invert ? complement(one, [0, NO_PROTOCOL]) : one;
}

function readPrefix(draft: Draft, field: number, prefix: Prefix, invert: boolean): void {
  if (prefix.length < 0) {
    draft.unknown(true);
    return;
  }
  const first = wordsToValue(prefix.address);
  const size = prefix.family === 4 ? 2 ** (32 - prefix.length) : 1n << BigInt(128 - prefix.length);
  draft.limitBut(field, [first, typeof first === 'bigint' ? first + (size as bigint) : first + (size as number)], invert);
}

function wordsToValue(words: Int32Array): number | bigint {
  if (words.length === 1) return words[0]! >>> 0;
  let value = 0n;
  for (const word of words) value = (value << 32n) | BigInt(word >>> 0);
  return value;
}

function namesLike(pattern: string): Intervals {
  if (!pattern.endsWith('+')) return [pattern, `${pattern}\0`];
  const prefix = pattern.slice(0, -1);
  return [prefix, `${prefix}\uffff`];
}

// -- matches. A reader answers whether it has said all there is; else the match is known by its text.

type Reader = (draft: Draft, info: unknown) => boolean;

const READERS: ReadonlyMap<unknown, Reader> = new Map<unknown, Reader>([
  [comment, () => true],
  [tcp, readTcp],
  [udp, readUdp],
  [multiport, readMultiport],
  [icmp, readIcmp],
  [icmp6, readIcmp],
  [iprange, readIprange],
  [conntrack, readConntrack],
  [state, readState],
  [mark, readMark],
  [length, readLength],
  [pkttype, readPkttype],
  [ttl, readHops],
  [hl, readHops],
  [dscp, readDscp],
  [tos, readTos],
]);

function readPorts(draft: Draft, field: number, { lo, hi, invert }: PortTest): void {
  if (lo === 0 && hi === NO_PORT - 1 && !invert) return;
  const ports = lo > hi ? [] : [lo, hi + 1];
  if (!invert) {
    draft.limit(field, ports);
    return;
  }
  // of a packet without ports nothing is claimed
  draft.limit(field, complement(ports, [0, NO_PORT + 1]));
}

function readTcp(draft: Draft, info: unknown): boolean {
  const { sport, dport, flagMask, flags, flagsInvert, option } = info as TcpInfo;
  draft.limit(Field.Fragment, FIRST_PIECE);
  draft.limitOuter(Field.Judged, [1, 2]);
  readPorts(draft, Field.SrcPort, sport);
  readPorts(draft, Field.DstPort, dport);
  if (flagMask !== 0 || flags !== 0 || flagsInvert) {
    draft.limit(
      Field.TcpFlags,
      numbersWhere(256, (octet) => ((octet & flagMask) === flags) !== flagsInvert),
    );
  }
  return option === 0;
}

function readUdp(draft: Draft, info: unknown): boolean {
  const { sport, dport } = info as UdpInfo;
  draft.limit(Field.Fragment, FIRST_PIECE);
  draft.limitOuter(Field.Judged, [1, 2]);
  readPorts(draft, Field.SrcPort, sport);
  readPorts(draft, Field.DstPort, dport);
  return true;
}

function readMultiport(draft: Draft, info: unknown): boolean {
  const { option, invert, ranges } = info as MultiportInfo;
  draft.limit(Field.Fragment, FIRST_PIECE);
  if (option === 'ports') return false;
  let ports: Intervals = [];
  for (let i = 0; i < ranges.length; i += 2) ports = union(ports, [ranges[i]!, ranges[i + 1]! + 1]);
  const field = option === 'sports' ? Field.SrcPort : Field.DstPort;
  draft.limit(field, invert ? complement(ports, [0, NO_PORT + 1]) : both(ports, ALL_PORTS));
  return true;
}

function readIcmp(draft: Draft, info: unknown): boolean {
  const { type, codeLo, codeHi, invert } = info as IcmpTypeInfo;
  draft.limit(Field.Fragment, FIRST_PIECE);
  draft.limitOuter(Field.Judged, [1, 2]);
  if (type === ICMP_ANY && draft.family === 4) {
    if (invert) draft.limit(Field.Icmp, []);
    return true;
  }
  const kinds = codeLo > codeHi ? [] : [type * 256 + codeLo, type * 256 + codeHi + 1];
  draft.limit(Field.Icmp, invert ? complement(kinds, [0, 65_536]) : kinds);
  return true;
}

function readIprange(draft: Draft, info: unknown): boolean {
  const { src, dst } = info as IprangeInfo;
  if (src !== null) readRange(draft, Field.Src, src);
  if (dst !== null) readRange(draft, Field.Dst, dst);
  return true;
}

function readRange(draft: Draft, field: number, { first, last, invert }: AddressRange): void {
  const lo = wordsToValue(first);
  const hi = wordsToValue(last);
  const end = typeof hi === 'bigint' ? hi + 1n : hi + 1;
  draft.limitBut(field, lo < end ? [lo, end] : [], invert);
}

/** Beside the state all is unknown, and asked only of packets that have a connection. */
function readConntrack(draft: Draft, info: unknown): boolean {
  const { state: asked, protocol, addresses, ports, status, expires, direction } = info as ConntrackInfo;
  if (asked === null || (asked.bits & ~ALL_STATES) !== 0) return false;
  limitStates(draft, asked);
  return protocol === null && addresses.length === 0 && ports.length === 0 && status === null && expires === null && direction === null;
}

function readState(draft: Draft, info: unknown): boolean {
  limitStates(draft, info as BitSet);
  return true;
}

function limitStates(draft: Draft, { bits, invert }: BitSet): void {
  draft.limit(
    Field.State,
    numbersWhere(STATES.length, (i) => ((STATES[i]! & bits) !== 0) !== invert),
  );
}

function readMark(draft: Draft, info: unknown): boolean {
  const { value, mask, invert } = info as MaskedValue;
  if ((value & ~mask) !== 0) {
    // a bit that the mask takes away: never equal
    if (!invert) draft.limit(Field.Mark, []);
    return true;
  }
  const free = ~mask >>> 0;
  if ((free & (free + 1)) !== 0) return false;
  draft.limitBut(Field.Mark, [value >>> 0, (value >>> 0) + free + 1], invert);
  return true;
}

function readLength(draft: Draft, info: unknown): boolean {
  const { lo, hi, invert } = info as LengthInfo;
  draft.limitBut(Field.Length, [lo, hi + 1], invert);
  return true;
}

function readPkttype(draft: Draft, info: unknown): boolean {
  const { type, invert } = info as PkttypeInfo;
  if (type >= PacketType.Loopback) return false;
  draft.limitBut(Field.PacketType, [type, type + 1], invert);
  return true;
}

function readHops(draft: Draft, info: unknown): boolean {
  const { comparison, value } = info as HopInfo;
  draft.limit(
    Field.Hops,
    numbersWhere(256, (hops) => {
      if (comparison === 'eq') return hops === value;
      if (comparison === 'ne') return hops !== value;
      return comparison === 'lt' ? hops < value : hops > value;
    }),
  );
  return true;
}

function readDscp(draft: Draft, info: unknown): boolean {
  const { value, invert } = info as DscpInfo;
  draft.limitBut(Field.Class, [value << 2, (value << 2) + 4], invert);
  return true;
}

function readTos(draft: Draft, info: unknown): boolean {
  const { value, mask, invert } = info as MaskedValue;
  draft.limit(
    Field.Class,
    numbersWhere(256, (octet) => ((octet & mask) === value) !== invert),
  );
  return true;
}
