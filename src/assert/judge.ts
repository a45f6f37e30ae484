/**
 * Judge: every packet against every expectation. A packet meets an expectation when it is of its flow:
 *
 *   from    the interface it came in by, or its source as it arrived; `host`: a local process sent it
 *   to      the interface it left by (or would have, where it was dropped behind the routing decision), its destination as it
 *           arrived or as it left; `host`: the router itself took it, or would have
 *
 * and then the outcome holds or not. One pass, nothing kept but counts and the first packets that fail.
 * @module
 */
import { describeDropReason, dropReasonCode } from '../engine/drop-reason.ts';
import { stageName } from '../engine/outcome.ts';
import { formatIpv4 } from '../inet/ipv4.ts';
import { formatIpv6 } from '../inet/ipv6.ts';
import { inRanges } from '../inet/ports.ts';
import { type Prefix, prefixContains } from '../inet/prefix.ts';
import { DestinationKind } from '../packet/destination.ts';
import { Origin, Packet, type ReadonlyPacket } from '../packet/packet.ts';
import { type DescribedRule, describeRule } from '../replay/describe-rule.ts';
import { formatPacket } from '../report/tcpdump.ts';
import type { Side } from '../diff/side.ts';
import type { Expectation, Outcome, Place, What } from './expectation.ts';

/** Packets told of one expectation. */
const EXAMPLES = 3;

/** A packet that was not as expected (or, of `no`, was). */
export interface Example {
  readonly index: number;
  readonly time: number;
  /** As tcpdump prints it. */
  readonly packet: string;
  /** `dropped in FORWARD`, `forwarded by eth0 as ...`. */
  readonly fate: string;
  readonly rule: DescribedRule | null;
}

export class Tested {
  readonly expectation: Expectation;
  /** Packets of its flow. */
  met = 0;
  /** Those for which the outcome held. */
  held = 0;
  readonly examples: Example[] = [];

  constructor(expectation: Expectation) {
    this.expectation = expectation;
  }

  /** `vacuous`: no packet met it, and so it says nothing. */
  verdict(allowVacuous: boolean): 'passed' | 'failed' | 'vacuous' {
    const { quantifier, count } = this.expectation;
    const { met, held } = this;
    const wanted = count === null || isRight(count, held);
    if (met === 0 && !allowVacuous && !(count !== null && wanted)) return 'vacuous';
    const right = quantifier === 'no' ? held === 0 : quantifier === 'all' ? held === met : held > 0 || met === 0 || count !== null;
    return right && (quantifier === 'no' || wanted) ? 'passed' : 'failed';
  }
}

function isRight({ kind, number }: NonNullable<Expectation['count']>, held: number): boolean {
  return kind === 'at least' ? held >= number : kind === 'at most' ? held <= number : held === number;
}

export class Judge {
  readonly tested: readonly Tested[];
  private readonly side: Side;
  private readonly arrived: Packet = new Packet();

  constructor(side: Side, expectations: readonly Expectation[]) {
    this.side = side;
    this.tested = expectations.map((expectation) => new Tested(expectation));
  }

  /** Before the machine takes a packet, which it may write to. */
  begin(packet: Packet): void {
    this.arrived.copyFrameFrom(packet);
    this.arrived.indev = packet.indev;
  }

  /** Behind it; `local`: a process on the host sent it. */
  note(packet: Packet, local: boolean): void {
    for (const tested of this.tested) {
      const { expectation } = tested;
      if (!this.isOfFlow(expectation, packet, local)) continue;
      tested.met++;
      const holds = this.holds(expectation.outcome) && (expectation.by === '' || this.isDecidedBy(expectation.by));
      if (holds) tested.held++;
      if (holds === (expectation.quantifier === 'no') && tested.examples.length < EXAMPLES) tested.examples.push(this.example(packet));
    }
  }

  private isOfFlow({ from, to, what }: Expectation, packet: Packet, local: boolean): boolean {
    return this.isAsAsked(what) && this.comesFrom(from, local) && this.goesTo(to, packet);
  }

  private isAsAsked({ protocol, ports, states }: What): boolean {
    const { arrived } = this;
    if (states !== 0 && (this.side.outcome.ctState & states) === 0) return false;
    if (protocol >= 0 && arrived.protocol !== protocol) return false;
    return ports === null || (arrived.dstPort >= 0 && inRanges(ports, arrived.dstPort));
  }

  private comesFrom({ any, host, devices, prefixes }: Place, local: boolean): boolean {
    const { arrived } = this;
    if (any || (host && local)) return true;
    if (!local && devices.includes(this.nameOf(arrived.indev))) return true;
    return prefixes.some((prefix) => hasSource(prefix, arrived));
  }

  private goesTo({ any, host, devices, prefixes }: Place, packet: Packet): boolean {
    const { arrived, side } = this;
    if (any) return true;
    const { own } = side.frames;
    if (prefixes.some((prefix) => hasDestination(prefix, arrived) || (own !== null && hasDestination(prefix, own)))) return true;
    if (host && (side.outcome.delivered || (side.outcome.verdict === 'dropped' && packet.dst.kind === DestinationKind.Local))) return true;
    if (devices.length === 0) return false;
    const left = side.frames.device !== '' ? side.frames.device : side.outcome.delivered ? '' : this.nameOf(packet.outdev);
    return left !== '' && devices.includes(left);
  }

