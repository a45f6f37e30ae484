import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { icmp, ipv4, tcp, udp } from '../../../src/packet/build-layers.ts';
import { TcpFlag } from '../../../src/wire/tcp.ts';
import { Router } from '../../support/router.ts';

/** kube-proxy's names: a prefix and sixteen letters of a hash. */
function chainName(prefix: string, text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const digest = createHash('sha256').update(text).digest();
  let bits = '';
  for (const octet of digest.subarray(0, 10)) bits += octet.toString(2).padStart(8, '0');
  return prefix + Array.from({ length: 16 }, (_, i) => alphabet[Number.parseInt(bits.slice(5 * i, 5 * i + 5), 2)]).join('');
}

const DNS = chainName('KUBE-SVC-', 'kube-system/kube-dns:dnsudp');
const DNS_TCP = chainName('KUBE-SVC-', 'kube-system/kube-dns:dns-tcptcp');
const DNS_A = chainName('KUBE-SEP-', 'kube-system/kube-dns:dnsudp10.0.1.141:53');
const WEB = chainName('KUBE-SVC-', 'default/clusterip-service:tcp');
const WEB_A = chainName('KUBE-SEP-', 'default/clusterip-service:tcp10.244.1.4:8080');

/** A node with its pods on cbr0. */
const NODE = {
  interfaces: [
    { name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['192.168.1.20/24'] },
    { name: 'cbr0', mac: '02:00:00:00:00:02', addresses: ['10.244.1.1/24'] },
  ],
  routes: [{ dst: '0.0.0.0/0', via: '192.168.1.1', dev: 'eth0' }],
  sysctls: { 'net.netfilter.nf_conntrack_acct': 0 },
};

const RULES = `*nat
:KUBE-SERVICES - [0:0]
:KUBE-NODEPORTS - [0:0]
:KUBE-POSTROUTING - [0:0]
:KUBE-MARK-MASQ - [0:0]
:${DNS} - [0:0]
:${WEB} - [0:0]
:${DNS_A} - [0:0]
:KUBE-SEP-VFGOVXCRCJYSGAY3 - [0:0]
:${WEB_A} - [0:0]
-A PREROUTING -j KUBE-SERVICES
-A OUTPUT -j KUBE-SERVICES
-A POSTROUTING -j KUBE-POSTROUTING
-A KUBE-SERVICES ! -s 10.244.0.0/16 -d 10.96.0.10/32 -p udp -m udp --dport 53 -j KUBE-MARK-MASQ
-A KUBE-SERVICES -d 10.96.0.10/32 -p udp -m udp --dport 53 -j ${DNS}
-A KUBE-SERVICES ! -s 10.244.0.0/16 -d 10.98.252.195/32 -p tcp -m tcp --dport 80 -j KUBE-MARK-MASQ
-A KUBE-SERVICES -d 10.98.252.195/32 -p tcp -m tcp --dport 80 -j ${WEB}
-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
-A KUBE-NODEPORTS -p tcp -m tcp --dport 30000 -j KUBE-MARK-MASQ
-A KUBE-NODEPORTS -p tcp -m tcp --dport 30000 -j ${WEB}
-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
-A KUBE-POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE
-A ${DNS} -m statistic --mode random --probability 0.50000000000 -j ${DNS_A}
-A ${DNS} -j KUBE-SEP-VFGOVXCRCJYSGAY3
-A ${DNS_A} -s 10.244.1.141/32 -j KUBE-MARK-MASQ
-A ${DNS_A} -p udp -m udp -j DNAT --to-destination 10.244.1.141:53
-A KUBE-SEP-VFGOVXCRCJYSGAY3 -p udp -m udp -j DNAT --to-destination 10.244.1.142:53
-A ${WEB} -j ${WEB_A}
-A ${WEB_A} -s 10.244.1.4/32 -j KUBE-MARK-MASQ
-A ${WEB_A} -p tcp -m tcp -j DNAT --to-destination 10.244.1.4:8080
COMMIT
*filter
:KUBE-FIREWALL - [0:0]
:KUBE-FORWARD - [0:0]
-A INPUT -j KUBE-FIREWALL
-A FORWARD -j KUBE-FORWARD
-A OUTPUT -j KUBE-FIREWALL
-A KUBE-FIREWALL -m mark --mark 0x8000/0x8000 -j DROP
-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
-A KUBE-FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT
-A KUBE-FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
COMMIT
`;
const syn = (from: number, to: number): ReturnType<typeof tcp> => tcp(from, to, { flags: TcpFlag.Syn });

