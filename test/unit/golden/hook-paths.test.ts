import { describe, expect, it } from 'vitest';
import { icmp, ipv4, tcp, udp } from '../../../src/packet/build-layers.ts';
import { TcpFlag } from '../../../src/wire/tcp.ts';
import { Router } from '../../support/router.ts';

/** 10.0.0.1, which forwards between 10.0.0.2 (eth0) and 10.0.0.3 (eth1), as the book's three machines. */
const HOST = {
  interfaces: [
    { name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['10.0.0.1/32'] },
    { name: 'eth1', mac: '02:00:00:00:00:02', addresses: ['10.0.0.1/32'] },
  ],
  routes: [
    { dst: '10.0.0.2/32', dev: 'eth0' },
    { dst: '10.0.0.3/32', dev: 'eth1' },
  ],
  local_stack: 'sink',
};
const CHAINS: Record<string, readonly string[]> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
};
/** A rule that only counts, in every chain there is. */
const EVERY_CHAIN = Object.entries(CHAINS)
  .map(([table, chains]) => `*${table}\n${chains.map((chain) => `-A ${chain}\n`).join('')}COMMIT\n`)
  .join('');
const syn = tcp(40_000, 80, { flags: TcpFlag.Syn });

/** `table:CHAIN` of the counting rules alone. */
const tables = (rules: readonly string[]): string[] => rules.filter((name) => name.endsWith(':1')).map((name) => name.slice(0, -2));

describe('the hooks a packet walks', () => {
  it('from outside to this machine: PREROUTING, INPUT', () => {
    const walk = new Router(HOST).arrive('eth0', ipv4('10.0.0.2', '10.0.0.1'), syn);
    expect([walk.verdict, walk.path]).toEqual(['local', ['PREROUTING', 'INPUT']]);
  });

  it('from outside to outside: PREROUTING, FORWARD, POSTROUTING', () => {
    const walk = new Router(HOST).arrive('eth0', ipv4('10.0.0.2', '10.0.0.3'), syn);
    expect([walk.verdict, walk.path]).toEqual(['forwarded', ['PREROUTING', 'FORWARD', 'POSTROUTING']]);
  });

  it('from this machine to outside: OUTPUT, POSTROUTING', () => {
    const walk = new Router(HOST).send(ipv4('10.0.0.1', '10.0.0.2'), syn);
    expect([walk.verdict, walk.path]).toEqual(['sent', ['OUTPUT', 'POSTROUTING']]);
  });

  it.each(['127.0.0.1', '10.0.0.1'])('from this machine to itself (%s): OUTPUT, POSTROUTING, PREROUTING, INPUT', (self) => {
    const walk = new Router(HOST).send(ipv4(self, self), syn);
    expect([walk.verdict, walk.path]).toEqual(['local', ['OUTPUT', 'POSTROUTING', 'PREROUTING', 'INPUT']]);
  });

  it('a foreign packet with a source of this machine is no local one but a martian', () => {
    const walk = new Router(HOST).arrive('eth0', ipv4('10.0.0.1', '10.0.0.3'), syn);
    expect([walk.verdict, walk.path, walk.at, walk.reason]).toEqual(['dropped', ['PREROUTING'], 'route', 'IP_LOCAL_SOURCE']);
  });

  it.each([
    ['127.0.0.1', '10.0.0.3', 'IP_INVALID_SOURCE'],
    ['10.0.0.2', '127.0.0.1', 'IP_LOCALNET'],
    ['0.0.0.0', '10.0.0.3', 'IP_INVALID_SOURCE'],
    ['224.0.0.9', '10.0.0.3', 'IP_INVALID_SOURCE'],
    ['255.255.255.255', '10.0.0.3', 'IP_INVALID_SOURCE'],
  ])('a packet from %s to %s ends at the routing decision', (from, to) => {
    const walk = new Router(HOST).arrive('eth0', ipv4(from, to), syn);
    expect([walk.verdict, walk.path, walk.at]).toEqual(['dropped', ['PREROUTING'], 'route']);
  });

  it('route_localnet lets a neighbour reach 127.0.0.1, and the rule against it stops that', () => {
    const open = { ...HOST, sysctls: { 'net.ipv4.conf.all.route_localnet': 1, 'net.ipv4.conf.eth0.route_localnet': 1 } };
    expect(new Router(open).arrive('eth0', ipv4('10.0.0.2', '127.0.0.1'), syn).verdict).toBe('local');
    const rule = '-A INPUT ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP';
    const walk = new Router(open, rule).arrive('eth0', ipv4('10.0.0.2', '127.0.0.1'), syn);
    expect([walk.verdict, walk.rule?.name]).toEqual(['dropped', 'filter:INPUT:1']);
  });
});