  private holds(outcome: Outcome): boolean {
    const { verdict } = this.side.outcome;
    switch (outcome.kind) {
      case 'accepted':
        return verdict === 'forwarded' || verdict === 'local' || verdict === 'sent';
      case 'rejected':
        return verdict === 'dropped' && this.side.frames.answer?.origin === Origin.Reject;
      case 'delivered':
        return verdict === 'local';
      case 'reaches':
        return verdict !== 'dropped' && this.reaches(outcome.place);
      case 'translated':
        return this.isTranslatedTo(outcome.prefix, outcome.port);
      case 'untranslated':
        return this.side.frames.own !== null && !isTranslated(this.arrived, this.side.frames.own);
      default:
        return verdict === outcome.kind;
    }
  }

  private reaches({ any, host, devices, prefixes }: Place): boolean {
    const { outcome, frames } = this.side;
    const { own } = frames;
    if (own === null) return false;
    if (any || (host && outcome.delivered)) return true;
    return (!outcome.delivered && devices.includes(frames.device)) || prefixes.some((prefix) => hasDestination(prefix, own));
  }

  private isTranslatedTo(prefix: Prefix, port: number): boolean {
    const { own } = this.side.frames;
    const { arrived } = this;
    if (own === null) return false;
    const source = hasSource(prefix, own) && (port < 0 || own.srcPort === port) && sourceChanged(arrived, own);
    return source || (hasDestination(prefix, own) && (port < 0 || own.dstPort === port) && destinationChanged(arrived, own));
  }

  /** Whether a table's last word on the packet was this rule's. */
  private isDecidedBy(by: string): boolean {
    const { log } = this.side;
    const rules = this.side.rulesOf(this.arrived.family);
    if (rules === null) return false;
    for (let i = 0; i < log.count; i++) {
      const place = rules.describe(log.rule(i));
      if (place === null) continue;
      if (place.name === by) return true;
      if (place.location !== null && isPlace(by, place.location)) return true;
    }
    return false;
  }

  private example({ index, nowUs }: Packet): Example {
    const { side, arrived } = this;
    const rules = side.rulesOf(arrived.family);
    const rule = side.decidingRule;
    return {
      index,
      time: nowUs / 1e6,
      packet: formatPacket(arrived),
      fate: this.fate(),
      rule: rules === null || rule < 0 ? null : describeRule(rules, rule),
    };
  }

  private fate(): string {
    const { outcome, frames } = this.side;
    if (outcome.verdict === 'dropped') {
      const code = dropReasonCode(outcome.dropReason);
      return `dropped in ${stageName(outcome.dropStage)}${code === 'NETFILTER_DROP' ? '' : ` (${code}: ${describeDropReason(outcome.dropReason)})`}`;
    }
    const by = frames.device === '' ? '' : ` by ${frames.device}`;
    const as = frames.own === null || !isTranslated(this.arrived, frames.own) ? '' : ` as ${endpoints(frames.own)}`;
    return `${outcome.verdict}${by}${as}`;
  }

  private nameOf(device: number): string {
    return this.side.host.interfaces[device]?.name ?? '';
  }
}

/** `rules.v4:36` names a line of a file by the end of its path. */
function isPlace(by: string, { file, line }: { readonly file: string; readonly line: number }): boolean {
  const colon = by.lastIndexOf(':');
  if (colon <= 0 || by.slice(colon + 1) !== String(line)) return false;
  const name = by.slice(0, colon);
  return file === name || file.endsWith(`/${name}`);
}

function hasSource(prefix: Prefix, packet: ReadonlyPacket): boolean {
  return packet.family === prefix.family && prefixContains(prefix, packet.src0, packet.src1, packet.src2, packet.src3);
}

function hasDestination(prefix: Prefix, packet: ReadonlyPacket): boolean {
  return packet.family === prefix.family && prefixContains(prefix, packet.dst0, packet.dst1, packet.dst2, packet.dst3);
}

function isTranslated(a: ReadonlyPacket, b: ReadonlyPacket): boolean {
  return sourceChanged(a, b) || destinationChanged(a, b);
}

function sourceChanged(a: ReadonlyPacket, b: ReadonlyPacket): boolean {
  return a.src0 !== b.src0 || a.src1 !== b.src1 || a.src2 !== b.src2 || a.src3 !== b.src3 || a.srcPort !== b.srcPort;
}

function destinationChanged(a: ReadonlyPacket, b: ReadonlyPacket): boolean {
  return a.dst0 !== b.dst0 || a.dst1 !== b.dst1 || a.dst2 !== b.dst2 || a.dst3 !== b.dst3 || a.dstPort !== b.dstPort;
}

function endpoints(packet: ReadonlyPacket): string {
  const v6 = packet.family === 6;
  const src = v6 ? formatIpv6(packet.src0, packet.src1, packet.src2, packet.src3) : formatIpv4(packet.src0);
  const dst = v6 ? formatIpv6(packet.dst0, packet.dst1, packet.dst2, packet.dst3) : formatIpv4(packet.dst0);
  if (packet.srcPort < 0) return `${src} > ${dst}`;
  return v6 ? `[${src}]:${packet.srcPort} > [${dst}]:${packet.dstPort}` : `${src}:${packet.srcPort} > ${dst}:${packet.dstPort}`;
}
