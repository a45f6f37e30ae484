/**
 * Recorded kernel: random packets through the tracker, compared with what Linux did with each (recorded/README.md).
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Conntrack } from '../../../src/conntrack/conntrack.ts';
import { directionOf, StateBit, Status } from '../../../src/conntrack/ctinfo.ts';
import { Hook } from '../../../src/hook/hook.ts';
import { HookTable } from '../../../src/hook/hook-table.ts';
import { Verdict } from '../../../src/hook/verdict.ts';
import { Random } from '../../../src/inet/random.ts';
import { formatConntrackList } from '../../../src/report/conntrack-list.ts';
import { packetOf, START_SEC } from '../../support/conntrack-machine.ts';

type Recorded = readonly [
  from: number,
  hex: string,
  state: string,
  direction: string,
  status: string,
  events: string,
  verdict: string,
  at: string,
];

interface Walk {
  readonly sysctls: Readonly<Record<string, number>>;
  readonly stats?: { readonly invalid: number; readonly error: number; readonly insert_failed: number };
  readonly packets: readonly Recorded[];
  readonly table: readonly (readonly [line: string, timeoutSec: number])[];
}

const STATES: Readonly<Record<number, string>> = {
  [StateBit.Invalid]: 'INVALID',
  [StateBit.Established]: 'ESTABLISHED',
  [StateBit.Related]: 'RELATED',
  [StateBit.New]: 'NEW',
  [StateBit.Untracked]: 'UNTRACKED',
};
const BITS: readonly (readonly [bit: number, name: string])[] = [
  [Status.Expected, 'EXPECTED'],
  [Status.SeenReply, 'SEEN_REPLY'],
  [Status.Assured, 'ASSURED'],
  [Status.Confirmed, 'CONFIRMED'],
  [Status.Dying, 'DYING'],
  [Status.Helper, 'HELPER'],
];
const SLACK_SEC = 6;
const FTP_CONTROL = 21;

function load(name: string): Walk {
  return JSON.parse(readFileSync(new URL(`recorded/${name}.json`, import.meta.url), 'utf8')) as Walk;
}

class Replay {
  readonly conntrack: Conntrack;
  readonly hooks = new Map([4, 6].map((family) => [family, new HookTable()]));
  readonly events: string[] = [];
  readonly ftp: number;

  constructor(sysctls: Walk['sysctls']) {
    const value = (name: string, byDefault: number): number => sysctls[name] ?? byDefault;
    this.conntrack = new Conntrack({
      random: new Random(1),
      acct: 1,
      tcpLoose: value('tcp_loose', 1),
      tcpBeLiberal: value('tcp_be_liberal', 0),
      tcpIgnoreInvalidRst: value('tcp_ignore_invalid_rst', 0),
      checksum: value('checksum', 1),
    });
    for (const family of [4, 6] as const) {
      this.conntrack.enable(family);
      for (const entry of this.conntrack.hookEntries(family)) this.hooks.get(family)!.add(entry);
    }
    this.ftp = this.conntrack.template({ helper: 'ftp' });
    this.conntrack.events = { created: () => void this.events.push('new'), destroyed: () => void this.events.push('destroy') };
  }

  /** What became of a packet, in the shape of a recorded line without its octets. */
  pass([from, hex, , , , , verdict, at]: Recorded, withFtp: boolean): string[] {
    const { conntrack, events } = this;
    events.length = 0;
    const packet = packetOf(Uint8Array.from(Buffer.from(hex, 'hex')));
    packet.nowUs = START_SEC * 1e6;
    packet.indev = from + 1;
    if (withFtp && packet.dstPort === FTP_CONTROL) packet.ctTemplate = this.ftp;
    const hooks = this.hooks.get(packet.family)!;
    if (hooks.run(Hook.Prerouting, packet) !== Verdict.Accept) return ['', '', '', '', 'stopped'];
    const state = STATES[conntrack.stateBit(packet)]!;
    let direction = '';
    if (packet.ct >= 0) direction = directionOf(packet.ctinfo) === 0 ? 'ORIGINAL' : 'REPLY';
    let passed = true;
    if (verdict === 'forwarded' || at === 'POSTROUTING') passed = hooks.run(Hook.Postrouting, packet) === Verdict.Accept;
    if (verdict === 'local') passed = hooks.run(Hook.Input, packet) === Verdict.Accept;
    const bits = packet.ct >= 0 ? conntrack.status(packet.ct) : 0;
    const status = BITS.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name);
    conntrack.release(packet);
    return [state, direction, status.join(' '), events.join(' '), passed ? 'passed' : 'stopped'];
  }
}

function expected([, , state, direction, status, events, verdict, at]: Recorded, ours: readonly string[]): string[] {
  if (state === '') return ['', '', '', '', 'stopped'];
  const untracked = state === 'UNTRACKED' || state === 'INVALID';
  const kinds = events
    .split(' ')
    .map((event) => event.split(':')[0]!)
    .filter((kind) => kind === 'new' || kind === 'destroy');
  const stopped = at === 'POSTROUTING' || verdict === 'consumed';
  // what was dropped behind the tracker is not looked at again, so its last status is not known
  return [state, untracked ? '' : direction, stopped ? ours[2]! : status, kinds.join(' '), stopped ? 'stopped' : 'passed'];
}

describe('what Linux did with random packets', () => {
  it.each(['tcp', 'tcp-liberal', 'udp', 'icmp', 'sctp', 'other', 'mixed', 'fragments-4', 'fragments-6', 'ftp-4', 'ftp-6'])('%s', (name) => {
    const walk = load(name);
    const replay = new Replay(walk.sysctls);
    walk.packets.forEach((recorded, index) => {
      const ours = replay.pass(recorded, name.startsWith('ftp'));
      expect(ours, `packet ${index}`).toEqual(expected(recorded, ours));
    });
    const table = new Map(formatConntrackList(replay.conntrack, START_SEC * 1e6).map(splitTimeout));
    expect([...table.keys()].sort()).toEqual(walk.table.map(([line]) => line).sort());
    for (const [line, timeoutSec] of walk.table) {
      expect(table.get(line)! - timeoutSec, line).toBeGreaterThanOrEqual(0);
      expect(table.get(line)! - timeoutSec, line).toBeLessThan(SLACK_SEC);
    }
    if (walk.stats === undefined) return;
    const { stats } = replay.conntrack;
    expect({ invalid: stats.invalid, error: stats.error, insert_failed: stats.insertFailed }).toEqual(walk.stats);
  });
});

/** `tcp      6 431999 ESTABLISHED … use=1` as [`tcp ESTABLISHED …`, 431999]. */
function splitTimeout(line: string): [string, number] {
  const [name, , timeoutSec, ...rest] = line.replace(/ use=\d+$/, '').split(/ +/);
  return [[name, ...rest].join(' '), Number(timeoutSec)];
}
