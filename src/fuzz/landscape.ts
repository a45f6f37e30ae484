/**
 * Landscape: what a configuration makes worth trying. Addresses, ports and protocols that its rules name (with both edges of every
 * range, and what lies right beside them), the networks behind each interface, the host's own addresses. Drawing from here, random
 * traffic meets the rules; drawing from all addresses, it would meet the last policy.
 *
 * Rules are read as text in their canonical form, so that a match nobody thought of here brings its numbers too.
 * @module
 */
import type { Host } from '../host/host.ts';
import type { Interface } from '../host/interface.ts';
import { RouteQuery4, RouteQuery6, RouteResult } from '../host/route.ts';
import { type Family, formatAddress, parseAddress } from '../inet/address.ts';
import { maskOf, parsePrefix } from '../inet/prefix.ts';
import { ICMP, ICMPV6, TCP, UDP } from '../inet/protocol.ts';
import { printRules } from '../iptables/print.ts';
import { RouteType } from '../packet/destination.ts';
import type { RuleSet } from '../xtables/ruleset.ts';

/** An interface and who may be behind it. */
export interface Side {
  /** Number of the interface. */
  readonly device: number;
  readonly name: string;
  /** Hardware address frames to the host carry; null: the device has none (packets come without a link header). */
  readonly mac: string | null;
  /** Addresses that are reached by it. Never empty. */
  readonly peers: readonly string[];
}

/** One family's landscape. */
export interface Landscape {
  readonly family: Family;
  readonly host: Host;
  readonly sides: readonly Side[];
  /** The host's own addresses. */
  readonly own: readonly string[];
  /** Every address worth trying, the own ones too. */
  readonly addresses: readonly string[];
  readonly ports: readonly number[];
  /** Protocols to talk: of TCP, UDP and ICMP, those that fit most rules stand more than once. */
  readonly protocols: readonly number[];
}

/** Addresses of nobody in particular, so that there always is somebody: documentation prefixes, and one of a private range. */
const STRANGERS: Readonly<Record<Family, readonly string[]>> = {
  4: ['198.51.100.7', '203.0.113.9', '192.0.2.200', '10.20.30.40'],
  6: ['2001:db8:1::7', '2001:db8:2::9', 'fd00:5::1'],
};
const USUAL_PORTS: readonly number[] = [80, 443, 53, 22, 1024, 40000, 50000, 65535];
/** What is taken from a rule set; a set of a million rules must not make a million candidates. */
const MAX_ADDRESSES = 4096;
const MAX_PORTS = 2048;

/** Look a configuration over. Rule sets of the other family are passed over; `about` is more text of rules to take for interesting. */
export function survey(host: Host, family: Family, rules: readonly RuleSet[], about = ''): Landscape {
  const texts = rules.filter((set) => set.family === family).map((set) => printRules(set));
  const words = [about, ...texts].flatMap((text) => text.split(/[\s,]+/));
  const own = ownAddresses(host, family);
  const named = new Set<string>();
  for (const word of words) addAddresses(named, word, family);
  const neighbours = new Set<string>();
  for (const device of host.interfaces) addSubnets(neighbours, device, family);
  const addresses = [...new Set([...neighbours, ...STRANGERS[family], ...own, ...named])].filter(isSomebody);
  return {
    family,
    host,
    sides: sidesOf(host, family, addresses, own),
    own,
    addresses,
    ports: portsOf(words),
    protocols: protocolsOf(words, family),
  };
}

/** Whether a host can have this address: not none, loopback, multicast, or one reserved. */
function isSomebody(address: string): boolean {
  if (address.includes(':')) return address !== '::' && address !== '::1' && !address.startsWith('ff');
  const first = Number.parseInt(address, 10);
  return first !== 0 && first !== 127 && first < 224;
}

function ownAddresses(host: Host, family: Family): string[] {
  const own: string[] = [];
  for (const device of host.interfaces) {
    if (device === undefined || device.index === host.loopback) continue;
    if (family === 4) for (const { word } of device.addresses4) own.push(formatAddress(Int32Array.of(word)));
    else for (const { w0, w1, w2, w3 } of device.addresses6) own.push(formatAddress(Int32Array.of(w0, w1, w2, w3)));
  }
  return [...new Set(own)];
}

/** Somebody in the lower half of each subnet, and in the upper one. */
function addSubnets(into: Set<string>, device: Interface | undefined, family: Family): void {
  if (device === undefined) return;
  const own =
    family === 4
      ? device.addresses4.map(({ word, length }) => ({ words: Int32Array.of(word), length }))
      : device.addresses6.map(({ w0, w1, w2, w3, length }) => ({ words: Int32Array.of(w0, w1, w2, w3), length }));
  for (const { words, length } of own) {
    const { first, last } = edges(words, maskOf(length, family));
    for (const [edge, by] of [
      [first, 9],
      [first, 77],
      [last, -2],
    ] as const) {
      const peer = moved(edge, by);
      if (!sameWords(peer, words)) into.add(formatAddress(peer));
    }
  }
}

