/**
 * Where rules cut the addresses and ports of IPv4 packets: what their headers, matches and NAT targets compare them with. Between
 * two cuts every rule answers alike, as far as it looks at the flow alone; a rule that looks at more says so to the walk it takes part
 * in (hook/walk-notes.ts), and need not be understood here.
 *
 * A rule that stays in its text is read by its values, not made.
 * @module
 */
import type { FieldCuts } from '../inet/field-classes.ts';
import type { Prefix } from '../inet/prefix.ts';
import type { NatRange } from '../nat/range.ts';
import type { Chain } from './chain.ts';
import { addrtype } from './match/addrtype.ts';
import { comment } from './match/comment.ts';
import { connmark } from './match/connmark.ts';
import { conntrack, type ConntrackInfo } from './match/conntrack.ts';
import { cpu } from './match/cpu.ts';
import { devgroup } from './match/devgroup.ts';
import { dscp } from './match/dscp.ts';
import { helper } from './match/helper.ts';
import { icmp } from './match/icmp.ts';
import { type AddressRange, iprange, type IprangeInfo } from './match/iprange.ts';
import { mark } from './match/mark.ts';
import { multiport, type MultiportInfo } from './match/multiport.ts';
import { physdev } from './match/physdev.ts';
import { pkttype } from './match/pkttype.ts';
import { policy } from './match/policy.ts';
import { realm } from './match/realm.ts';
import { rpfilter } from './match/rpfilter.ts';
import { state } from './match/state.ts';
import { tcp, type TcpInfo } from './match/tcp.ts';
import { tos } from './match/tos.ts';
import { udp, type UdpInfo } from './match/udp.ts';
import type { MatchModule } from './match.ts';
import type { Rule, RuleMatch, RuleTarget } from './rule.ts';
import type { RowValues } from './rule-rows.ts';
import type { Table } from './table.ts';
import { classify } from './target/classify.ts';
import { connmark as setConnmark } from './target/connmark.ts';
import { dscp as setDscp } from './target/dscp.ts';
import { log, nflog } from './target/log.ts';
import { mark as setMark } from './target/mark.ts';
import { dnat } from './target/snat.ts';
import { tos as setTos } from './target/tos.ts';
import type { TargetModule } from './target.ts';

/** What looks at neither address nor port, or asks of an address only what the host tests of it (host/field-cuts.ts). */
const BLIND: ReadonlySet<MatchModule> = new Set<MatchModule>([
  addrtype,
  comment,
  connmark,
  cpu,
  devgroup,
  dscp,
  helper,
  icmp,
  mark,
  physdev,
  pkttype,
  policy,
  realm,
  rpfilter,
  state,
  tos,
]);
/** What does the same whatever the addresses and ports. */
const BLIND_TARGETS: ReadonlySet<TargetModule> = new Set<TargetModule>([
  classify,
  setConnmark,
  setDscp,
  setMark,
  setTos,
  log,
  nflog,
] as TargetModule[]);
const PORT_MATCHES: ReadonlySet<MatchModule> = new Set<MatchModule>([tcp, udp]);
const DNAT: TargetModule = dnat as TargetModule;

/** Cut by every rule of some tables. */
export function cutFields(tables: readonly Table[], cuts: FieldCuts): void {
  for (const table of tables) {
    for (const chain of table.chainsAsMade) for (let i = 0; i < chain.length; i++) cutByRule(chain, i, cuts);
  }
}

function cutByRule(chain: Chain, i: number, cuts: FieldCuts): void {
  const place = chain.place(i);
  const like = chain.like(i);
  // values stand for one match with ports: of two, a row cannot say which it means
  if (typeof place === 'number' && like.matches.filter(({ module }) => PORT_MATCHES.has(module)).length < 2) {
    cutBy(like, chain.rowSource!.values(place), cuts);
  } else cutBy(typeof place === 'number' ? chain.glance(i) : like, null, cuts);
}

