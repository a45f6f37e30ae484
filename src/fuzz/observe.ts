/**
 * Observer: a machine under test that tells, for every packet put into it, what an invariant may ask: fate, state, rule, what left
 * where, and the connection table behind it.
 * @module
 */
import type { ConntrackLine } from '../conntrack/dump.ts';
import type { EngineSink } from '../engine/sink.ts';
import type { Fate } from '../engine/outcome.ts';
import { Hook } from '../hook/hook.ts';
import type { Host } from '../host/host.ts';
import { decode } from '../packet/decode.ts';
import { LinkType } from '../packet/link-type.ts';
import { Origin, Packet, type ReadonlyPacket } from '../packet/packet.ts';
import { Machine } from '../replay/machine.ts';
import type { StateName } from '../replay/result.ts';
import type { RulePlace } from '../xtables/rule-index.ts';
import type { RuleSet } from '../xtables/ruleset.ts';
import { SetStore } from '../xtables/set/store.ts';
import { type Ends, endsOf, isSound, type Sighting } from './sighting.ts';

/** What is put to the test. */
export interface Configuration {
  readonly host: Host;
  /** At most one a family. Read once: what rules keep between packets belongs to each machine. */
  readonly rules: readonly RuleSet[];
  /** Makes the sets that rules name; their contents change while packets pass. Default: none. */
  readonly sets?: () => SetStore;
  /** Seed of the machine's random choices; default 1. */
  readonly seed?: number;
}

/** A packet to put into the machine. */
export interface Injected {
  /** Interface it arrives on; 0: a process of the host sent it (`frame` begins with its IP header then). */
  readonly device: number;
  readonly frame: Uint8Array;
  readonly linkType: number;
  /** Microseconds since the epoch. */
  readonly nowUs: number;
}

export interface Observation {
  /** Place in the order of injection, from 0. */
  readonly index: number;
  readonly injected: Injected;
  readonly ends: Ends;
  /** Whether it arrived whole (no fragment) and with true checksums. */
  readonly sound: boolean;
  readonly verdict: Fate;
  /** Code of the drop (`NETFILTER_DROP`); '' when it was not dropped. */
  readonly reason: string;
  /** State conntrack gave it; null while connections are not tracked. */
  readonly state: StateName | null;
  readonly isReply: boolean;
  /** What dropped it; null when no rule did. */
  readonly rule: RulePlace | null;
  /** Interface it was about to leave by when it met FORWARD or OUTPUT; 0: it met neither. */
  readonly outdev: number;
  /** What left the host because of it, and what was delivered to the host (device 0), in order. */
  readonly seen: readonly Sighting[];
  /** The connection table behind it. */
  readonly table: readonly ConntrackLine[];
}

export class Observer implements EngineSink {
  readonly machine: Machine;
  private readonly packet: Packet = new Packet();
  private readonly before: Packet = new Packet();
  private index = 0;
  private seen: Sighting[] = [];
  private outdev = 0;

  constructor({ host, rules, sets, seed = 1 }: Configuration) {
    this.machine = new Machine(host, { seed, sink: this });
    const store = sets?.() ?? new SetStore();
    for (const set of rules) this.machine.attach(set, store);
    if (host.settings.conntrack === 'always') for (const family of [4, 6] as const) this.machine.trackConnections(family);
  }

  /** Put a packet in and tell what became of it. */
  put(injected: Injected): Observation {
    const { machine } = this;
    const before = this.aim(this.before, injected);
    const packet = this.aim(this.packet, injected);
    this.seen = [];
    this.outdev = 0;
    const result = injected.device === 0 ? machine.send(packet) : machine.receive(packet, injected.device);
    const { verdict, reason, state, rule } = result;
    return {
      index: this.index++,
      injected,
      ends: endsOf(before),
      sound: isWhole(before) && isSound(before),
      verdict,
      reason,
      state,
      isReply: machine.engine.outcome.ctDirection === 1,
      rule,
      outdev: this.outdev,
      seen: this.seen,
      table: machine.conntrack.dump(injected.nowUs),
    };
  }

  transmit(packet: Packet): void {
    this.see(packet, packet.outdev, packet.bytes.slice(packet.start, packet.end), packet.network - packet.start);
  }

  deliver(packet: ReadonlyPacket): void {
    this.see(packet, 0, packet.bytes.slice(packet.network, packet.networkEnd), 0);
  }

  hook(packet: ReadonlyPacket, hook: number): void {
    if ((hook === Hook.Forward || hook === Hook.Output) && packet.origin <= Origin.Local) this.outdev = packet.outdev;
  }

  private see(packet: ReadonlyPacket, device: number, frame: Uint8Array, network: number): void {
    this.seen.push({ device, frame, network, ends: endsOf(packet), sound: isSound(packet), madeByHost: packet.origin > Origin.Local });
  }

  private aim(packet: Packet, { frame, linkType, nowUs }: Injected): Packet {
    packet.reset();
    packet.blank(frame.length);
    packet.bytes.set(frame, packet.start);
    packet.nowUs = nowUs;
    packet.index = this.index;
    decode(packet, linkType);
    return packet;
  }
}

/** Put all packets into a fresh machine. */
export function observeAll(configuration: Configuration, packets: readonly Injected[]): Observation[] {
  const observer = new Observer(configuration);
  return packets.map((injected) => observer.put(injected));
}

/** Link type of frames for an interface: Ethernet where it has an address, else IP alone. */
export function linkTypeOf(host: Host, device: number): number {
  return device !== 0 && host.interfaces[device]?.mac != null ? LinkType.Ethernet : LinkType.Raw;
}

function isWhole({ family, fault, fragOffset, moreFragments }: ReadonlyPacket): boolean {
  return family !== 0 && fault === 0 && fragOffset === 0 && moreFragments === 0;
}
