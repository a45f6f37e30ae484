/**
 * Reads one route, as host.json writes it and as `ip -j route` prints it; the two differ in the names of some properties.
 *
 *   { dst, via, dev, metric, type, table, mtu, src, tos, scope, onlink }   host.json
 *   { dst, gateway, dev, metric, type, table, metrics: [{ mtu }], prefsrc, tos, scope, flags, ... }   ip -j route
 *
 * What is left out has the value `ip route add` gives it.
 * @module
 */
import { RouteType } from '../packet/destination.ts';
import { type AddressField, parseAddressField, readAddress, readDevice, readNetwork, readRouteType, readTable } from './fields.ts';
import { Scope4 } from './interface.ts';
import type { JsonValue } from './json-value.ts';
import type { PlannedRoute } from './plan.ts';
import { BARE_ROUTE, TABLE_LOCAL, TABLE_MAIN } from './route.ts';

/** Metric of an IPv6 route that names none. */
const DEFAULT_METRIC6 = 1024;
const MAX_MTU = 0xffff_ffff;

/** The property names of one of the two notations. */
export interface RouteKeys {
  readonly gateway: string;
  readonly source: string;
}

export const HOST_ROUTE_KEYS: RouteKeys = { gateway: 'via', source: 'src' };
export const SAVED_ROUTE_KEYS: RouteKeys = { gateway: 'gateway', source: 'prefsrc' };

export function readRoute(value: JsonValue, names: ReadonlyMap<string, number>, keys: RouteKeys, family: 4 | 6): PlannedRoute {
  const via = value.get(keys.gateway);
  const gateway = via.isAbsent ? null : readAddress(via);
  const dst = readNetwork(value.get('dst'), gateway?.family ?? family);
  if (gateway !== null && gateway.family !== dst.family) via.fail('is of another family than the destination');
  const type = readRouteType(value.get('type'));
  const dev = value.get('dev');
  const device = dev.isAbsent ? 0 : readDevice(dev, names);
  if (device === 0 && gateway === null && type < RouteType.Blackhole) value.fail('has neither a gateway nor an interface');
  const [dst0 = 0, dst1 = 0, dst2 = 0, dst3 = 0] = dst.words;
  const [gw0 = 0, gw1 = 0, gw2 = 0, gw3 = 0] = gateway?.words ?? [];
  const [src0 = 0, src1 = 0, src2 = 0, src3 = 0] = readSource(value.get(keys.source), dst.family);
  return {
    family: dst.family,
    route: {
      ...BARE_ROUTE,
      type,
      table: readTable(value.get('table'), isLocalKind(type) ? TABLE_LOCAL : TABLE_MAIN),
      dst0,
      dst1,
      dst2,
      dst3,
      length: dst.length,
      dev: dst.family === 4 && type >= RouteType.Blackhole ? 0 : device,
      hasGateway: gateway === null ? 0 : 1,
      gw0,
      gw1,
      gw2,
      gw3,
      metric: readMetric(value.get('metric'), dst.family),
      tos: readTos(value.get('tos')),
      scope: readScope(value.get('scope'), defaultScope(type, gateway)),
      mtu: readMtu(value),
      src0,
      src1,
      src2,
      src3,
    },
  };
}

/** Types whose routes `ip route` puts into table local. */
function isLocalKind(type: RouteType): boolean {
  return type === RouteType.Local || type === RouteType.Broadcast || type === RouteType.Anycast;
}

function defaultScope(type: RouteType, gateway: AddressField | null): number {
  if (type === RouteType.Local) return Scope4.Host;
  if (type === RouteType.Broadcast || type === RouteType.Multicast || type === RouteType.Anycast) return Scope4.Link;
  return type === RouteType.Unicast && gateway === null ? Scope4.Link : Scope4.Universe;
}

const SCOPES: ReadonlyMap<string, number> = new Map([
  ['global', Scope4.Universe],
  ['site', Scope4.Site],
  ['link', Scope4.Link],
  ['host', Scope4.Host],
  ['nowhere', Scope4.Nowhere],
]);

function readScope(value: JsonValue, byDefault: number): number {
  if (value.isAbsent) return byDefault;
  return typeof value.raw === 'number' ? value.asInteger(0, 255) : (SCOPES.get(value.asString()) ?? value.asInteger(0, 255));
}

function readSource(value: JsonValue, family: 4 | 6): Int32Array {
  if (value.isAbsent) return new Int32Array(4);
  const source = readAddress(value);
  return source.family === family ? source.words : value.expected(`an IPv${family} address`);
}

/** Zero stands for the default of IPv6. */
function readMetric(value: JsonValue, family: 4 | 6): number {
  const metric = value.asInteger(0, 0xffff_ffff, 0);
  return family === 6 && metric === 0 ? DEFAULT_METRIC6 : metric;
}

/** `ip` writes a TOS in hexadecimal, with or without 0x. */
function readTos(value: JsonValue): number {
  if (value.isAbsent) return 0;
  if (typeof value.raw === 'number') return value.asInteger(0, 0xff);
  const text = value.asString();
  return /^(0x)?[0-9a-f]{1,2}$/i.test(text) ? Number.parseInt(text, 16) : value.expected('a TOS in hexadecimal');
}

/** `mtu` itself, or within the `metrics` list of `ip -j`. */
function readMtu(value: JsonValue): number {
  const own = value.get('mtu');
  if (!own.isAbsent) return own.asInteger(0, MAX_MTU);
  for (const metric of value.get('metrics').items()) {
    const mtu = metric.get('mtu');
    if (!mtu.isAbsent) return mtu.asInteger(0, MAX_MTU);
  }
  return 0;
}

/** Family of a route of `ip -j` that says only `default`: that of its gateway or source, else the file's. */
export function familyHint(value: JsonValue, byDefault: 4 | 6): 4 | 6 {
  for (const key of ['gateway', 'prefsrc', 'via', 'src']) {
    const text = value.get(key).raw;
    const address = typeof text === 'string' ? parseAddressField(text) : null;
    if (address !== null) return address.family;
  }
  return byDefault;
}
