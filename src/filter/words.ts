/**
 * The words of the language: protocols, directions, kinds, and names of numbers. pcap-filter(7).
 * @module
 */
import * as ipproto from '../inet/protocol.ts';
import { EtherType } from '../wire/ethernet.ts';
import { Iso, Lsap, TypeNumber } from './link-numbers.ts';

/** How a word that names a protocol stands for packets of it. */
export type ProtocolTest =
  | { readonly by: 'type'; readonly number: number }
  /** `ip`, `ip6` or both (`any`). */
  | { readonly by: 'ip' | 'ip6' | 'any'; readonly number: number }
  | { readonly by: 'iso'; readonly number: number }
  /** IS-IS packets of these types. */
  | { readonly by: 'isis'; readonly numbers: readonly number[] }
  /** The link itself: a qualifier and a place, no protocol. */
  | { readonly by: 'link' };

const type = (number: number): ProtocolTest => ({ by: 'type', number });
const isis = (...numbers: readonly number[]): ProtocolTest => ({ by: 'isis', numbers });
const LINK: ProtocolTest = { by: 'link' };
const IGRP = 9;
const PIM = 103;
const VRRP = 112;

/** Words that name a protocol; several may name one. */
export const PROTOCOLS: ReadonlyMap<string, ProtocolTest> = new Map<string, ProtocolTest>([
  ['link', LINK],
  ['ether', LINK],
  ['ppp', LINK],
  ['slip', LINK],
  ['fddi', LINK],
  ['tr', LINK],
  ['wlan', LINK],
  ['ip', type(EtherType.Ipv4)],
  ['ip6', type(EtherType.Ipv6)],
  ['arp', type(EtherType.Arp)],
  ['rarp', type(EtherType.Rarp)],
  ['atalk', type(TypeNumber.AppleTalk)],
  ['aarp', type(TypeNumber.AppleTalkArp)],
  ['decnet', type(0x6003)],
  ['lat', type(0x6004)],
  ['sca', type(0x6007)],
  ['moprc', type(0x6002)],
  ['mopdl', type(0x6001)],
  ['iso', type(Lsap.Iso)],
  ['stp', type(Lsap.Stp)],
  ['ipx', type(Lsap.Ipx)],
  ['netbeui', type(Lsap.Netbeui)],
  ['tcp', { by: 'any', number: ipproto.TCP }],
  ['udp', { by: 'any', number: ipproto.UDP }],
  ['sctp', { by: 'any', number: ipproto.SCTP }],
  ['pim', { by: 'any', number: PIM }],
  ['ah', { by: 'any', number: ipproto.AH }],
  ['esp', { by: 'any', number: ipproto.ESP }],
  ['icmp', { by: 'ip', number: ipproto.ICMP }],
  ['igmp', { by: 'ip', number: ipproto.IGMP }],
  ['igrp', { by: 'ip', number: IGRP }],
  ['vrrp', { by: 'ip', number: VRRP }],
  ['carp', { by: 'ip', number: VRRP }],
  ['icmp6', { by: 'ip6', number: ipproto.ICMPV6 }],
  ['clnp', { by: 'iso', number: Iso.Clnp }],
  ['esis', { by: 'iso', number: Iso.EsIs }],
  ['es-is', { by: 'iso', number: Iso.EsIs }],
  ['isis', { by: 'iso', number: Iso.IsIs }],
  ['is-is', { by: 'iso', number: Iso.IsIs }],
  ['l1', isis(15, 17, 18, 24, 26)],
  ['l2', isis(16, 17, 20, 25, 27)],
  ['iih', isis(15, 16, 17)],
  ['lsp', isis(18, 20)],
  ['snp', isis(24, 25, 26, 27)],
  ['csnp', isis(24, 25)],
  ['psnp', isis(26, 27)],
]);

/** Names behind `ether proto`. */
export const ETHER_PROTOCOLS: ReadonlyMap<string, number> = new Map<string, number>([
  ...[...PROTOCOLS].flatMap(([name, test]) => (test.by === 'type' ? [[name, test.number] as const] : [])),
  ['loopback', 0x9000],
]);

/** Names behind `iso proto`. */
export const ISO_PROTOCOLS: ReadonlyMap<string, number> = new Map<string, number>([
  ['clnp', Iso.Clnp],
  ['esis', Iso.EsIs],
  ['isis', Iso.IsIs],
]);

