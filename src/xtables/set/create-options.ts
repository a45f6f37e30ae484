/**
 * The options of a `create` line, read for one set type and brought to what the kernel makes of them.
 * @module
 */
import { parseIpv6 } from '../../inet/ipv6.ts';
import { bitmapPlaces } from './bitmap-set.ts';
import { parseAddress4, parseNumber, parsePortRange, type Fail } from './element-parse.ts';
import type { SetOptions } from './ip-set.ts';
import type { SetType } from './set-type.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const DEFAULTS: SetOptions = {
  family: 0,
  timeoutSec: -1,
  counters: false,
  comment: false,
  skbinfo: false,
  hashsize: 1024,
  maxelem: 65536,
  bucketsize: 12,
  initval: null,
  forceadd: false,
  netmask: -1,
  bitmask: null,
  markmask: -1,
  first: 0,
  last: 0,
  size: 8,
};

/** Largest timeout the kernel takes, in seconds. */
export const MAX_TIMEOUT_SEC = 2147483;
const MAX_BITMAP = 65536;
const MIN_HASH = 64;
const MAX_HASH = 2 ** 31;
const MIN_LIST = 4;
const U32 = 0xffffffff;

/** Options that once meant something. */
const IGNORED = ['resize', 'probes', 'gc'];
const FLAGS = ['counters', 'comment', 'skbinfo', 'forceadd'] as const;
const OLD_RANGE = ['from', 'to', 'network'];

/** Read the words behind the type's name. */
export function parseCreateOptions(type: SetType, words: readonly string[], fail: Fail): SetOptions {
  const given = collect(type, words, fail);
  const options: Writable<SetOptions> = { ...DEFAULTS };
  options.family = familyOf(type, given, fail);
  for (const flag of FLAGS) options[flag] = given.has(flag);
  const number = (name: string, min: number, max: number, fallback: number): number => {
    const text = given.get(name);
    if (text === undefined) return fallback;
    const value = parseNumber(text, max);
    return value === null || value < min ? fail(text, `'${text}' is out of range ${min}-${max}`) : value;
  };
  options.timeoutSec = number('timeout', 0, MAX_TIMEOUT_SEC, -1);
  options.hashsize = Math.max(MIN_HASH, powerOfTwo(number('hashsize', 0, MAX_HASH, 1024)));
  options.maxelem = number('maxelem', 0, U32, 65536);
  options.bucketsize = bucketSize(number('bucketsize', 0, 255, 12));
  options.initval = given.has('initval') ? number('initval', 0, U32, 0) : null;
  options.markmask = number('markmask', 1, U32, U32) | 0;
  options.size = Math.max(MIN_LIST, number('size', 0, U32, 8));
  readMasks(type, options, given, number, fail);
  if (type.method === 'bitmap') readRange(type, options, given, fail);
  return options;
}

/** The options as name and word; '' for those that take none. */
function collect(type: SetType, words: readonly string[], fail: Fail): Map<string, string> {
  const given = new Map<string, string>();
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const name = word.replace(/^--/, '');
    if (name === '-4' || name === '-6') given.set('family', name === '-4' ? 'inet' : 'inet6');
    else if ((FLAGS as readonly string[]).includes(name) && type.options.includes(name)) given.set(name, '');
    else if (isKnown(type, name)) {
      const value = words[++i];
      if (value === undefined) fail(word, `missing mandatory argument of option '${name}'`);
      if (!IGNORED.includes(name)) given.set(name, value);
    } else fail(word, `unknown argument: '${word}'`);
  }
  return given;
}

function isKnown(type: SetType, name: string): boolean {
  if (type.options.includes(name)) return true;
  if (OLD_RANGE.includes(name)) return type.method === 'bitmap';
  return type.method === 'hash' && IGNORED.includes(name);
}

