import { describe, expect, it } from 'vitest';
import { ipv4, tcp } from '../../../src/packet/build-layers.ts';
import { TcpFlag } from '../../../src/wire/tcp.ts';
import { Router, type Walk } from '../../support/router.ts';

/**
 * `docker run -p 80:8080`: the container is 172.17.0.2, the host 192.168.1.20. Who reaches what: one SYN each. Whoever is told
 * "refused" in the book meets a closed port of the container or of the host.
 */
const HOST = {
  interfaces: [
    { name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['192.168.1.20/24'] },
    { name: 'docker0', mac: '02:00:00:00:00:02', addresses: ['172.17.0.1/16'] },
  ],
  routes: [{ dst: '0.0.0.0/0', via: '192.168.1.1', dev: 'eth0' }],
  sysctls: { 'net.ipv4.conf.docker0.route_localnet': 1 },
};
const RULES = `*nat
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A POSTROUTING -s 172.17.0.2/32 -d 172.17.0.2/32 -p tcp -m tcp --dport 8080 -j MASQUERADE
-A DOCKER -i docker0 -j RETURN
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 80 -j DNAT --to-destination 172.17.0.2:8080
COMMIT
*filter
:FORWARD DROP [0:0]
:DOCKER - [0:0]
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A FORWARD -i docker0 -o docker0 -j ACCEPT
-A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 8080 -j ACCEPT
COMMIT
`;
const syn = (port: number): ReturnType<typeof tcp> => tcp(40_000, port, { flags: TcpFlag.Syn });

/** Where the SYN gets: the container's port, a reset of the host, or nothing. */
function fate(walk: Walk): string {
  const reached = walk.out.map((frame) => /> 172\.17\.0\.2\.(\d+): Flags \[S\]/.exec(frame)?.[1]).find((port) => port !== undefined);
  if (reached !== undefined) return `container ${reached}`;
  return walk.verdict === 'local' ? 'host' : walk.verdict;
}

describe('a published port', () => {
  it.each([
    ['another container to the container', 'docker0', '172.17.0.3', '172.17.0.2', 8080, 'container 8080'],
    ['another container to a closed port of it', 'docker0', '172.17.0.3', '172.17.0.2', 80, 'container 80'],
    ['another machine to the published port', 'eth0', '192.168.1.50', '192.168.1.20', 80, 'container 8080'],
    ['another machine to a port that is not', 'eth0', '192.168.1.50', '192.168.1.20', 8080, 'host'],
  ])('%s', (_, dev, from, to, port, expected) => {
    expect(fate(new Router(HOST, RULES).arrive(dev, ipv4(from, to), syn(port)))).toBe(expected);
  });

  it.each([
    ['the host to the container', '172.17.0.1', '172.17.0.2', 8080, 'container 8080'],
    ['the host to a closed port of it', '172.17.0.1', '172.17.0.2', 80, 'container 80'],
    ['the host to its own address', '192.168.1.20', '192.168.1.20', 80, 'container 8080'],
    // Docker's rules leave 127/8 to its proxy process, which listens on the port.
    ['the host to 127.0.0.1', '127.0.0.1', '127.0.0.1', 80, 'host'],
    ['the host to a port of its own that is not published', '127.0.0.1', '127.0.0.1', 8080, 'host'],
  ])('%s', (_, from, to, port, expected) => {
    expect(fate(new Router(HOST, RULES).send(ipv4(from, to), syn(port)))).toBe(expected);
  });

  it('another machine to the container: it has no route, and a host that had one would be stopped by FORWARD', () => {
    const walk = new Router(HOST, RULES).arrive('eth0', ipv4('192.168.1.50', '172.17.0.2'), syn(80));
    expect([walk.verdict, walk.rule?.name]).toEqual(['dropped', 'filter:FORWARD:policy']);
  });

  it('the answer leaves as the published port', () => {
    const router = new Router(HOST, RULES);
    router.arrive('eth0', ipv4('192.168.1.50', '192.168.1.20'), syn(80));
    const back = router.arrive(
      'docker0',
      ipv4('172.17.0.2', '192.168.1.50'),
      tcp(8080, 40_000, { flags: TcpFlag.Syn | TcpFlag.Ack, ack: 1 }),
    );
    expect(back.out[0]).toContain('eth0 IP 192.168.1.20.80 > 192.168.1.50.40000');
  });
});
