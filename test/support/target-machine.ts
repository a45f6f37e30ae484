/**
 * A target of a rule, read by the real reader and lent the machine's real parts, for tests that hand it single packets.
 */
import { Conntrack } from '../../src/conntrack/conntrack.ts';
import type { Responder } from '../../src/hook/responder.ts';
import { parseHost } from '../../src/host/host-json.ts';
import { Random } from '../../src/inet/random.ts';
import { parseRules } from '../../src/iptables/save.ts';
import { Nat } from '../../src/nat/nat.ts';
import { decodeNetwork } from '../../src/packet/decode.ts';
import { Packet } from '../../src/packet/packet.ts';
import { multiport } from '../../src/xtables/match/multiport.ts';
import { tcp } from '../../src/xtables/match/tcp.ts';
import type { MatchModule } from '../../src/xtables/match.ts';
import type { RuleSet } from '../../src/xtables/ruleset.ts';
import type { LogSink, Services } from '../../src/xtables/services.ts';
import { SetStore } from '../../src/xtables/set/store.ts';
import type { TargetFunction } from '../../src/xtables/target.ts';

/** The router of the recorded packets. */
export const HOST = {
  interfaces: [
    { name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['10.0.0.1/24', 'fd00::1/64'], mtu: 1500 },
    { name: 'eth1', mac: '02:00:00:00:00:02', addresses: ['10.1.0.1/24', 'fd01::1/64'], mtu: 1500 },
  ],
  routes: [
    { dst: '0.0.0.0/0', via: '10.1.0.254', dev: 'eth1' },
    { dst: '::/0', via: 'fd01::fe', dev: 'eth1' },
    { dst: '10.9.0.0/16', via: '10.1.0.2', dev: 'eth1', mtu: 1400 },
    { dst: '10.8.0.0/16', via: '10.0.0.2', dev: 'eth0', mtu: 1300 },
    { dst: 'fd09::/16', via: 'fd01::2', dev: 'eth1', mtu: 1400 },
  ],
};

/** Matches the recorded rules use. */
const MATCHES: readonly MatchModule[] = [tcp, multiport];

/** What a target asked the machine to send, in words. */
export class Answers implements Responder {
  readonly sent: string[] = [];

  icmpError(_: Packet, type: number, code: number, rest: number, by: 'reject' | 'stack'): void {
    this.sent.push(`icmp ${type}/${code} ${rest} by ${by}`);
  }
  icmpv6Error(_: Packet, type: number, code: number, rest: number, by: 'reject' | 'stack'): void {
    this.sent.push(`icmpv6 ${type}/${code} ${rest} by ${by}`);
  }
  tcpReset(): void {
    this.sent.push('reset');
  }
  tcpSynAck(_: Packet, options: Uint8Array, ecn: boolean): void {
    this.sent.push(`syn|ack${ecn ? '|ece' : ''} ${Buffer.from(options).toString('hex')}`.trim());
  }
  checksumHolds(): boolean {
    return true;
  }
  reroute(): boolean {
    return true;
  }
  duplicate(_: Packet, gateway: Int32Array, outdev: number): void {
    this.sent.push(`copy to ${[...gateway].map((word) => (word >>> 0).toString(16)).join(' ')} by ${outdev}`);
  }
}

export class TargetMachine implements Services {
  readonly family: 4 | 6;
  readonly host: Services['host'] = parseHost(HOST);
  readonly random: Random = new Random(1);
  readonly conntrack: Conntrack = new Conntrack({ random: this.random });
  readonly responder: Answers = new Answers();
  readonly nat: Nat = new Nat({ conntrack: this.conntrack, host: this.host, random: this.random, responder: this.responder });
  readonly sets: SetStore;
  readonly log: LogSink | null;
  readonly lines: string[] = [];
  private readonly byName = new Map<string, unknown>();

  constructor(family: 4 | 6 = 4, options: { sets?: SetStore; logs?: boolean } = {}) {
    this.family = family;
    this.sets = options.sets ?? new SetStore();
    this.log = options.logs === true ? (line) => this.lines.push(line) : null;
  }

  shared<T>(kind: string, name: string, make: () => T): T {
    const key = `${kind}\0${name}`;
    if (!this.byName.has(key)) this.byName.set(key, make());
    return this.byName.get(key) as T;
  }

  /** Whether a rule turns connection tracking on. */
  needsConntrack(fragment: string, table: string): boolean {
    const chain = table === 'nat' ? 'POSTROUTING' : 'PREROUTING';
    const { target } = rulesOf(this.family, table, chain, fragment).table(table)!.chain(chain)!.rules[0]!;
    if (target.kind !== 'module') return false;
    const { conntrack } = target.module;
    return typeof conntrack === 'function' ? conntrack(target.info) : conntrack === true;
  }

  /** The target of `-p tcp ... -j TARGET ...` in a chain. */
  target(fragment: string, table = 'mangle', chain = 'FORWARD'): TargetFunction {
    const { target } = rulesOf(this.family, table, chain, fragment).table(table)!.chain(chain)!.rules[0]!;
    if (target.kind !== 'module') throw new Error(`no target module in ${fragment}`);
    return target.module.compile(target.info, this);
  }
}

/** A rule set of one rule. */
export function rulesOf(family: 4 | 6, table: string, chain: string, fragment: string): RuleSet {
  return parseRules(`*${table}\n-A ${chain} ${fragment}\nCOMMIT\n`, { family, matches: MATCHES });
}

/** A packet of exactly these octets of IP. */
export function ipPacket(hex: string): Packet {
  const packet = new Packet();
  packet.bytes = Uint8Array.from(hex.match(/../g) ?? [], (octet) => Number.parseInt(octet, 16));
  packet.view = new DataView(packet.bytes.buffer);
  packet.end = packet.bytes.length;
  packet.wireLength = packet.end;
  packet.network = 0;
  decodeNetwork(packet);
  return packet;
}

/** The IP packet as it is now, in hex. */
export function hexOf(packet: Packet): string {
  return Buffer.from(packet.bytes.subarray(packet.network, packet.network + packet.networkLength)).toString('hex');
}
