/**
 * Host: the machine that is simulated: interfaces, addresses, routes, neighbours, sysctls. Read once, then only asked; a look-up
 * allocates nothing and writes only the result object it is handed.
 *
 *   host.json, saved `ip -j` output -> HostPlan -> Host -> "local, forward or nowhere?", "which address do I speak with?"
 *
 * Interfaces are numbered from 1 in the order of the file, lo behind them; number 0 is no interface (name ''). Addresses are
 * int32 words. Nothing here judges a packet: source checks, martians and ICMP are the engine's.
 * @module
 */
import { HooklineError } from '../errors.ts';
import type { FieldCuts } from '../inet/field-classes.ts';
import { RouteType } from '../packet/destination.ts';
import { addressRoutes4, addressRoutes6 } from './address-routes.ts';
import { DeviceSwitches } from './device-switches.ts';
import { buildInterfaces, carries6, LOOPBACK_NAME, numberInterfaces, withLoopback } from './devices.ts';
import { Fib4 } from './fib4.ts';
import { Fib6 } from './fib6.ts';
import { cutFields } from './field-cuts.ts';
import type { Interface } from './interface.ts';
import { Membership } from './membership.ts';
import type { HostPlan, HostSettings, SavedListing } from './plan.ts';
import { type Route, RouteQuery4, RouteQuery6, RouteResult, RouteScratch4, RouteScratch6 } from './route.ts';
import { selectAddress4 } from './select4.ts';
import { type Destination6, SourceSelector6 } from './select6.ts';
import { Sysctls } from './sysctl.ts';
import { WordTable } from './word-table.ts';

export type { Address4, Address6, Interface } from './interface.ts';

export class Host {
  /** By number; 0 is no interface. */
  readonly interfaces: readonly Interface[];
  /** Number of lo. */
  readonly loopback: number;
  readonly settings: HostSettings;
  /** Listings of the connection table as it stood before the first packet. */
  readonly connections: readonly SavedListing[];
  /** For the engine's own look-ups. */
  readonly scratch4: RouteScratch4 = new RouteScratch4();
  readonly scratch6: RouteScratch6 = new RouteScratch6();

  /** Per-device sysctls. */
  readonly switches: DeviceSwitches;

  private readonly names: ReadonlyMap<string, number>;
  private readonly sysctls: Sysctls;
  private readonly fib4: Fib4;
  private readonly fib6: Fib6;
  /** The kernel's order of devices: lo is the first it makes. */
  private readonly kernelOrder: readonly Interface[];
  private readonly sources6: SourceSelector6;
  private readonly groups: Membership;
  /** Own unicast addresses. */
  private readonly own4: WordTable = new WordTable();
  private readonly own6: WordTable = new WordTable();
  /** Hardware addresses of neighbours, by interface and address. */
  private readonly neighbours4: WordTable = new WordTable();
  private readonly neighbours6: WordTable = new WordTable();
  private readonly macs: Uint8Array[] = [];
  /** Addresses of IPv4 neighbours. */
  private readonly neighbourWords: number[] = [];
  /** Of addressType6 alone: others may be in the middle of a look-up with `scratch6`. */
  private readonly typeQuery: RouteQuery6 = new RouteQuery6();
  private readonly typeResult: RouteResult = new RouteResult();

  constructor(plan: HostPlan) {
    const planned = withLoopback(plan);
    this.names = numberInterfaces(planned);
    this.loopback = this.names.get(LOOPBACK_NAME)!;
    this.settings = plan.settings;
    this.connections = plan.connections ?? [];
    this.sysctls = new Sysctls(this.names);
    for (const [key, value] of plan.sysctls) this.sysctls.write(key, value);
    this.interfaces = buildInterfaces(plan, planned, this.sysctls);
    this.switches = new DeviceSwitches(this.interfaces, this.sysctls);
    const loopback = this.interfaces[this.loopback]!;
    this.kernelOrder = [loopback, ...this.interfaces.filter((device) => device.index !== 0 && device !== loopback)];
    this.sources6 = new SourceSelector6(this.kernelOrder);
    this.groups = new Membership(this.loopback, this.allSysctl(6, 'forwarding', 0) !== 0);
    this.fib4 = new Fib4((device) => this.interfaces[device]!.mtu);
    this.fib6 = new Fib6({ mtuOf: (device) => this.mtu6(device), loopback: () => this.loopback });
    this.addAddresses(plan);
    this.addRules(plan);
    this.addNeighbours(plan);
    this.addRoutes(plan);
  }

  interfaceByName(name: string): Interface | null {
    return this.interfaces[this.names.get(name) ?? -1] ?? null;
  }

  /** The VLAN interface that takes frames tagged `vlan` on `device`, or null; tag 0 is the device itself. */
  vlanOf(device: Interface, vlan: number): Interface | null {
    if (vlan === 0) return device;
    const { interfaces } = this;
    for (let i = 1; i < interfaces.length; i++) {
      const candidate = interfaces[i]!;
      if (candidate.vlan === vlan && candidate.link === device.index) return candidate;
    }
    return null;
  }

