import { describe, expect, it } from 'vitest';
import { HooklineError } from '../../../src/errors.ts';
import { parseHost } from '../../../src/host/host-json.ts';
import { plainRouter } from '../../../src/host/plain-router.ts';
import { parseSavedHost } from '../../../src/host/saved-host.ts';
import { parseIpv4 } from '../../../src/inet/ipv4.ts';
import { parseIpv6 } from '../../../src/inet/ipv6.ts';
import { RouteType } from '../../../src/packet/destination.ts';
import { ask } from './ask.ts';

const eth0 = { name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['10.0.0.1/24', 'fd00::1/64'], mtu: 1500 };
const eth1 = { name: 'eth1', mac: '02:00:00:00:00:02', addresses: ['10.1.0.1/24', '10.1.0.100/24', '10.2.0.1/24'] };
const base = { interfaces: [eth0, eth1] };
const ipv4 = (text: string): number => parseIpv4(text)!;
const ipv6 = (text: string): { w0: number; w1: number; w2: number; w3: number } => {
  const [w0, w1, w2, w3] = [...parseIpv6(text)!] as [number, number, number, number];
  return { w0, w1, w2, w3 };
};

function complaint(json: string | object): string {
  try {
    parseHost(json);
  } catch (error) {
    expect(error).toBeInstanceOf(HooklineError);
    expect((error as HooklineError).code).toBe('ERR_HOST');
    return (error as HooklineError).message;
  }
  return 'accepted';
}

describe('parseHost says what is wrong and where', () => {
  it.each<[string, string | object, RegExp]>([
    ['no JSON', '{"interfaces": [}', /^host\.json: not JSON: /],
    ['no object', '[]', /^host\.json: expected an object, found a list$/],
    ['null', 'null', /expected an object, found null/],
    ['no interfaces', {}, /^host\.json: interfaces: expected a list of at least one interface, found nothing$/],
    ['interfaces as text', { interfaces: 'eth0' }, /^host\.json: interfaces: expected a list, found "eth0"$/],
    ['a number as interface', { interfaces: [7] }, /^host\.json: interfaces\[0\]: expected an object, found 7$/],
    ['no name', { interfaces: [{}] }, /interfaces\[0\]\.name: expected a text, found nothing/],
    ['a long name', { interfaces: [{ name: 'a-very-long-name' }] }, /interfaces\[0\]\.name: expected a device name of at most 15/],
    ['a name twice', { interfaces: [eth0, eth0] }, /interfaces\[1\]\.name: is the name of another interface too/],
    ['a misspelt key', { interfaces: [{ ...eth0, adresses: [] }] }, /interfaces\[0\]: unknown property "adresses"/],
    ['a bad MAC', { interfaces: [{ ...eth0, mac: '02:00' }] }, /interfaces\[0\]\.mac: expected a hardware address, found "02:00"/],
    ['a bad address', { interfaces: [{ ...eth0, addresses: ['10.0.0/8'] }] }, /addresses\[0\]: expected an address with its prefix length/],
    ['a prefix too long', { interfaces: [{ ...eth0, addresses: ['10.0.0.1/33'] }] }, /addresses\[0\]: expected an address/],
    ['an MTU of 5', { interfaces: [{ ...eth0, mtu: 5 }] }, /interfaces\[0\]\.mtu: expected a whole number from 68/],
    ['a VLAN on nothing', { interfaces: [{ ...eth0, vlan: 5 }] }, /interfaces\[0\]\.vlan: needs "link"/],
    ['a route to nowhere', { ...base, routes: [{ dst: '10.9.0.0/16' }] }, /routes\[0\]: has neither a gateway nor an interface/],
    ['a route without dst', { ...base, routes: [{ dev: 'eth0' }] }, /routes\[0\]\.dst: expected a text, found nothing/],
    ['host bits', { ...base, routes: [{ dst: '10.9.0.1/16', dev: 'eth0' }] }, /routes\[0\]\.dst: "10\.9\.0\.1\/16" has bits set behind/],
    ['an unknown device', { ...base, routes: [{ dst: '10.9.0.0/16', dev: 'eth9' }] }, /routes\[0\]\.dev: there is no interface "eth9"/],
    ['mixed families', { ...base, routes: [{ dst: '10.9.0.0/16', via: 'fd00::2' }] }, /routes\[0\]\.via: is of another family/],
    ['a bad type', { ...base, routes: [{ dst: '10.9.0.0/16', type: 'nat' }] }, /routes\[0\]\.type: expected a route type, found "nat"/],
    ['an unreachable gateway', { ...base, routes: [{ dst: '10.9.0.0/16', via: '9.9.9.9' }] }, /gateway that no interface leads to/],
    [
      'a bad neighbour',
      { ...base, neighbors: [{ dev: 'eth0', ip: 'x', mac: eth0.mac }] },
      /neighbors\[0\]\.ip: expected an address, found "x"/,
    ],
    ['a rule for ports', { ...base, ip_rules: ['ipproto tcp lookup 5'] }, /ip_rules\[0\]: "ipproto" is not supported/],
    ['a rule without action', { ...base, ip_rules: ['fwmark 1'] }, /ip_rules\[0\]: says neither which table/],
    ['a rule that breaks off', { ...base, ip_rules: ['lookup'] }, /ip_rules\[0\]: "lookup" lacks its argument/],
    ['a mark that is none', { ...base, ip_rules: ['fwmark 0x1ffffffff lookup 5'] }, /ip_rules\[0\]: "0x1ffffffff" is no mark/],
    [
      'a fractional sysctl',
      { ...base, sysctls: { 'net.ipv4.ip_forward': 0.5 } },
      /sysctls\.net\.ipv4\.ip_forward: expected a whole number/,
    ],
    ['a stack that is none', { ...base, local_stack: 'off' }, /local_stack: expected "respond" or "sink", found "off"/],
    ['a listener on SCTP', { ...base, listeners: [{ proto: 'sctp', port: 1 }] }, /listeners\[0\]\.proto: expected "tcp" or "udp"/],
  ])('%s', (_, json, message) => {
    expect(complaint(json)).toMatch(message);
  });

  it('never repeats more than a line of a foreign text', () => {
    expect(complaint({ interfaces: [{ name: `${'x'.repeat(1e6)}\u001b[31m` }] }).length).toBeLessThan(200);
  });
});

