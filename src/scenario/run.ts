/**
 * Runs a scenario through an engine and writes what came of it in the recorder's own shape.
 * @module
 */
import { formatConntrackNorm } from '../report/conntrack-list.ts';
import { StateBit } from '../conntrack/ctinfo.ts';
import { dropReasonCode } from '../engine/drop-reason.ts';
import { Engine } from '../engine/engine.ts';
import { stageName } from '../engine/outcome.ts';
import type { EngineSink } from '../engine/sink.ts';
import { parseRules } from '../iptables/save.ts';
import { printRules } from '../iptables/print.ts';
import { decode, decodeNetwork } from '../packet/decode.ts';
import { Origin, Packet, type ReadonlyPacket } from '../packet/packet.ts';
import { ICMP } from '../inet/protocol.ts';
import type { EvaluatorFactory } from '../xtables/evaluator.ts';
import type { RuleSet } from '../xtables/ruleset.ts';
import { listSets, parseSets, SetStore } from '../xtables/set/store.ts';
import { attachRules } from '../replay/attach.ts';
import { HitNames } from './hits.ts';
import type { Scenario, ScenarioPacket } from './load.ts';
import type { Truth, TruthOutput, TruthPacket } from './truth.ts';

const STATE_NAMES = new Map<number, string>([
  [StateBit.Invalid, 'INVALID'],
  [StateBit.Established, 'ESTABLISHED'],
  [StateBit.Related, 'RELATED'],
  [StateBit.New, 'NEW'],
  [StateBit.Untracked, 'UNTRACKED'],
]);

const CAUSES: Record<Origin, string> = {
  [Origin.Received]: 'forwarded',
  [Origin.Local]: 'sent',
  [Origin.Reject]: 'host-generated',
  [Origin.Stack]: 'host-generated',
  [Origin.Copy]: 'host-generated',
};

/** The recorder sends local packets through raw sockets of this protocol, which therefore is known on its machine. */
const RECORDER_SOCKETS = [255];

export interface RunOptions {
  /** A recorded outcome whose random choices (ports the kernel drew) are to be followed where they are legal. */
  readonly against?: Truth;
  readonly seed?: number;
  /** Called before the first packet; `engine.outcome.index` is the number of the packet at hand from then on. */
  readonly onStart?: (engine: Engine) => void;
  /** Every packet walks every hook, be its flow known or not: slower, and the same. */
  readonly longWay?: boolean;
  /** What evaluates the rules; default as everywhere (compiled/). */
  readonly evaluate?: EvaluatorFactory;
}

/** The outcome of a scenario. */
export function runScenario(scenario: Scenario, options: RunOptions = {}): Truth {
  const recorder = new Recorder();
  const { host } = scenario;
  const engine = new Engine({ host, sink: recorder, seed: options.seed ?? 1, rawProtocols: RECORDER_SOCKETS });
  if (options.longWay === true) engine.flows.enabled = false;
  // a scenario has few packets: none is to go the long way because it does not pay yet to look for a shorter one
  engine.flows.fresh.patience = 0;
  const sets = scenario.sets === null ? new SetStore() : parseSets(scenario.sets, `${scenario.directory}/ipset.save`);
  const rules4 = load(scenario, 4);
  const rules6 = load(scenario, 6);
  for (const rules of [rules4, rules6]) if (rules !== null) attachRules(engine, rules, sets, null, options.evaluate);
  if (host.settings.conntrack === 'always') {
    engine.conntrack.enable(4);
    engine.conntrack.enable(6);
  }
  recorder.engine = engine;
  options.onStart?.(engine);
  const hits = new HitNames([rules4, rules6]);
  const packets = scenario.packets.map((packet, index) => {
    followChoice(engine, options.against?.packets[index]);
    return runPacket(engine, recorder, hits, packet, index);
  });
  const lastUs = scenario.packets.at(-1)?.nowUs ?? 0;
  return {
    packets,
    ...(rules4 === null ? {} : { iptables_save: printRules(rules4, { counters: true }) }),
    ...(rules6 === null ? {} : { ip6tables_save: printRules(rules6, { counters: true }) }),
    conntrack_norm: asListed(formatConntrackNorm(engine.conntrack, lastUs)),
    ...(scenario.sets === null ? {} : { ipset: listSets(sets) }),
  };
}

/** The recorder lists the table twice, all of it and then IPv6 alone: lines of IPv6 stand there twice. */
function asListed(lines: readonly string[]): string[] {
  return lines.flatMap((line) => (/ src=\S*:/.test(line) ? [line, line] : [line]));
}