function familyOf(type: SetType, given: ReadonlyMap<string, string>, fail: Fail): 0 | 4 | 6 {
  if (!type.options.includes('family')) return type.name === 'bitmap:ip' || type.name === 'bitmap:ip,mac' ? 4 : 0;
  const family = given.get('family') ?? 'inet';
  if (family === 'inet' || family === 'ipv4') return 4;
  return family === 'inet6' || family === 'ipv6' ? 6 : fail(family, `unknown INET family ${family}`);
}

function readMasks(
  type: SetType,
  options: Writable<SetOptions>,
  given: ReadonlyMap<string, string>,
  number: (name: string, min: number, max: number, fallback: number) => number,
  fail: Fail,
): void {
  const bits = options.family === 6 ? 128 : 32;
  const netmask = number('netmask', 1, bits, -1);
  options.netmask = netmask === bits && type.method === 'hash' ? -1 : netmask;
  const bitmask = given.get('bitmask');
  if (bitmask === undefined) return;
  if (given.has('netmask')) fail(bitmask, 'bitmask and netmask are mutually exclusive, provide only one');
  const words = options.family === 6 ? parseIpv6(bitmask) : wordOf(parseAddress4(bitmask));
  if (words === null || words.every((word) => word === 0)) fail(bitmask, `cannot parse ${bitmask} as a bitmask`);
  options.bitmask = words;
}

function wordOf(address: number | null): Int32Array | null {
  return address === null ? null : Int32Array.of(address);
}

/** The range of a bitmap, widened to whole networks of its netmask. */
function readRange(type: SetType, options: Writable<SetOptions>, given: ReadonlyMap<string, string>, fail: Fail): void {
  const from = given.get('from');
  const to = given.get('to');
  const text = given.get('range') ?? given.get('network') ?? (from !== undefined && to !== undefined ? `${from}-${to}` : undefined);
  if (text === undefined) fail(type.name, "mandatory option 'range' is missing");
  const [first, last] = type.fields[0] === 'port' ? portEnds(text, fail) : addressEnds(text, fail);
  options.first = first;
  options.last = last;
  if (options.netmask >= 0) {
    const step = 2 ** (32 - options.netmask);
    options.first = first - (first % step);
    options.last = last - (last % step) + step - 1;
    const bits = networkBits(options.first, options.last);
    if (bits < 0 || options.netmask <= bits) fail(text, 'element is out of the range of the set');
  }
  if (bitmapPlaces(options) > MAX_BITMAP) fail(text, 'the range you specified exceeds the size limit of the set type');
}

/** Length of the network that two addresses begin and lie in, or -1: the kernel wants a bitmap of networks to be one itself. */
function networkBits(first: number, last: number): number {
  if (first === 0 && last === U32) return 0;
  for (let bits = 31; bits > 0; bits--) if (last - (last % 2 ** (32 - bits)) === first) return bits;
  return -1;
}

function portEnds(text: string, fail: Fail): [number, number] {
  if (!text.includes('-')) fail(text, 'FROM-TO range of ports must be specified');
  const { first, last } = parsePortRange(text, fail);
  return [first, last];
}

function addressEnds(text: string, fail: Fail): [number, number] {
  const [from, to] = text.split('-');
  const a = parseAddress4(from!.split('/')[0]!);
  if (a === null) fail(text, `cannot parse ${text} as an IPv4 range`);
  if (to !== undefined) {
    const b = parseAddress4(to) ?? fail(text, `cannot parse ${text} as an IPv4 range`);
    return [Math.min(a, b), Math.max(a, b)];
  }
  const length = parseNumber(text.split('/')[1] ?? '', 32);
  if (length === null) fail(text, `IP/cidr or IP-IP range must be specified: ${text}`);
  const span = 2 ** (32 - length);
  const first = a - (a % span);
  return [first, first + span - 1];
}

function powerOfTwo(value: number): number {
  return value <= 1 ? 1 : 2 ** Math.ceil(Math.log2(value));
}

/** The kernel takes even numbers from 2 to 12, and rounds the rest. */
function bucketSize(value: number): number {
  return Math.min(12, Math.max(2, value + (value % 2)));
}
