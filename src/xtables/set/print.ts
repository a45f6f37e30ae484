/**
 * Sets as text: `ipset save` for reading back and `ipset list` for people. Members of hash sets are sorted as `-sorted` does,
 * those of bitmaps and lists stand in their own order.
 *
 * What the kernel picks at random or counts in its own structures cannot be known here: the memory size is 0, and initval is 0
 * in a listing and left out of a save unless the set's text named one.
 * @module
 */
import { formatAddress } from '../../inet/address.ts';
import { formatIpv4 } from '../../inet/ipv4.ts';
import * as ipproto from '../../inet/protocol.ts';
import { protocolName } from '../../inet/protocol.ts';
import { BitmapSet } from './bitmap-set.ts';
import { ElementFlag, HashSet } from './hash-set.ts';
import { formatIcmpCode } from './icmp-code.ts';
import type { IpSet } from './ip-set.ts';
import { ListSet } from './list-set.ts';
import { compareMembers } from './member-order.ts';
import type { SetStore } from './set-store.ts';

/** As `ipset save -sorted` writes all sets. */
export function printSets(store: SetStore): string {
  const lines: string[] = [];
  for (const set of inListingOrder(store)) {
    lines.push(`create ${set.name} ${set.type.name}${printHeader(set, false)}`);
    for (const member of members(set)) lines.push(`add ${set.name} ${member}`);
  }
  return lines.map((line) => `${line}\n`).join('');
}

/** As `ipset list -sorted` shows all sets. */
export function listSets(store: SetStore): string {
  return inListingOrder(store)
    .map((set) => {
      const shown = members(set);
      const head = [
        `Name: ${set.name}`,
        `Type: ${set.type.name}`,
        `Revision: ${set.type.revision}`,
        `Header:${printHeader(set, true)}`,
        'Size in memory: 0',
        `References: ${set.references}`,
        `Number of entries: ${shown.length}`,
        'Members:',
      ];
      return [...head, ...shown].map((line) => `${line}\n`).join('');
    })
    .join('\n');
}

/** Lists come behind the sets they may name. */
function inListingOrder(store: SetStore): IpSet[] {
  const sets = store.list();
  return [...sets.filter((set) => !(set instanceof ListSet)), ...sets.filter((set) => set instanceof ListSet)];
}

/** The create options, each with a blank before it. */
function printHeader(set: IpSet, listing: boolean): string {
  let text = '';
  for (const name of set.type.options) {
    const value = printOption(set, name, listing);
    if (value !== null) text += value === '' ? ` ${name}` : ` ${name} ${value}`;
  }
  return text;
}

/** The value of a create option, '' when it takes none, null when it does not print. */
function printOption(set: IpSet, name: string, listing: boolean): string | null {
  const { options } = set;
  switch (name) {
    case 'family':
      return options.family === 6 ? 'inet6' : 'inet';
    case 'hashsize':
      return String(options.hashsize);
    case 'maxelem':
      return String(options.maxelem);
    case 'bucketsize':
      return String(options.bucketsize);
    case 'initval':
      return options.initval === null && !listing ? null : `0x${(options.initval ?? 0).toString(16).padStart(8, '0')}`;
    case 'netmask':
      return options.netmask < 0 ? null : String(options.netmask);
    case 'bitmask':
      return options.bitmask === null ? null : formatAddress(options.bitmask);
    case 'markmask':
      return options.markmask === -1 ? null : `0x${(options.markmask >>> 0).toString(16).padStart(8, '0')}`;
    case 'timeout':
      return options.timeoutSec < 0 ? null : String(options.timeoutSec);
    case 'counters':
    case 'comment':
    case 'skbinfo':
      return options[name] ? '' : null;
    case 'range':
      return printRange(set);
    case 'size':
      return String(options.size);
    default:
      return null; // ipset 7.17 does not print forceadd
  }
}

function printRange({ type, options }: IpSet): string {
  if (type.fields[0] === 'port') return `${options.first}-${options.last}`;
  return `${formatIpv4(options.first | 0)}-${formatIpv4(options.last | 0)}`;
}

/** Members as text, in their order. */
function members(set: IpSet): string[] {
  if (set instanceof HashSet) return hashMembers(set).sort(compareMembers);
  if (set instanceof BitmapSet) return bitmapMembers(set);
  return set instanceof ListSet ? listMembers(set) : [];
}

