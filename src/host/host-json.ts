/**
 * host.json: a router in one file, the format that scenarios are recorded with.
 *
 *   {
 *     "interfaces": [{ "name", "mac", "addresses": ["10.0.0.1/24", "fd00::1/64"], "mtu", "link", "vlan", "arp", "multicast" }],
 *     "routes":     [{ "dst", "via", "dev", "metric", "type", "table", "mtu", "src", "tos", "scope", "onlink" }],
 *     "neighbors":  [{ "dev", "ip", "mac" }],
 *     "ip_rules":   ["fwmark 1 lookup 100", "-6 from fd00::/8 lookup 7"],
 *     "sysctls":    { "net.ipv4.conf.default.rp_filter": 1 },
 *     "forwarding": true,
 *     "conntrack":  true | "auto",   "local_stack": "respond" | "sink",   "listeners": [{ "proto", "addr", "port", "transparent" }],
 *     "timeout_policies": { "short": { "family": 4, "protocol": "tcp", "timeouts": { "established": 100 } } }
 *   }
 *
 * A host starts from fixed sysctls (no source filter, no redirects, no link-local addresses; see RECORDED_SYSCTLS) and devices
 * that resolve no neighbours. `net.ipv4.conf.default.X` is applied to every interface. Other properties at the top are passed
 * over: they are the recorder's.
 * @module
 */
import { TCP, UDP } from '../inet/protocol.ts';
import { readAddress, readDevice, readDeviceName, readInterfaceAddress, readMac } from './fields.ts';
import { Host } from './host.ts';
import { JsonValue } from './json-value.ts';
import type { HostPlan, HostSettings, Listener, PlannedAddress, PlannedInterface, PlannedNeighbour, PlannedPolicy } from './plan.ts';
import { readRuleText } from './policy-text.ts';
import { HOST_ROUTE_KEYS, readRoute } from './route-field.ts';
import { RECORDED_SYSCTLS } from './sysctl.ts';
import { mask4 } from './interface.ts';

const DEFAULT_MTU = 1500;
const MIN_MTU = 68;
const MAX_MTU = 0x7fff_ffff;
const MAX_INTERFACES = 4096;
const MAX_TIMEOUT_SEC = 0xffff_ffff;

/**
 * The host a host.json describes, as text or as the object it holds.
 * @throws ERR_HOST with the file, the property and what was expected there.
 */
export function parseHost(json: string | object, file: string = 'host.json'): Host {
  const root = typeof json === 'string' ? JsonValue.parse(json, file) : new JsonValue(json, file);
  return new Host(planOf(root));
}

function planOf(root: JsonValue): HostPlan {
  const listed = root.get('interfaces').items();
  if (listed.length === 0) root.get('interfaces').expected('a list of at least one interface');
  if (listed.length > MAX_INTERFACES) root.get('interfaces').fail(`more than ${MAX_INTERFACES} interfaces`);
  const names = readNames(listed);
  const neighbours = root.get('neighbors').isAbsent ? root.get('neighbours') : root.get('neighbors');
  return {
    interfaces: listed.map((value) => readInterface(value, names)),
    sysctls: readSysctls(root, [...names.keys()]),
    routes: root
      .get('routes')
      .items()
      .map((value) => {
        value.onlyKeys(['dst', 'via', 'dev', 'metric', 'type', 'table', 'mtu', 'src', 'tos', 'scope', 'onlink']);
        return readRoute(value, names, HOST_ROUTE_KEYS, 4);
      }),
    rules: root
      .get('ip_rules')
      .items()
      .map((value) => readRuleText(value, names)),
    neighbours: neighbours.items().map((value) => readNeighbour(value, names)),
    connected4: true,
    connected6: true,
    listed: false,
    settings: readSettings(root),
  };
}

/** Interface numbers by name; names are used once. */
function readNames(listed: readonly JsonValue[]): Map<string, number> {
  const names = new Map<string, number>();
  for (const value of listed) {
    const name = readDeviceName(value.get('name'));
    if (names.has(name)) value.get('name').fail('is the name of another interface too');
    names.set(name, names.size + 1);
  }
  if (!names.has('lo')) names.set('lo', names.size + 1);
  return names;
}

function readInterface(value: JsonValue, names: ReadonlyMap<string, number>): PlannedInterface {
  value.onlyKeys(['name', 'mac', 'mtu', 'addresses', 'link', 'vlan', 'arp', 'multicast']);
  const mac = value.get('mac');
  const link = value.get('link');
  const vlan = value.get('vlan').asInteger(1, 4094, -1);
  if (vlan > 0 && link.isAbsent) value.get('vlan').fail('needs "link", the interface below');
  return {
    name: value.get('name').asString(),
    mac: mac.isAbsent ? null : readMac(mac),
    mtu: value.get('mtu').asInteger(MIN_MTU, MAX_MTU, value.get('name').raw === 'lo' ? 65_536 : DEFAULT_MTU),
    noArp: !value.get('arp').asBoolean(false),
    multicast: value.get('multicast').asBoolean(false),
    up: true,
    link: link.isAbsent ? 0 : readDevice(link, names),
    vlan,
    addresses: value.get('addresses').items().map(readAddressWithBroadcast),
  };
}