describe('parseHost and hostile JSON', () => {
  it('takes keys such as __proto__ for what they are', () => {
    const text = '{"__proto__": {"interfaces": [{"name": "evil0"}]}, "constructor": 1}';
    expect(complaint(text)).toMatch(/interfaces: expected a list/);
    expect(complaint('{"interfaces": [{"name": "x", "__proto__": {"mtu": 9}}]}')).toMatch(/unknown property "__proto__"/);
    const host = parseHost('{"interfaces": [{"name": "__proto__"}], "sysctls": {"__proto__": 1, "net.ipv4.conf.__proto__.rp_filter": 2}}');
    expect(host.interfaceByName('__proto__')!.index).toBe(1);
    expect(host.deviceSysctl(4, 1, 'rp_filter', 0)).toBe(2);
    expect(({} as Record<string, unknown>)['interfaces']).toBeUndefined();
  });

  it.each(['routes', 'neighbors', 'ip_rules', 'sysctls', 'listeners', 'nondeterministic', 'forwarding', 'conntrack'])(
    '%s of every wrong kind',
    (key) => {
      for (const wrong of [7, 'x', [7], [[]], [null], [{}], { x: {} }, true]) {
        const said = complaint({ ...base, [key]: wrong });
        expect(said === 'accepted' || said.startsWith('host.json: ')).toBe(true);
      }
    },
  );
});

