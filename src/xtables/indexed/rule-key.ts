/**
 * RuleKey: what a packet must have for a rule to be worth asking, as numbers: the parts of header and leading matches that
 * name one value. A necessary condition only: who has it is asked in full, who has it not cannot match, nor have any effect.
 *
 * A match is read only while everything in front of it is without effect. Ports are such only on packets whose ports can be
 * read (a short or cut segment is dropped by the very match): Depth says for which packets a key is made.
 * @module
 */
import type { Prefix } from '../../inet/prefix.ts';
import type { MatchModule } from '../match.ts';
import { addrtype } from '../match/addrtype.ts';
import { comment } from '../match/comment.ts';
import { conntrack } from '../match/conntrack.ts';
import { iprange } from '../match/iprange.ts';
import { length } from '../match/length.ts';
import { mark } from '../match/mark.ts';
import type { MaskedValue } from '../match/masked-value.ts';
import { multiport, type MultiportInfo } from '../match/multiport.ts';
import { pkttype } from '../match/pkttype.ts';
import type { PortTest } from '../match/port-option.ts';
import { state } from '../match/state.ts';
import { tcp, type TcpInfo } from '../match/tcp.ts';
import { tos } from '../match/tos.ts';
import { udp } from '../match/udp.ts';
import type { Chain } from '../chain.ts';
import type { Header, Rule, RuleMatch } from '../rule.ts';

/** Ports: any whole packet. Protocol: its transport header is short, or not there. Addresses: IPv6 whose headers cannot be followed. */
export const Depth = { Addresses: 0, Protocol: 1, Ports: 2 } as const;
export type Depth = (typeof Depth)[keyof typeof Depth];

/** Modules that only look, whatever the packet: what stands behind them may be asked first. */
const HARMLESS: ReadonlySet<MatchModule> = new Set<MatchModule>([addrtype, comment, conntrack, iprange, length, pkttype, state, tos]);
/** Modules that only look when the ports can be read. */
const NEED_PORTS: ReadonlySet<MatchModule> = new Set<MatchModule>([multiport, tcp, udp]);
const MARK: MatchModule = mark;
const MULTIPORT: MatchModule = multiport;
const TCP_MATCH: MatchModule = tcp;
const ANY = -1;

export class RuleKey {
  readonly src: Int32Array = new Int32Array(4);
  readonly dst: Int32Array = new Int32Array(4);
  /** Leading bits of the addresses that are given. */
  srcLength = 0;
  dstLength = 0;
  /** 0: any. */
  protocol = 0;
  /** -1: any. */
  srcPort: number = ANY;
  /** One of these; none: any. */
  readonly dstPorts: number[] = [];
  hasMark = false;
  mark = 0;
  /** 0: any. */
  indev = 0;
  outdev = 0;
  /** The rule names a device that is not there: no packet matches. */
  isDead = false;
  /** Rule that the row read last is like, and how it was read: the next row like it differs in its values alone. */
  private like: Rule | null = null;
  private depth: Depth = Depth.Addresses;
  private deviceOf: ((name: string) => number) | null = null;

  /** Read a rule. `deviceOf`: the number of a device, 0 for one that is not there, -1 where devices shall not be asked. */
  read(rule: Rule, depth: Depth, deviceOf: (name: string) => number): void {
    this.forget();
    const { header, matches } = rule;
    if (!header.srcInvert) this.srcLength = readPrefix(header.src, this.src);
    if (!header.dstInvert) this.dstLength = readPrefix(header.dst, this.dst);
    this.indev = this.readDevice(header.indev, header.indevInvert, deviceOf);
    this.outdev = this.readDevice(header.outdev, header.outdevInvert, deviceOf);
    if (depth === Depth.Addresses) return;
    if (!header.protocolInvert) this.protocol = header.protocol;
    for (let i = 0; i < matches.length; i++) if (!this.readMatch(matches[i]!, header, depth)) return;
  }

