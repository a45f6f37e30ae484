import { describe, expect, it } from 'vitest';
import { compileFilter, FilterError, PacketFilter } from '../../../src/filter/index.ts';
import { build } from '../../../src/packet/build.ts';
import { ethernet, ipv4, tcp } from '../../../src/packet/build-layers.ts';
import { LinkType } from '../../../src/packet/link-type.ts';
import { Packet } from '../../../src/packet/packet.ts';

function refusal(filter: string, linkType: number = LinkType.Ethernet): string {
  try {
    compileFilter(filter, linkType);
    return '';
  } catch (error) {
    expect(error).toBeInstanceOf(FilterError);
    return (error as Error).message;
  }
}

describe('a filter that cannot be', () => {
  it('says why, and shows the place', () => {
    expect(refusal('tcp port htpp')).toBe('filter: no such port: htpp (did you mean "http"?)\n  tcp port htpp\n           ^');
    expect(refusal('port 80 or (host 10.0.0.256)')).toMatch(/at most 255\n.*\n {19}\^$/);
    expect(refusal('port 80 or')).toMatch(/something must follow\n.*\n {12}\^$/);
  });

  // biome-ignore format: a table
  it.each([
    ['host example.org', 'example.org is a name: names are not looked up, write the address'],
    ['gateway fw', 'gateway is not answered: it needs the addresses of a name: write ether host MAC and not host ADDRESS'],
    ['ip6 protochain 6', 'protochain is not answered: it follows headers in a loop'],
    ['type mgt', 'type is not answered: it asks for 802.11 headers'],
    ['ip proto icmp', 'has a backslash in front: \\icmp'],
    ['10.0.0.1', 'a word that says what'],
    ['host 10.0.0.0/8', 'only a net has a length'],
    ['net 10.0.0.1/8', 'bits behind the length are set'],
    ['tcp[0:3] = 1', 'the size of octets is 1, 2 or 4'],
    ['mpls and arp', 'behind MPLS only IPv4 and IPv6 can be told'],
    ['inbound', 'Ethernet captures do not tell the direction'],
  ])('%s', (filter, reason) => {
    expect(refusal(filter)).toContain(reason);
  });

  it('may hang on the link type', () => {
    expect(refusal('vlan')).toBe('');
    expect(refusal('vlan', LinkType.Raw)).toContain('Raw IP captures: VLAN tags are told only by Ethernet');
    expect(refusal('inbound', LinkType.LinuxSll)).toBe('');
    expect(refusal('ip', 9)).toContain('link type 9 cannot be filtered');
  });

  // biome-ignore format: a table
  it.each([
    ['parentheses', `${'('.repeat(5000)}ip${')'.repeat(5000)}`],
    ['nots', `${'not '.repeat(5000)}ip`],
    ['calculations', `${'('.repeat(5000)}len${')'.repeat(5000)} = 1`],
    ['signs', `len = ${'- '.repeat(5000)}1`],
    ['greedy operators', `len${' ^ 1'.repeat(5000)} = 1`],
    ['indices', `${'ip['.repeat(3000)}0${']'.repeat(3000)} = 1`],
    ['words', 'ip or '.repeat(9000)],
    ['instructions', Array.from({ length: 1000 }, (_, i) => `port ${i}`).join(' or ')],
    ['scratch words', `len - (len - (len - (len - (len - (len - (len - (len - (len - (len - (len - (len - (len - (len - (len - (len - (len - len)))))))))))))))) = 0`],
    ['characters', 'x'.repeat(70_000)],
    ['brackets', '['.repeat(8000)],
  ])('%s beyond every measure', (_what, filter) => {
    const before = process.cpuUsage();
    expect(refusal(filter)).not.toBe('');
    expect(process.cpuUsage(before).user).toBeLessThan(2e6);
  });
});

describe('PacketFilter', () => {
  const frame = build(ethernet('02:00:00:00:00:10', '02:00:00:00:00:99'), ipv4('10.0.0.2', '192.0.2.1'), tcp(40_000, 443));
  const packet = new Packet();
  packet.blank(frame.length);
  packet.bytes.set(frame, packet.start);

  it('selects by link type', () => {
    const filter = new PacketFilter('tcp port 443 and host 10.0.0.2');
    expect(filter.selects(packet, LinkType.Ethernet)).toBe(true);
    expect(filter.selects(packet, LinkType.Raw)).toBe(false);
    expect(filter.selects(packet, LinkType.Ethernet)).toBe(true);
    expect(new PacketFilter('udp or host 10.0.0.3').selects(packet, LinkType.Ethernet)).toBe(false);
    expect(new PacketFilter('').selects(packet, LinkType.Ethernet)).toBe(true);
  });

  it('takes a long list, with jumps further than an instruction reaches', () => {
    const list = Array.from({ length: 120 }, (_, i) => `host 10.9.${i}.1`).join(' or ');
    expect(new PacketFilter(`${list} or host 10.0.0.2`).selects(packet, LinkType.Ethernet)).toBe(true);
    expect(new PacketFilter(`not (${list}) and tcp dst port 443`).selects(packet, LinkType.Ethernet)).toBe(true);
    expect(new PacketFilter(list).selects(packet, LinkType.Ethernet)).toBe(false);
  });
});
