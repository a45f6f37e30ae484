/**
 * A router with a rule set, and all it did in words: what left, what was dropped and why, which rules were hit, what became of
 * connections. Two of them are held side by side, of which one may go no short way.
 */
import { Engine } from '../../src/engine/engine.ts';
import { Hook } from '../../src/hook/hook.ts';
import type { HookEntry } from '../../src/hook/hook-table.ts';
import { Verdict } from '../../src/hook/verdict.ts';
import { parseHost } from '../../src/host/host-json.ts';
import { parseRules } from '../../src/iptables/save.ts';
import { decode } from '../../src/packet/decode.ts';
import { LinkType } from '../../src/packet/link-type.ts';
import { Packet, type ReadonlyPacket } from '../../src/packet/packet.ts';
import { attachRules } from '../../src/replay/attach.ts';
import { formatConntrackList } from '../../src/report/conntrack-list.ts';
import type { RuleSet } from '../../src/xtables/ruleset.ts';
import { parseSets } from '../../src/xtables/set/store.ts';
import type { Side } from './conversations.ts';

/** One arrival. */
export interface Arrival {
  readonly dev: number;
  readonly octets: Uint8Array;
  /** Microseconds since the packet before. */
  readonly pauseUs: number;
}

export interface WordyOptions {
  readonly host: object;
  /** Whether packets may go the short ways. */
  readonly short: boolean;
  readonly logs: boolean;
  /** Of ip6tables; none by default. */
  readonly rules6?: string;
}

/** A router, and all it did in words. */
export class WordyRouter {
  readonly rules: RuleSet;
  readonly rules6: RuleSet;
  readonly engine: Engine;
  log: string[] = [];
  left: Side | null = null;
  private readonly packet = new Packet();
  private readonly own: HookEntry = {
    hook: Hook.Forward,
    priority: 1,
    name: 'own',
    run: ({ index }) => {
      this.log.push('own');
      return index % 3 === 0 ? Verdict.Drop : Verdict.Accept;
    },
  };
  private nowUs = 1_700_000_000_000_000;
  private index = 0;

  constructor(text: string, { host, short, logs, rules6 = '' }: WordyOptions) {
    const note = (what: string, packet: ReadonlyPacket): void => {
      const octets = Buffer.from(packet.bytes.subarray(packet.start, packet.end)).toString('hex');
      this.log.push(`${what} ${packet.outdev} ${packet.mark} ${packet.ct} ${packet.ctinfo} ${packet.priority} ${octets}`);
    };
    const sink = {
      transmit: (packet: Packet) => {
        note('out', packet);
        if (packet.srcPort >= 0 || packet.protocol === 1)
          this.left = { src: packet.src0, dst: packet.dst0, ports: (packet.srcPort << 16) | packet.dstPort };
      },
      deliver: (packet: ReadonlyPacket) => note('in', packet),
      drop: (packet: ReadonlyPacket, stage: number, reason: number) => note(`drop ${stage} ${reason}`, packet),
    };
    const log = logs ? (line: string): void => void this.log.push(line) : null;
    this.engine = new Engine({ host: parseHost(host, 'host'), sink, log });
    this.engine.flows.enabled = short;
    this.engine.flows.fresh.patience = 0;
    this.rules = parseRules(text, { file: 'rules', family: 4 });
    attachRules(this.engine, this.rules, parseSets('create seen hash:ip timeout 5\nadd seen 10.0.0.77\n', 'sets'));
    this.rules6 = parseRules(rules6, { file: 'rules6', family: 6 });
    attachRules(this.engine, this.rules6, parseSets('', 'sets'));
    this.engine.conntrack.enable(4);
    this.engine.conntrack.enable(6);
    this.engine.conntrack.enableAccounting();
    this.engine.conntrack.events = {
      created: (entry) => this.log.push(`created ${entry}`),
      updated: (entry, changes) => this.log.push(`updated ${entry} ${changes}`),
      settled: (entry) => this.log.push(`settled ${entry}`),
      destroyed: (entry) => this.log.push(`destroyed ${entry}`),
    };
  }

  take({ octets, dev, pauseUs }: Arrival): void {
    const { packet, rules, rules6, engine } = this;
    this.nowUs += pauseUs;
    packet.reset();
    packet.bytes = octets.slice();
    packet.view = new DataView(packet.bytes.buffer);
    packet.start = 0;
    packet.end = octets.length;
    packet.wireLength = octets.length;
    decode(packet, LinkType.Ethernet);
    packet.indev = dev;
    packet.index = this.index++;
    packet.nowUs = this.nowUs;
    this.left = null;
    rules.recorder.begin();
    rules6.recorder.begin();
    const outcome = engine.receive(packet);
    const hits = [rules, rules6].flatMap((set) => Array.from(set.recorder.ids.subarray(0, set.recorder.count), (id) => set.ruleName(id)));
    const { conntrack } = engine;
    const told = [
      outcome.verdict,
      outcome.dropStage,
      outcome.dropReason,
      (packet.family === 6 ? rules6 : rules).ruleName(outcome.rule),
      outcome.mark,
      outcome.ctState,
    ];
    this.log.push([...told, outcome.ctDirection, outcome.ct, conntrack.describeInvalid(), ...hits].join(' '));
    if (outcome.ct >= 0 && conntrack.isConfirmed(outcome.ct)) this.log.push(`${conntrack.timeoutSec(outcome.ct, this.nowUs)} s left`);
    this.log.push(fieldsOf(packet));
  }

  /** What may happen between packets. */
  meddle(what: number): void {
    const { engine } = this;
    const { conntrack } = engine;
    const confirmed = conntrack.dump(this.nowUs).map(({ entry }) => entry);
    const [entry] = confirmed;
    if (what === 0) engine.hooks4.add(this.own);
    else if (what === 1) engine.hooks4.remove(this.own);
    else if (what === 7) engine.hooks6.add(this.own);
    else if (what === 8) engine.hooks6.remove(this.own);
    else if (what === 2 && entry !== undefined) conntrack.kill(entry);
    else if (what === 3 && entry !== undefined) conntrack.setMark(entry, 5);
    else if (what === 4 && entry !== undefined) conntrack.setLabel(entry, 3);
    else if (what === 5) this.log.push(formatConntrackList(conntrack, this.nowUs).join('\n'));
    else if (what === 6) this.log.push(this.counters);
  }

  get counters(): string {
    return [this.rules, this.rules6].map(({ counters }) => `${counters.packets.join()} ${counters.bytes.join()}`).join(' ');
  }

  get end(): readonly string[] {
    const { conntrack } = this.engine;
    return [this.counters, ...formatConntrackList(conntrack, this.nowUs), JSON.stringify(conntrack.stats), String(conntrack.count)];
  }
}

/** What the packet itself says afterwards. */
function fieldsOf(packet: Packet): string {
  const { src0, dst0, srcPort, dstPort, indev, outdev, mark, priority, ct, ctinfo, pktType, rule, hook, dropReason, dst, end, start } =
    packet;
  const octets = Buffer.from(packet.bytes.subarray(start, end)).toString('hex');
  const route = [dst.kind, dst.type, dst.dev, dst.hasGateway, dst.gw0, dst.gw1, dst.gw2, dst.gw3, dst.mtu, dst.local, dst.redirect];
  return [src0, dst0, srcPort, dstPort, indev, outdev, mark, priority, ct, ctinfo, pktType, rule, hook, dropReason, ...route, octets].join(
    ' ',
  );
}
