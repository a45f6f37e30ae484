/** Asks a host for a route in the words of `ip route get`, and answers in them. */
import type { Host } from '../../../src/host/host.ts';
import { RouteQuery4, RouteQuery6, RouteResult } from '../../../src/host/route.ts';
import { formatIpv4, parseIpv4 } from '../../../src/inet/ipv4.ts';
import { formatIpv6, parseIpv6 } from '../../../src/inet/ipv6.ts';
import { RouteType } from '../../../src/packet/destination.ts';

export interface Question {
  readonly dst: string;
  readonly from?: string;
  readonly oif?: string;
  readonly mark?: number;
  readonly tos?: number;
}

const TYPES = ['', 'unicast', 'local', 'broadcast', 'anycast', 'multicast'];
/** What `ip` says of a route that refuses. */
const REFUSALS: Record<number, string> = {
  [RouteType.Unspec]: 'Network is unreachable',
  [RouteType.Blackhole]: 'Invalid argument',
  [RouteType.Unreachable]: 'No route to host',
  [RouteType.Prohibit]: 'Permission denied',
};
const SCOPE_LINK = 253;

/** `TYPE DEVICE GATEWAY SOURCE`, `-` for what is absent, or the error. */
export function ask(host: Host, question: Question): string {
  return question.dst.includes(':') ? ask6(host, question) : ask4(host, question);
}

function ask4(host: Host, { dst, from = '', oif = '', mark = 0, tos = 0 }: Question): string {
  const query = new RouteQuery4();
  const result = new RouteResult();
  query.dst = parseIpv4(dst)!;
  query.src = from === '' ? 0 : parseIpv4(from)!;
  query.tos = tos & 0x1c;
  query.mark = mark;
  query.iif = host.loopback;
  query.oif = host.interfaceByName(oif)?.index ?? 0;
  host.route4(query, result);
  // A destination nobody routes is taken to be on the link of the device that is asked for.
  if (query.oif !== 0 && REFUSALS[result.type] !== undefined) {
    return `unicast ${oif} - ${from === '' ? formatIpv4(host.selectAddress4(query.oif, 0, SCOPE_LINK) ?? 0) : '-'}`;
  }
  const refusal = REFUSALS[result.type];
  if (refusal !== undefined) return refusal;
  const isMulticast = query.dst >>> 28 === 14;
  const type = isMulticast ? 'multicast' : TYPES[result.type]!;
  const gateway = result.hasGateway !== 0 && !isMulticast ? formatIpv4(result.gateway) : '-';
  return `${type} ${deviceName(host, result)} ${gateway} ${from === '' ? formatIpv4(result.prefSrc) : '-'}`;
}

function ask6(host: Host, { dst, from = '', oif = '', mark = 0 }: Question): string {
  const query = new RouteQuery6();
  const result = new RouteResult();
  const words = parseIpv6(dst)!;
  [query.dst0, query.dst1, query.dst2, query.dst3] = [...words] as [number, number, number, number];
  if (from !== '') [query.src0, query.src1, query.src2, query.src3] = [...parseIpv6(from)!] as [number, number, number, number];
  query.mark = mark;
  query.iif = host.loopback;
  query.oif = host.interfaceByName(oif)?.index ?? 0;
  host.route6(query, result);
  const refusal = REFUSALS[result.type];
  if (refusal !== undefined) return refusal;
  const { gateway, gateway1, gateway2, gateway3 } = result;
  const next = result.hasGateway === 0 ? '-' : formatIpv6(gateway, gateway1, gateway2, gateway3);
  const source = host.selectSource6(result.outdev, { w0: query.dst0, w1: query.dst1, w2: query.dst2, w3: query.dst3 });
  const src = source === null ? '-' : formatIpv6(source.w0, source.w1, source.w2, source.w3);
  return `${TYPES[result.type]} ${deviceName(host, result)} ${next} ${src}`;
}

function deviceName(host: Host, result: RouteResult): string {
  const isOwn = result.type === RouteType.Local || result.type === RouteType.Anycast;
  return isOwn ? 'lo' : host.interfaces[result.outdev]!.name;
}