function load(scenario: Scenario, family: 4 | 6): RuleSet | null {
  const text = family === 4 ? scenario.rules4 : scenario.rules6;
  if (text === null) return null;
  return parseRules(text, { file: `${scenario.directory}/rules.v${family}`, family });
}

/** Tell NAT the port or ICMP id the kernel drew for this packet, if it made a connection. */
function followChoice(engine: Engine, recorded: TruthPacket | undefined): void {
  engine.nat.prefer(-1);
  const event = recorded?.ct_events?.find((e) => e.t === 'new');
  if (event?.reply === undefined) return;
  const icmp = /i(\d+)$/.exec(event.reply);
  if (icmp !== null) {
    engine.nat.prefer(Number(icmp[1]), Number(icmp[1]));
    return;
  }
  const ports = /:(\d+)>.*:(\d+)$/.exec(event.reply);
  if (ports !== null) engine.nat.prefer(Number(ports[2]), Number(ports[1]));
}

function runPacket(engine: Engine, recorder: Recorder, hits: HitNames, input: ScenarioPacket, index: number): TruthPacket {
  const packet = recorder.packet;
  aim(packet, input);
  packet.index = index;
  recorder.begin();
  hits.begin();
  const local = input.from === 'local';
  if (local) {
    aimAtNetwork(packet, input.linkType);
  } else {
    packet.indev = engine.host.interfaceByName(input.from)?.index ?? 0;
    decode(packet, input.linkType);
  }
  const outcome = local ? engine.send(packet) : engine.receive(packet);
  const { verdict } = outcome;
  const state = STATE_NAMES.get(outcome.ctState);
  return {
    index,
    in: input.from,
    verdict,
    ...(verdict === 'dropped'
      ? { drop: { at: `${outcome.looped ? 'lo:' : ''}${stageName(outcome.dropStage)}`, reason: dropReasonCode(outcome.dropReason) } }
      : {}),
    ...(recorder.delivered === '' ? {} : { delivered: recorder.delivered }),
    ...(state === undefined ? {} : { ct: { state, dir: outcome.ctDirection === 0 ? 'ORIGINAL' : 'REPLY' } }),
    ...(outcome.mark === 0 ? {} : { mark: outcome.mark >>> 0 }),
    outputs: recorder.outputs,
    rules: hits.names(),
  };
}

/** A local packet is what a raw socket takes: the IP packet, whatever link header the capture has around it. */
function aimAtNetwork(packet: Packet, linkType: number): void {
  decode(packet, linkType);
  if (packet.link >= 0 && packet.network >= 0) packet.start = packet.network;
  packet.link = -1;
  packet.network = packet.start;
  decodeNetwork(packet);
}

/** Aim a packet at a frame of its own buffer with room behind it. */
function aim(packet: Packet, input: ScenarioPacket): void {
  packet.reset();
  const { frame } = input;
  packet.blank(frame.length);
  packet.bytes.set(frame, packet.start);
  packet.nowUs = input.nowUs;
  packet.remainderNs = input.remainderNs;
}

/** Takes what leaves the engine during one packet. */
class Recorder implements EngineSink {
  readonly packet: Packet = new Packet();
  engine: Engine | null = null;
  outputs: TruthOutput[] = [];
  delivered = '';

  begin(): void {
    this.outputs = [];
    this.delivered = '';
  }

  transmit(packet: Packet, fragmentedHere: boolean): void {
    const frame = packet.bytes.subarray(packet.start, packet.end);
    const { origin } = packet;
    const random = hasRandomId(packet, fragmentedHere);
    this.outputs.push({
      iface: this.engine?.host.interfaces[packet.outdev]?.name ?? '?',
      hex: Buffer.from(frame).toString('hex'),
      cause: CAUSES[origin],
      ...(origin === Origin.Reject ? { by: 'reject' } : origin === Origin.Stack ? { by: 'stack' } : {}),
      ...(packet.mark === 0 ? {} : { mark: packet.mark >>> 0 }),
      ...(packet.priority === 0 ? {} : { prio: packet.priority >>> 0 }),
      ...(random ? { idrand: true } : {}),
    });
  }

  deliver(packet: ReadonlyPacket): void {
    this.delivered = Buffer.from(packet.bytes.subarray(packet.network, packet.networkEnd)).toString('hex');
  }
}

/** Whether the kernel would have drawn this frame's identification: its own ICMP, and IPv6 fragments cut here. */
function hasRandomId(packet: Packet, fragmentedHere: boolean): boolean {
  if (packet.family === 6) return fragmentedHere;
  return packet.protocol === ICMP && packet.origin !== Origin.Received && packet.origin !== Origin.Local;
}
