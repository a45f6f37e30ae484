/**
 * The routes that addresses bring with them: the address itself (and what broadcasts to it) in table local, its subnet in table
 * main. Kernel counterparts: fib_add_ifaddr, addrconf_prefix_route, __ipv6_dev_ac_inc.
 * @module
 */
import { RouteType } from '../packet/destination.ts';
import { type Address4, type Interface, mask6, Scope4 } from './interface.ts';
import { BARE_ROUTE, type Route, TABLE_LOCAL, TABLE_MAIN } from './route.ts';

/** Metric of what the kernel adds for an IPv6 address; routes of users have 1024. */
const METRIC_KERNEL6 = 256;

/** IPv4 routes of a device's addresses. `subnets`: with those of table main. */
export function* addressRoutes4(device: Interface, isLoopback: boolean, subnets: boolean): Generator<Route> {
  for (const address of device.addresses4) {
    const src0 = sourceOf(device, address);
    const local = { ...BARE_ROUTE, table: TABLE_LOCAL, dev: device.index, src0, length: 32 };
    yield { ...local, type: RouteType.Local, dst0: address.word, scope: Scope4.Host };
    if (!device.up) continue;
    const broadcast = { ...local, type: RouteType.Broadcast, scope: Scope4.Link };
    if (address.broadcast !== 0 && address.broadcast !== -1) yield { ...broadcast, dst0: address.broadcast };
    const prefix = address.peer & address.mask;
    const hasSubnet = prefix >>> 24 !== 0 && !address.secondary && (prefix !== address.word || address.length < 32);
    if (!hasSubnet) continue;
    if (isLoopback) yield { ...local, type: RouteType.Local, dst0: prefix, length: address.length, scope: Scope4.Host };
    else if (subnets) yield { ...local, table: TABLE_MAIN, dst0: prefix, length: address.length, scope: Scope4.Link };
    if (address.length < 31) yield { ...broadcast, dst0: prefix | ~address.mask };
  }
}

/** A secondary address speaks through the primary one of its subnet. */
function sourceOf(device: Interface, address: Address4): number {
  if (!address.secondary) return address.word;
  const primary = device.addresses4.find(
    (other) => !other.secondary && other.mask === address.mask && ((other.peer ^ address.peer) & address.mask) === 0,
  );
  return (primary ?? address).word;
}

/** IPv6 routes of a device's addresses, and the way of its multicasts. */
export function* addressRoutes6(device: Interface, how: { loopback: boolean; forwarding: boolean; subnets: boolean }): Generator<Route> {
  const seen = new Set<string>();
  for (const { w0, w1, w2, w3, length } of device.addresses6) {
    const own = { ...BARE_ROUTE, table: TABLE_LOCAL, dev: device.index, length: 128 };
    yield { ...own, type: RouteType.Local, dst0: w0, dst1: w1, dst2: w2, dst3: w3 };
    if (how.loopback && w0 === 0 && w1 === 0 && w2 === 0) continue;
    const dst0 = w0 & mask6(length, 0);
    const dst1 = w1 & mask6(length, 1);
    const dst2 = w2 & mask6(length, 2);
    const dst3 = w3 & mask6(length, 3);
    const key = `${dst0},${dst1},${dst2},${dst3}/${length}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const isAnycast = how.forwarding && length < 127 && (dst0 | dst1 | dst2 | dst3) !== 0;
    if (isAnycast) yield { ...own, type: RouteType.Anycast, dst0, dst1, dst2, dst3 };
    if (how.subnets) yield { ...own, table: TABLE_MAIN, dst0, dst1, dst2, dst3, length, metric: METRIC_KERNEL6 };
  }
  if (how.loopback) return;
  yield {
    ...BARE_ROUTE,
    type: RouteType.Multicast,
    table: TABLE_LOCAL,
    dev: device.index,
    dst0: 0xff000000 | 0,
    length: 8,
    metric: METRIC_KERNEL6,
  };
}
