/**
 * Hosts, as host files: routers of two to four interfaces with subnets, a default route, now and then a VLAN's worth of policy.
 * @module
 */
import fc from 'fast-check';

/** What parseHost() reads. */
export interface HostFile {
  readonly interfaces: readonly {
    readonly name: string;
    readonly mac: string;
    readonly addresses: readonly string[];
    readonly mtu: number;
  }[];
  readonly routes: readonly { readonly dst: string; readonly via: string; readonly dev: string }[];
  readonly sysctls: Readonly<Record<string, number>>;
  readonly conntrack: 'auto';
}

const hex = (number: number): string => number.toString(16).padStart(2, '0');

/** A router; each interface has a subnet of either family, the last one leads to everybody else. */
export function hostFile(): fc.Arbitrary<HostFile> {
  return fc
    .record({
      count: fc.integer({ min: 2, max: 4 }),
      lengths: fc.array(fc.constantFrom(24, 25, 16), { minLength: 4, maxLength: 4 }),
      second: fc.boolean(),
      mtu: fc.constantFrom(1500, 1500, 1400, 9000),
      filter: fc.constantFrom(0, 0, 1, 2),
      loose: fc.constantFrom(1, 1, 0),
    })
    .map(({ count, lengths, second, mtu, filter, loose }): HostFile => {
      const numbers = Array.from({ length: count }, (_, i) => i);
      const outside = count - 1;
      return {
        interfaces: numbers.map((i) => ({
          name: `eth${i}`,
          mac: `02:00:00:00:01:${hex(i + 1)}`,
          addresses: [
            `10.${i}.0.1/${lengths[i]!}`,
            ...(second && i === outside ? [`10.${i}.0.100/${lengths[i]!}`] : []),
            `fd00:${i}::1/64`,
          ],
          mtu: i === outside ? mtu : 1500,
        })),
        routes: [
          { dst: '0.0.0.0/0', via: `10.${outside}.0.254`, dev: `eth${outside}` },
          { dst: '::/0', via: `fd00:${outside}::fe`, dev: `eth${outside}` },
        ],
        sysctls: {
          'net.ipv4.ip_forward': 1,
          'net.ipv6.conf.all.forwarding': 1,
          'net.ipv4.conf.default.rp_filter': filter,
          'net.netfilter.nf_conntrack_tcp_loose': loose,
        },
        conntrack: 'auto',
      };
    });
}
