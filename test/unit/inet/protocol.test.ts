import { describe, expect, it } from 'vitest';
import * as ipproto from '../../../src/inet/protocol.ts';
import { protocolName, protocolNumber } from '../../../src/inet/protocol.ts';

/** What `iptables-legacy-save` 1.8.9 printed after `-A INPUT -p N` for N = 1..255, where it was not the number itself. Debian 12. */
const RECORDED =
  '1 icmp 2 igmp 3 ggp 4 ipencap 5 st 6 tcp 8 egp 9 igp 12 pup 17 udp 20 hmp 22 xns-idp 27 rdp 29 iso-tp4 33 dccp 36 xtp 37 ddp ' +
  '38 idpr-cmtp 41 ipv6 43 ipv6-route 44 ipv6-frag 45 idrp 46 rsvp 47 gre 50 esp 51 ah 57 skip 58 ipv6-icmp 59 ipv6-nonxt ' +
  '60 ipv6-opts 73 rspf 81 vmtp 88 eigrp 89 ospf 93 ax.25 94 ipip 97 etherip 98 encap 103 pim 108 ipcomp 112 vrrp 115 l2tp ' +
  '124 isis 132 sctp 133 fc 135 mobility-header 136 udplite 137 mpls-in-ip 138 manet 139 hip 140 shim6 141 wesp 142 rohc 143 ethernet';

describe('protocol names', () => {
  it('are those iptables-save prints, for every number', () => {
    const words = RECORDED.split(' ');
    const recorded = new Map<number, string>();
    for (let i = 0; i < words.length; i += 2) recorded.set(Number(words[i]), words[i + 1]!);
    for (let number = 1; number < 256; number++) expect(protocolName(number), String(number)).toBe(recorded.get(number) ?? null);
  });

  it.each([
    ['all', 0],
    ['hopopt', 0],
    ['TCP', 6],
    ['icmpv6', 58],
    ['mh', 135],
    ['ipv6-mh', 135],
    ['mptcp', 262],
  ] as const)('reads %s', (name, number) => {
    expect(protocolNumber(name)).toBe(number);
  });

  it.each(['', '6', 'ospfigp', 'ipsec-esp', '__proto__', 'constructor'])('does not know %j', (name) => {
    expect(protocolNumber(name)).toBeNull();
  });

  it('agrees with its own constants', () => {
    expect([ipproto.UDPLITE, ipproto.SCTP, ipproto.MH, ipproto.DCCP].map(protocolName)).toEqual([
      'udplite',
      'sctp',
      'mobility-header',
      'dccp',
    ]);
  });
});