function cutBy({ header, matches, target }: Rule, values: RowValues | null, cuts: FieldCuts): void {
  if (values !== null && values.srcLength > 0) cutPrefix(values.src, maskOf(values.srcLength), cuts, true);
  else if (header.src !== null) cutByPrefix(header.src, cuts, true);
  if (values !== null && values.dstLength > 0) cutPrefix(values.dst, maskOf(values.dstLength), cuts, false);
  else if (header.dst !== null) cutByPrefix(header.dst, cuts, false);
  for (let i = 0; i < matches.length; i++) cutByMatch(matches[i]!, values, cuts);
  if (target.kind === 'module') cutByTarget(target, values, cuts);
}

function cutByPrefix({ address, mask, length }: Prefix, cuts: FieldCuts, isSource: boolean): void {
  if (length < 0) cuts.refuse();
  else cutPrefix(address[0]!, mask[0]!, cuts, isSource);
}

function cutPrefix(word: number, mask: number, cuts: FieldCuts, isSource: boolean): void {
  if (isSource) cuts.sources(word & mask, word | ~mask);
  else cuts.destinations(word & mask, word | ~mask);
}

function maskOf(length: number): number {
  return length === 0 ? 0 : -1 << (32 - length);
}

function cutByMatch({ module, info }: RuleMatch, values: RowValues | null, cuts: FieldCuts): void {
  if (PORT_MATCHES.has(module)) cutByPorts(info as TcpInfo | UdpInfo, values, cuts);
  else if (module === (multiport as MatchModule)) cutByMultiport(info as MultiportInfo, cuts);
  else if (module === (iprange as MatchModule)) {
    const { src, dst } = info as IprangeInfo;
    if (src !== null) cutByRange(src, cuts, true);
    if (dst !== null) cutByRange(dst, cuts, false);
  } else if (module === (conntrack as MatchModule)) {
    // what it asks of a connection's tuples is another's address
    const { addresses, ports } = info as ConntrackInfo;
    if (addresses.length > 0 || ports.length > 0) cuts.refuse();
  } else if (module.perFlow !== undefined && !BLIND.has(module)) cuts.refuse();
}

/** Also of a match that looks at more: an index passes its rule over by the ports. */
function cutByPorts({ sport, dport }: TcpInfo | UdpInfo, values: RowValues | null, cuts: FieldCuts): void {
  if (values !== null && values.srcPortLo >= 0) cuts.sourcePorts(values.srcPortLo, values.srcPortHi);
  else cuts.sourcePorts(sport.lo, sport.hi);
  if (values !== null && values.dstPortLo >= 0) cuts.destinationPorts(values.dstPortLo, values.dstPortHi);
  else cuts.destinationPorts(dport.lo, dport.hi);
}

function cutByMultiport({ option, ranges }: MultiportInfo, cuts: FieldCuts): void {
  for (let i = 0; i < ranges.length; i += 2) {
    if (option !== 'dports') cuts.sourcePorts(ranges[i]!, ranges[i + 1]!);
    if (option !== 'sports') cuts.destinationPorts(ranges[i]!, ranges[i + 1]!);
  }
}

function cutByRange({ first, last }: AddressRange, cuts: FieldCuts, isSource: boolean): void {
  if (isSource) cuts.sources(first[0]!, last[0]!);
  else cuts.destinations(first[0]!, last[0]!);
}

/** What a flow is sent to by DNAT is no other flow's class: there, nothing is changed and the flow is not DNAT. */
function cutByTarget({ module, info }: RuleTarget & { kind: 'module' }, values: RowValues | null, cuts: FieldCuts): void {
  if (module !== DNAT) {
    if (module.perFlow !== undefined && !BLIND_TARGETS.has(module)) cuts.refuse();
    return;
  }
  const { min0, max0, minProto, maxProto } = info as NatRange;
  if (values !== null && values.hasNat) {
    cuts.destinations(values.nat, values.nat);
    cuts.destinationPorts(values.natPort, values.natPort);
  } else {
    cuts.destinations(min0, max0);
    cuts.destinationPorts(minProto, maxProto);
  }
}
