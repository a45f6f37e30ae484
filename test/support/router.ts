/**
 * A whole machine for tests that send it packets written down layer by layer, and see every hook, rule and frame.
 */
import type { EngineSink } from '../../src/engine/sink.ts';
import { HOOK_NAMES } from '../../src/hook/hook.ts';
import { parseHost } from '../../src/host/host-json.ts';
import { parseRules } from '../../src/iptables/save.ts';
import { build } from '../../src/packet/build.ts';
import { ethernet, type LayerSpec } from '../../src/packet/build-layers.ts';
import { decode } from '../../src/packet/decode.ts';
import { LinkType } from '../../src/packet/link-type.ts';
import { Origin, Packet, type ReadonlyPacket } from '../../src/packet/packet.ts';
import { Machine, type MachineOptions } from '../../src/replay/machine.ts';
import type { ResultSnapshot } from '../../src/replay/result.ts';
import { formatConntrackList } from '../../src/report/conntrack-list.ts';
import { formatPacket } from '../../src/report/tcpdump.ts';

const PEER_MAC = '02:00:00:00:00:99';
/** 2026-01-01, in microseconds. */
const BEGIN_US = 1_767_225_600e6;

/** What one packet did. */
export interface Walk extends ResultSnapshot {
  /** Chains walked, in order; of what the host answered, `answer ` in front. */
  readonly path: readonly string[];
  /** Rules and policies hit, in order. */
  readonly rules: readonly string[];
  /** Frames that left, as `eth1 IP 10.0.0.1 > ...`. */
  readonly out: readonly string[];
  /** The IP packet delivered to the host, as tcpdump prints it; '' for none. */
  readonly delivered: string;
}

export class Router implements EngineSink {
  readonly machine: Machine;
  readonly lines: string[] = [];
  /** Clock of the next packet. */
  nowUs = BEGIN_US;
  private index = 0;
  private path: string[] = [];
  private out: string[] = [];
  private delivered = '';

  /** `rules` is iptables-save text; lines alone are the filter table. */
  constructor(host: object, rules = '', options: MachineOptions & { readonly rules6?: string } = {}) {
    const { rules6, ...rest } = options;
    this.machine = new Machine(parseHost(host, 'host.json'), { ...rest, sink: this, log: (line) => this.lines.push(line) });
    if (rules !== '') this.machine.attach(parseRules(asTables(rules), { file: 'rules.v4', family: 4 }));
    if (rules6 !== undefined) this.machine.attach(parseRules(asTables(rules6), { file: 'rules.v6', family: 6 }));
  }

  /** A packet arrives on `dev`; a link header is put around it. */
  arrive(dev: string, ...layers: readonly LayerSpec[]): Walk {
    const device = this.machine.host.interfaceByName(dev)!;
    const mac = Array.from(device.mac ?? [], (octet) => octet.toString(16).padStart(2, '0')).join(':');
    const packet = this.packet(build(ethernet(mac, PEER_MAC), ...layers), LinkType.Ethernet);
    return this.walk(() => this.machine.receive(packet, dev).snapshot());
  }

  /** A local process sends an IP packet. */
  send(...layers: readonly LayerSpec[]): Walk {
    const packet = this.packet(build(...layers), LinkType.Raw);
    return this.walk(() => this.machine.send(packet).snapshot());
  }

  /** `conntrack -L`. */
  connections(): string[] {
    return formatConntrackList(this.machine.conntrack, this.nowUs);
  }

  transmit(packet: Packet): void {
    this.out.push(`${this.machine.host.interfaces[packet.outdev]?.name} ${formatPacket(packet)}`);
  }

  deliver(packet: ReadonlyPacket): void {
    this.delivered = formatPacket(packet);
  }

  hook(packet: ReadonlyPacket, hook: number): void {
    const answer = packet.origin === Origin.Stack || packet.origin === Origin.Reject ? 'answer ' : '';
    this.path.push(`${answer}${HOOK_NAMES[hook]}`);
  }

  private packet(frame: Uint8Array, linkType: number): Packet {
    const packet = new Packet();
    packet.blank(frame.length);
    packet.bytes.set(frame, packet.start);
    packet.nowUs = this.nowUs += 1000;
    packet.index = this.index++;
    decode(packet, linkType);
    return packet;
  }

  private walk(run: () => ResultSnapshot): Walk {
    this.path = [];
    this.out = [];
    this.delivered = '';
    for (const { recorder } of this.machine.ruleSets) recorder.begin();
    const result = run();
    const rules = this.machine.ruleSets.flatMap((set) =>
      Array.from(set.recorder.ids.subarray(0, set.recorder.count), (id) => set.ruleName(id)),
    );
    const { path, out, delivered } = this;
    return { ...result, path, rules, out, delivered };
  }
}

function asTables(rules: string): string {
  return rules.trimStart().startsWith('*') ? rules : `*filter\n${rules}\nCOMMIT\n`;
}