  // -- sysctls

  /** A sysctl that is no per-device one, by its dotted name. */
  sysctl(key: string, byDefault: number): number {
    return this.sysctls.get(key, byDefault);
  }

  /** Write one, as `sysctl -w`; for what is read when an engine is made (connection tracking), so before that. */
  writeSysctl(key: string, value: number): void {
    this.sysctls.write(key, value);
  }

  /** `net.ipv4.conf.all.<name>` (or ipv6). */
  allSysctl(family: 4 | 6, name: string, byDefault: number): number {
    return this.sysctls.all(family, name, byDefault);
  }

  /** `net.ipv4.conf.<device>.<name>` (or ipv6). What packets depend on stands in `switches`. */
  deviceSysctl(family: 4 | 6, device: number, name: string, byDefault: number): number {
    return this.sysctls.device(family, device, name, byDefault);
  }

  /** Whether IPv4 packets that arrive on a device may be forwarded. */
  forwarding4(device: number): boolean {
    return this.switches.forwarding4[device] !== 0;
  }

  /** Whether IPv6 packets that arrive on a device may be forwarded: one switch for all, or the device's own force. */
  forwarding6(device: number): boolean {
    return this.switches.forwarding6[device] !== 0;
  }

  // -- addresses

  /** Whether this is the address of one of the interfaces (127.0.0.1, not the rest of 127/8). */
  isLocal4(word: number): boolean {
    return this.own4.get(0, word, 0, 0, 0) >= 0;
  }

  /** Whether this is a unicast address of one of the interfaces. */
  isLocal6(w0: number, w1: number, w2: number, w3: number): boolean {
    return this.own6.get(0, w0, w1, w2, w3) >= 0;
  }

  /** Whether this is a unicast address of this interface (ipv6_chk_addr with a device). */
  isAddressOf6(device: number, address: Destination6): boolean {
    const list = this.interfaces[device]!.addresses6;
    for (let i = 0; i < list.length; i++) {
      const own = list[i]!;
      if (own.w3 === address.w3 && own.w2 === address.w2 && own.w1 === address.w1 && own.w0 === address.w0) return true;
    }
    return false;
  }

  hasAddress4(device: number): boolean {
    return this.interfaces[device]!.addresses4.length > 0;
  }

  /** inet_addr_onlink: both addresses in the subnet of one primary address of the device. */
  onSameSubnet4(device: number, a: number, b: number): boolean {
    const list = this.interfaces[device]!.addresses4;
    for (let i = 0; i < list.length; i++) {
      const { secondary, peer, mask } = list[i]!;
      if (!secondary && ((a ^ peer) & mask) === 0 && (b === 0 || ((b ^ peer) & mask) === 0)) return true;
    }
    return false;
  }

  /** What an IPv4 address is by table local (inet_addr_type); with a device, a hit counts only if it is that device's. */
  addressType4(word: number, device: number = 0): RouteType {
    return this.fib4.addressType(word, device);
  }

  /**
   * What an IPv6 address is: Unspec for ::, Multicast, or by a route look-up Local, Anycast, Unreachable or Unicast.
   * With a device, Local means an address of that device.
   */
  addressType6(address: Destination6, device: number = 0): RouteType {
    const { w0, w1, w2, w3 } = address;
    if (w0 === 0 && w1 === 0 && w2 === 0 && w3 === 0) return RouteType.Unspec;
    if (w0 >>> 24 === 0xff) return RouteType.Multicast;
    if (device !== 0 && this.isAddressOf6(device, address)) return RouteType.Local;
    const query = this.typeQuery;
    query.dst0 = w0;
    query.dst1 = w1;
    query.dst2 = w2;
    query.dst3 = w3;
    query.iif = this.loopback;
    query.oif = device;
    this.fib6.lookup(query, this.typeResult);
    const { type } = this.typeResult;
    if (type === RouteType.Local) return device === 0 ? RouteType.Local : RouteType.Unicast;
    if (type === RouteType.Anycast || type === RouteType.Unicast) return type;
    return RouteType.Unreachable;
  }

  /** inet_select_addr: the address the host speaks with on a device towards a next hop (0: any), or null. */
  selectAddress4(device: number, nextHop: number, scope: number = 0): number | null {
    const localnet = this.switches.routeLocalnet[device] !== 0;
    return selectAddress4(this.kernelOrder, this.interfaces[device]!, { nextHop, scope, localnet }) || null;
  }

  /** ipv6_dev_get_saddr: the address the host speaks with to a destination by a device; null when it has none. */
  selectSource6(device: number, dst: Destination6): Destination6 | null {
    return this.sources6.choose(device, dst);
  }

  /** Whether the host takes this group's packets on this device. */
  isMember4(device: number, group: number): boolean {
    return this.groups.has4(this.interfaces[device]!, group);
  }

