/**
 * ICMPv6 as tcpdump prints it.
 * @module
 */
import { TCP, UDP } from '../inet/protocol.ts';
import { ICMPV6_HEADER_LEN, Icmpv6Type, Icmpv6View, ND_LEN } from '../wire/icmpv6.ts';
import { IPV6_DST, IPV6_HEADER_LEN, IPV6_NEXT_HEADER, IPV6_SRC } from '../wire/ipv6.ts';
import { ipv6At, type Upper } from './tcpdump-upper.ts';

const NAMES: ReadonlyMap<number, string> = new Map([
  [Icmpv6Type.Unreachable, 'destination unreachable'],
  [Icmpv6Type.PacketTooBig, 'packet too big'],
  [Icmpv6Type.TimeExceeded, 'time exceeded in-transit'],
  [Icmpv6Type.ParameterProblem, 'parameter problem'],
  [Icmpv6Type.Echo, 'echo request'],
  [Icmpv6Type.EchoReply, 'echo reply'],
  [Icmpv6Type.ListenerQuery, 'multicast listener query'],
  [Icmpv6Type.ListenerReport, 'multicast listener report'],
  [Icmpv6Type.ListenerDone, 'multicast listener done'],
  [Icmpv6Type.RouterSolicitation, 'router solicitation'],
  [Icmpv6Type.RouterAdvertisement, 'router advertisement'],
  [Icmpv6Type.NeighbourSolicitation, 'neighbor solicitation'],
  [Icmpv6Type.NeighbourAdvertisement, 'neighbor advertisement'],
  [Icmpv6Type.Redirect, 'redirect'],
  [Icmpv6Type.ListenerReportV2, 'multicast listener report v2'],
]);

const PROBLEMS: readonly string[] = ['erroneous', 'next header', 'option', 'incomplete header chain'];
const CODE_PORT = 4;
const LISTENER_QUERY_V2_LEN = 28;
const CUT = ' [|icmp6]';

/** Behind the addresses. */
export function formatIcmpv6(upper: Upper): string {
  if (upper.length < 1) return 'ICMP6, length 0 (invalid)';
  if (upper.captured < 1) return CUT;
  const type = upper.packet.view.getUint8(upper.at);
  const name = NAMES.get(type);
  if (name === undefined) return `ICMP6, unknown icmp6 type (${type}), length ${upper.length}`;
  if (upper.captured < ICMPV6_HEADER_LEN) return `ICMP6, ${name}${CUT}`;
  const text = describe(upper, new Icmpv6View().at(upper.packet.view, upper.at));
  if (text === null) return `ICMP6, ${name}${CUT}`;
  return text.startsWith('!') ? `ICMP6, ${name}${text.slice(1)}` : `ICMP6, ${name}${text}, length ${upper.length}`;
}

/** What follows the name; null when it was not captured; with `!` in front when no length follows. */
function describe(upper: Upper, icmp: Icmpv6View): string | null {
  const { at, captured } = upper;
  const { view } = upper.packet;
  switch (icmp.type) {
    case Icmpv6Type.Unreachable:
      return unreachable(upper, icmp.code);
    case Icmpv6Type.PacketTooBig:
      return `, mtu ${icmp.rest}`;
    case Icmpv6Type.TimeExceeded:
      return timeExceeded(upper, icmp.code);
    case Icmpv6Type.ParameterProblem: {
      const problem = PROBLEMS[icmp.code];
      return problem === undefined ? `, code-#${icmp.code}` : `, ${problem} - octet ${icmp.rest}`;
    }
    case Icmpv6Type.Echo:
    case Icmpv6Type.EchoReply:
      return `, id ${icmp.identifier}, seq ${icmp.sequence}`;
    case Icmpv6Type.NeighbourSolicitation:
      return captured < ND_LEN ? null : `, who has ${ipv6At(view, at + ICMPV6_HEADER_LEN)}`;
    case Icmpv6Type.NeighbourAdvertisement:
      return captured < ND_LEN ? null : `, tgt is ${ipv6At(view, at + ICMPV6_HEADER_LEN)}`;
    case Icmpv6Type.Redirect:
      return captured < ND_LEN + 16 ? null : `, ${ipv6At(view, at + ND_LEN)} to ${ipv6At(view, at + ICMPV6_HEADER_LEN)}`;
    case Icmpv6Type.ListenerQuery:
    case Icmpv6Type.ListenerReport:
    case Icmpv6Type.ListenerDone:
      return listener(upper, icmp);
    case Icmpv6Type.ListenerReportV2:
      return `, ${icmp.sequence} group record(s)`;
    default:
      return '';
  }
}

/** Behind the 8 octets of an error: the packet it is about. */
function quote(upper: Upper): number {
  return upper.at + ICMPV6_HEADER_LEN;
}

function unreachable(upper: Upper, code: number): string | null {
  if (upper.captured < ICMPV6_HEADER_LEN + IPV6_HEADER_LEN) return code === CODE_PORT ? `!, unreachable port${CUT}` : null;
  const { view } = upper.packet;
  const target = ipv6At(view, quote(upper) + IPV6_DST);
  switch (code) {
    case 0:
      return `, unreachable route ${target}`;
    case 1:
      return `,  unreachable prohibited ${target}`;
    case 2:
      return `, beyond scope ${target}, source address ${ipv6At(view, quote(upper) + IPV6_SRC)}`;
    case 3:
      return `, unreachable address ${target}`;
    case CODE_PORT:
      return portUnreachable(upper, target);
    default:
      return `!, unknown unreach code (${code})`;
  }
}

function portUnreachable(upper: Upper, target: string): string {
  const ports = quote(upper) + IPV6_HEADER_LEN;
  const protocol = upper.packet.view.getUint8(quote(upper) + IPV6_NEXT_HEADER);
  const name = protocol === TCP ? 'tcp' : protocol === UDP ? 'udp' : '';
  if (name === '' || upper.at + upper.captured < ports + 4) return `!, unreachable port${CUT}`;
  return `, unreachable port, ${target} ${name} port ${upper.packet.view.getUint16(ports + 2)}`;
}

function timeExceeded(upper: Upper, code: number): string | null {
  if (code === 1) return ' (reassembly)';
  if (code !== 0) return `, unknown code (${code})`;
  if (upper.captured < ICMPV6_HEADER_LEN + IPV6_HEADER_LEN) return null;
  return ` for ${ipv6At(upper.packet.view, quote(upper) + IPV6_DST)}`;
}

function listener(upper: Upper, icmp: Icmpv6View): string | null {
  if (upper.captured < ND_LEN) return null;
  const group = ipv6At(upper.packet.view, upper.at + ICMPV6_HEADER_LEN);
  const second = icmp.type === Icmpv6Type.ListenerQuery && upper.length >= LISTENER_QUERY_V2_LEN;
  if (second) return group === '::' ? ' v2' : ` v2 [gaddr ${group}]`;
  return `max resp delay: ${icmp.identifier} addr: ${group}`;
}
