import { describe, expect, it } from 'vitest';
import { icmp, ipv4, payload, tcp, udp } from '../../../src/packet/build-layers.ts';
import { TcpFlag } from '../../../src/wire/tcp.ts';
import { Router } from '../../support/router.ts';

/** The rule sets of the book, end to end: what a packet meets, not what the text becomes (that is iptables/book-rules). */
const HOST = {
  interfaces: [{ name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['192.168.1.10/24'] }],
  routes: [{ dst: '0.0.0.0/0', via: '192.168.1.1', dev: 'eth0' }],
  local_stack: 'sink',
};
const { Syn, Ack } = TcpFlag;
const ME = '192.168.1.10';
const echo = (type: number): ReturnType<typeof icmp> => icmp(type, 0, { identifier: 7, sequence: 1 });

describe('R1: a host that lets ssh, ping and answers in', () => {
  const rules = `-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-P INPUT DROP
-A INPUT -p tcp --dport 22 -j ACCEPT
-A OUTPUT -d 192.168.1.100 -j REJECT
-A INPUT -p icmp --icmp-type echo-request -j ACCEPT`;

  it('accepts a SYN to port 22', () => {
    const walk = new Router(HOST, rules).arrive('eth0', ipv4('192.168.1.2', ME), tcp(1000, 22, { flags: Syn }));
    expect([walk.verdict, walk.rules]).toEqual(['local', ['filter:INPUT:2']]);
  });

  it('drops a SYN to port 80 by policy', () => {
    const walk = new Router(HOST, rules).arrive('eth0', ipv4('192.168.1.2', ME), tcp(1000, 80, { flags: Syn }));
    expect([walk.verdict, walk.rule?.name]).toEqual(['dropped', 'filter:INPUT:policy']);
  });

  it('accepts the answer to what it sent', () => {
    const router = new Router(HOST, rules);
    expect(router.send(ipv4(ME, '192.168.1.2'), tcp(2000, 80, { flags: Syn })).verdict).toBe('sent');
    const walk = router.arrive('eth0', ipv4('192.168.1.2', ME), tcp(80, 2000, { flags: Syn | Ack, ack: 1 }));
    expect([walk.verdict, walk.state, walk.rules]).toEqual(['local', 'ESTABLISHED', ['filter:INPUT:1']]);
  });

  it('answers pings and takes the answer to its own, but no other', () => {
    const router = new Router(HOST, rules);
    expect(router.arrive('eth0', ipv4('192.168.1.2', ME), echo(8)).rules).toEqual(['filter:INPUT:3']);
    const unasked = router.arrive('eth0', ipv4('192.168.1.3', ME), echo(0));
    expect([unasked.verdict, unasked.state, unasked.rule?.name]).toEqual(['dropped', 'INVALID', 'filter:INPUT:policy']);
    router.send(ipv4(ME, '192.168.1.3'), echo(8));
    const asked = router.arrive('eth0', ipv4('192.168.1.3', ME), echo(0));
    expect([asked.verdict, asked.state]).toEqual(['local', 'ESTABLISHED']);
  });

  it('refuses to send to 192.168.1.100: port unreachable, back over lo', () => {
    const walk = new Router(HOST, rules).send(ipv4(ME, '192.168.1.100'), udp(1000, 2000), payload('x'));
    expect([walk.verdict, walk.at, walk.rule?.name]).toEqual(['dropped', 'OUTPUT', 'filter:OUTPUT:1']);
    expect(walk.path).toEqual(['OUTPUT', 'answer OUTPUT', 'answer POSTROUTING', 'answer PREROUTING', 'answer INPUT']);
    expect(walk.rules).toEqual(['filter:OUTPUT:1', 'filter:OUTPUT:policy', 'filter:INPUT:1']);
  });
});

describe('R2: a chain of its own for ssh', () => {
  const rules = `-N incoming-ssh
-A incoming-ssh -s 10.0.0.1 -j ACCEPT
-A incoming-ssh -s 10.0.0.2 -j ACCEPT
-A incoming-ssh -j LOG --log-level info --log-prefix "ssh-failure"
-A incoming-ssh -j DROP
-A INPUT -p tcp --dport 22 -j incoming-ssh`;

  it.each([
    ['10.0.0.1', 'local', 0],
    ['10.0.0.2', 'local', 0],
    ['10.0.0.3', 'dropped', 1],
  ])('from %s: %s, %d log lines', (source, verdict, lines) => {
    const router = new Router(HOST, rules);
    expect(router.arrive('eth0', ipv4(source, ME), tcp(1000, 22, { flags: Syn })).verdict).toBe(verdict);
    expect(router.lines.length).toBe(lines);
    for (const line of router.lines)
      expect(line).toMatch(/ssh-failureIN=eth0 .*SRC=10\.0\.0\.3 DST=192\.168\.1\.10 .*PROTO=TCP SPT=1000 DPT=22/);
  });

  it('leaves udp/22 alone', () => {
    const walk = new Router(HOST, rules).arrive('eth0', ipv4('10.0.0.3', ME), udp(1000, 22));
    expect([walk.verdict, walk.rules]).toEqual(['local', ['filter:INPUT:policy']]);
  });
});

