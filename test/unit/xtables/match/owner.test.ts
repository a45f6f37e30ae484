/**
 * owner: texts as iptables-legacy 1.8.9 answered them; answers as a Linux 6.18 router gave them.
 */
import { describe, expect, it } from 'vitest';
import { plainRouter } from '../../../../src/host/plain-router.ts';
import { parseHost } from '../../../../src/host/host-json.ts';
import { Origin, type Packet } from '../../../../src/packet/packet.ts';
import { DoubtLab } from '../../../support/doubt-lab.ts';
import { ipv4, ipv6, packetOf } from '../../../support/frames.ts';
import { answerOf, answers, checkTexts, matchOf } from '../../../support/match-lab.ts';

describe('text of owner', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-m owner --uid-owner root', 'FAIL', 'owner match: used from hooks FORWARD, but only usable from OUTPUT/POSTROUTING'],
  ['-m owner --uid-owner 0x10', 'FAIL', 'owner match: used from hooks FORWARD, but only usable from OUTPUT/POSTROUTING'],
  ['-m owner --uid-owner 0', 'FAIL', 'owner match: used from hooks FORWARD, but only usable from OUTPUT/POSTROUTING'],
]);
  // biome-ignore format: a table
  checkTexts([
  ['-m owner --uid-owner root', '-m owner --uid-owner 0', 'owner UID match 0'],
  ['-m owner --uid-owner 0-10', '=', 'owner UID match 0-10'],
  ['-m owner --uid-owner 10-5', 'FAIL', 'owner: Bad value for "--uid-owner" option: "10-5"'],
  ['-m owner --uid-owner 5-5', '-m owner --uid-owner 5', 'owner UID match 5'],
  ['-m owner --uid-owner nosuch', 'FAIL', 'owner: Bad value for "--uid-owner" option: "nosuch"'],
  ['-m owner --uid-owner -1', 'FAIL', 'owner: Bad value for "--uid-owner" option: "-1"'],
  ['-m owner --uid-owner 4294967295', 'FAIL', 'owner: Bad value for "--uid-owner" option: "4294967295"'],
  ['-m owner --uid-owner 4294967294', '=', 'owner UID match 4294967294'],
  ['-m owner --uid-owner 4294967296', 'FAIL', 'owner: Bad value for "--uid-owner" option: "4294967296"'],
  ['-m owner ! --uid-owner 1 ! --gid-owner 2 ! --socket-exists', '-m owner ! --socket-exists ! --uid-owner 1 ! --gid-owner 2', '! owner socket exists ! owner UID match 1 ! owner GID match 2'],
  ['-m owner --uid-owner 1 --gid-owner 2 --socket-exists', '-m owner --socket-exists --uid-owner 1 --gid-owner 2', 'owner socket exists owner UID match 1 owner GID match 2'],
  ['-m owner --socket-exists', '=', 'owner socket exists'],
  ['-m owner --gid-owner 0-10 --suppl-groups', '=', 'owner GID match 0-10 incl. suppl. groups'],
  ['-m owner --suppl-groups --gid-owner 0-10', 'FAIL', 'owner: Bad value for "--suppl-groups" option: "you need to use --gid-owner first"'],
  ['-m owner --suppl-groups', 'FAIL', 'owner: Bad value for "--suppl-groups" option: "you need to use --gid-owner first"'],
  ['-m owner --gid-owner 0-10 ! --suppl-groups', 'FAIL', 'owner: option "--suppl-groups" cannot be inverted'],
  ['-m owner --gid-owner root', '-m owner --gid-owner 0', 'owner GID match 0'],
  ['-m owner --gid-owner daemon', '-m owner --gid-owner 1', 'owner GID match 1'],
  ['-m owner', 'FAIL', 'owner: At least one of --uid-owner, --gid-owner or --socket-exists is required'],
  ['-m owner --pid-owner 3', 'FAIL', 'unknown option "--pid-owner" (did you mean "--uid-owner"?)'],
  ['-m owner --uid-owner 1-', 'FAIL', 'owner: Bad value for "--uid-owner" option: "1-"'],
  ['-m owner --uid-owner www-data', '-m owner --uid-owner 33', 'owner UID match 33'],
  ['-m owner --uid-owner 0x10', '-m owner --uid-owner 16', 'owner UID match 16'],
  ['-m owner --uid-owner 010', '-m owner --uid-owner 8', 'owner UID match 8'],
  ['-m owner --uid-owner " 5"', '-m owner --uid-owner 5', 'owner UID match 5'],
  ['-m owner --gid-owner 5-5 --suppl-groups', '-m owner --gid-owner 5 --suppl-groups', 'owner GID match 5 incl. suppl. groups'],
  ['-m owner ! --gid-owner 5 --suppl-groups', '=', '! owner GID match 5 incl. suppl. groups'],
  ['-m owner --gid-owner nosuch', 'FAIL', 'owner: Bad value for "--gid-owner" option: "nosuch"'],
  ['-m owner --uid-owner 5-root', 'FAIL', 'owner: Bad value for "--uid-owner" option: "5-root"'],
  ['-m owner --uid-owner nobody', '-m owner --uid-owner 65534', 'owner UID match 65534'],
  ['-m owner --uid-owner 1-2-3', 'FAIL', 'owner: Bad value for "--uid-owner" option: "1-2-3"'],
  ['-m owner --uid-owner ""', 'FAIL', 'owner: Bad value for "--uid-owner" option: ""'],
  ['-m owner --gid-owner nogroup', '-m owner --gid-owner 65534', 'owner GID match 65534'],
  ['-m owner --gid-owner 1-0', 'FAIL', 'owner: Bad value for "--gid-owner" option: "1-0"'],
], { chain: 'OUTPUT' });
  // biome-ignore format: a table
  checkTexts([
  ['-m owner --uid-owner 3', '=', 'owner UID match 3'],
], { table: 'mangle', chain: 'POSTROUTING' });
  // biome-ignore format: a table
  checkTexts([
  ['-m owner --uid-owner 3', 'FAIL', 'owner match: used from hooks INPUT, but only usable from OUTPUT/POSTROUTING'],
], { table: 'mangle', chain: 'INPUT' });
  // biome-ignore format: a table
  checkTexts([
  ['-m owner --uid-owner 3', '=', 'owner UID match 3'],
], { family: 6, chain: 'OUTPUT' });
});