describe('the tables at each hook', () => {
  const arrived = (): Router => {
    const router = new Router(HOST, EVERY_CHAIN);
    router.machine.trackConnections(4); // rules that only count do not turn it on, and without it nat sees nothing
    return router;
  };

  it('arriving and delivered: nat is the last of INPUT', () => {
    expect(tables(arrived().arrive('eth0', ipv4('10.0.0.2', '10.0.0.1'), syn).rules)).toEqual([
      'raw:PREROUTING',
      'mangle:PREROUTING',
      'nat:PREROUTING',
      'mangle:INPUT',
      'filter:INPUT',
      'security:INPUT',
      'nat:INPUT',
    ]);
  });

  it('forwarded', () => {
    expect(tables(arrived().arrive('eth0', ipv4('10.0.0.2', '10.0.0.3'), syn).rules)).toEqual([
      'raw:PREROUTING',
      'mangle:PREROUTING',
      'nat:PREROUTING',
      'mangle:FORWARD',
      'filter:FORWARD',
      'security:FORWARD',
      'mangle:POSTROUTING',
      'nat:POSTROUTING',
    ]);
  });

  it('made here', () => {
    expect(tables(arrived().send(ipv4('10.0.0.1', '10.0.0.2'), syn).rules)).toEqual([
      'raw:OUTPUT',
      'mangle:OUTPUT',
      'nat:OUTPUT',
      'filter:OUTPUT',
      'security:OUTPUT',
      'mangle:POSTROUTING',
      'nat:POSTROUTING',
    ]);
  });

  it('looped back: raw and mangle see it arrive, nat does not decide again', () => {
    expect(tables(arrived().send(ipv4('127.0.0.1', '127.0.0.1'), syn).rules)).toEqual([
      'raw:OUTPUT',
      'mangle:OUTPUT',
      'nat:OUTPUT',
      'filter:OUTPUT',
      'security:OUTPUT',
      'mangle:POSTROUTING',
      'nat:POSTROUTING',
      'raw:PREROUTING',
      'mangle:PREROUTING',
      'mangle:INPUT',
      'filter:INPUT',
      'security:INPUT',
    ]);
  });

  it('nat sees the first packet of a connection and no other', () => {
    const router = arrived();
    const nat = (names: readonly string[]): string[] => tables(names).filter((name) => name.startsWith('nat'));
    expect(nat(router.arrive('eth0', ipv4('10.0.0.2', '10.0.0.3'), udp(5000, 53)).rules)).toEqual(['nat:PREROUTING', 'nat:POSTROUTING']);
    expect(nat(router.arrive('eth1', ipv4('10.0.0.3', '10.0.0.2'), udp(53, 5000)).rules)).toEqual([]);
    expect(nat(router.arrive('eth0', ipv4('10.0.0.2', '10.0.0.3'), udp(5000, 53)).rules)).toEqual([]);
  });

  it('ports of TCP and UDP are independent', () => {
    const router = arrived();
    router.arrive('eth0', ipv4('10.0.0.2', '10.0.0.3'), udp(5000, 53));
    expect(router.arrive('eth0', ipv4('10.0.0.2', '10.0.0.3'), tcp(5000, 53, { flags: TcpFlag.Syn })).state).toBe('NEW');
    expect(router.arrive('eth0', ipv4('10.0.0.2', '10.0.0.3'), icmp(8, 0, { identifier: 1, sequence: 1 })).state).toBe('NEW');
  });
});