describe('Host', () => {
  const host = parseHost({
    ...base,
    routes: [
      { dst: '0.0.0.0/0', via: '10.1.0.254', dev: 'eth1' },
      { dst: '10.2.5.0/24', via: '10.2.0.9' },
      { dst: '10.3.0.0/16', dev: 'eth1', mtu: 1200 },
    ],
    neighbors: [{ dev: 'eth0', ip: '10.0.0.2', mac: '02:00:00:00:10:02' }],
    sysctls: { 'net.ipv4.conf.default.rp_filter': 1, 'net/ipv4/conf/eth1/rp_filter': 2 },
  });

  it('numbers interfaces from 1, lo last, and has none at 0', () => {
    expect(host.interfaces.map(({ name }) => name)).toEqual(['', 'eth0', 'eth1', 'lo']);
    expect(host.loopback).toBe(3);
    expect(host.interfaceByName('eth1')!.mtu).toBe(1500);
    expect(host.interfaceByName('eth7')).toBeNull();
  });

  it('knows its addresses: exact ones, not all of 127/8', () => {
    expect(['10.0.0.1', '10.1.0.100', '127.0.0.1'].map((text) => host.isLocal4(ipv4(text)))).toEqual([true, true, true]);
    expect(['127.0.0.2', '10.0.0.255', '10.0.0.2'].map((text) => host.isLocal4(ipv4(text)))).toEqual([false, false, false]);
    expect(host.isLocal6(0xfd000000 | 0, 0, 0, 1)).toBe(true);
    expect(host.isLocal6(0xfd000000 | 0, 0, 0, 0)).toBe(false);
  });

  it.each<[string, RouteType]>([
    ['10.0.0.1', RouteType.Local],
    ['127.5.5.5', RouteType.Local],
    ['10.0.0.255', RouteType.Broadcast],
    ['255.255.255.255', RouteType.Broadcast],
    ['0.0.0.0', RouteType.Broadcast],
    ['224.0.0.9', RouteType.Multicast],
    ['10.0.0.0', RouteType.Unicast],
    ['8.8.8.8', RouteType.Unicast],
  ])('addressType4(%s)', (text, type) => {
    expect(host.addressType4(ipv4(text))).toBe(type);
  });

  it('counts a hit of addressType4 only on the device asked for', () => {
    expect(host.addressType4(ipv4('10.0.0.1'), 1)).toBe(RouteType.Local);
    expect(host.addressType4(ipv4('10.0.0.1'), 2)).toBe(RouteType.Unicast);
  });

  it.each<[string, RouteType]>([
    ['fd00::1', RouteType.Local],
    ['fd00::', RouteType.Anycast],
    ['fd00::9', RouteType.Unicast],
    ['2600::1', RouteType.Unreachable],
    ['ff02::1', RouteType.Multicast],
    ['::', RouteType.Unspec],
  ])('addressType6(%s)', (text, type) => {
    expect(host.addressType6(ipv6(text))).toBe(type);
  });

  it('speaks with the primary address of the next hop, else the first, never a secondary one', () => {
    expect(host.selectAddress4(2, ipv4('10.2.0.9'))).toBe(ipv4('10.2.0.1'));
    expect(host.selectAddress4(2, ipv4('10.1.0.254'))).toBe(ipv4('10.1.0.1'));
    expect(host.selectAddress4(2, 0)).toBe(ipv4('10.1.0.1'));
    expect(host.selectAddress4(host.loopback, 0)).toBe(ipv4('10.0.0.1'));
    expect(parseHost({ interfaces: [{ name: 'x' }] }).selectAddress4(1, 0)).toBeNull();
  });

  it('finds the device of a gateway that names none', () => {
    expect(ask(host, { dst: '10.2.5.5' })).toBe('unicast eth1 10.2.0.9 10.2.0.1');
  });

  it('answers for a neighbour that is not listed with the device itself', () => {
    expect(host.neighbour4(1, ipv4('10.0.0.2'))).toEqual(Uint8Array.of(2, 0, 0, 0, 0x10, 2));
    expect(host.neighbour4(1, ipv4('10.0.0.3'))).toEqual(Uint8Array.of(2, 0, 0, 0, 0, 1));
    expect(host.neighbour4(2, ipv4('10.0.0.2'))).toEqual(Uint8Array.of(2, 0, 0, 0, 0, 2));
  });

  it('spreads `default` over the interfaces and lets a device have its own', () => {
    expect(host.deviceSysctl(4, 1, 'rp_filter', 7)).toBe(1);
    expect(host.deviceSysctl(4, 2, 'rp_filter', 7)).toBe(2);
    expect(host.allSysctl(4, 'rp_filter', 7)).toBe(0);
    expect(host.sysctl('net.netfilter.nf_conntrack_acct', 0)).toBe(1);
    expect(host.sysctl('net.ipv4.unknown', 7)).toBe(7);
  });

  it('forwards unless told otherwise', () => {
    expect(host.forwarding4(1) && host.forwarding6(1)).toBe(true);
    const stub = parseHost({ ...base, forwarding: false });
    expect(stub.forwarding4(1) || stub.forwarding6(1)).toBe(false);
    expect(stub.addressType6(ipv6('fd00::'))).toBe(RouteType.Unicast);
    const mixed = parseHost({ ...base, sysctls: { 'net.ipv4.conf.eth1.forwarding': 0 } });
    expect([mixed.forwarding4(1), mixed.forwarding4(2)]).toEqual([true, false]);
  });

  it('is in the groups every host is in', () => {
    expect(host.isMember4(1, 0xe0000001 | 0)).toBe(true);
    expect(host.isMember4(1, 0xe0000002 | 0)).toBe(false);
    expect(host.isMember6(1, 0xff020000 | 0, 0, 0, 1)).toBe(true);
    expect(host.isMember6(1, 0xff020000 | 0, 0, 0, 2)).toBe(false);
    expect(host.isMember6(1, 0xff020000 | 0, 0, 1, 0xff000001 | 0)).toBe(false);
    const arp = parseHost({ interfaces: [{ ...eth0, arp: true, multicast: true }] });
    expect(arp.isMember6(1, 0xff020000 | 0, 0, 1, 0xff000001 | 0)).toBe(true);
    expect(arp.isMember6(1, 0xff020000 | 0, 0, 0, 2)).toBe(true);
  });

  it('carries no IPv6 where the MTU is below 1280', () => {
    const small = parseHost({ interfaces: [{ ...eth0, mtu: 1279 }] });
    expect(small.addressType6(ipv6('fd00::1'))).toBe(RouteType.Unreachable);
    expect(small.isMember6(1, 0xff020000 | 0, 0, 0, 1)).toBe(false);
  });

  it('hands tagged frames to the interface above', () => {
    const tagged = parseHost({ interfaces: [eth0, { name: 'eth0.5', link: 'eth0', vlan: 5 }] });
    const below = tagged.interfaces[1]!;
    expect(tagged.vlanOf(below, 5)!.name).toBe('eth0.5');
    expect(tagged.vlanOf(below, 6)).toBeNull();
    expect(tagged.vlanOf(below, 0)).toBe(below);
  });

  it('knows two addresses of one subnet', () => {
    expect(host.onSameSubnet4(2, ipv4('10.1.0.5'), ipv4('10.1.0.254'))).toBe(true);
    expect(host.onSameSubnet4(2, ipv4('10.1.0.5'), ipv4('10.2.0.9'))).toBe(false);
    expect(host.hasAddress4(1)).toBe(true);
  });

  it('keeps what a scenario says of its replay', () => {
    const said = parseHost({ ...base, conntrack: 'auto', local_stack: 'sink', listeners: [{ proto: 'udp', addr: '', port: 53 }] });
    expect(said.settings).toMatchObject({ conntrack: 'auto', localStack: 'sink' });
    expect(said.settings.listeners[0]).toMatchObject({ protocol: 17, family: 4, port: 53 });
    expect(host.settings.conntrack).toBe('always');
  });
});

