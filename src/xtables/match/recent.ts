/**
 * recent: lists of addresses with the times they were seen, filled and asked by rules.
 *
 *   -m recent [!] --set | --rcheck | --update | --remove [--seconds s [--reap]] [--hitcount n] [--rttl]
 *             [--name list] [--mask mask] [--rsource | --rdest]
 *
 * The lists and what happens to them are in recent-list.ts; a list belongs to all rules that name it, and the first rule to
 * name it gives it its mask. Options without effect on the answer (two --mask) follow the first rule as in the kernel.
 * Reference: iptables-extensions(8), "recent". Kernel counterpart: net/netfilter/xt_recent.c (behaviour only).
 * @module
 */
import { formatAddress, parseAddress } from '../../inet/address.ts';
import * as ipproto from '../../inet/protocol.ts';
import { Origin, type ReadonlyPacket } from '../../packet/packet.ts';
import type { MatchModule } from '../match.ts';
import type { Options } from '../options.ts';
import type { Services } from '../services.ts';
import { HZ } from './jiffies.ts';
import { forbidTogether, MAX_U32, unsigned } from './option-value.ts';
import { RecentList } from './recent-list.ts';

const NAME = 'recent';
const ACTIONS = ['set', 'rcheck', 'update', 'remove'] as const;
type Action = (typeof ACTIONS)[number];
/** Octets of a list's name; the rest is cut off. */
const NAME_LEN = 199;
const MAX_HITS = 65535;
/** Stamps kept for an address when no rule asks for a number of hits. */
const DEFAULT_STAMPS = 32;
/** What `-L` calls the actions. */
const LISTED: Readonly<Record<Action, string>> = { set: 'SET', rcheck: 'CHECK', update: 'UPDATE', remove: 'REMOVE' };

export interface RecentInfo {
  readonly action: Action;
  readonly invert: boolean;
  /** 0: any time. */
  readonly seconds: number;
  /** 0: any. */
  readonly hits: number;
  readonly reap: boolean;
  readonly ttl: boolean;
  readonly name: string;
  readonly mask: Int32Array;
  readonly side: 'rsource' | 'rdest';
}

export const recent: MatchModule<RecentInfo> = {
  name: NAME,
  scope: 'global',
  options: [
    ...ACTIONS.map((name) => ({ name, args: 0, invert: true }) as const),
    { name: 'seconds' },
    { name: 'reap', args: 0 },
    { name: 'hitcount' },
    { name: 'rttl', args: 0 },
    { name: 'name' },
    { name: 'mask' },
    { name: 'rsource', args: 0 },
    { name: 'rdest', args: 0 },
  ],

  parse(options) {
    const action = readAction(options);
    const sides = options.all().filter((given) => given.name === 'rsource' || given.name === 'rdest');
    const seconds = options.get('seconds');
    const hits = options.get('hitcount');
    const info: RecentInfo = {
      action,
      invert: options.get(action)!.invert,
      seconds: seconds === undefined ? 0 : unsigned(seconds, NAME, 1),
      hits: hits === undefined ? 0 : unsigned(hits, NAME),
      reap: options.has('reap'),
      ttl: options.has('rttl'),
      name: readName(options),
      mask: readMask(options),
      side: sides.at(-1)?.name === 'rdest' ? 'rdest' : 'rsource',
    };
    check(info, options);
    return info;
  },

  print(info) {
    const { action, seconds, hits, side } = info;
    const words = [`${info.invert ? '! ' : ''}--${action}`];
    if (seconds > 0) words.push(`--seconds ${seconds}`);
    if (info.reap) words.push('--reap');
    if (hits > 0) words.push(`--hitcount ${hits}`);
    if (info.ttl) words.push('--rttl');
    words.push(`--name ${info.name} --mask ${formatAddress(info.mask)} --${side}`);
    return words.join(' ');
  },

  list(info) {
    const words = [`${info.invert ? '! ' : ''}recent: ${LISTED[info.action]}`];
    if (info.seconds > 0) words.push(`seconds: ${info.seconds}`);
    if (info.reap) words.push('reap');
    if (info.hits > 0) words.push(`hit_count: ${info.hits}`);
    if (info.ttl) words.push('TTL-Match');
    words.push(`name: ${info.name} side: ${info.side === 'rdest' ? 'dest' : 'source'} mask: ${formatAddress(info.mask)}`);
    return words.join(' ');
  },

  compile(info, services) {
    const list = share(info, services);
    list.reserve(info.hits > 0 ? info.hits : DEFAULT_STAMPS);
    const { action, invert, hits, reap, ttl } = info;
    const useDst = info.side === 'rdest';
    const { seconds } = info;
    // The kernel multiplies in 32 bits, so more than 198 days wrap around.
    const ticks = Math.imul(seconds, HZ) >>> 0;
    return (packet) => {
      const hops = hopsOf(packet);
      list.aim(packet, useDst);
      const slot = list.find(ttl ? hops : 0);
      if (slot < 0) {
        if (action !== 'set') return invert;
        list.add(hops);
        return !invert;
      }
      if (action === 'set') {
        list.stamp(slot, hops);
        return !invert;
      }
      if (action === 'remove') {
        list.remove(slot);
        return !invert;
      }
      const from = list.now - ticks;
      const found = list.hits(slot, seconds > 0 ? from : Number.NEGATIVE_INFINITY, hits) !== invert;
      const update = action === 'update' && found;
      if (reap) list.reap(from, update ? slot : -1);
      if (update) list.stamp(slot, hops);
      return found;
    };
  },
};

