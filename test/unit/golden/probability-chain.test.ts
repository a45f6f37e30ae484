import { describe, expect, it } from 'vitest';
import { ipv4, tcp } from '../../../src/packet/build-layers.ts';
import { TcpFlag } from '../../../src/wire/tcp.ts';
import { Router } from '../../support/router.ts';

const HOST = {
  interfaces: [{ name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['192.168.1.10/24'] }],
  routes: [{ dst: '0.0.0.0/0', via: '192.168.1.1', dev: 'eth0' }],
};

describe('a chain of n backends with probability 1/(n-i+1)', () => {
  it.each([2, 3, 4, 7])('shares evenly over %d', (n) => {
    const rules = Array.from({ length: n }, (_, i) => {
      const left = n - i;
      const chance = left === 1 ? '' : ` -m statistic --mode random --probability ${(1 / left).toFixed(5)}`;
      return `-A OUTPUT -d 10.96.0.10 -p tcp${chance} -j DNAT --to-destination 10.0.0.${i + 1}`;
    });
    const router = new Router(HOST, `*nat\n${rules.join('\n')}\nCOMMIT\n`, { seed: 7 });
    const counts = Array.from({ length: n }, () => 0);
    const total = 500 * n;
    for (let i = 0; i < total; i++) {
      const walk = router.send(ipv4('192.168.1.10', '10.96.0.10'), tcp(1024 + i, 53, { flags: TcpFlag.Syn }));
      counts[Number(/> 10\.0\.0\.(\d)\./.exec(walk.out[0] ?? '')?.[1]) - 1]! += 1;
    }
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(total);
    for (const count of counts) expect(Math.abs(count - 500)).toBeLessThan(100); // five standard deviations
  });
});
