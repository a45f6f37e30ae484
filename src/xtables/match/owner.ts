/**
 * owner: who sent a packet from this host: the user and group of the socket's process.
 *
 *   -m owner [!] --uid-owner 0-999 [!] --gid-owner www-data [--suppl-groups] [!] --socket-exists
 *
 * A forwarded packet has no socket, nor has a reset that a REJECT or the IPv6 stack makes; ICMP messages and resets of the IPv4
 * stack come from sockets of the kernel's own, which belong to nobody. Local packets of a capture belong to the user and
 * group that the sysctls `hookline.local_uid` and `hookline.local_gid` of the host name, with no other groups; whose they are
 * where the host does not say is in doubt (xtables/doubt.ts), and root's in a recorded scenario.
 * Reference: iptables-extensions(8), "owner". Kernel counterpart: net/netfilter/xt_owner.c.
 * @module
 */
import { Hook, hookMask } from '../../hook/hook.ts';
import * as ipproto from '../../inet/protocol.ts';
import { Origin, type ReadonlyPacket } from '../../packet/packet.ts';
import type { MatchModule } from '../match.ts';
import type { GivenOption, Options } from '../options.ts';
import { groupNumber, userNumber } from './account-name.ts';
import { scanNumber } from './option-value.ts';

const NAME = 'owner';
/** The number above stands for "nobody" in the kernel. */
const MAX_ID = 0xffff_fffen;

/** Sysctls of the host that say whose its local packets are. */
export const LOCAL_UID = 'hookline.local_uid';
export const LOCAL_GID = 'hookline.local_gid';

const NO_SOCKET = 0;
/** One of the kernel's own: no file, so no owner. */
const KERNEL_SOCKET = 1;
const PROCESS_SOCKET = 2;

/** Ids `lo` to `hi`, or all others. */
export interface IdRange {
  readonly lo: number;
  readonly hi: number;
  readonly invert: boolean;
}

export interface OwnerInfo {
  readonly uid: IdRange | null;
  readonly gid: IdRange | null;
  /** Whether the gid may also be one of the process's other groups. */
  readonly groups: boolean;
  /** Whether a socket must (not) exist; null: not asked. */
  readonly socket: boolean | null;
}

export const owner: MatchModule<OwnerInfo> = {
  name: NAME,
  scope: 'stateless',
  hooks: hookMask(Hook.Output, Hook.Postrouting),
  options: [
    { name: 'uid-owner', invert: true },
    { name: 'gid-owner', invert: true },
    { name: 'socket-exists', args: 0, invert: true },
    { name: 'suppl-groups', args: 0 },
  ],

  parse(options) {
    const socket = options.get('socket-exists');
    const info: OwnerInfo = {
      uid: readIds(options.get('uid-owner'), userNumber),
      gid: readIds(options.get('gid-owner'), groupNumber),
      groups: options.has('suppl-groups'),
      socket: socket === undefined ? null : !socket.invert,
    };
    if (info.groups) checkOrder(options);
    if (info.uid === null && info.gid === null && info.socket === null) {
      options.fail('owner: At least one of --uid-owner, --gid-owner or --socket-exists is required');
    }
    return info;
  },

  print({ uid, gid, groups, socket }) {
    const words: string[] = [];
    if (socket !== null) words.push(`${socket ? '' : '! '}--socket-exists`);
    if (uid !== null) words.push(`${uid.invert ? '! ' : ''}--uid-owner ${formatIds(uid)}`);
    if (gid !== null) words.push(`${gid.invert ? '! ' : ''}--gid-owner ${formatIds(gid)}`);
    if (groups) words.push('--suppl-groups');
    return words.join(' ');
  },

  list({ uid, gid, groups, socket }) {
    const words: string[] = [];
    if (socket !== null) words.push(`${socket ? '' : '! '}owner socket exists`);
    if (uid !== null) words.push(`${uid.invert ? '! ' : ''}owner UID match ${formatIds(uid)}`);
    if (gid !== null) words.push(`${gid.invert ? '! ' : ''}owner GID match ${formatIds(gid)}`);
    if (groups) words.push('incl. suppl. groups');
    return words.join(' ');
  },

  compile(info, { host, doubt }) {
    const { uid, gid, groups, socket } = info;
    const idsUnasked = (uid === null || uid.invert) && (gid === null || gid.invert);
    const withoutSocket = idsUnasked && !groups && socket !== true;
    const withKernelSocket = idsUnasked && socket !== false;
    const withProcess = isSentBy(info, host.sysctl(LOCAL_UID, 0), host.sysctl(LOCAL_GID, 0));
    const supposed = doubt?.about(info) ?? null;
    return (packet) => {
      const kind = socketOf(packet);
      if (kind === PROCESS_SOCKET) return supposed === null ? withProcess : supposed.ask();
      return kind === KERNEL_SOCKET ? withKernelSocket : withoutSocket;
    };
  },
};

function socketOf(packet: ReadonlyPacket): number {
  const { origin } = packet;
  if (origin === Origin.Reject || origin === Origin.Stack) {
    if (packet.protocol !== ipproto.TCP) return KERNEL_SOCKET;
    return origin === Origin.Stack && packet.family === 4 ? KERNEL_SOCKET : NO_SOCKET;
  }
  return packet.local === 1 && origin !== Origin.Copy ? PROCESS_SOCKET : NO_SOCKET;
}

/** Whether a rule holds for what a process of this user and group sends. */
export function isSentBy({ uid, gid, socket }: OwnerInfo, user: number, group: number): boolean {
  return socket !== false && (uid === null || owns(uid, user)) && (gid === null || owns(gid, group));
}

function owns({ lo, hi, invert }: IdRange, id: number): boolean {
  return (id >= lo && id <= hi) !== invert;
}

/** `name`, `id` or `lo-hi`. */
function readIds(option: GivenOption | undefined, numberOf: (name: string) => number | null): IdRange | null {
  if (option === undefined) return null;
  const { value, invert } = option;
  const named = numberOf(value);
  if (named !== null) return { lo: named, hi: named, invert };
  const bad = (): never => option.fail(`${NAME}: Bad value for "--${option.name}" option: "${value}"`);
  const lo = scanNumber(value) ?? bad();
  const hi = value[lo.end] === '-' ? (scanNumber(value, lo.end + 1) ?? bad()) : lo;
  if (hi.end !== value.length || lo.value > MAX_ID || hi.value > MAX_ID || lo.value > hi.value) bad();
  return { lo: Number(lo.value), hi: Number(hi.value), invert };
}

function checkOrder(options: Options): void {
  const given = options.all();
  const groups = given.findIndex(({ name }) => name === 'suppl-groups');
  const gid = given.findIndex(({ name }) => name === 'gid-owner');
  if (gid < 0 || gid > groups) given[groups]!.fail('owner: Bad value for "--suppl-groups" option: "you need to use --gid-owner first"');
}

function formatIds({ lo, hi }: IdRange): string {
  return lo === hi ? `${lo}` : `${lo}-${hi}`;
}
