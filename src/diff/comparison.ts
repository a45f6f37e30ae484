/**
 * Comparison: two machines side by side over the same packets, and what becomes of a packet otherwise in the second than in the
 * first. Takes packets as an Engine does: in one pass, with memory for two connection tables and one packet.
 *
 *   packet -> old machine -> fate, frames, decisions \
 *        copy -> new machine -> the same of it       -> what differs -> by which rules -> groups
 *
 * A packet of a connection that has changed before belongs to the pair of rules that changed it, unless both machines still see
 * the connection alike and rules of their own tell this packet apart.
 * @module
 */
import type { Outcome } from '../engine/outcome.ts';
import type { Host } from '../host/host.ts';
import { Packet } from '../packet/packet.ts';
import { type DescribedRule, describeRule } from '../replay/describe-rule.ts';
import type { Taker } from '../replay/replay.ts';
import { formatPacket } from '../report/tcpdump.ts';
import { Cause, type Walked } from './cause.ts';
import { ChangedConnections } from './changed-connections.ts';
import { type ChangedPacket, type ChangeGroup, ChangeGroups } from './change-groups.ts';
import { fateText, fateWord } from './fate-text.ts';
import type { Change } from './held-frames.ts';
import { RuleKeys, RuleTexts } from './rule-keys.ts';
import { Side, type SideOptions } from './side.ts';

/** Pairs of rules that are remembered for connections. */
const MAX_PAIRS = 65_536;

interface Pair {
  readonly old: number;
  readonly new: number;
  readonly oldParting: number;
  readonly newParting: number;
}

interface SideKeys {
  readonly 4: RuleKeys | null;
  readonly 6: RuleKeys | null;
}

export class Comparison implements Taker {
  readonly old: Side;
  readonly new: Side;
  readonly groups: ChangeGroups = new ChangeGroups();
  /** Whether the packet on its way is told: the others go through both machines and are not counted. */
  telling: () => boolean = () => true;
  packets = 0;
  /** Packets, octets and tracked connections that change. */
  changedPackets = 0;
  changedOctets = 0;
  changedConnections = 0;
  /** Packets whose fate is the same by rules that read differently. */
  otherRule = 0;
  private readonly copy: Packet = new Packet();
  /** The packet as it arrived: machines write to theirs. */
  private readonly arrived: Packet = new Packet();
  /** Interface numbers of the new host by those of the old one; null while they are one host. */
  private readonly devices: Int32Array | null;
  private readonly cause: Cause = new Cause();
  private readonly oldKeys: SideKeys;
  private readonly newKeys: SideKeys;
  /** Whether the pair found last is that of an earlier packet of the connection. */
  private followed = false;
  private readonly pairs: Pair[] = [];
  private readonly pairNumbers: Map<string, number> = new Map();
  private readonly oldConnections: ChangedConnections;
  private readonly newConnections: ChangedConnections;

  constructor(old: SideOptions, fresh: SideOptions) {
    this.old = new Side(old);
    this.new = new Side(fresh);
    const texts = new RuleTexts();
    this.oldKeys = keysOf(this.old, texts);
    this.newKeys = keysOf(this.new, texts);
    this.devices = old.host === fresh.host ? null : devicesByName(old.host, fresh.host);
    this.oldConnections = new ChangedConnections(this.old.engine.conntrack);
    this.newConnections = new ChangedConnections(this.new.engine.conntrack);
  }

  /** Where packets arrive is the old host's affair. */
  get host(): Host {
    return this.old.host;
  }

  /** As Engine.receive(); the outcome is the old machine's. */
  receive(packet: Packet): Outcome {
    return this.take(packet, false);
  }

  /** As Engine.send(). */
  send(packet: Packet): Outcome {
    return this.take(packet, true);
  }

  private take(packet: Packet, local: boolean): Outcome {
    const copy = this.copyOf(packet);
    this.arrived.copyFrameFrom(packet);
    this.old.take(packet, local);
    this.new.take(copy, local);
    const telling = this.telling();
    if (telling) this.packets++;
    const change = this.changeOf();
    if (change !== null) this.note(change, packet);
    else if (telling && this.decidedOtherwise(packet.family)) this.otherRule++;
    return this.old.outcome;
  }

  private copyOf(packet: Packet): Packet {
    const { copy, devices } = this;
    copy.reset();
    copy.copyFrameFrom(packet);
    copy.index = packet.index;
    copy.nowUs = packet.nowUs;
    copy.remainderNs = packet.remainderNs;
    copy.indev = devices === null ? packet.indev : devices[packet.indev]!;
    copy.pktType = packet.pktType;
    return copy;
  }