describe('R3: accept-all', () => {
  // The book says that ACCEPT in an inner chain ends that chain only. It ends the table: the REJECT is out of reach.
  it.each([
    ['', 'dropped'],
    [' -j ACCEPT', 'local'],
    [' -j RETURN', 'dropped'],
  ])('with target "%s", tcp/80 is %s', (target, verdict) => {
    const rules = `-N accept-all\n-A INPUT -j accept-all\n-A INPUT -p tcp --dport 80 -j REJECT\n-A accept-all${target}`;
    const walk = new Router(HOST, rules).arrive('eth0', ipv4('192.168.1.2', ME), tcp(1000, 80, { flags: Syn }));
    expect(walk.verdict).toBe(verdict);
    expect(walk.out.length).toBe(verdict === 'dropped' ? 1 : 0);
  });
});

describe('ACCEPT ends one table at one hook', () => {
  it('a later table may still drop', () => {
    const rules = '*mangle\n-A INPUT -j ACCEPT\nCOMMIT\n*filter\n:INPUT DROP\nCOMMIT\n';
    expect(new Router(HOST, rules).arrive('eth0', ipv4('192.168.1.2', ME), udp(1, 2)).rule?.name).toBe('filter:INPUT:policy');
  });

  it('RETURN in a built-in chain means its policy', () => {
    const rules = '-P INPUT DROP\n-A INPUT -j RETURN\n-A INPUT -j ACCEPT';
    expect(new Router(HOST, rules).arrive('eth0', ipv4('192.168.1.2', ME), udp(1, 2)).rule?.name).toBe('filter:INPUT:policy');
  });

  it('DROP is silent, REJECT tells', () => {
    const arrive = (target: string): readonly string[] =>
      new Router(HOST, `-A INPUT -j ${target}`).arrive('eth0', ipv4('192.168.1.2', ME), udp(1, 2)).out;
    expect(arrive('DROP')).toEqual([]);
    expect(arrive('REJECT')).toEqual([expect.stringContaining('ICMP 192.168.1.10 udp port 2 unreachable')]);
  });
});

describe('R5: masquerading', () => {
  it('gives a private source the address of eth0, and back', () => {
    const host = {
      interfaces: [...HOST.interfaces, { name: 'eth1', mac: '02:00:00:00:00:02', addresses: ['10.1.0.1/24'] }],
      routes: HOST.routes,
    };
    const router = new Router(host, '*nat\n-A POSTROUTING -o eth0 -j MASQUERADE\nCOMMIT\n');
    const out = router.arrive('eth1', ipv4('10.1.0.5', '8.8.8.8'), udp(5353, 53));
    expect(out.out).toEqual(['eth0 IP 192.168.1.10.5353 > 8.8.8.8.53: UDP, length 0']);
    const back = router.arrive('eth0', ipv4('8.8.8.8', ME), udp(53, 5353));
    expect(back.out).toEqual(['eth1 IP 8.8.8.8.53 > 10.1.0.5.5353: UDP, length 0']);
  });
});

describe('R6: two backends', () => {
  const rules = `*nat
-A OUTPUT -p tcp --dport 80 -d 10.1.0.1 -m statistic --mode random --probability 0.5 -j DNAT --to-destination 10.2.0.1:80
-A OUTPUT -p tcp --dport 80 -d 10.1.0.1 -j DNAT --to-destination 10.2.0.2:80
COMMIT
`;

  it('shares connections evenly and keeps each where it began', () => {
    const router = new Router(HOST, rules);
    const counts = new Map<string, number>();
    for (let port = 10_000; port < 11_000; port++) {
      const target = /> (10\.2\.0\.\d)/.exec(router.send(ipv4(ME, '10.1.0.1'), tcp(port, 80, { flags: Syn })).out[0] ?? '')?.[1] ?? '';
      counts.set(target, (counts.get(target) ?? 0) + 1);
      const again = router.send(ipv4(ME, '10.1.0.1'), tcp(port, 80, { flags: Syn }));
      expect(again.out[0]).toContain(`> ${target}.80`);
    }
    expect([...counts.keys()].sort()).toEqual(['10.2.0.1', '10.2.0.2']);
    for (const count of counts.values()) expect(Math.abs(count - 500)).toBeLessThan(80);
  });
});

describe('R7: out yes, in no', () => {
  it('lets answers in and nothing new', () => {
    const rules = '-P INPUT DROP\n-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT\n-A INPUT -m state --state NEW -j DROP';
    const router = new Router(HOST, rules);
    expect(router.arrive('eth0', ipv4('8.8.8.8', ME), tcp(80, 4000, { flags: Syn })).rule?.name).toBe('filter:INPUT:2');
    router.send(ipv4(ME, '8.8.8.8'), tcp(3000, 80, { flags: Syn }));
    expect(router.arrive('eth0', ipv4('8.8.8.8', ME), tcp(80, 3000, { flags: Syn | Ack, ack: 1 })).verdict).toBe('local');
    const reset = router.arrive('eth0', ipv4('8.8.8.8', ME), tcp(80, 3001, { flags: TcpFlag.Rst }));
    expect([reset.state, reset.rule?.name]).toEqual(['INVALID', 'filter:INPUT:policy']);
  });
});
