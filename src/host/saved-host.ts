/**
 * A host saved from a live machine: the output of iproute2 with `-j`, one file a command. Names of which the first present counts:
 *
 *   addr.json    ip -j addr            also address.json, addresses.json, ip-addr.json         needed
 *   route.json   ip -j route           also routes.json, route4.json, ip-route.json            `table all` is taken too
 *   route6.json  ip -6 -j route        also routes6.json, ip-6-route.json
 *   neigh.json   ip -j neigh           also neighbor.json, neighbors.json, neighbour.json, ip-neigh.json
 *   rule.json    ip -j rule            also rules.json, rule4.json, ip-rule.json
 *   rule6.json   ip -6 -j rule         also rules6.json, ip-6-rule.json
 *   conntrack.txt    conntrack -L -o extended -f ipv4       the table as the first packet finds it
 *   conntrack6.txt   conntrack -L -o extended -f ipv6
 *   sysctl.txt   sysctl -a             also sysctl, sysctl.conf, sysctls.txt
 *
 * Without a route file the subnets of the addresses are the routes; without sysctls a kernel's defaults hold and the host
 * forwards. What the kernel derives from addresses (table local) is derived here, not read. Multipath and encapsulating routes
 * are refused: half a route would send packets another way.
 * @module
 */
import { HooklineError } from '../errors.ts';
import { parseIpv4 } from '../inet/ipv4.ts';
import { readAddress, readDevice, readDeviceName, readInterfaceAddress, readMac } from './fields.ts';
import { Host } from './host.ts';
import { Scope4 } from './interface.ts';
import { JsonValue } from './json-value.ts';
import {
  DEFAULT_SETTINGS,
  type PlannedAddress,
  type PlannedInterface,
  type PlannedNeighbour,
  type PlannedRoute,
  type SavedListing,
} from './plan.ts';
import { readSavedRules } from './saved-rule.ts';
import { familyHint, readRoute, SAVED_ROUTE_KEYS } from './route-field.ts';
import { TABLE_LOCAL } from './route.ts';
import { KERNEL_SYSCTLS, parseSysctlText } from './sysctl.ts';

/** Files by name; the order of names is the order of preference. */
export const SAVED_FILES = {
  addr: ['addr.json', 'address.json', 'addresses.json', 'ip-addr.json'],
  route4: ['route.json', 'routes.json', 'route4.json', 'ip-route.json'],
  route6: ['route6.json', 'routes6.json', 'ip-6-route.json'],
  neigh: ['neigh.json', 'neighbor.json', 'neighbors.json', 'neighbour.json', 'ip-neigh.json'],
  rule4: ['rule.json', 'rules.json', 'rule4.json', 'ip-rule.json'],
  rule6: ['rule6.json', 'rules6.json', 'ip-6-rule.json'],
  conntrack4: ['conntrack.txt', 'conntrack', 'conntrack4.txt'],
  conntrack6: ['conntrack6.txt', 'conntrack6'],
  sysctl: ['sysctl.txt', 'sysctl', 'sysctl.conf', 'sysctls.txt'],
} as const;

type Kind = keyof typeof SAVED_FILES;

/**
 * The host that a folder of saved files describes; `files` are their texts by name, `folder` is told in errors.
 * @throws ERR_HOST
 */
export function parseSavedHost(files: ReadonlyMap<string, string>, folder: string = ''): Host {
  const open = (kind: Kind): JsonValue | null => openFile(files, kind, folder);
  const addr = open('addr');
  if (addr === null) throw new HooklineError('ERR_HOST', `${folder === '' ? 'host' : folder}: no ${SAVED_FILES.addr[0]} (ip -j addr)`);
  const devices = addr.items().filter((value) => !value.get('ifname').isAbsent);
  if (devices.length === 0) addr.expected('at least one interface');
  const names = readNames(devices);
  const route4 = open('route4');
  const route6 = open('route6');
  return new Host({
    interfaces: devices.map((value) => readDeviceValue(value, names)),
    sysctls: readSysctls(files),
    routes: [...readRoutes(route4, names, 4), ...readRoutes(route6, names, 6)],
    rules: [...readSavedRules(open('rule4'), names, 4), ...readSavedRules(open('rule6'), names, 6)],
    neighbours: (open('neigh')?.items() ?? []).flatMap((value) => readNeighbour(value, names)),
    connected4: route4 === null,
    connected6: route6 === null,
    listed: true,
    settings: DEFAULT_SETTINGS,
    connections: readListings(files, folder),
  });
}

function readListings(files: ReadonlyMap<string, string>, folder: string): SavedListing[] {
  return [SAVED_FILES.conntrack4, SAVED_FILES.conntrack6].flatMap((names) => {
    const name = names.find((one) => files.has(one));
    return name === undefined ? [] : [{ text: files.get(name)!, file: folder === '' ? name : `${folder}/${name}` }];
  });
}

function openFile(files: ReadonlyMap<string, string>, kind: Kind, folder: string): JsonValue | null {
  for (const name of SAVED_FILES[kind]) {
    const text = files.get(name);
    if (text !== undefined) return JsonValue.parse(text.trim() === '' ? '[]' : text, folder === '' ? name : `${folder}/${name}`);
  }
  return null;
}

