import { describe, expect, it } from 'vitest';
import { icmp, ipv4, tcp, udp } from '../../../src/packet/build-layers.ts';
import { TcpFlag } from '../../../src/wire/tcp.ts';
import { Router } from '../../support/router.ts';

const HOST = {
  interfaces: [
    { name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['10.0.0.254/24'] },
    { name: 'eth1', mac: '02:00:00:00:00:02', addresses: ['10.0.1.254/24'] },
  ],
  sysctls: { 'net.netfilter.nf_conntrack_acct': 0 },
};
const { Syn, Ack, Psh } = TcpFlag;

function tracking(host: object = HOST): Router {
  const router = new Router(host);
  router.machine.trackConnections(4);
  return router;
}

describe('conntrack -L', () => {
  it('a connection is told from its opener', () => {
    const host = { ...HOST, interfaces: [{ name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['10.0.0.1/24'] }], local_stack: 'sink' };
    const router = tracking(host);
    router.send(ipv4('10.0.0.1', '10.0.0.2'), tcp(49_431, 22, { flags: Syn, seq: 100 }));
    router.arrive('eth0', ipv4('10.0.0.2', '10.0.0.1'), tcp(22, 49_431, { flags: Syn | Ack, seq: 500, ack: 101 }));
    router.send(ipv4('10.0.0.1', '10.0.0.2'), tcp(49_431, 22, { flags: Ack, seq: 101, ack: 501 }));
    router.nowUs += 1e6;
    expect(router.connections()).toEqual([
      'tcp      6 431999 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=49431 dport=22 src=10.0.0.2 dst=10.0.0.1 sport=22 dport=49431 [ASSURED] mark=0 use=1',
    ]);
  });

  // The line the book prints for that connection begins at the server: a tracker that saw a packet of the server first.
  it('the line of the book is one picked up in the middle, from a packet of the server', () => {
    const host = { ...HOST, interfaces: [{ name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['10.0.0.1/24'] }], local_stack: 'sink' };
    const router = tracking(host);
    router.arrive('eth0', ipv4('10.0.0.2', '10.0.0.1'), tcp(22, 49_431, { flags: Ack, seq: 500, ack: 101 }));
    router.send(ipv4('10.0.0.1', '10.0.0.2'), tcp(49_431, 22, { flags: Ack, seq: 101, ack: 500 }));
    router.arrive('eth0', ipv4('10.0.0.2', '10.0.0.1'), tcp(22, 49_431, { flags: Ack, seq: 500, ack: 101 }));
    router.nowUs += 1e6;
    expect(router.connections().map((line) => line.replace(/6 \d+ /, '6 431999 '))).toEqual([
      'tcp      6 431999 ESTABLISHED src=10.0.0.2 dst=10.0.0.1 sport=22 dport=49431 src=10.0.0.1 dst=10.0.0.2 sport=49431 dport=22 [ASSURED] mark=0 use=1',
    ]);
  });

  it('the DNS service: answered by the backend, asked of the service', () => {
    const host = {
      interfaces: [
        { name: 'cbr0', mac: '02:00:00:00:00:01', addresses: ['10.244.1.1/24'] },
        { name: 'eth0', mac: '02:00:00:00:00:02', addresses: ['10.0.1.1/24'] },
      ],
      sysctls: { 'net.netfilter.nf_conntrack_acct': 0 },
    };
    const router = new Router(host, '*nat\n-A PREROUTING -d 10.96.0.10 -p udp --dport 53 -j DNAT --to-destination 10.0.1.141:53\nCOMMIT\n');
    router.arrive('cbr0', ipv4('10.244.1.7', '10.96.0.10'), udp(40_000, 53));
    expect(router.connections()).toEqual([
      'udp      17 30 src=10.244.1.7 dst=10.96.0.10 sport=40000 dport=53 [UNREPLIED] src=10.0.1.141 dst=10.244.1.7 sport=53 dport=40000 mark=0 use=1',
    ]);
    const back = router.arrive('eth0', ipv4('10.0.1.141', '10.244.1.7'), udp(53, 40_000));
    expect(back.out[0]).toContain('cbr0 IP 10.96.0.10.53 > 10.244.1.7.40000');
  });

  it('ICMP has type, code and id', () => {
    const router = tracking();
    router.arrive('eth0', ipv4('10.0.0.2', '10.0.1.2'), icmp(8, 0, { identifier: 5, sequence: 1 }));
    expect(router.connections()).toEqual([
      'icmp     1 30 src=10.0.0.2 dst=10.0.1.2 type=8 code=0 id=5 [UNREPLIED] src=10.0.1.2 dst=10.0.0.2 type=0 code=0 id=5 mark=0 use=1',
    ]);
  });

  it('a stream of UDP is assured only two seconds later', () => {
    const router = tracking();
    const talk = (): void => {
      router.arrive('eth0', ipv4('10.0.0.2', '10.0.1.2'), udp(1000, 53));
      router.arrive('eth1', ipv4('10.0.1.2', '10.0.0.2'), udp(53, 1000));
    };
    talk();
    talk();
    expect(router.connections()[0]).toContain('udp      17 30 ');
    router.nowUs += 2.1e6;
    talk();
    expect(router.connections()[0]).toMatch(/^udp {6}17 120 .*\[ASSURED\]/);
  });

  it('a bare ACK begins a connection unless nf_conntrack_tcp_loose is 0', () => {
    const bare = tcp(1000, 80, { flags: Ack | Psh, seq: 5, ack: 6 });
    expect(tracking().arrive('eth0', ipv4('10.0.0.2', '10.0.1.2'), bare).state).toBe('NEW');
    const strict = { ...HOST, sysctls: { 'net.netfilter.nf_conntrack_tcp_loose': 0 } };
    expect(tracking(strict).arrive('eth0', ipv4('10.0.0.2', '10.0.1.2'), bare).state).toBe('INVALID');
  });
});
