/**
 * The interfaces of a host, built from its plan: numbers, lo, addresses in the kernel's order.
 * @module
 */
import { type Address4, type Address6, type Interface, mask4, NO_INTERFACE, orderAddresses4, Scope4 } from './interface.ts';
import type { HostPlan, PlannedAddress, PlannedInterface } from './plan.ts';
import { scopeOf } from './select6.ts';
import type { Sysctls } from './sysctl.ts';

export const LOOPBACK_NAME = 'lo';
const LOOPBACK_MTU = 65_536;
/** Below it a device carries no IPv6. */
export const MIN_MTU6 = 1280;

const LOOPBACK: PlannedInterface = {
  name: LOOPBACK_NAME,
  mac: null,
  mtu: LOOPBACK_MTU,
  noArp: true,
  multicast: false,
  up: true,
  link: 0,
  vlan: -1,
  addresses: [],
};

const LOOPBACK4: PlannedAddress = { family: 4, words: Int32Array.of(0x7f000001), length: 8, scope: Scope4.Host };
const LOOPBACK6: PlannedAddress = { family: 6, words: Int32Array.of(0, 0, 0, 1), length: 128 };

/** The plan's interfaces with lo behind them, if it is not among them. */
export function withLoopback(plan: HostPlan): readonly PlannedInterface[] {
  const listed = plan.interfaces.some((device) => device.name === LOOPBACK_NAME);
  return listed ? plan.interfaces : [...plan.interfaces, LOOPBACK];
}

/** Interface numbers by name. */
export function numberInterfaces(planned: readonly PlannedInterface[]): Map<string, number> {
  return new Map(planned.map((device, i) => [device.name, i + 1]));
}

/** Interfaces by number, with none at 0. */
export function buildInterfaces(plan: HostPlan, planned: readonly PlannedInterface[], sysctls: Sysctls): Interface[] {
  const interfaces = [NO_INTERFACE];
  for (const [i, device] of planned.entries()) {
    const index = i + 1;
    const enabled6 = device.mtu >= MIN_MTU6 && sysctls.device(6, index, 'disable_ipv6', 0) === 0;
    const addresses = addressesOf(device);
    const added6 = enabled6 ? addresses.filter((address) => address.family === 6).map(toAddress6) : [];
    const local = enabled6 && !plan.listed && sysctls.device(6, index, 'addr_gen_mode', 1) === 0 ? linkLocal(device) : null;
    interfaces.push({
      index,
      name: device.name,
      mac: device.mac,
      mtu: device.mtu,
      noArp: device.noArp,
      multicast: device.multicast,
      up: device.up,
      link: device.link,
      vlan: device.vlan,
      // A kernel's listing has secondary addresses behind the primary ones already; the same rule keeps them there.
      addresses4: orderAddresses4(addresses.filter((address) => address.family === 4).map(toAddress4)),
      addresses6: plan.listed ? added6 : orderAddresses6(local === null ? added6 : [...added6, local]),
    });
  }
  return interfaces;
}

/** Whether a device carries IPv6 at all. */
export function carries6(device: Interface, sysctls: Sysctls): boolean {
  return device.up && device.mtu >= MIN_MTU6 && sysctls.device(6, device.index, 'disable_ipv6', 0) === 0;
}

/** lo has 127.0.0.1 and ::1 whether or not they are listed. */
function addressesOf(device: PlannedInterface): readonly PlannedAddress[] {
  if (device.name !== LOOPBACK_NAME) return device.addresses;
  const own = (wanted: PlannedAddress): boolean =>
    device.addresses.some((address) => address.family === wanted.family && address.words.every((word, i) => word === wanted.words[i]));
  return [...(own(LOOPBACK4) ? [] : [LOOPBACK4]), ...(own(LOOPBACK6) ? [] : [LOOPBACK6]), ...device.addresses];
}

function toAddress4(address: PlannedAddress): Omit<Address4, 'secondary'> {
  const word = address.words[0]!;
  return {
    family: 4,
    word,
    length: address.length,
    mask: mask4(address.length),
    peer: address.peer ?? word,
    broadcast: address.broadcast ?? 0,
    scope: address.scope ?? (word >>> 24 === 127 ? Scope4.Host : Scope4.Universe),
  };
}

function toAddress6(address: PlannedAddress): Address6 {
  const [w0, w1, w2, w3] = address.words;
  return { family: 6, w0: w0!, w1: w1!, w2: w2!, w3: w3!, length: address.length, deprecated: address.deprecated ?? false };
}

/** Widest scope first; within a scope the newest first (ipv6_link_dev_addr). */
function orderAddresses6(added: readonly Address6[]): Address6[] {
  const scope = (address: Address6): number => scopeOf(address.w0, address.w1, address.w2, address.w3);
  const list: Address6[] = [];
  for (const address of added) {
    let at = 0;
    while (at < list.length && scope(list[at]!) > scope(address)) at++;
    list.splice(at, 0, address);
  }
  return list;
}

/** fe80:: with the interface identifier that EUI-64 makes of the hardware address. */
function linkLocal(device: PlannedInterface): Address6 | null {
  const { mac } = device;
  if (mac === null) return null;
  const w2 = ((mac[0]! ^ 2) << 24) | (mac[1]! << 16) | (mac[2]! << 8) | 0xff;
  const w3 = (0xfe << 24) | (mac[3]! << 16) | (mac[4]! << 8) | mac[5]!;
  return { family: 6, w0: 0xfe800000 | 0, w1: 0, w2, w3, length: 64, deprecated: false };
}
