/**
 * Why a packet was dropped, in the vocabulary of the kernel's SKB_DROP_REASON where it has a word. Small integers on the packet,
 * words for people.
 * @module
 */
export const DropReason = {
  None: 0,
  NetfilterDrop: 1,
  NetfilterHotdrop: 2,
  OtherHost: 3,
  IpHeader: 4,
  IpChecksum: 5,
  PacketTooSmall: 6,
  NotIp: 7,
  Ipv6Disabled: 8,
  IpInvalidSource: 9,
  IpInvalidDest: 10,
  IpLocalSource: 11,
  IpLocalnet: 12,
  IpRpfilter: 13,
  NoRoute: 14,
  Blackhole: 15,
  Unreachable: 16,
  Prohibit: 17,
  ForwardingOff: 18,
  NotForHost: 19,
  TtlExceeded: 20,
  PacketTooBig: 21,
  IpOptions: 22,
  SourceRoute: 23,
  ExtensionHeader: 24,
  FragmentFailed: 25,
  RerouteFailed: 26,
  NoMulticastMember: 27,
  NoInterface: 28,
  Queued: 29,
  Stolen: 30,
  TooDeep: 31,
  BadSource6: 32,
  SendTooLong: 33,
  NatFailed: 34,
  TableFull: 35,
  Fragment: 36,
  TtlZero: 37,
  FrameTooLong: 38,
} as const;
export type DropReason = (typeof DropReason)[keyof typeof DropReason];

/** Code and sentence of each reason, by number. */
const REASONS: readonly (readonly [code: string, text: string])[] = [
  ['', ''],
  ['NETFILTER_DROP', 'dropped by a rule or a policy'],
  ['NETFILTER_HOTDROP', 'dropped by a match that could not look at the header it needs'],
  ['OTHERHOST', 'the frame is addressed to another MAC'],
  ['IP_INHDR', 'malformed IP header'],
  ['IP_CSUM', 'wrong IPv4 header checksum'],
  ['PKT_TOO_SMALL', 'the IP length exceeds the frame'],
  ['UNHANDLED_PROTO', 'not an IP packet'],
  ['IPV6DISABLED', 'IPv6 is off on this interface'],
  ['IP_INVALID_SOURCE', 'the source address may not be a source'],
  ['IP_INVALID_DEST', 'the destination address may not be a destination here'],
  ['IP_LOCAL_SOURCE', 'the source address is one of this host (martian source)'],
  ['IP_LOCALNET', 'a loopback address on a real interface (martian)'],
  ['IP_RPFILTER', 'the reverse path is another interface (rp_filter)'],
  ['IP_OUTNOROUTES', 'no route to the destination'],
  ['IP_INADDRERRORS', 'blackhole route'],
  ['IP_INADDRERRORS', 'unreachable route'],
  ['IP_INADDRERRORS', 'prohibit route'],
  ['IP_INADDRERRORS', 'forwarding is off'],
  ['IP_FORWARD_NOT_HOST', 'a broadcast or multicast frame is not forwarded'],
  ['IP_INHDR', 'TTL or hop limit exceeded'],
  ['PKT_TOO_BIG', 'larger than the MTU and not to be fragmented'],
  ['IP_INHDR', 'malformed IP options'],
  ['IP_INHDR', 'source route option not accepted'],
  ['IP_INHDR', 'malformed or refused extension header'],
  ['FRAG_FAILED', 'cannot be fragmented'],
  ['IP_OUTNOROUTES', 'no route after its addresses or mark changed'],
  ['IP_INVALID_DEST', 'multicast group not joined'],
  ['DEV_READY', 'no such interface'],
  ['NF_QUEUE', 'queued to userspace'],
  ['NF_STOLEN', 'taken over by a hook function'],
  ['RECURSION_LIMIT', 'answers caused by answers went too deep'],
  ['IPV6_BAD_SOURCE', 'a source address that may not be forwarded'],
  ['PKT_TOO_BIG', 'longer than the interface MTU for a raw send'],
  ['NETFILTER_DROP', 'could not be translated'],
  ['NETFILTER_DROP', 'connection table full'],
  ['FRAG_REASM', 'a fragment that cannot be put together'],
  ['TTL_ZERO', 'TTL reached zero'],
  ['PKT_TOO_BIG', 'the frame exceeds the MTU of the receiving interface'],
];

/** The kernel's word for a reason. */
export function dropReasonCode(reason: number): string {
  return REASONS[reason]?.[0] ?? '';
}

/** A reason in words. */
export function describeDropReason(reason: number): string {
  return REASONS[reason]?.[1] ?? '';
}
