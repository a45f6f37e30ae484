/**
 * Random packets straight into the tables of a rule set, at every hook, past routes and earlier tables. They are drawn from what the
 * rules name (addresses, ports, devices, marks, types, and what lies just beside), so that most rules meet something.
 */
import { Engine } from '../../src/engine/engine.ts';
import type { Hook } from '../../src/hook/hook.ts';
import { HookTable } from '../../src/hook/hook-table.ts';
import type { Host } from '../../src/host/host.ts';
import { parseHost } from '../../src/host/host-json.ts';
import { Random } from '../../src/inet/random.ts';
import { build } from '../../src/packet/build.ts';
import { ethernet, icmp, icmpv6, ipv4, ipv6, type LayerSpec, payload, sctp, tcp, udp } from '../../src/packet/build-layers.ts';
import { decode } from '../../src/packet/decode.ts';
import { LinkType } from '../../src/packet/link-type.ts';
import { Packet } from '../../src/packet/packet.ts';
import type { Evaluator } from '../../src/xtables/evaluator.ts';
import { evaluateIndexed } from '../../src/xtables/indexed/evaluator.ts';
import type { RuleSet } from '../../src/xtables/ruleset.ts';
import type { Table } from '../../src/xtables/table.ts';
import { SetStore } from '../../src/xtables/set/store.ts';
import { aim } from './compare.ts';
import { DoubtLab } from './doubt-lab.ts';

const U32 = 4_294_967_296;

/** What rules name. */
interface Named {
  readonly sources: string[];
  readonly destinations: string[];
  readonly ports: number[];
  readonly devices: string[];
  readonly marks: number[];
  readonly types: number[];
}

export class Shower {
  readonly rules: RuleSet;
  /** What came of each packet. */
  readonly verdicts: string[] = [];
  private readonly named: Named;
  private readonly evaluators: { readonly table: Table; readonly evaluator: Evaluator }[] = [];
  private readonly engine: Engine;
  private readonly doubt = new DoubtLab();
  private readonly host: Host;
  private readonly packet = new Packet();
  private index = 0;
  private connection = -1;

  /** @throws what attaching throws: a module that is not evaluated */
  constructor(rules: RuleSet) {
    this.rules = rules;
    this.named = namedBy(rules);
    this.host = parseHost(hostWith(this.named.devices), 'host');
    this.engine = new Engine({ host: this.host });
    this.connection = this.makeConnection();
    this.engine.attach({
      family: rules.family,
      attach: (_, lent) => {
        rules.attach(new HookTable(), { ...lent, sets: new SetStore(), doubt: this.doubt }, (table, services, tally) => {
          const evaluator = evaluateIndexed(table, services, tally);
          this.evaluators.push({ table, evaluator });
          return evaluator;
        });
      },
    });
  }

  /** `count` packets, each at one hook of one table. */
  shower(count: number, seed: number): void {
    const random = new Random(seed);
    for (let i = 0; i < count; i++) {
      const { table, evaluator } = this.pick(this.evaluators, random, () => this.evaluators[0]!);
      // most packets where there are rules
      const busy = table.kind.hooks.filter((hook) => table.base(hook).length > 0);
      const hook = this.pick(busy, random, () => table.kind.hooks[random.below(table.kind.hooks.length)]!);
      this.one(evaluator, hook, random);
    }
  }

  private one(evaluator: Evaluator, hook: Hook, random: Random): void {
    const { packet } = this;
    let octets = this.frame(random);
    if (random.below(25) === 0) octets = octets.slice(0, octets.length - random.below(24));
    aim(packet, octets, 1_700_000_000_000_000 + this.index * 50_000, this.index++);
    decode(packet, LinkType.Ethernet);
    if (packet.family !== this.rules.family) return;
    packet.makeWritable();
    packet.indev = hook === 3 ? 0 : random.below(this.host.interfaces.length);
    packet.outdev = hook <= 1 ? 0 : random.below(this.host.interfaces.length);
    packet.mark = random.below(3) === 0 ? 0 : this.pick(this.named.marks, random, () => random.u32()) | 0;
    packet.pktType = random.below(3) as Packet['pktType'];
    packet.hook = hook;
    packet.ct = random.below(5) === 0 ? -1 : random.below(5) === 0 ? -2 : this.connection;
    // connection tracking has none for what it cannot read
    const whole = packet.fragOffset === 0 && packet.transportLength >= (packet.protocol === 6 ? 20 : 8);
    if (!whole && packet.ct >= 0) packet.ct = -1;
    if (packet.ct >= 0) this.engine.conntrack.attach(packet, this.connection, random.below(5));
    this.doubt.begin(random.below(2) === 0);
    const verdict = evaluator.run(hook, packet);
    this.verdicts.push(`${verdict} ${packet.mark} ${packet.rule < 0 ? '' : this.rules.describe(packet.rule)!.chain}`);
    this.engine.conntrack.release(packet);
  }

  /** A connection that packets may be said to belong to. */
  private makeConnection(): number {
    const { engine, packet } = this;
    engine.conntrack.enable(4);
    aim(
      packet,
      build(ethernet('02:00:00:00:00:01', '02:00:00:00:00:99'), ipv4('10.0.0.2', '10.0.0.1'), udp(1, 2)),
      1_700_000_000_000_000,
      0,
    );
    decode(packet, LinkType.Ethernet);
    packet.indev = 1;
    return engine.receive(packet).ct;
  }