/** Rules of the recorded run; below, the numbers of those that matched. */
const RULES = [
  '--socket-exists',
  '! --socket-exists',
  '--uid-owner 0',
  '! --uid-owner 0',
  '--gid-owner 0',
  '--gid-owner 0 --suppl-groups',
  '! --uid-owner 0 --socket-exists',
  '! --gid-owner 5 --suppl-groups',
  '--socket-exists ! --uid-owner 1000',
];
const TCP = 6;
const ICMP = 1;
const ICMPV6 = 58;
const KERNEL_SOCKET = [1, 4, 7, 8, 9];
const NO_SOCKET = [2, 4];

const made = (protocol: number, origin: Origin): Packet => packetOf(ipv4({ protocol }, new Uint8Array(20)), { origin });

describe('answers of owner', () => {
  const host = plainRouter();
  const made6 = (next: number, origin: Origin): Packet => packetOf(ipv6({ next }, new Uint8Array(20)), { origin });
  it.each<[string, Packet, number[]]>([
    ['ICMP of the stack', made(ICMP, Origin.Stack), KERNEL_SOCKET],
    ['ICMP of a REJECT', made(ICMP, Origin.Reject), KERNEL_SOCKET],
    ['a reset of the stack', made(TCP, Origin.Stack), KERNEL_SOCKET],
    ['a reset of a REJECT', made(TCP, Origin.Reject), NO_SOCKET],
    ['ICMPv6 of the stack', made6(ICMPV6, Origin.Stack), KERNEL_SOCKET],
    ['ICMPv6 of a REJECT', made6(ICMPV6, Origin.Reject), KERNEL_SOCKET],
    ['an IPv6 reset of the stack', made6(TCP, Origin.Stack), NO_SOCKET],
    ['an IPv6 reset of a REJECT', made6(TCP, Origin.Reject), NO_SOCKET],
    ['a forwarded packet', made(TCP, Origin.Received), NO_SOCKET],
    ['a local packet', packetOf(ipv4({}), { local: 1, origin: Origin.Local }), [1, 3, 5, 6, 8, 9]],
  ])('%s', (_, packet, expected) => {
    const matched = RULES.flatMap((rule, i) =>
      answerOf(matchOf(`-m owner ${rule}`, { host }, { chain: 'OUTPUT' }), packet) === true ? [i + 1] : [],
    );
    expect(matched).toEqual(expected);
  });

  it('takes the sender of local packets from the host', () => {
    const named = parseHost({
      interfaces: [{ name: 'eth0', mac: '02:00:00:00:00:01', addresses: [], mtu: 1500 }],
      sysctls: { 'hookline.local_uid': 1000, 'hookline.local_gid': 33 },
    });
    const packet = packetOf(ipv4({}), { local: 1, origin: Origin.Local });
    const ask = (rule: string) => answers(`-m owner ${rule}`, [packet], { host: named }, { chain: 'OUTPUT' })[0];
    expect(ask('--uid-owner 1000')).toBe(true);
    expect(ask('--uid-owner 0-999')).toBe(false);
    expect(ask('! --gid-owner www-data')).toBe(false);
    expect(ask('--uid-owner 1000 --gid-owner 34')).toBe(false);
  });
});

describe('owner in doubt', () => {
  const lab = new DoubtLab();
  const services = { host: plainRouter(), doubt: lab };
  const ask = (packet: Packet): unknown => answerOf(matchOf('-m owner --uid-owner 0', services, { chain: 'OUTPUT' }), packet);
  const local = packetOf(ipv4({}), { local: 1, origin: Origin.Local });

  it.each([true, false])('takes the supposed answer for a local packet: %s', (holds) => {
    lab.begin(holds);
    expect([ask(local), lab.asked]).toEqual([holds, 1]);
  });

  it.each([
    ['a forwarded packet', made(TCP, Origin.Received)],
    ['what the stack makes', made(ICMP, Origin.Stack)],
    ['a copy', packetOf(ipv4({}), { local: 1, origin: Origin.Copy })],
  ])('knows about %s', (_, packet) => {
    lab.begin(true);
    expect([ask(packet), lab.asked]).toEqual([false, 0]);
  });
});