function share(info: RecentInfo, services: Services): RecentList {
  return services.shared(NAME, info.name, () => new RecentList(info.mask));
}

function readAction(options: Options): Action {
  forbidTogether(options, NAME, ...ACTIONS);
  const action = ACTIONS.find((name) => options.has(name));
  return action ?? options.fail(`${NAME}: you must specify one of \`--set', \`--rcheck' \`--update' or \`--remove'`);
}

function readName(options: Options): string {
  const given = options.get('name');
  const name = (given?.value ?? 'DEFAULT').slice(0, NAME_LEN);
  if (name === '' || name === '.' || name === '..' || name.includes('/')) given?.fail(`${NAME}: "${name}" cannot name a list`);
  return name;
}

function readMask(options: Options): Int32Array {
  const { family } = options.context;
  const given = options.get('mask');
  if (given === undefined) return family === 4 ? Int32Array.of(-1) : Int32Array.of(-1, -1, -1, -1);
  return parseMask(given.value, family) ?? given.fail(`${NAME}: "${given.value}" is no mask`);
}

/** A mask is an address to iptables: `24` is 0.0.0.24. */
function parseMask(text: string, family: 4 | 6): Int32Array | null {
  const mask = parseAddress(text, family);
  if (mask !== null || family === 6 || !/^[0-9]{1,10}$/.test(text)) return mask;
  const word = Number(text);
  return word <= MAX_U32 ? Int32Array.of(word | 0) : null;
}

/** What iptables and the kernel refuse. */
function check(info: RecentInfo, options: Options): void {
  forbidTogether(options, NAME, 'set', 'rttl');
  if (info.reap && info.seconds === 0) options.get('reap')!.fail(`${NAME}: option "--reap" also requires "--seconds"`);
  if (info.hits > MAX_HITS) options.get('hitcount')!.fail(`${NAME}: hitcount (${info.hits}) is larger than allowed maximum (${MAX_HITS})`);
  if (info.action !== 'set' && info.action !== 'remove') return;
  if (info.seconds > 0 || info.hits > 0 || info.reap || info.ttl) {
    options.get(info.action)!.fail(`${NAME}: "--${info.action}" takes neither --seconds, --hitcount, --reap nor --rttl`);
  }
}

/** TTL or hop limit as it was before forwarding: one more once a way out is known, unless a socket of the host sent it. */
function hopsOf(packet: ReadonlyPacket): number {
  const hops = packet.view.getUint8(packet.network + (packet.family === 4 ? 8 : 7));
  return packet.outdev !== 0 && !hasSocket(packet) ? (hops + 1) & 0xff : hops;
}

/** Local packets and ICMP errors belong to a socket; a reset does not. */
function hasSocket(packet: ReadonlyPacket): boolean {
  if (packet.local !== 0 || packet.origin === Origin.Local || packet.origin === Origin.Stack) return true;
  return packet.origin === Origin.Reject && packet.protocol !== ipproto.TCP;
}
