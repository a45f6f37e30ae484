/**
 * A connection tracker with its hooks and nothing else: packets arrive, pass PREROUTING and POSTROUTING (or are dropped in
 * between) and tell what became of them. Every packet has a buffer of exactly its own size, so that a read beyond it throws.
 */
import { Conntrack, type ConntrackOptions } from '../../src/conntrack/conntrack.ts';
import { directionOf, StateBit, Status } from '../../src/conntrack/ctinfo.ts';
import { tcpStateName } from '../../src/conntrack/invalid.ts';
import { Hook } from '../../src/hook/hook.ts';
import { HookTable } from '../../src/hook/hook-table.ts';
import { Verdict } from '../../src/hook/verdict.ts';
import { Random } from '../../src/inet/random.ts';
import { decodeNetwork } from '../../src/packet/decode.ts';
import { Packet } from '../../src/packet/packet.ts';

const STATES = new Map<number, string>([
  [StateBit.Invalid, 'INVALID'],
  [StateBit.Established, 'ESTABLISHED'],
  [StateBit.Related, 'RELATED'],
  [StateBit.New, 'NEW'],
  [StateBit.Untracked, 'UNTRACKED'],
]);

export const START_SEC = 1_700_000_000;

export interface Fate {
  readonly state: string;
  readonly direction: 'original' | 'reply';
  readonly verdict: Verdict;
  readonly entry: number;
  /** State of a TCP entry, '' without one. */
  readonly tcp: string;
  readonly timeoutSec: number;
  readonly assured: boolean;
  readonly seenReply: boolean;
  readonly invalid: string;
}

export interface Way {
  /** Seconds after START_SEC. */
  readonly at?: number;
  /** Dropped between PREROUTING and POSTROUTING. */
  readonly dropped?: boolean;
  /** Sent by the host: OUTPUT instead of PREROUTING. */
  readonly local?: boolean;
  readonly template?: number;
  readonly indev?: number;
  readonly mark?: number;
}

/** A packet of exactly these octets of IP. */
export function packetOf(bytes: Uint8Array): Packet {
  const packet = new Packet();
  const own = bytes.slice();
  packet.bytes = own;
  packet.view = new DataView(own.buffer);
  packet.end = own.length;
  packet.wireLength = own.length;
  packet.network = 0;
  decodeNetwork(packet);
  return packet;
}

export class ConntrackMachine {
  readonly conntrack: Conntrack;
  readonly hooks4 = new HookTable();
  readonly hooks6 = new HookTable();
  now = 0;

  constructor(options: Partial<ConntrackOptions> = {}) {
    this.conntrack = new Conntrack({ random: new Random(7), acct: 1, ...options });
    for (const family of [4, 6] as const) {
      this.conntrack.enable(family);
      for (const entry of this.conntrack.hookEntries(family)) this.hooks(family).add(entry);
    }
  }

  hooks(family: number): HookTable {
    return family === 6 ? this.hooks6 : this.hooks4;
  }

  /** One packet on its whole way. */
  pass(bytes: Uint8Array, way: Way = {}): Fate {
    const packet = this.enter(bytes, way);
    const fate = this.leave(packet, way);
    this.conntrack.release(packet);
    return fate;
  }

  /** Into PREROUTING or OUTPUT; the packet keeps its connection. */
  enter(bytes: Uint8Array, way: Way = {}): Packet {
    const packet = packetOf(bytes);
    this.now = way.at ?? this.now;
    packet.nowUs = (START_SEC + this.now) * 1e6;
    packet.ctTemplate = way.template ?? 0;
    packet.indev = way.indev ?? 1;
    packet.mark = way.mark ?? 0;
    this.verdict = this.hooks(packet.family).run(way.local === true ? Hook.Output : Hook.Prerouting, packet);
    return packet;
  }

  private verdict: Verdict = Verdict.Accept;

  leave(packet: Packet, way: Way = {}): Fate {
    const { conntrack } = this;
    const state = STATES.get(conntrack.stateBit(packet)) ?? '?';
    const invalid = conntrack.describeInvalid();
    const direction = directionOf(packet.ctinfo) === 0 ? 'original' : 'reply';
    let { verdict } = this;
    if (verdict === Verdict.Accept && way.dropped !== true) verdict = this.hooks(packet.family).run(Hook.Postrouting, packet);
    const entry = packet.ct;
    const status = entry >= 0 ? conntrack.status(entry) : 0;
    return {
      state,
      direction,
      verdict,
      entry,
      tcp: entry >= 0 && conntrack.protocol(entry) === 6 ? tcpStateName(conntrack.tcpState(entry)) : '',
      timeoutSec: entry >= 0 ? conntrack.timeoutSec(entry, packet.nowUs) : 0,
      assured: (status & Status.Assured) !== 0,
      seenReply: (status & Status.SeenReply) !== 0,
      invalid,
    };
  }
}