describe('kube-proxy', () => {
  it('names chains by a hash', () => {
    expect([DNS, DNS_TCP, DNS_A, WEB, WEB_A]).toEqual([
      'KUBE-SVC-TCOU7JCQXEZGVUNU',
      'KUBE-SVC-ERIFXISQEP7F7OF4',
      'KUBE-SEP-OCPCMVGPKTDWRD3C',
      'KUBE-SVC-V7R3EVKW3DT43QQM',
      'KUBE-SEP-THJR2P3Q4C2QAEPT',
    ]);
  });

  it('a pod reaches a service: translated, not masqueraded, and the answer comes from the service', () => {
    const router = new Router(NODE, RULES);
    const walk = router.arrive('cbr0', ipv4('10.244.1.7', '10.98.252.195'), syn(40_000, 80));
    expect(walk.out).toEqual([expect.stringContaining('cbr0 IP 10.244.1.7.40000 > 10.244.1.4.8080: Flags [S]')]);
    const back = router.arrive('cbr0', ipv4('10.244.1.4', '10.244.1.7'), tcp(8080, 40_000, { flags: TcpFlag.Syn | TcpFlag.Ack, ack: 1 }));
    expect(back.out).toEqual([expect.stringContaining('IP 10.98.252.195.80 > 10.244.1.7.40000: Flags [S.]')]);
  });

  it('a machine outside of the pods reaches it masqueraded', () => {
    const walk = new Router(NODE, RULES).arrive('eth0', ipv4('192.168.1.50', '10.98.252.195'), syn(40_000, 80));
    expect(walk.out[0]).toContain('cbr0 IP 10.244.1.1.40000 > 10.244.1.4.8080');
    expect(walk.rules).toContain('nat:KUBE-POSTROUTING:1');
  });

  it('a pod that is sent to itself is masqueraded', () => {
    const walk = new Router(NODE, RULES).arrive('cbr0', ipv4('10.244.1.4', '10.98.252.195'), syn(40_000, 80));
    expect(walk.out[0]).toContain('IP 10.244.1.1.40000 > 10.244.1.4.8080');
  });

  it('the node itself reaches it, re-routed', () => {
    const walk = new Router(NODE, RULES).send(ipv4('192.168.1.20', '10.98.252.195'), syn(40_000, 80));
    expect(walk.out[0]).toContain('cbr0 IP 10.244.1.1.40000 > 10.244.1.4.8080');
  });

  it('every node answers at the node port, from outside too', () => {
    const walk = new Router(NODE, RULES).arrive('eth0', ipv4('192.168.1.50', '192.168.1.20'), syn(40_000, 30_000));
    expect(walk.out[0]).toContain('cbr0 IP 10.244.1.1.40000 > 10.244.1.4.8080');
  });

  it('a ping of a service meets no rule', () => {
    const walk = new Router(NODE, RULES).arrive('cbr0', ipv4('10.244.1.7', '10.98.252.195'), icmp(8, 0, { identifier: 1, sequence: 1 }));
    expect(walk.out[0]).toContain('eth0 IP 10.244.1.7 > 10.98.252.195: ICMP echo request');
  });

  it('DNS goes to both backends, each question to one', () => {
    const router = new Router(NODE, RULES);
    const targets = new Set<string>();
    for (let port = 1024; port < 1064; port++) {
      const ask = (): string | undefined =>
        / > (10\.244\.1\.\d+)\.53/.exec(router.arrive('cbr0', ipv4('10.244.1.7', '10.96.0.10'), udp(port, 53)).out[0] ?? '')?.[1];
      const first = ask();
      expect(ask()).toBe(first);
      targets.add(first ?? '');
    }
    expect([...targets].sort()).toEqual(['10.244.1.141', '10.244.1.142']);
  });

  it('an answer that belongs to nothing is INVALID, and dropped', () => {
    const walk = new Router(NODE, RULES).arrive(
      'cbr0',
      ipv4('10.244.1.4', '8.8.8.8'),
      tcp(1, 2, { flags: TcpFlag.Syn | TcpFlag.Ack, ack: 1 }),
    );
    expect([walk.verdict, walk.rule?.name]).toEqual(['dropped', 'filter:KUBE-FORWARD:1']);
  });
});