/** The addresses a word of a rule stands for: an address, a prefix, or a range, with ports or without. */
function addAddresses(into: Set<string>, word: string, family: Family): void {
  if (into.size >= MAX_ADDRESSES || !/^[0-9a-fA-F[]/.test(word)) return;
  const plain = family === 4 ? word.replace(/:[0-9].*$/, '') : word.replace(/^\[(.*)\].*$/, '$1');
  const dash = plain.indexOf('-');
  if (dash > 0) {
    const low = parseAddress(plain.slice(0, dash), family);
    const high = parseAddress(plain.slice(dash + 1), family);
    if (low !== null && high !== null) addEdges(into, low, high);
    return;
  }
  if (family === 4 && !plain.includes('.')) return;
  if (family === 6 && !plain.includes(':')) return;
  const prefix = parsePrefix(plain, family);
  if (prefix === null || prefix.mask.every((part) => part === 0)) return;
  const { first, last } = edges(prefix.address, prefix.mask);
  addEdges(into, first, last);
}

/** Both ends, one inside each, and one beyond each. */
function addEdges(into: Set<string>, first: Int32Array, last: Int32Array): void {
  for (const by of [-1, 0, 1]) {
    into.add(formatAddress(moved(first, by)));
    into.add(formatAddress(moved(last, by)));
  }
}

function edges(address: Int32Array, mask: Int32Array): { first: Int32Array; last: Int32Array } {
  const first = address.map((word, i) => word & mask[i]!);
  return { first, last: first.map((word, i) => word | ~mask[i]!) };
}

/** An address some steps further, within its last word. */
function moved(address: Int32Array, by: number): Int32Array {
  const there = address.slice();
  there[there.length - 1] = (there.at(-1)! + by) | 0;
  return there;
}

function sameWords(a: Int32Array, b: Int32Array): boolean {
  return a.every((word, i) => word === b[i]);
}

/** The interfaces that packets come in by, each with the addresses that are routed to it. */
function sidesOf(host: Host, family: Family, addresses: readonly string[], own: readonly string[]): Side[] {
  const sides: Side[] = [];
  for (const device of host.interfaces) {
    if (device === undefined || device.index === 0 || device.index === host.loopback || !device.up) continue;
    // policy routing may send an address anywhere: then everybody may be everywhere
    const peers = addresses.filter(
      (text) => !own.includes(text) && (host.hasCustomRules4 || deviceTowards(host, family, text) === device.index),
    );
    const mac = device.mac === null ? null : Array.from(device.mac, (octet) => octet.toString(16).padStart(2, '0')).join(':');
    sides.push({ device: device.index, name: device.name, mac, peers: peers.length > 0 ? peers : STRANGERS[family] });
  }
  return sides;
}

/** Number of the interface that leads to an address; 0 for none. */
function deviceTowards(host: Host, family: Family, text: string): number {
  const words = parseAddress(text, family)!;
  const result = new RouteResult();
  if (family === 4) {
    const query = new RouteQuery4();
    query.dst = words[0]!;
    query.iif = host.loopback;
    host.route4(query, result);
  } else {
    const query = new RouteQuery6();
    [query.dst0, query.dst1, query.dst2, query.dst3] = words as unknown as [number, number, number, number];
    query.iif = host.loopback;
    host.route6(query, result);
  }
  return result.type === RouteType.Unicast ? result.outdev : 0;
}

/** What follows an option that takes ports: the ports, with those beside them. */
function portsOf(words: readonly string[]): number[] {
  const ports = new Set(USUAL_PORTS);
  let open = false;
  for (const word of words) {
    if (word.startsWith('--')) {
      open = /port|--to-(?:destination|source)$/.test(word);
      continue;
    }
    if (word.startsWith('-')) open = false;
    if (!open || ports.size >= MAX_PORTS) continue;
    const text = word.replace(/^.*[.\]][0-9]*:/, '');
    for (const number of text.match(/^[0-9]+|(?<=[:-])[0-9]+$/g) ?? []) {
      for (const port of [Number(number), Number(number) - 1, Number(number) + 1]) if (port > 0 && port <= 0xffff) ports.add(port);
    }
  }
  return [...ports];
}

function protocolsOf(words: readonly string[], family: Family): number[] {
  const protocols = [TCP, TCP, UDP, family === 4 ? ICMP : ICMPV6];
  for (let i = 0; i + 1 < words.length && protocols.length < 16; i++) {
    if (words[i] === '-p') protocols.push(words[i + 1] === 'udp' ? UDP : TCP);
  }
  return protocols;
}