describe('policy rules', () => {
  const routes = [
    { dst: '0.0.0.0/0', via: '10.1.0.254', dev: 'eth1' },
    { dst: '10.5.0.0/16', via: '10.1.0.5', dev: 'eth1' },
    { dst: '0.0.0.0/0', via: '10.0.0.9', dev: 'eth0', table: 100 },
    { dst: '::/0', via: 'fd00::9', dev: 'eth0', table: 100 },
  ];
  const asked = (ip_rules: string[], question: Parameters<typeof ask>[1]): string =>
    ask(parseHost({ ...base, routes, ip_rules }), question).split(' ')[1]!;

  it('pass over the default route of a table when told to (as wg-quick does)', () => {
    const rules = ['lookup 100', 'lookup main suppress_prefixlength 0'];
    expect(asked(rules, { dst: '8.8.8.8' })).toBe('eth0');
    expect(asked(rules, { dst: '10.5.1.1' })).toBe('eth1');
    expect(asked(['lookup 100', 'lookup main'], { dst: '8.8.8.8' })).toBe('eth1'); // the rule added last comes first
  });

  it('select by mark, with its mask, in either family', () => {
    expect(asked(['fwmark 0x1/0xff lookup 100'], { dst: '8.8.8.8', mark: 0x101 })).toBe('eth0');
    expect(asked(['fwmark 0x1/0xff lookup 100'], { dst: '8.8.8.8', mark: 2 })).toBe('eth1');
    expect(asked(['-6 fwmark 7 lookup 100'], { dst: '2600::1', mark: 7 })).toBe('eth0');
  });

  it('may be turned round, jump, refuse and do nothing', () => {
    expect(asked(['not from 10.0.0.0/8 lookup 100'], { dst: '8.8.8.8' })).toBe('eth0');
    expect(asked(['not from 10.0.0.0/8 lookup 100'], { dst: '8.8.8.8', from: '10.0.0.1' })).toBe('eth1');
    expect(asked(['priority 5 goto 20', 'priority 10 prohibit', 'priority 20 nop', 'priority 30 lookup 100'], { dst: '8.8.8.8' })).toBe(
      'eth0',
    );
    const refused = (action: string): string =>
      ask(parseHost({ ...base, routes, ip_rules: [`to 8.0.0.0/8 ${action}`] }), { dst: '8.8.8.8' });
    expect(['prohibit', 'blackhole', 'unreachable'].map(refused)).toEqual([
      'Permission denied',
      'Invalid argument',
      'Network is unreachable',
    ]);
    const refused6 = (action: string): string =>
      ask(parseHost({ ...base, routes, ip_rules: [`-6 to 2600::/16 ${action}`] }), { dst: '2600::1' });
    expect(['prohibit', 'unreachable'].map(refused6)).toEqual(['Permission denied', 'Network is unreachable']);
    expect(asked(['iif nosuch0 lookup 100'], { dst: '8.8.8.8' })).toBe('eth1');
  });

  it('part local from main: without them a longer prefix of main wins', () => {
    const shadow = [{ dst: '127.1.2.0/24', via: '10.1.0.254', dev: 'eth1' }];
    expect(ask(parseHost({ ...base, routes: shadow }), { dst: '127.1.2.3' })).toBe('unicast eth1 10.1.0.254 10.1.0.1');
    expect(ask(parseHost({ ...base, routes: shadow, ip_rules: ['fwmark 9 lookup 7'] }), { dst: '127.1.2.3' })).toBe('local lo - 127.0.0.1');
  });
});