  private frame(random: Random): Uint8Array {
    const { named } = this;
    const isSix = this.rules.family === 6;
    const src = this.pick(named.sources, random, () => anyAddress(isSix, random));
    const dst = this.pick(named.destinations, random, () => anyAddress(isSix, random));
    const link = ethernet('02:00:00:00:00:01', '02:00:00:00:00:99');
    const rest = this.upper(random, isSix);
    if (isSix) return build(link, ipv6(src, dst, { hopLimit: 1 + random.below(255), trafficClass: random.below(256) }), ...rest);
    const later = random.below(20) === 0;
    const fields = {
      ttl: 1 + random.below(255),
      tos: random.below(256),
      ...(later ? { fragmentOffset: 1 + random.below(3), protocol: 6 } : {}),
    };
    return build(link, ipv4(src, dst, fields), ...(later ? [payload(new Uint8Array(16))] : rest));
  }

  private upper(random: Random, isSix: boolean): LayerSpec[] {
    const { named } = this;
    const [from, to] = [0, 0].map(() => this.pick(named.ports, random, () => random.below(65_536))) as [number, number];
    const data = payload(new Uint8Array(random.below(30)));
    switch (random.below(7)) {
      case 0:
      case 1:
        return [udp(from, to), data];
      case 2: {
        const kind = this.pick(named.types, random, () => random.below(65_536));
        const fields = { type: kind >>> 8, code: kind & 255 };
        return [isSix ? icmpv6(fields.type, fields.code) : icmp(fields.type, fields.code), data];
      }
      case 3:
        return [sctp(from, to), data];
      default:
        return [tcp(from, to, { flags: random.below(3) === 0 ? random.below(256) : [2, 16, 18, 1, 4, 24][random.below(6)]! }), data];
    }
  }

  private pick<T>(list: readonly T[], random: Random, other: () => T): T {
    return list.length === 0 || random.below(5) === 0 ? other() : list[random.below(list.length)]!;
  }
}

function anyAddress(isSix: boolean, random: Random): string {
  if (!isSix) return dotted(random.u32());
  return Array.from({ length: 8 }, () => random.below(65_536).toString(16)).join(':');
}

function dotted(word: number): string {
  return [24, 16, 8, 0].map((shift) => (word >>> shift) & 255).join('.');
}

function namedBy(rules: RuleSet): Named {
  const named: Named = {
    sources: [],
    destinations: [],
    ports: [],
    devices: [],
    marks: [0, 1],
    types: [0, 0x800, 0x303, 0x8000],
  };
  for (const table of rules.tables) {
    for (const chain of table.chains) {
      for (const { header, matches } of chain.rules) {
        if (header.src !== null) named.sources.push(...near(header.src));
        if (header.dst !== null) named.destinations.push(...near(header.dst));
        for (const pattern of [header.indev, header.outdev]) if (pattern !== '') named.devices.push(pattern.replace(/\+$/, '0'));
        for (const { module, info } of matches) noteInfo(named, module.name, info as Record<string, unknown>);
      }
    }
  }
  const once = <T>(list: readonly T[]): T[] => [...new Set(list)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const devices = once(named.devices).filter((name) => name !== '' && name !== 'lo');
  return {
    ...named,
    // the same packets for the same rules in another order
    sources: once(named.sources),
    destinations: once(named.destinations),
    ports: once(named.ports),
    marks: once(named.marks),
    types: once(named.types),
    devices: devices.slice(0, 40),
  };
}

/** Edges of a prefix and what lies beside. */
function near({ address, length, family }: { address: Int32Array; length: number; family: number }): string[] {
  if (length < 0) return [];
  if (family === 4) {
    const first = address[0]! >>> 0;
    const size = 2 ** (32 - length);
    return [first, first + size - 1, first + Math.floor(size / 2), first - 1, first + size]
      .filter((word) => word >= 0 && word < U32)
      .map(dotted);
  }
  const parts = Array.from(address).flatMap((word) => [word >>> 16, word & 65_535]);
  const text = (words: readonly number[]): string => words.map((word) => word.toString(16)).join(':');
  return [text(parts), text(parts.with(7, parts[7]! ^ 1))];
}

function noteInfo(named: Named, name: string, info: Record<string, unknown>): void {
  const port = (test: unknown): void => {
    const { lo, hi } = test as { lo: number; hi: number };
    named.ports.push(...[lo, hi, lo - 1, hi + 1].filter((value) => value >= 0 && value < 65_536));
  };
  if (name === 'tcp' || name === 'udp') for (const key of ['sport', 'dport']) port(info[key]);
  if (name === 'multiport') named.ports.push(...(info['ranges'] as Uint16Array));
  if (name === 'mark') named.marks.push(info['value'] as number);
  if (name === 'icmp' || name === 'icmp6') named.types.push((info['type'] as number) * 256 + (info['codeLo'] as number));
}

function hostWith(devices: readonly string[]): object {
  const interfaces = ['eth0', ...devices.filter((name) => name !== 'eth0' && /^[\w.@-]{1,15}$/.test(name))].map((name, i) => ({
    name,
    mac: `02:00:00:00:${(i >> 8).toString(16).padStart(2, '0')}:${((i + 1) & 255).toString(16).padStart(2, '0')}`,
    addresses: i === 0 ? ['10.0.0.1/24', 'fd00::1/64'] : [],
  }));
  return { interfaces, listeners: [], routes: [{ dst: '0.0.0.0/0', via: '10.0.0.254', dev: 'eth0' }] };
}