function hashMembers(set: HashSet): string[] {
  const shown: string[] = [];
  const words = new Int32Array(set.key.length);
  for (let element = 0; element < set.end; element++) {
    if (!set.isAlive(element)) continue;
    for (let i = 0; i < words.length; i++) words[i] = set.word(element, i);
    const fields = set.type.fields.map((field, i) => printField(set, element, words, field, i));
    const flags = set.flags[element]!;
    const nomatch = (flags & ElementFlag.NoMatch) !== 0 ? ' nomatch' : '';
    const wildcard = (flags & ElementFlag.Wildcard) !== 0 ? ' wildcard' : '';
    shown.push(fields.join(',') + printTimeout(set, element, -1) + nomatch + wildcard + printValues(set, element));
  }
  return shown;
}

function printField(set: HashSet, element: number, words: Int32Array, field: string, i: number): string {
  const at = set.offsets[i]!;
  switch (field) {
    case 'ip':
      return formatAddress(words.slice(at, at + set.addressWords));
    case 'net':
      return printNetwork(set, words, i);
    case 'port':
      return printPort(words[at]!);
    case 'mac':
      return [24, 16, 8, 0].map((shift) => hex(words[at]! >>> shift)).join(':') + `:${hex(words[at + 1]! >>> 8)}:${hex(words[at + 1]!)}`;
    case 'mark':
      return `0x${(words[at]! >>> 0).toString(16).padStart(8, '0')}`;
    default:
      return ((set.flags[element]! & ElementFlag.PhysDev) !== 0 ? 'physdev:' : '') + set.interfaces[element]!;
  }
}

function printNetwork(set: HashSet, words: Int32Array, i: number): string {
  const at = set.offsets[i]!;
  const isSecond = set.type.fields.indexOf('net') !== i;
  const length = (words[set.prefixWord]! >>> (isSecond ? 8 : 0)) & 0xff;
  const address = formatAddress(words.slice(at, at + set.addressWords));
  return length === set.addressWords * 32 ? address : `${address}/${length}`;
}

function printPort(word: number): string {
  const protocol = word >>> 16;
  const port = word & 0xffff;
  const name = protocolName(protocol) ?? String(protocol);
  if (protocol === ipproto.ICMP || protocol === ipproto.ICMPV6) return `${name}:${formatIcmpCode(port, protocol)}`;
  return `${name}:${port}`;
}

function hex(octet: number): string {
  return (octet & 0xff).toString(16).toUpperCase().padStart(2, '0');
}

function bitmapMembers(set: BitmapSet): string[] {
  const shown: string[] = [];
  for (let place = 0; place < set.end; place++) {
    if (!set.isAlive(place)) continue;
    const value = set.options.first + place * set.step;
    const mac = set.macOf(place);
    let text = set.type.fields[0] === 'port' ? String(value) : formatIpv4(value | 0);
    if (mac >= 0) text += `,${Array.from(set.macBytes.subarray(mac, mac + 6), hex).join(':')}`;
    shown.push(text + printTimeout(set, place, set.extensions.timed ? set.remainingSec(place) : -1) + printValues(set, place));
  }
  return shown;
}

function listMembers(list: ListSet): string[] {
  const shown: string[] = [];
  list.members.forEach((member, i) => {
    if (!list.isAlive(i)) return;
    const column = list.columns[i]!;
    shown.push(member.name + printTimeout(list, column, -1) + printValues(list, column));
  });
  return shown;
}

/** ` timeout N`, of a set with timeouts; `known` is the number when it is not the extension's own. */
function printTimeout(set: IpSet, element: number, known: number): string {
  if (!set.extensions.timed) return '';
  return ` timeout ${known >= 0 ? known : set.extensions.remainingSec(element, set.nowUs)}`;
}

function printValues(set: IpSet, element: number): string {
  const { extensions } = set;
  const { counters, skbinfo } = extensions.features;
  let text = counters ? ` packets ${extensions.packets[element]!} bytes ${extensions.bytes[element]!}` : '';
  const comment = extensions.comments[element] ?? null;
  if (comment !== null) text += ` comment "${comment}"`;
  if (!skbinfo) return text;
  const mark = extensions.skbMark[element]! >>> 0;
  const mask = extensions.skbMask[element]! >>> 0;
  const priority = extensions.skbPriority[element]! >>> 0;
  const queue = extensions.skbQueue[element]!;
  if (mark !== 0 || mask !== 0) text += ` skbmark 0x${mark.toString(16)}${mask === 0xffffffff ? '' : `/0x${mask.toString(16)}`}`;
  if (priority !== 0) text += ` skbprio ${(priority >>> 16).toString(16)}:${(priority & 0xffff).toString(16)}`;
  if (queue !== 0) text += ` skbqueue ${queue}`;
  return text;
}
