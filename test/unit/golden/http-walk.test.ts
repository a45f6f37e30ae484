import { describe, expect, it } from 'vitest';
import { pseudoHeaderSum } from '../../../src/inet/checksum.ts';
import { TCP } from '../../../src/inet/protocol.ts';
import { parseIpv6 } from '../../../src/inet/ipv6.ts';
import { tcpOptions } from '../../../src/packet/build.ts';
import { ipv6, type LayerSpec, payload, tcp } from '../../../src/packet/build-layers.ts';
import { TcpFlag } from '../../../src/wire/tcp.ts';
import { Router, type Walk } from '../../support/router.ts';

/**
 * The twelve packets of the captured HTTP request (packet/http-capture.test.ts) through connection tracking: state of the packet,
 * state of the connection, seconds it has left. Data that is not acknowledged yet shortens its life to 300 s.
 */
const { Fin, Syn, Psh, Ack } = TcpFlag;
const PACKETS = [
  ['>', Syn, 0, -1, 0, 'NEW', '120 SYN_SENT'],
  ['<', Syn | Ack, 0, 1, 0, 'ESTABLISHED', '60 SYN_RECV'],
  ['>', Ack, 1, 1, 0, 'ESTABLISHED', '432000 ESTABLISHED'],
  ['<', Ack, 1, 1, 0, 'ESTABLISHED', '432000 ESTABLISHED'],
  ['>', Psh | Ack, 1, 1, 78, 'ESTABLISHED', '300 ESTABLISHED'],
  ['<', Ack, 1, 79, 0, 'ESTABLISHED', '432000 ESTABLISHED'],
  ['<', Psh | Ack, 1, 79, 121, 'ESTABLISHED', '300 ESTABLISHED'],
  ['>', Ack, 79, 122, 0, 'ESTABLISHED', '432000 ESTABLISHED'],
  ['>', Fin | Ack, 79, 122, 0, 'ESTABLISHED', '120 FIN_WAIT'],
  ['<', Ack, 122, 80, 0, 'ESTABLISHED', '60 CLOSE_WAIT'],
  ['<', Fin | Ack, 122, 80, 0, 'ESTABLISHED', '30 LAST_ACK'],
  ['>', Ack, 80, 123, 0, 'ESTABLISHED', '120 TIME_WAIT'],
] as const;
type Row = (typeof PACKETS)[number];

const CLIENT_ISN = 2_784_345_138;
const SERVER_ISN = 195_606_347;

/** `partial`: what a captured packet has where the card was to complete the checksum. */
function layers([from, flags, seq, ack, length]: Row, client: string, server: string, partial = false): LayerSpec[] {
  const forth = from === '>';
  const own = forth ? CLIENT_ISN : SERVER_ISN;
  const other = forth ? SERVER_ISN : CLIENT_ISN;
  const clocks = ['timestamps', 587_364_215, flags === Syn ? 0 : 587_364_215] as const;
  const options =
    (flags & Syn) !== 0
      ? tcpOptions(['mss', 16_324], ['nop'], ['wscale', 6], ['nop'], ['nop'], clocks, ['sackOK'], ['eol'])
      : tcpOptions(['nop'], ['nop'], clocks);
  const [src, dst] = forth ? [client, server] : [server, client];
  const [sport, dport] = forth ? [50_399, 8080] : [8080, 50_399];
  const [s0, s1, s2, s3] = parseIpv6(src)!;
  const [d0, d1, d2, d3] = parseIpv6(dst)!;
  const ends = { family: 6 as const, src0: s0!, src1: s1!, src2: s2!, src3: s3!, dst0: d0!, dst1: d1!, dst2: d2!, dst3: d3! };
  const sum = pseudoHeaderSum(ends, TCP, 20 + options.length + length);
  const fields = { flags, window: 6371, seq: own + seq, ack: ack < 0 ? 0 : other + ack, ...(partial ? { checksum: sum } : {}) };
  return [ipv6(src, dst), tcp(sport, dport, fields, options), payload('x'.repeat(length))];
}

/** `seconds STATE` of the only connection. */
function life(router: Router): string {
  return /^tcp +6 (\d+ \S+) /.exec(router.connections()[0] ?? '')?.[1] ?? '';
}

function tracking(host: object): Router {
  const router = new Router(host);
  router.machine.trackConnections(6);
  return router;
}

const ROUTER = {
  interfaces: [
    { name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['fd00::1/64'] },
    { name: 'eth1', mac: '02:00:00:00:00:02', addresses: ['fd01::1/64'] },
  ],
};
const forward = (router: Router, row: Row, partial: boolean): Walk =>
  router.arrive(row[0] === '>' ? 'eth0' : 'eth1', ...layers(row, 'fd00::2', 'fd01::2', partial));

describe('the captured HTTP request through connection tracking', () => {
  it('over lo, as it was captured', () => {
    const router = tracking({ interfaces: [{ name: 'eth0', addresses: ['fd00::1/64'] }], local_stack: 'sink' });
    const seen = PACKETS.map((row) => {
      const { verdict, state } = router.send(...layers(row, '::1', '::1'));
      return [verdict, state, life(router)];
    });
    expect(seen).toEqual(PACKETS.map((row) => ['local', row[5], row[6]]));
    expect(router.connections()[0]).toContain('src=::1 dst=::1 sport=50399 dport=8080');
  });

  it('through a router', () => {
    const router = tracking(ROUTER);
    const seen = PACKETS.map((row) => {
      const { verdict, state } = forward(router, row, false);
      return [verdict, state, life(router)];
    });
    expect(seen).toEqual(PACKETS.map((row) => ['forwarded', row[5], row[6]]));
  });

  it('with the checksums the card was to complete, every packet is INVALID', () => {
    const router = tracking(ROUTER);
    expect(PACKETS.map((row) => forward(router, row, true).state)).toEqual(PACKETS.map(() => 'INVALID'));
    expect(router.connections()).toEqual([]);
  });

  it('with nf_conntrack_checksum=0 they are tracked all the same', () => {
    const router = tracking({ ...ROUTER, sysctls: { 'net.netfilter.nf_conntrack_checksum': 0 } });
    const seen = PACKETS.map((row) => [forward(router, row, true).state, life(router)]);
    expect(seen).toEqual(PACKETS.map((row) => [row[5], row[6]]));
  });
});