  isMember6(device: number, w0: number, w1: number, w2: number, w3: number): boolean {
    const candidate = this.interfaces[device]!;
    return carries6(candidate, this.sysctls) && this.groups.has6(candidate, w0, w1, w2, w3);
  }

  // -- routes

  /** Look a destination up. Returns `result`, filled. */
  route4(query: RouteQuery4, result: RouteResult): RouteResult {
    this.fib4.lookup(query, result);
    return result;
  }

  route6(query: RouteQuery6, result: RouteResult): RouteResult {
    this.fib6.lookup(query, result);
    return result;
  }

  /** Whether policy rules or foreign local routes are there, so that a source check needs the full look-up. */
  get hasCustomRules4(): boolean {
    return this.fib4.hasCustomRules;
  }

  /** Number of IPv4 routes. */
  get routes4(): number {
    return this.fib4.size;
  }

  /** Tell where the IPv4 addresses are cut by what the host tests: between two cuts, it treats all alike. */
  cutFields4(cuts: FieldCuts): void {
    const { interfaces, fib4, neighbourWords: neighbours } = this;
    cutFields({ interfaces, rules: fib4.rules, routes: fib4.routes(), neighbours }, cuts);
  }

  /** MTU of a device for IPv6. */
  mtu6(device: number): number {
    return this.switches.mtu6[device]!;
  }

  // -- neighbours

  /**
   * Hardware address of a neighbour. One that is not listed has, on a device that resolves nothing, the device's own address,
   * and on any other none (null).
   */
  neighbour4(device: number, word: number): Uint8Array | null {
    return this.hardwareAddress(device, this.neighbours4.get(device, word, 0, 0, 0));
  }

  neighbour6(device: number, w0: number, w1: number, w2: number, w3: number): Uint8Array | null {
    return this.hardwareAddress(device, this.neighbours6.get(device, w0, w1, w2, w3));
  }

  private hardwareAddress(device: number, at: number): Uint8Array | null {
    if (at >= 0) return this.macs[at]!;
    const candidate = this.interfaces[device];
    return candidate !== undefined && candidate.noArp ? candidate.mac : null;
  }

  // -- construction

  private addAddresses(plan: HostPlan): void {
    for (const device of this.kernelOrder) {
      const loopback = device.index === this.loopback;
      for (const { word } of device.addresses4) this.own4.set(0, { w0: word, w1: 0, w2: 0, w3: 0 }, device.index);
      for (const address of device.addresses6) this.own6.set(0, address, device.index);
      for (const route of addressRoutes4(device, loopback, plan.connected4)) this.fib4.add(route, false);
      if (!carries6(device, this.sysctls)) continue;
      const forwarding = this.sysctls.device(6, device.index, 'forwarding', 0) !== 0;
      for (const route of addressRoutes6(device, { loopback, forwarding, subnets: plan.connected6 })) this.fib6.add(route);
    }
  }

  private addRules(plan: HostPlan): void {
    for (const { family, rule } of plan.rules) (family === 4 ? this.fib4 : this.fib6).addRule(rule);
  }

  private addNeighbours(plan: HostPlan): void {
    for (const { dev, words, mac } of plan.neighbours) {
      const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = words;
      (words.length === 1 ? this.neighbours4 : this.neighbours6).set(dev, { w0, w1, w2, w3 }, this.macs.length);
      if (words.length === 1) this.neighbourWords.push(w0);
      this.macs.push(mac);
    }
  }

  private addRoutes(plan: HostPlan): void {
    for (const { family, route } of plan.routes) {
      const placed = route.hasGateway !== 0 && route.dev === 0 ? { ...route, dev: this.deviceTowards(family, route) } : route;
      if (family === 4) this.fib4.add(this.withSource4(placed), true);
      else this.fib6.add(placed);
    }
  }

  /** A route that names no source uses the device's address towards its gateway. */
  private withSource4(route: Route): Route {
    if (route.src0 !== 0 || route.type >= RouteType.Blackhole) return route;
    return { ...route, src0: this.selectAddress4(route.dev, route.gw0, route.scope) ?? 0 };
  }

  /** The device a gateway is reached by, with the routes there are so far. */
  private deviceTowards(family: 4 | 6, route: Route): number {
    const result = new RouteResult();
    if (family === 4) {
      const query = new RouteQuery4();
      query.dst = route.gw0;
      query.iif = this.loopback;
      this.fib4.lookup(query, result);
    } else {
      const query = new RouteQuery6();
      query.dst0 = route.gw0;
      query.dst1 = route.gw1;
      query.dst2 = route.gw2;
      query.dst3 = route.gw3;
      query.iif = this.loopback;
      this.fib6.lookup(query, result);
    }
    if (result.type !== RouteType.Unicast) throw new HooklineError('ERR_HOST', 'a route names a gateway that no interface leads to');
    return result.outdev;
  }
}