function readAddressWithBroadcast(value: JsonValue): PlannedAddress {
  const address = readInterfaceAddress(value);
  if (address.family === 6) return address;
  const { words, length } = address;
  return { ...address, broadcast: length < 31 ? words[0]! | ~mask4(length) : 0 };
}

function readNeighbour(value: JsonValue, names: ReadonlyMap<string, number>): PlannedNeighbour {
  value.onlyKeys(['dev', 'ip', 'mac']);
  return { dev: readDevice(value.get('dev'), names), words: readAddress(value.get('ip')).words, mac: readMac(value.get('mac')) };
}

/** The writes in the recorder's order: its surroundings, then what the file says, a value given twice at its first place. */
function readSysctls(root: JsonValue, devices: readonly string[]): [string, number][] {
  const writes = new Map<string, number>(RECORDED_SYSCTLS);
  const forwarding = root.get('forwarding').asBoolean(true) ? 1 : 0;
  writes.set('net.ipv4.ip_forward', forwarding);
  writes.set('net.ipv6.conf.all.forwarding', forwarding);
  for (const [key, value] of RECORDED_SYSCTLS) {
    for (const wide of deviceKeys(key, devices)) if (!writes.has(wide)) writes.set(wide, value);
  }
  const own = root.get('sysctls');
  for (const [key, value] of own.entries()) {
    const number = readSysctl(value);
    if (number === null) continue;
    const dotted = key.replaceAll('/', '.');
    for (const wide of deviceKeys(dotted, devices)) if (!wide.includes('.conf.lo.')) writes.set(wide, number);
    writes.set(dotted, number);
  }
  return [...writes];
}

/** The per-device keys that a key of `conf.default` stands for; none for any other key. */
function deviceKeys(key: string, devices: readonly string[]): string[] {
  const match = /^(net\.ipv[46]\.conf)\.default\.(\w+)$/.exec(key);
  return match === null ? [] : devices.map((device) => `${match[1]}.${device}.${match[2]}`);
}

/** A number, or the first number of a text; null for a text that is none. */
function readSysctl(value: JsonValue): number | null {
  const { raw } = value;
  if (typeof raw === 'boolean') return raw ? 1 : 0;
  if (typeof raw === 'number') return Number.isSafeInteger(raw) ? raw : value.expected('a whole number');
  const number = Number.parseInt(value.asString(), 10);
  return Number.isSafeInteger(number) ? number : null;
}

function readSettings(root: JsonValue): HostSettings {
  const conntrack = root.get('conntrack');
  const stack = root.get('local_stack');
  if (!conntrack.isAbsent && conntrack.raw !== 'auto' && typeof conntrack.raw !== 'boolean') conntrack.expected('true, false or "auto"');
  if (!stack.isAbsent && stack.raw !== 'respond' && stack.raw !== 'sink') stack.expected('"respond" or "sink"');
  return {
    conntrack: conntrack.isAbsent || conntrack.raw === true ? 'always' : 'auto',
    localStack: stack.raw === 'sink' ? 'sink' : 'respond',
    listeners: root.get('listeners').items().map(readListener),
    socketsGiven: !root.get('listeners').isAbsent,
    timeoutPolicies: new Map(
      root
        .get('timeout_policies')
        .entries()
        .map(([name, value]) => [name, readPolicy(value)]),
    ),
    nondeterministic: root
      .get('nondeterministic')
      .items()
      .map((value) => value.asString()),
  };
}

function readPolicy(value: JsonValue): PlannedPolicy {
  value.onlyKeys(['family', 'protocol', 'timeouts']);
  const seconds = value.get('timeouts').entries();
  return {
    family: value.get('family').asInteger(4, 6, 4) === 6 ? 6 : 4,
    tracker: value.get('protocol').asString(),
    seconds: new Map(seconds.map(([name, number]) => [name, number.asInteger(0, MAX_TIMEOUT_SEC)])),
  };
}

function readListener(value: JsonValue): Listener {
  const proto = value.get('proto').asString();
  if (proto !== 'udp' && proto !== 'tcp') value.get('proto').expected('"tcp" or "udp"');
  const addr = value.get('addr');
  const address = addr.isAbsent || addr.raw === '' ? null : readAddress(addr);
  return {
    protocol: proto === 'udp' ? UDP : TCP,
    family: address?.family ?? 4,
    address: address?.words ?? new Int32Array(1),
    port: value.get('port').asInteger(0, 65_535),
    transparent: value.get('transparent').asBoolean(false),
  };
}