  /** Read the rule at a place of a chain, which need not be made. */
  readAt(chain: Chain, i: number, depth: Depth, deviceOf: (name: string) => number): void {
    const like = chain.like(i);
    const place = chain.place(i);
    if (typeof place !== 'number') return this.read(like, depth, deviceOf);
    if (like !== this.like || depth !== this.depth || deviceOf !== this.deviceOf) {
      this.read(like, depth, deviceOf);
      this.like = like;
      this.depth = depth;
      this.deviceOf = deviceOf;
    }
    const values = chain.rowSource!.values(place);
    if (values.srcLength > 0 && !like.header.srcInvert) {
      this.src[0] = values.src;
      this.srcLength = values.srcLength;
    }
    if (values.dstLength > 0 && !like.header.dstInvert) {
      this.dst[0] = values.dst;
      this.dstLength = values.dstLength;
    }
    if (values.srcPortLo >= 0 && this.srcPort !== ANY) this.srcPort = values.srcPortLo;
    if (values.dstPortLo >= 0 && this.dstPorts.length > 0) this.dstPorts[0] = values.dstPortLo;
  }

  /** False: what follows must not be asked before this match was. */
  private readMatch({ module, info }: RuleMatch, header: Header, depth: Depth): boolean {
    if (HARMLESS.has(module)) return true;
    if (module === MARK) {
      this.readMark(info as MaskedValue);
      return true;
    }
    if (!NEED_PORTS.has(module) || depth !== Depth.Ports || header.protocolInvert) return false;
    if (module === MULTIPORT) this.readMultiport(info as MultiportInfo);
    else this.readPorts(info as { sport: PortTest; dport: PortTest });
    // options that cannot be followed drop the packet, however whole its header is
    return module !== TCP_MATCH || (info as TcpInfo).option === 0;
  }

  private readMark({ value, mask, invert }: MaskedValue): void {
    if (invert || mask !== -1) return;
    this.hasMark = true;
    this.mark = value;
  }

  private readPorts({ sport, dport }: { sport: PortTest; dport: PortTest }): void {
    if (!sport.invert && sport.lo === sport.hi) this.srcPort = sport.lo;
    if (!dport.invert && dport.lo === dport.hi && this.dstPorts.length === 0) this.dstPorts.push(dport.lo);
  }

  private readMultiport({ option, invert, ranges }: MultiportInfo): void {
    if (option !== 'dports' || invert || this.dstPorts.length > 0) return;
    for (let i = 0; i < ranges.length; i += 2) if (ranges[i] !== ranges[i + 1]) return;
    for (let i = 0; i < ranges.length; i += 2) if (!this.dstPorts.includes(ranges[i]!)) this.dstPorts.push(ranges[i]!);
  }

  private readDevice(pattern: string, invert: boolean, deviceOf: (name: string) => number): number {
    if (pattern === '' || invert || pattern.endsWith('+')) return 0;
    const device = deviceOf(pattern);
    if (device === 0) this.isDead = true;
    return Math.max(device, 0);
  }

  private forget(): void {
    this.like = null;
    this.srcLength = 0;
    this.dstLength = 0;
    this.protocol = 0;
    this.srcPort = ANY;
    this.dstPorts.length = 0;
    this.hasMark = false;
    this.mark = 0;
    this.indev = 0;
    this.outdev = 0;
    this.isDead = false;
  }
}

/** The words of a prefix and how many leading bits it gives; a mask with holes gives those before the first. */
function readPrefix(prefix: Prefix | null, words: Int32Array): number {
  words.fill(0);
  if (prefix === null) return 0;
  const { address, mask } = prefix;
  let length = 0;
  for (let i = 0; i < address.length; i++) {
    words[i] = address[i]!;
    const ones = Math.clz32(~mask[i]!);
    if (length === 32 * i) length += ones;
  }
  return length;
}