function readNames(devices: readonly JsonValue[]): Map<string, number> {
  const names = new Map<string, number>();
  for (const value of devices) {
    const name = readDeviceName(value.get('ifname'));
    if (names.has(name)) value.get('ifname').fail('is the name of another interface too');
    names.set(name, names.size + 1);
  }
  if (!names.has('lo')) names.set('lo', names.size + 1);
  return names;
}

function readDeviceValue(value: JsonValue, names: ReadonlyMap<string, number>): PlannedInterface {
  const name = value.get('ifname').asString();
  const flags = new Set(
    value
      .get('flags')
      .items()
      .map((flag) => flag.asString()),
  );
  const isEthernet = value.get('link_type').raw === 'ether';
  const link = value.get('link').raw;
  const below = typeof link === 'string' ? (names.get(link) ?? 0) : 0;
  return {
    name,
    mac: isEthernet && !value.get('address').isAbsent ? readMac(value.get('address')) : null,
    mtu: value.get('mtu').asInteger(1, 0xffff_ffff, 1500),
    noArp: flags.has('NOARP') || flags.has('LOOPBACK'),
    multicast: flags.has('MULTICAST'),
    up: flags.size === 0 || flags.has('UP'),
    link: below,
    vlan: below === 0 ? -1 : vlanId(value, name),
    addresses: value.get('addr_info').items().flatMap(readAddressInfo),
  };
}

/** From `ip -d` if it was given, else from a name that ends in .ID. */
function vlanId(value: JsonValue, name: string): number {
  const detail = value.get('linkinfo');
  if (!detail.isAbsent) {
    const kind = detail.get('info_kind').raw;
    const data = detail.get('info_data');
    return kind === 'vlan' && !data.isAbsent ? data.get('id').asInteger(0, 4095) : -1;
  }
  const digits = name.slice(name.lastIndexOf('.') + 1);
  return name.includes('.') && /^\d{1,4}$/.test(digits) ? Number(digits) : -1;
}

const SCOPES: ReadonlyMap<unknown, number> = new Map<unknown, number>([
  ['global', Scope4.Universe],
  ['site', Scope4.Site],
  ['link', Scope4.Link],
  ['host', Scope4.Host],
]);

/** One address; none for a family that is neither, and for an IPv6 address that is not usable yet. */
function readAddressInfo(value: JsonValue): PlannedAddress[] {
  const family = value.get('family').raw;
  if (family !== 'inet' && family !== 'inet6') return [];
  const { words } = readInterfaceAddress(value.get('local'));
  const length = value.get('prefixlen').asInteger(0, family === 'inet' ? 32 : 128);
  if (family === 'inet6') {
    if (value.get('tentative').raw === true || value.get('dadfailed').raw === true) return [];
    return [{ family: 6, words, length, deprecated: value.get('deprecated').raw === true }];
  }
  const peer = value.get('address');
  const broadcast = value.get('broadcast').raw;
  return [
    {
      family: 4,
      words,
      length,
      peer: peer.isAbsent ? words[0]! : readAddress(peer).words[0]!,
      broadcast: typeof broadcast === 'string' ? (parseIpv4(broadcast) ?? 0) : 0,
      scope: SCOPES.get(value.get('scope').raw) ?? Scope4.Universe,
    },
  ];
}

function* readRoutes(list: JsonValue | null, names: ReadonlyMap<string, number>, family: 4 | 6): Generator<PlannedRoute> {
  for (const value of list?.items() ?? []) {
    if (!value.get('nexthops').isAbsent || !value.get('nhid').isAbsent) value.fail('routes with several next hops are not supported');
    if (!value.get('encap').isAbsent) value.fail('routes that encapsulate are not supported');
    if (!value.get('via').isAbsent) value.get('via').fail('gateways of another family are not supported');
    const planned = readRoute(value, names, SAVED_ROUTE_KEYS, familyHint(value, family));
    const derived = planned.route.table === TABLE_LOCAL && value.get('protocol').raw === 'kernel';
    if (!derived) yield planned;
  }
}

/** Entries without a hardware address (FAILED, INCOMPLETE) say nothing. */
function readNeighbour(value: JsonValue, names: ReadonlyMap<string, number>): PlannedNeighbour[] {
  const mac = value.get('lladdr');
  if (mac.isAbsent || value.get('dst').isAbsent) return [];
  return [{ dev: readDevice(value.get('dev'), names), words: readAddress(value.get('dst')).words, mac: readMac(mac) }];
}

/** `all` first, then `default`, then single devices: a listing shows values that are all in force. */
function readSysctls(files: ReadonlyMap<string, string>): (readonly [string, number])[] {
  const forwarding: (readonly [string, number])[] = [
    ['net.ipv4.ip_forward', 1],
    ['net.ipv6.conf.all.forwarding', 1],
  ];
  for (const name of SAVED_FILES.sysctl) {
    const text = files.get(name);
    if (text === undefined) continue;
    const weight = (key: string): number =>
      key.includes('.conf.all.') || key.endsWith('.ip_forward') ? 0 : key.includes('.conf.default.') ? 1 : 2;
    const own = [...parseSysctlText(text)].sort(([a], [b]) => weight(a) - weight(b));
    return [...KERNEL_SYSCTLS, ...own];
  }
  return [...KERNEL_SYSCTLS, ...forwarding];
}
