/**
 * SET: add the packet's fields to an ip set, delete them, or take over what the set's element says (skbinfo).
 *
 *   -j SET --add-set NAME src,dst [--exist] [--timeout 60]
 *   -j SET --del-set NAME src
 *   -j SET --map-set NAME src [--map-mark] [--map-prio] [--map-queue]
 *
 * Several may stand in one rule; they are done in this order. Always goes on. A set whose contents are in doubt
 * (xtables/doubt.ts) stays so, whatever is added to it or deleted.
 * Reference: iptables-extensions(8), "SET". Kernel counterpart: net/netfilter/xt_set.c.
 * @module
 */
import { HooklineError } from '../../errors.ts';
import { Hook, hookMask } from '../../hook/hook.ts';
import { Verdict } from '../../hook/verdict.ts';
import type { Packet } from '../../packet/packet.ts';
import type { GivenOption, Options } from '../options.ts';
import type { Services } from '../services.ts';
import type { IpSet } from '../set/ip-set.ts';
import { SET_TIMEOUT } from '../set/query.ts';
import type { TargetModule } from '../target.ts';
import { readUint } from './number.ts';

/** A set and which side of the packet each of its dimensions looks at. */
export interface SetUse {
  readonly name: string;
  readonly flags: readonly ('src' | 'dst')[];
}

export interface SetTargetInfo {
  readonly add: SetUse | null;
  readonly del: SetUse | null;
  readonly map: SetUse | null;
  readonly exist: boolean;
  /** Seconds, or SET_TIMEOUT. */
  readonly timeoutSec: number;
  readonly mapMark: boolean;
  readonly mapPrio: boolean;
  readonly mapQueue: boolean;
}

const MAX_DIMENSIONS = 6;
const MAX_NAME = 31;
/** The kernel's largest timeout is what its jiffies can hold; more is cut down. */
const MAX_TIMEOUT_SEC = 2147483;

export const set: TargetModule<SetTargetInfo> = {
  name: 'SET',
  scope: 'global',
  hooks: ({ mapPrio, mapQueue }) => (mapPrio || mapQueue ? hookMask(Hook.Forward, Hook.Output, Hook.Postrouting) : -1),
  options: [
    { name: 'add-set', args: 2 },
    { name: 'del-set', args: 2 },
    { name: 'map-set', args: 2 },
    { name: 'exist', args: 0 },
    { name: 'timeout' },
    { name: 'map-mark', args: 0 },
    { name: 'map-prio', args: 0 },
    { name: 'map-queue', args: 0 },
  ],

  parse(options) {
    const info = {
      add: readUse(options.get('add-set')),
      del: readUse(options.get('del-set')),
      map: readUse(options.get('map-set')),
      exist: options.has('exist'),
      timeoutSec: readTimeout(options),
      mapMark: options.has('map-mark'),
      mapPrio: options.has('map-prio'),
      mapQueue: options.has('map-queue'),
    };
    if (info.add === null && info.del === null && info.map === null) {
      options.fail("you must specify either '--add-set' or '--del-set' or '--map-set'");
    }
    if (info.add === null)
      for (const name of ['exist', 'timeout']) options.get(name)?.fail(`flag '--${name}' can be used with '--add-set' only`);
    if (info.map !== null && !info.mapMark && !info.mapPrio && !info.mapQueue) {
      options.fail("you must specify flags '--map-mark' or '--map-prio' or '--map-queue'");
    }
    if (info.map === null && (info.mapMark || info.mapPrio || info.mapQueue)) options.fail("'--map-set' is missing");
    if (info.map !== null && options.context.table !== 'mangle') options.fail('--map-set is only usable from the mangle table');
    return info;
  },

  print: (info) => words(info, '--').join(' '),
  list: (info) => words(info, '').join(' '),

  compile(info, services) {
    const timeoutSec = Math.min(info.timeoutSec, MAX_TIMEOUT_SEC);
    const add = resolve(info.add, services);
    const del = resolve(info.del, services);
    const map = resolve(info.map, services);
    const { query } = services.sets;
    return (packet) => {
      if (add !== null) add.set.add(packet, add.flags, timeoutSec, info.exist);
      if (del !== null) del.set.del(packet, del.flags);
      if (map !== null && map.set.test(packet, map.flags)) takeOver(packet, info, query);
      return Verdict.Continue;
    };
  },
};

function readUse(option: GivenOption | undefined): SetUse | null {
  if (option === undefined) return null;
  const [name, words] = option.values as [string, string];
  if (name.length > MAX_NAME) option.fail(`setname '${name}' too long, max ${MAX_NAME} characters`);
  const flags = words.split(',');
  if (flags.length > MAX_DIMENSIONS) option.fail(`can't be more src/dst options than ${MAX_DIMENSIONS}`);
  for (const flag of flags) {
    if (flag !== 'src' && flag !== 'dst') option.fail("you must specify (the comma separated list of) 'src' or 'dst'");
  }
  return { name, flags: flags as ('src' | 'dst')[] };
}

function readTimeout(options: Options): number {
  const option = options.get('timeout');
  return option === undefined ? SET_TIMEOUT : readUint(option, 0, 0xfffffffe);
}

function words(info: SetTargetInfo, dashes: string): string[] {
  const out: string[] = [];
  const use = (verb: string, { name, flags }: SetUse): void => {
    out.push(`${dashes}${verb}-set ${name} ${flags.join(',')}`);
  };
  if (info.add !== null) use('add', info.add);
  if (info.exist) out.push(`${dashes}exist`);
  if (info.timeoutSec !== SET_TIMEOUT) out.push(`${dashes}timeout ${info.timeoutSec}`);
  if (info.del !== null) use('del', info.del);
  if (info.map !== null) use('map', info.map);
  if (info.mapMark) out.push(`${dashes}map-mark`);
  if (info.mapPrio) out.push(`${dashes}map-prio`);
  if (info.mapQueue) out.push(`${dashes}map-queue`);
  return out;
}

interface Resolved {
  readonly set: IpSet;
  readonly flags: Uint8Array;
}

function resolve(use: SetUse | null, { sets, host, family, doubt }: Services): Resolved | null {
  if (use === null || (doubt?.about(use) ?? null) !== null) return null;
  const found = sets.acquire(use.name, host);
  if (found === undefined) throw new HooklineError('ERR_SET', `set ${use.name} doesn't exist${sets.hint(use.name)}`);
  if (found.family !== 0 && found.family !== family) {
    throw new HooklineError('ERR_SET', `the protocol family of set ${use.name} is IPv${found.family}, which is not applicable`);
  }
  return { set: found, flags: Uint8Array.from(use.flags, (flag) => (flag === 'src' ? 1 : 0)) };
}

function takeOver(
  packet: Packet,
  { mapMark, mapPrio }: SetTargetInfo,
  found: { skbMark: number; skbMask: number; skbPriority: number },
): void {
  if (mapMark) packet.mark = (packet.mark & ~found.skbMask) ^ found.skbMark;
  if (mapPrio) packet.priority = found.skbPriority;
}