/** Names of numbers: fields, flags and types. */
export const CONSTANTS: ReadonlyMap<string, number> = new Map<string, number>([
  ['icmptype', 0],
  ['icmpcode', 1],
  ['icmp6type', 0],
  ['icmp6code', 1],
  ['tcpflags', 13],
  ['tcp-fin', 0x01],
  ['tcp-syn', 0x02],
  ['tcp-rst', 0x04],
  ['tcp-push', 0x08],
  ['tcp-ack', 0x10],
  ['tcp-urg', 0x20],
  ['tcp-ece', 0x40],
  ['tcp-cwr', 0x80],
  ['icmp-echoreply', 0],
  ['icmp-unreach', 3],
  ['icmp-sourcequench', 4],
  ['icmp-redirect', 5],
  ['icmp-echo', 8],
  ['icmp-routeradvert', 9],
  ['icmp-routersolicit', 10],
  ['icmp-timxceed', 11],
  ['icmp-paramprob', 12],
  ['icmp-tstamp', 13],
  ['icmp-tstampreply', 14],
  ['icmp-ireq', 15],
  ['icmp-ireqreply', 16],
  ['icmp-maskreq', 17],
  ['icmp-maskreply', 18],
  ['icmp6-destinationunreach', 1],
  ['icmp6-packettoobig', 2],
  ['icmp6-timeexceeded', 3],
  ['icmp6-parameterproblem', 4],
  ['icmp6-echo', 128],
  ['icmp6-echoreply', 129],
  ['icmp6-multicastlistenerquery', 130],
  ['icmp6-multicastlistenerreportv1', 131],
  ['icmp6-multicastlistenerdone', 132],
  ['icmp6-routersolicit', 133],
  ['icmp6-routeradvert', 134],
  ['icmp6-neighborsolicit', 135],
  ['icmp6-neighboradvert', 136],
  ['icmp6-redirect', 137],
  ['icmp6-routerrenum', 138],
  ['icmp6-nodeinformationquery', 139],
  ['icmp6-nodeinformationresponse', 140],
  ['icmp6-ineighbordiscoverysolicit', 141],
  ['icmp6-ineighbordiscoveryadvert', 142],
  ['icmp6-multicastlistenerreportv2', 143],
  ['icmp6-homeagentdiscoveryrequest', 144],
  ['icmp6-homeagentdiscoveryreply', 145],
  ['icmp6-mobileprefixsolicit', 146],
  ['icmp6-mobileprefixadvert', 147],
  ['icmp6-certpathsolicit', 148],
  ['icmp6-certpathadvert', 149],
  ['icmp6-multicastrouteradvert', 151],
  ['icmp6-multicastroutersolicit', 152],
  ['icmp6-multicastrouterterm', 153],
]);

/** Control fields of LLC frames: bits that count, and their value. */
export const LLC_KINDS: ReadonlyMap<string, readonly [mask: number, value: number]> = new Map<string, readonly [number, number]>([
  ['i', [0x01, 0x00]],
  ['s', [0x03, 0x01]],
  ['u', [0x03, 0x03]],
  ['rr', [0x0f, 0x01]],
  ['rnr', [0x0f, 0x05]],
  ['rej', [0x0f, 0x09]],
  ['ui', [0xef, 0x03]],
  ['ua', [0xef, 0x63]],
  ['disc', [0xef, 0x43]],
  ['sabme', [0xef, 0x6f]],
  ['test', [0xef, 0xe3]],
  ['xid', [0xef, 0xaf]],
  ['frmr', [0xef, 0x87]],
]);

const WIRELESS = 'it asks for 802.11 headers, which no capture that can be replayed has';
const ATM = 'it asks for ATM headers, which no capture that can be replayed has';
const SS7 = 'it asks for SS7 headers, which no capture that can be replayed has';
const PF = 'it asks for the packet log of OpenBSD, which cannot be replayed';

/** Words of the language that are refused, and why. */
export const REFUSED: ReadonlyMap<string, string> = new Map<string, string>([
  ['byte', 'write link[5] & 3 != 0'],
  ['gateway', 'it needs the addresses of a name: write ether host MAC and not host ADDRESS'],
  ['protochain', 'it follows headers in a loop, which a filter program cannot: write proto, or ip6[6] = 44 for fragments'],
  ...[
    'type',
    'subtype',
    'dir',
    'direction',
    'addr1',
    'addr2',
    'addr3',
    'addr4',
    'address1',
    'address2',
    'address3',
    'address4',
    'ra',
    'ta',
    'radio',
  ].map((word) => [word, WIRELESS] as const),
  ...['lane', 'metac', 'bcc', 'oam', 'oamf4', 'oamf4ec', 'oamf4sc', 'sc', 'ilmic', 'vpi', 'vci', 'connectmsg', 'metaconnect'].map(
    (word) => [word, ATM] as const,
  ),
  ...['fisu', 'lssu', 'lsu', 'msu', 'hfisu', 'hlssu', 'hmsu', 'sio', 'opc', 'dpc', 'sls', 'hsio', 'hopc', 'hdpc', 'hsls'].map(
    (word) => [word, SS7] as const,
  ),
  ...['ifname', 'on', 'rset', 'ruleset', 'rnr', 'rulenum', 'srnr', 'subrulenum', 'reason', 'action'].map((word) => [word, PF] as const),
]);

/** Every other word that means something, so that it can be told from a name. */
const GRAMMAR = [
  'src',
  'dst',
  'host',
  'net',
  'mask',
  'port',
  'portrange',
  'proto',
  'less',
  'greater',
  'broadcast',
  'multicast',
  'and',
  'or',
  'not',
  'len',
  'length',
  'inbound',
  'outbound',
  'ifindex',
  'vlan',
  'mpls',
  'pppoed',
  'pppoes',
  'geneve',
  'llc',
];

/** All words with a meaning: none of them is a name unless a backslash stands in front. */
export const KEYWORDS: ReadonlySet<string> = new Set([...PROTOCOLS.keys(), ...CONSTANTS.keys(), ...REFUSED.keys(), ...GRAMMAR]);
