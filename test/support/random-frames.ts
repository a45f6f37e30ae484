/**
 * Random frames on two networks, from few addresses and ports: whole, cut and odd ones. For tests that hold two evaluators side by side.
 */
import type { Random } from '../../src/inet/random.ts';
import { build } from '../../src/packet/build.ts';
import {
  destinationOptions,
  ethernet,
  fragment,
  hopByHop,
  icmp,
  icmpv6,
  ipv4,
  ipv6,
  type LayerSpec,
  payload,
  sctp,
  tcp,
  udp,
  udplite,
} from '../../src/packet/build-layers.ts';

export const HOSTS4: readonly string[] = [
  '10.0.0.2',
  '10.0.0.77',
  '10.0.1.9',
  '10.1.0.5',
  '172.16.3.4',
  '192.168.9.9',
  '198.51.100.1',
  '10.128.0.1',
];
export const HOSTS6: readonly string[] = ['fd00::2', 'fd00::77', 'fd00:0:0:1::9', 'fd01::5', '2001:db8::1', '2001:db8:ffff::1'];
export const PORTS: readonly number[] = [22, 53, 80, 443, 8080, 30000, 0, 65535];

/** A frame and the device it comes in by. */
export interface Frame {
  readonly dev: number;
  readonly octets: Uint8Array;
}

export class RandomFrames {
  protected readonly random: Random;
  protected readonly family: 4 | 6;

  constructor(random: Random, family: 4 | 6) {
    this.random = random;
    this.family = family;
  }

  /** A frame to eth0 or eth1, and which. */
  frame(): Frame {
    const dev = 1 + this.random.below(2);
    const link = ethernet(`02:00:00:00:00:0${dev}`, '02:00:00:00:00:99');
    const octets = build(link, ...this.layers());
    return { dev, octets: this.chance(12) ? octets.slice(0, octets.length - this.random.below(24)) : octets };
  }

  protected layers(): LayerSpec[] {
    const [src, dst] = this.family === 6 ? [this.pick(HOSTS6), this.pick(HOSTS6)] : [this.pick(HOSTS4), this.pick(HOSTS4)];
    if (this.family === 4) {
      const odd = this.random.below(10);
      if (odd === 0)
        return [
          ipv4(src, dst, { protocol: 6, fragmentOffset: this.random.below(3), moreFragments: 1 }),
          payload(new Uint8Array(8 * this.random.below(5))),
        ];
      if (odd === 1) return [ipv4(src, dst, { protocol: this.pick([6, 17, 132, 1]) }), payload(new Uint8Array(this.random.below(24)))];
      return [ipv4(src, dst, { tos: this.pick([0, 8, 16]), ttl: this.pick([2, 64]) }), ...this.upper()];
    }
    const odd = this.random.below(8);
    if (odd === 0)
      return [ipv6(src, dst, { nextHeader: this.pick([0, 43, 60, 44, 51]) }), payload(new Uint8Array(this.random.below(12)).fill(60))];
    if (odd === 1)
      return [
        ipv6(src, dst),
        fragment({ nextHeader: 6, fragmentOffset: this.random.below(3), moreFragments: 1 }),
        payload(new Uint8Array(8 * this.random.below(5))),
      ];
    if (odd === 2) return [ipv6(src, dst), hopByHop(), destinationOptions(), ...this.upper()];
    return [ipv6(src, dst, { hopLimit: this.pick([2, 64]) }), ...this.upper()];
  }

  protected upper(): LayerSpec[] {
    const [from, to] = [this.pick(PORTS), this.pick(PORTS)];
    const data = payload(new Uint8Array(this.random.below(40)).fill(0x61));
    switch (this.random.below(6)) {
      case 0:
        return [udp(from, to), data];
      case 1:
        return [this.family === 6 ? icmpv6(128) : icmp(8), data];
      case 2:
        return [this.chance(2) ? sctp(from, to) : udplite(from, to), data];
      default:
        return [tcp(from, to, { flags: this.pick([2, 16, 18, 1]) }), data];
    }
  }

  protected chance(oneIn: number): boolean {
    return this.random.below(oneIn) === 0;
  }

  protected pick<T>(from: readonly T[]): T {
    return from[this.random.below(from.length)]!;
  }
}
