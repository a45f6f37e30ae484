/**
 * IP protocol numbers (IANA "Protocol Numbers") and the names iptables 1.8.9 on Debian 12 prints for them: those of its
 * /etc/protocols. Checked by loading `-p 0` to `-p 255` and reading iptables-save.
 * @module
 */
export const HOPOPTS = 0;
export const ICMP = 1;
export const IGMP = 2;
export const IPIP = 4;
export const TCP = 6;
export const UDP = 17;
export const DCCP = 33;
export const IPV6 = 41;
export const ROUTING = 43;
export const FRAGMENT = 44;
export const GRE = 47;
export const ESP = 50;
export const AH = 51;
export const ICMPV6 = 58;
export const NONE = 59;
export const DSTOPTS = 60;
export const SCTP = 132;
export const MH = 135;
export const UDPLITE = 136;

const NAMES: ReadonlyMap<number, string> = new Map([
  [0, 'ip'],
  [1, 'icmp'],
  [2, 'igmp'],
  [3, 'ggp'],
  [4, 'ipencap'],
  [5, 'st'],
  [6, 'tcp'],
  [8, 'egp'],
  [9, 'igp'],
  [12, 'pup'],
  [17, 'udp'],
  [20, 'hmp'],
  [22, 'xns-idp'],
  [27, 'rdp'],
  [29, 'iso-tp4'],
  [33, 'dccp'],
  [36, 'xtp'],
  [37, 'ddp'],
  [38, 'idpr-cmtp'],
  [41, 'ipv6'],
  [43, 'ipv6-route'],
  [44, 'ipv6-frag'],
  [45, 'idrp'],
  [46, 'rsvp'],
  [47, 'gre'],
  [50, 'esp'],
  [51, 'ah'],
  [57, 'skip'],
  [58, 'ipv6-icmp'],
  [59, 'ipv6-nonxt'],
  [60, 'ipv6-opts'],
  [73, 'rspf'],
  [81, 'vmtp'],
  [88, 'eigrp'],
  [89, 'ospf'],
  [93, 'ax.25'],
  [94, 'ipip'],
  [97, 'etherip'],
  [98, 'encap'],
  [103, 'pim'],
  [108, 'ipcomp'],
  [112, 'vrrp'],
  [115, 'l2tp'],
  [124, 'isis'],
  [132, 'sctp'],
  [133, 'fc'],
  [135, 'mobility-header'],
  [136, 'udplite'],
  [137, 'mpls-in-ip'],
  [138, 'manet'],
  [139, 'hip'],
  [140, 'shim6'],
  [141, 'wesp'],
  [142, 'rohc'],
  [143, 'ethernet'],
  [262, 'mptcp'],
]);

/** Names iptables reads beside those it prints. */
const OTHER_NAMES: readonly (readonly [string, number])[] = [
  ['all', 0],
  ['hopopt', HOPOPTS],
  ['icmpv6', ICMPV6],
  ['mh', MH],
  ['ipv6-mh', MH],
];

const NUMBERS: ReadonlyMap<string, number> = new Map([...[...NAMES].map(([number, name]) => [name, number] as const), ...OTHER_NAMES]);

/** The name iptables-save prints for a protocol, or null when it prints the number. */
export function protocolName(number: number): string | null {
  return NAMES.get(number) ?? null;
}

/** The protocol a name stands for, in any case, or null. Numbers in text are the caller's to read. */
export function protocolNumber(name: string): number | null {
  return NUMBERS.get(name.toLowerCase()) ?? null;
}
