/**
 * ICMP and IGMP as tcpdump prints them.
 * @module
 */
import { formatIpv4 } from '../inet/ipv4.ts';
import { TCP, UDP } from '../inet/protocol.ts';
import { ICMP_HEADER_LEN, IcmpType, IcmpView } from '../wire/icmp.ts';
import { IGMP_HEADER_LEN, IgmpType, IgmpView } from '../wire/igmp.ts';
import { IPV4_DST, IPV4_HEADER_LEN, IPV4_PROTOCOL } from '../wire/ipv4.ts';
import type { Upper } from './tcpdump-upper.ts';

/** Text of an unreachable error by code; `$` stands for the address that was not reached. */
const UNREACHABLE: readonly string[] = [
  'net $ unreachable',
  'host $ unreachable',
  '',
  '',
  '',
  '$ unreachable - source route failed',
  'net $ unreachable - unknown',
  'host $ unreachable - unknown',
  '$ unreachable - source host isolated',
  'net $ unreachable - admin prohibited',
  'host $ unreachable - admin prohibited',
  'net $ unreachable - tos prohibited',
  'host $ unreachable - tos prohibited',
  'host $ unreachable - admin prohibited filter',
  'host $ unreachable - host precedence violation',
  'host $ unreachable - precedence cutoff',
];
const CODE_PROTOCOL = 2;
const CODE_PORT = 3;
const CODE_FRAGMENTATION = 4;

const REDIRECT: readonly string[] = ['redirect $ to net', 'redirect $ to host', 'redirect-tos $ to net', 'redirect-tos $ to host'];

const SIMPLE: ReadonlyMap<number, string> = new Map([
  [IcmpType.SourceQuench, 'source quench'],
  [IcmpType.RouterAdvertisement, 'router advertisement'],
  [IcmpType.RouterSolicitation, 'router solicitation'],
  [IcmpType.InfoRequest, 'information request'],
  [IcmpType.InfoReply, 'information reply'],
  [IcmpType.MaskRequest, 'address mask request'],
]);

const CUT = ' [|icmp]';

/** Behind the addresses. */
export function formatIcmp(upper: Upper): string {
  if (upper.captured < ICMP_HEADER_LEN) return CUT;
  const text = describe(upper, new IcmpView().at(upper.packet.view, upper.at));
  return text === null ? CUT : `ICMP ${text}, length ${upper.length}`;
}

/** Null when what is to be told was not captured. */
function describe(upper: Upper, icmp: IcmpView): string | null {
  const { type, code } = icmp;
  switch (type) {
    case IcmpType.EchoReply:
      return `echo reply, id ${icmp.identifier}, seq ${icmp.sequence}`;
    case IcmpType.Echo:
      return `echo request, id ${icmp.identifier}, seq ${icmp.sequence}`;
    case IcmpType.Unreachable:
      return unreachable(upper, icmp);
    case IcmpType.Redirect:
      return redirect(upper, icmp);
    case IcmpType.TimeExceeded:
      if (code === 0) return 'time exceeded in-transit';
      return code === 1 ? 'ip reassembly time exceeded' : `time exceeded-#${code}`;
    case IcmpType.ParameterProblem:
      return code === 0 ? `parameter problem - octet ${icmp.pointer}` : `parameter problem - code ${code}`;
    case IcmpType.Timestamp:
      return `time stamp query id ${icmp.identifier} seq ${icmp.sequence}`;
    case IcmpType.TimestampReply:
      return timestampReply(upper, icmp);
    case IcmpType.MaskReply:
      if (upper.captured < ICMP_HEADER_LEN + 4) return null;
      return `address mask is 0x${upper.packet.view
        .getUint32(upper.at + ICMP_HEADER_LEN)
        .toString(16)
        .padStart(8, '0')}`;
    default:
      return SIMPLE.get(type) ?? `type-#${type}`;
  }
}

