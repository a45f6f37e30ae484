/**
 * ipv6header: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe } from 'vitest';
import { ipv6, packetOf, udp } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of ipv6header (IPv6)', () => {
  // biome-ignore format: a table
  checkTexts([
    ['-m ipv6header --header hop,dst,route,frag,auth,esp,none,proto', 'FAIL', "unknown header `proto' specified"],
    ['-m ipv6header --header hop-by-hop,ipv6-opts,ipv6-route,ipv6-frag,ah,esp,ipv6-nonxt,proto', 'FAIL', "unknown header `proto' specified"],
    ['-m ipv6header --header 0', '-m ipv6header --header hop-by-hop', 'ipv6header flags:0x80'],
    ['-m ipv6header --header 44,43', '-m ipv6header --header ipv6-route,ipv6-frag', 'ipv6header flags:0x30'],
    ['-m ipv6header --header protocol', '=', 'ipv6header flags:0x01'],
    ['-m ipv6header --header tcp', 'FAIL', "unknown header `6' specified"],
    ['-m ipv6header --header 6', 'FAIL', "unknown header `6' specified"],
    ['-m ipv6header --header hop --soft', '-m ipv6header --header hop-by-hop --soft', 'ipv6header flags:0x80 soft'],
    ['-m ipv6header ! --header hop --soft', '-m ipv6header ! --header hop-by-hop --soft', 'ipv6header flags:!0x80 soft'],
    ['-m ipv6header ! --header hop,dst', '-m ipv6header ! --header hop-by-hop,ipv6-opts', 'ipv6header flags:!0xC0'],
    ['-m ipv6header --header ""', 'FAIL', 'ip6t_ipv6header: cannot parse header names'],
    ['-m ipv6header --soft', 'FAIL', 'ipv6header: option "--header" must be specified'],
    ['-m ipv6header', 'FAIL', 'ipv6header: option "--header" must be specified'],
    ['-m ipv6header --header foo', 'FAIL', "unknown header `foo' specified"],
    ['-m ipv6header --header hop,dst,route,frag,auth,esp,none,prot', '-m ipv6header --header hop-by-hop,ipv6-opts,ipv6-route,ipv6-frag,ah,esp,ipv6-nonxt,protocol', 'ipv6header flags:0xFF'],
    ['-m ipv6header --header hop,dst,route,frag,auth,esp,none,protocol', '-m ipv6header --header hop-by-hop,ipv6-opts,ipv6-route,ipv6-frag,ah,esp,ipv6-nonxt,protocol', 'ipv6header flags:0xFF'],
    ['-m ipv6header --header HOP', 'FAIL', "unknown header `HOP' specified"],
    ['-m ipv6header --header icmpv6', 'FAIL', "unknown header `icmpv6' specified"],
    ['-m ipv6header --header 255', '-m ipv6header --header protocol', 'ipv6header flags:0x01'],
    ['-m ipv6header --header hopopt', '-m ipv6header --header hop-by-hop', 'ipv6header flags:0x80'],
    ['-m ipv6header --header ipv6-icmp', 'FAIL', "unknown header `58' specified"],
    ['-m ipv6header --header hop,,dst', '-m ipv6header --header hop-by-hop,ipv6-opts', 'ipv6header flags:0xC0'],
    ['-m ipv6header --header 59', '-m ipv6header --header ipv6-nonxt', 'ipv6header flags:0x02'],
    ['-m ipv6header --header 60', '-m ipv6header --header ipv6-opts', 'ipv6header flags:0x40'],
    ['-m ipv6header --header 50,51', '-m ipv6header --header ah,esp', 'ipv6header flags:0x0C'],
  ], { family: 6 });
});

const SIX = { family: 6 } as const;
const pad = [1, 4, 0, 0, 0, 0];
const plain = packetOf(ipv6({ next: 17 }, udp(1, 2)));
const hopDst = packetOf(ipv6({ next: 0 }, [60, 0, ...pad, 17, 0, ...pad, ...udp(1, 2)]));
const esp = packetOf(ipv6({ next: 51 }, [50, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 9, 9, 9, 9]));

describe('answers of ipv6header', () => {
  checkAnswers(
    [
      ['-m ipv6header --header prot', plain, true, 'nothing but the upper layer'],
      ['-m ipv6header --header hop', plain, false, 'nothing but the upper layer'],
      ['-m ipv6header --header hop,dst,prot', hopDst, true, 'exactly these'],
      ['-m ipv6header --header hop,dst', hopDst, false, 'one more'],
      ['-m ipv6header ! --header hop,dst', hopDst, true, 'one more'],
      ['-m ipv6header --header hop --soft', hopDst, true, 'at least this'],
      ['-m ipv6header --header hop,frag --soft', hopDst, false, 'one is missing'],
      ['-m ipv6header ! --header frag,route --soft', hopDst, true, 'none of them'],
      ['-m ipv6header ! --header frag,dst --soft', hopDst, false, 'one of them'],
      ['-m ipv6header --header auth,esp', esp, true, 'ESP ends the walk'],
      ['-m ipv6header --header none', packetOf(ipv6({ next: 59 }, [])), true, 'no next header'],
      ['-m ipv6header ! --header hop', packetOf(ipv6({ next: 60 }, [17])), false, 'cut off: false, inverted or not'],
      ['-m ipv6header --header dst,prot', packetOf(ipv6({ next: 60 }, [17, 3, ...pad])), true, 'a header longer than the packet'],
      ['-m ipv6header --header frag,prot', packetOf(ipv6({ next: 44 }, [17, 0, 0, 9, 0, 0, 0, 1, ...udp(1, 2)])), true, 'a later fragment'],
    ],
    {},
    SIX,
  );
});