describe('plainRouter', () => {
  it('sends everything to the other side', () => {
    const host = plainRouter();
    const { query, result } = host.scratch4;
    query.dst = ipv4('8.8.8.8');
    query.iif = 1;
    expect(host.route4(query, result).outdev).toBe(2);
    query.iif = 2;
    expect(host.route4(query, result).outdev).toBe(1);
    const six = host.scratch6;
    six.query.dst0 = 0x26000000;
    six.query.iif = 2;
    expect(host.route6(six.query, six.result).outdev).toBe(1);
    expect(host.selectAddress4(1, 0)).toBe(ipv4('192.0.0.8'));
  });
});

describe('parseSavedHost', () => {
  const addr = JSON.stringify([
    {
      ifname: 'eth0',
      flags: ['UP'],
      link_type: 'ether',
      address: '02:00:00:00:00:01',
      mtu: 1500,
      addr_info: [{ family: 'inet', local: '10.0.0.1', prefixlen: 24, broadcast: '10.0.0.255', scope: 'global' }],
    },
  ]);
  const open = (files: Record<string, string>): string => {
    try {
      parseSavedHost(new Map(Object.entries(files)), 'saved');
    } catch (error) {
      return (error as Error).message;
    }
    return 'accepted';
  };

  it('needs the addresses and makes do without the rest', () => {
    expect(open({})).toBe('saved: no addr.json (ip -j addr)');
    expect(open({ 'address.json': addr })).toBe('accepted');
    const host = parseSavedHost(new Map([['addr.json', addr]]));
    expect(host.forwarding4(1)).toBe(true);
    expect(host.addressType4(ipv4('10.0.0.255'))).toBe(RouteType.Broadcast);
  });

  it.each([
    [{ 'addr.json': '[{' }, /^saved\/addr\.json: not JSON/],
    [{ 'addr.json': '[]' }, /^saved\/addr\.json: expected at least one interface/],
    [{ 'addr.json': addr, 'route.json': '[{"dst":"default","nexthops":[]}]' }, /^saved\/route\.json: \[0\]: routes with several next hops/],
    [
      { 'addr.json': addr, 'route.json': '[{"dst":"default","via":{"family":"inet6"},"dev":"eth0"}]' },
      /\[0\]\.via: gateways of another family/,
    ],
    [{ 'addr.json': addr, 'rule.json': '[{"priority":5,"src":"all","ipproto":"tcp","table":"7"}]' }, /\[0\]\.ipproto: is not supported/],
    [{ 'addr.json': addr, 'neigh.json': '{}' }, /^saved\/neigh\.json: expected a list, found an object/],
  ])('%o', (files, message) => {
    expect(open(files as unknown as Record<string, string>)).toMatch(message);
  });

  it('does not forward when the sysctls say so', () => {
    const host = parseSavedHost(
      new Map([
        ['addr.json', addr],
        ['sysctl.txt', 'net.ipv4.conf.eth0.forwarding = 0\nnet.ipv4.ip_forward = 1\nkernel.x = y\n'],
      ]),
    );
    expect(host.forwarding4(1)).toBe(false);
  });
});