function unreachable(upper: Upper, icmp: IcmpView): string | null {
  const quote = upper.at + ICMP_HEADER_LEN;
  const quoted = upper.captured - ICMP_HEADER_LEN;
  if (quoted < IPV4_HEADER_LEN) return null;
  const { view } = upper.packet;
  const target = formatIpv4(view.getInt32(quote + IPV4_DST));
  const protocol = view.getUint8(quote + IPV4_PROTOCOL);
  switch (icmp.code) {
    case CODE_PROTOCOL:
      return `${target} protocol ${protocol} unreachable`;
    case CODE_PORT: {
      const portAt = ((view.getUint8(quote) & 15) << 2) + 2;
      if (quoted < portAt + 2) return null;
      const port = view.getUint16(quote + portAt);
      const name = protocol === TCP ? 'tcp' : protocol === UDP ? 'udp' : `protocol ${protocol}`;
      return `${target} ${name} port ${port} unreachable`;
    }
    case CODE_FRAGMENTATION:
      return `${target} unreachable - need to frag${icmp.mtu === 0 ? '' : ` (mtu ${icmp.mtu})`}`;
    default:
      return (UNREACHABLE[icmp.code] ?? `$ unreachable - #${icmp.code}`).replace('$', target);
  }
}

function redirect(upper: Upper, icmp: IcmpView): string | null {
  if (upper.captured < ICMP_HEADER_LEN + IPV4_HEADER_LEN) return null;
  const target = formatIpv4(upper.packet.view.getInt32(upper.at + ICMP_HEADER_LEN + IPV4_DST));
  const text = REDIRECT[icmp.code] ?? `redirect-#${icmp.code} $ to`;
  return `${text.replace('$', target)} ${formatIpv4(icmp.gateway)}`;
}

function timestampReply(upper: Upper, icmp: IcmpView): string | null {
  if (upper.captured < ICMP_HEADER_LEN + 12) return null;
  const [original, received, sent] = [0, 4, 8].map((at) => timeOfDay(upper.packet.view.getUint32(upper.at + ICMP_HEADER_LEN + at)));
  return `time stamp reply id ${icmp.identifier} seq ${icmp.sequence}: org ${original}, recv ${received}, xmit ${sent}`;
}

/** Milliseconds since midnight as hh:mm:ss.mmm. */
function timeOfDay(ms: number): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const seconds = Math.floor(ms / 1000);
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${String(ms % 1000).padStart(3, '0')}`;
}

/** Behind the addresses. */
export function formatIgmp(upper: Upper): string {
  if (upper.captured < 1) return ' [|igmp]';
  const { view } = upper.packet;
  const type = view.getUint8(upper.at);
  if (upper.captured < IGMP_HEADER_LEN) return type === IgmpType.Query ? 'igmp query [|igmp]' : ' [|igmp]';
  const igmp = new IgmpView().at(view, upper.at);
  switch (type) {
    case IgmpType.Query:
      return `igmp query ${formatQuery(upper, igmp)}`;
    case IgmpType.ReportV1:
      return `igmp v1 report ${formatIpv4(igmp.group)}`;
    case IgmpType.ReportV2:
      return `igmp v2 report ${formatIpv4(igmp.group)}`;
    case IgmpType.Leave:
      return `igmp leave ${formatIpv4(igmp.group)}`;
    case IgmpType.ReportV3:
      return `igmp v3 report, ${igmp.recordCount} group record(s)`;
    default:
      return `igmp-${type}`;
  }
}

function formatQuery(upper: Upper, igmp: IgmpView): string {
  const group = igmp.group === 0 ? '' : ` [gaddr ${formatIpv4(igmp.group)}]`;
  if (upper.length >= 12) return `v3${group}`;
  if (igmp.maxResponse === 0) return `v1${group}`;
  const time = igmp.maxResponse === 100 ? '' : ` [max resp time ${igmp.maxResponse}]`;
  return `v2${time}${group}`;
}
