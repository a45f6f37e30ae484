/**
 * The part of a rule that a packet failed, in the rule's own words, and what the packet has in its place.
 *
 *   -i eth1   came in by eth0        -m tcp --dport 22   port 40000 > 80, flags S        -m conntrack --ctstate NEW   ESTABLISHED
 *
 * @module
 */
import type { Conntrack } from '../conntrack/conntrack.ts';
import type { Host } from '../host/host.ts';
import { formatIpv4 } from '../inet/ipv4.ts';
import { formatIpv6 } from '../inet/ipv6.ts';
import { formatPrefix, type Prefix, prefixContains } from '../inet/prefix.ts';
import { protocolName } from '../inet/protocol.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';
import { stateName } from '../replay/result.ts';
import { type Header, type Rule, ruleContext } from '../xtables/rule.ts';
import { nameMatches } from '../xtables/interface-test.ts';

export interface Surroundings {
  readonly host: Host;
  readonly conntrack: Conntrack;
}

export interface FailedPart {
  readonly part: string;
  readonly has: string;
}

export interface RulePlaceName {
  readonly family: 4 | 6;
  readonly table: string;
  readonly chain: string;
}

/** `part` 0 is the header, 1 the first match. */
export function describePart(rule: Rule, part: number, where: RulePlaceName, packet: ReadonlyPacket, around: Surroundings): FailedPart {
  if (part === 0) return headerPart(rule.header, packet, around.host);
  const match = rule.matches[part - 1];
  if (match === undefined) return { part: '', has: '' };
  const { name, module, info } = match;
  const options = module.print(info, ruleContext(where.family, where.table, where.chain, rule.header));
  return { part: options === '' ? `-m ${name}` : `-m ${name} ${options}`, has: matchValue(name, packet, around.conntrack) };
}

/** The first test of a header that the packet fails, in the kernel's order. */
function headerPart(header: Header, packet: ReadonlyPacket, host: Host): FailedPart {
  const { src, dst, indev, outdev, protocol, fragment } = header;
  if (src !== null && contains(src, packet, true) === header.srcInvert) {
    return { part: `${not(header.srcInvert)}-s ${formatPrefix(src)}`, has: `from ${sourceOf(packet)}` };
  }
  if (dst !== null && contains(dst, packet, false) === header.dstInvert) {
    return { part: `${not(header.dstInvert)}-d ${formatPrefix(dst)}`, has: `to ${destinationOf(packet)}` };
  }
  const inName = deviceName(host, packet.indev);
  if (indev !== '' && nameMatches(indev, inName) === header.indevInvert) {
    return { part: `${not(header.indevInvert)}-i ${indev}`, has: inName === '' ? 'came in by none' : `came in by ${inName}` };
  }
  const outName = deviceName(host, packet.outdev);
  if (outdev !== '' && nameMatches(outdev, outName) === header.outdevInvert) {
    return { part: `${not(header.outdevInvert)}-o ${outdev}`, has: outName === '' ? 'leaves by none yet' : `leaves by ${outName}` };
  }
  if (protocol !== 0 && (packet.protocol === protocol) === header.protocolInvert) {
    return { part: `${not(header.protocolInvert)}-p ${protocolText(protocol)}`, has: `is ${protocolText(packet.protocol)}` };
  }
  if (protocol !== 0 && packet.protocol < 0) return { part: `-p ${protocolText(protocol)}`, has: 'the chain of headers breaks off' };
  if (!fragment) return { part: '', has: '' };
  return { part: `${not(header.fragmentInvert)}-f`, has: packet.fragOffset === 0 ? 'no later fragment' : 'a later fragment' };
}

function not(invert: boolean): string {
  return invert ? '! ' : '';
}

function contains(prefix: Prefix, packet: ReadonlyPacket, source: boolean): boolean {
  return source
    ? prefixContains(prefix, packet.src0, packet.src1, packet.src2, packet.src3)
    : prefixContains(prefix, packet.dst0, packet.dst1, packet.dst2, packet.dst3);
}

function sourceOf(packet: ReadonlyPacket): string {
  return packet.family === 6 ? formatIpv6(packet.src0, packet.src1, packet.src2, packet.src3) : formatIpv4(packet.src0);
}

function destinationOf(packet: ReadonlyPacket): string {
  return packet.family === 6 ? formatIpv6(packet.dst0, packet.dst1, packet.dst2, packet.dst3) : formatIpv4(packet.dst0);
}

export function deviceName(host: Host, index: number): string {
  return index > 0 ? (host.interfaces[index]?.name ?? '') : '';
}

function protocolText(protocol: number): string {
  return protocol < 0 ? 'unknown' : (protocolName(protocol) ?? String(protocol));
}

const FLAG_LETTERS = 'FSRPAUEC';

/** What a match of this name looked at, where that is one thing that can be told; else ''. */
function matchValue(name: string, packet: ReadonlyPacket, conntrack: Conntrack): string {
  switch (name) {
    case 'tcp':
      return `${ports(packet)}${tcpFlags(packet)}`;
    case 'udp':
    case 'udplite':
    case 'sctp':
    case 'dccp':
    case 'multiport':
      return ports(packet);
    case 'state':
    case 'conntrack':
      return stateName(conntrack.stateBit(packet)) ?? '';
    case 'mark':
      return `mark 0x${(packet.mark >>> 0).toString(16)}`;
    case 'connmark':
      return packet.ct < 0 ? 'no connection' : `connection mark 0x${(conntrack.mark(packet.ct) >>> 0).toString(16)}`;
    case 'icmp':
    case 'icmp6':
      return packet.transportLength < 2 ? '' : `type ${packet.bytes[packet.transport]} code ${packet.bytes[packet.transport + 1]}`;
    case 'ttl':
      return `ttl ${packet.bytes[packet.network + 8]}`;
    case 'hl':
      return `hop limit ${packet.bytes[packet.network + 7]}`;
    case 'length':
      return `${packet.networkLength} octets`;
    case 'mac':
    case 'iprange':
      return name === 'mac' ? '' : `${sourceOf(packet)} > ${destinationOf(packet)}`;
    default:
      return '';
  }
}

function ports(packet: ReadonlyPacket): string {
  return packet.srcPort < 0 ? 'no ports' : `port ${packet.srcPort} > ${packet.dstPort}`;
}

function tcpFlags(packet: ReadonlyPacket): string {
  if (packet.fragOffset !== 0 || packet.transportLength < 14) return '';
  const flags = packet.bytes[packet.transport + 13]!;
  return `, flags ${
    flags === 0
      ? 'none'
      : Array.from(FLAG_LETTERS)
          .filter((_letter, bit) => (flags & (1 << bit)) !== 0)
          .join('')
  }`;
}