  private changeOf(): Change | null {
    const a = this.old.outcome;
    const b = this.new.outcome;
    if (a.verdict !== b.verdict) return 'fate';
    const change = this.old.frames.changeTo(this.new.frames);
    if (change !== null) return change;
    return a.verdict !== 'dropped' && a.mark !== b.mark ? 'mark' : null;
  }

  private decidedOtherwise(family: number): boolean {
    const [a, b] = [this.old.lastRule, this.new.lastRule];
    if (a < 0 && b < 0) return false;
    return (keys(this.oldKeys, family)?.keyOf(a) ?? 0) !== (keys(this.newKeys, family)?.keyOf(b) ?? 0);
  }

  private note(change: Change, { index, nowUs }: Packet): void {
    const { wireLength, family } = this.arrived;
    const pair = this.pairFor(family);
    const { followed } = this;
    const isFirst = this.noteConnections(pair);
    if (!this.telling()) return;
    this.changedPackets++;
    this.changedOctets += wireLength;
    const [from, to] = [fateWord(this.old, change), fateWord(this.new, change)];
    const group = this.groups.find(`${pair.old} ${pair.new} ${family} ${change} ${from} ${to}`, () => ({
      change,
      followed: 0,
      from,
      to,
      old: described(this.old, family, pair.old),
      new: described(this.new, family, pair.new),
      parting: this.partingOf(pair, family),
      packets: 0,
      octets: 0,
      connections: 0,
      first: this.example(index, nowUs),
    }));
    this.groups.count(group, wireLength, followed);
    if (!isFirst) return;
    this.changedConnections++;
    const counted = this.groups.all[group];
    if (counted !== undefined) counted.connections++;
  }

  private partingOf({ oldParting, newParting }: Pair, family: number): ChangeGroup['parting'] {
    if (oldParting < 0 && newParting < 0) return null;
    return { old: described(this.old, family, oldParting), new: described(this.new, family, newParting) };
  }

  private example(index: number, nowUs: number): ChangedPacket {
    return { index, time: nowUs / 1e6, packet: formatPacket(this.arrived), old: fateText(this.old), new: fateText(this.new) };
  }

  private pairFor(family: number): Pair {
    const a = this.old.outcome;
    const b = this.new.outcome;
    const known = this.oldConnections.causeOf(a.ct) || this.newConnections.causeOf(b.ct);
    this.followed = true;
    if (known !== 0 && a.ctState !== b.ctState) return this.pairs[known - 1]!;
    const { cause } = this;
    cause.find(walked(this.old, this.oldKeys, family), walked(this.new, this.newKeys, family));
    if (known !== 0 && !cause.found) return this.pairs[known - 1]!;
    this.followed = false;
    const { old, new: fresh, oldParting, newParting } = cause;
    return { old, new: fresh, oldParting, newParting };
  }

  /** Whether the packet's connection is in the table of a machine and had not changed before. */
  private noteConnections(pair: Pair): boolean {
    const a = this.old.outcome.ct;
    const b = this.new.outcome.ct;
    const known = this.oldConnections.causeOf(a) !== 0 || this.newConnections.causeOf(b) !== 0;
    const number = this.numberOf(pair);
    const inOld = this.oldConnections.note(a, number);
    const inNew = this.newConnections.note(b, number);
    return !known && (inOld || inNew);
  }

  private numberOf(pair: Pair): number {
    const key = `${pair.old} ${pair.new}`;
    let number = this.pairNumbers.get(key);
    if (number === undefined) {
      number = Math.min(this.pairs.length, MAX_PAIRS - 1) + 1;
      if (this.pairs.length < MAX_PAIRS) this.pairs.push(pair);
      this.pairNumbers.set(key, number);
    }
    return number;
  }
}

function keysOf(side: Side, texts: RuleTexts): SideKeys {
  const keysFor = (family: 4 | 6): RuleKeys | null => {
    const rules = side.rulesOf(family);
    return rules === null ? null : new RuleKeys(rules, texts);
  };
  return { 4: keysFor(4), 6: keysFor(6) };
}

function keys(of: SideKeys, family: number): RuleKeys | null {
  return family === 6 ? of[6] : of[4];
}

function walked(side: Side, of: SideKeys, family: number): Walked {
  return { log: side.log, rules: side.rulesOf(family), keys: keys(of, family), lastRule: side.lastRule };
}

function described(side: Side, family: number, rule: number): DescribedRule | null {
  const rules = side.rulesOf(family);
  return rules === null || rule < 0 ? null : describeRule(rules, rule);
}

/** 0 where the new host has no interface of the name. */
function devicesByName(old: Host, fresh: Host): Int32Array {
  return Int32Array.from(old.interfaces, (device) => (device === undefined ? 0 : (fresh.interfaceByName(device.name)?.index ?? 0)));
}
