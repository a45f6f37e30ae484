/**
 * A router reduced to its hooks: connection tracking, NAT and the rules a test gives as a function. Packets are carried from
 * PREROUTING to POSTROUTING by hand, so that a test of NAT needs neither engine nor rule text.
 */
import { Conntrack } from '../../src/conntrack/conntrack.ts';
import { Hook } from '../../src/hook/hook.ts';
import { Priority } from '../../src/hook/priority.ts';
import { HookTable } from '../../src/hook/hook-table.ts';
import { Verdict } from '../../src/hook/verdict.ts';
import { parseHost } from '../../src/host/host-json.ts';
import type { Host } from '../../src/host/host.ts';
import { parseAddress } from '../../src/inet/address.ts';
import { formatIpv4 } from '../../src/inet/ipv4.ts';
import { formatIpv6 } from '../../src/inet/ipv6.ts';
import { Random } from '../../src/inet/random.ts';
import { Nat } from '../../src/nat/nat.ts';
import { EMPTY_RANGE, type NatRange, RangeFlag } from '../../src/nat/range.ts';
import { CT_NONE, type Packet } from '../../src/packet/packet.ts';

/** A nat table: decides at a hook; Accept leaves the packet to the null binding. */
export type Rules = (hook: Hook, packet: Packet, nat: Nat) => Verdict;

export const HOST = {
  interfaces: [
    { name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['10.0.0.1/24', 'fd00::1/64'] },
    { name: 'eth1', mac: '02:00:00:00:00:02', addresses: ['10.1.0.1/24', '10.1.0.100/24', '10.2.0.1/24', 'fd01::1/64'] },
  ],
  routes: [
    { dst: '0.0.0.0/0', via: '10.1.0.254', dev: 'eth1' },
    { dst: '10.2.5.0/24', via: '10.2.0.9', dev: 'eth1' },
  ],
};

export class NatRouter {
  readonly host: Host;
  readonly conntrack: Conntrack;
  readonly nat: Nat;
  readonly hooks: HookTable = new HookTable();
  rerouted = 0;
  private nowUs = 1e9;

  constructor(rules: Rules, options: { family?: 4 | 6; seed?: number; host?: object; max?: number } = {}) {
    const { family = 4, seed = 1, host = HOST, max = 262_144 } = options;
    this.host = parseHost(host);
    this.conntrack = new Conntrack({ random: new Random(seed), max });
    const responder = {
      reroute: (): boolean => {
        this.rerouted++;
        return true;
      },
    };
    this.nat = new Nat({ conntrack: this.conntrack, host: this.host, random: new Random(seed), responder });
    this.conntrack.onDestroy((entry) => this.nat.forget(entry));
    this.conntrack.enable(family);
    for (const entry of this.conntrack.hookEntries(family)) this.hooks.add(entry);
    for (const entry of this.nat.hookEntries(family, { run: (hook, packet) => rules(hook, packet, this.nat) })) this.hooks.add(entry);
  }

  /** Give connections that begin with a packet to this port a helper, as `-t raw -j CT --helper` does. */
  help(dstPort: number, helper: string): void {
    const number = this.conntrack.template({ helper });
    const run = (packet: Packet): Verdict => {
      if (packet.ct === CT_NONE && packet.dstPort === dstPort) packet.ctTemplate = number;
      return Verdict.Accept;
    };
    this.hooks.add({ hook: Hook.Prerouting, priority: Priority.Raw, name: 'raw', run });
  }

  /** Let time pass. */
  wait(seconds: number): void {
    this.nowUs += seconds * 1e6;
  }

  /** Forward a packet; false when something dropped it. The packet is left as it goes out. */
  forward(packet: Packet, ways: { indev?: number; outdev?: number; gateway?: string } = {}): boolean {
    const { indev = 1, outdev = 2, gateway = '' } = ways;
    packet.nowUs = this.nowUs += 1000;
    packet.indev = indev;
    const untouched = guard(packet);
    const passed = this.hooks.run(Hook.Prerouting, packet) === Verdict.Accept && this.leave(packet, outdev, gateway);
    this.conntrack.release(packet);
    untouched();
    return passed;
  }

  /** Carry a packet to the host itself. */
  deliver(packet: Packet, indev = 1): boolean {
    packet.nowUs = this.nowUs += 1000;
    packet.indev = indev;
    const passed = this.hooks.run(Hook.Prerouting, packet) === Verdict.Accept && this.hooks.run(Hook.Input, packet) === Verdict.Accept;
    this.conntrack.release(packet);
    return passed;
  }

  /** Send a packet of the host. */
  send(packet: Packet, outdev = 2): boolean {
    packet.nowUs = this.nowUs += 1000;
    packet.outdev = outdev;
    const passed = this.hooks.run(Hook.Output, packet) === Verdict.Accept && this.leave(packet, outdev, '');
    this.conntrack.release(packet);
    return passed;
  }

  private leave(packet: Packet, outdev: number, gateway: string): boolean {
    packet.outdev = outdev;
    packet.dst.hasGateway = gateway === '' ? 0 : 1;
    packet.dst.gw0 = gateway === '' ? 0 : parseAddress(gateway, 4)![0]!;
    return this.hooks.run(Hook.Postrouting, packet) === Verdict.Accept;
  }
}

/** A packet's octets are the capture's until it has a copy: the check that they are as they were. */
function guard(packet: Packet): () => void {
  const { bytes, writable } = packet;
  if (writable) return () => {};
  const before = bytes.slice();
  return () => {
    if (!bytes.every((octet, i) => octet === before[i])) throw new Error('the octets of the capture were written to');
  };
}

/** A range of addresses (`10.0.0.1-10.0.0.9`, `10.0.0.1`, '' for none) and ports (`80`, `80-90`, `80-90/3000`). */
export function range(addresses: string, ports = '', flags = 0): NatRange {
  const [low = '', high = low] = addresses.split('-');
  const family = low.includes(':') ? 6 : 4;
  const min = low === '' ? new Int32Array(4) : parseAddress(low, family)!;
  const max = high === '' ? new Int32Array(4) : parseAddress(high, family)!;
  const [span = '', base] = ports.split('/');
  const [minProto = 0, maxProto = minProto] = span === '' ? [] : span.split('-').map(Number);
  return {
    ...EMPTY_RANGE,
    flags:
      flags |
      (low === '' ? 0 : RangeFlag.MapIps) |
      (ports === '' ? 0 : RangeFlag.ProtoSpecified) |
      (base === undefined ? 0 : RangeFlag.ProtoOffset),
    min0: min[0]!,
    min1: min[1] ?? 0,
    min2: min[2] ?? 0,
    min3: min[3] ?? 0,
    max0: max[0]!,
    max1: max[1] ?? 0,
    max2: max[2] ?? 0,
    max3: max[3] ?? 0,
    minProto,
    maxProto,
    baseProto: Number(base ?? 0),
  };
}

/** `source:port > destination:port`; ports of protocols that have none are left out. */
export function line(packet: Packet): string {
  const { src0, src1, src2, src3, dst0, dst1, dst2, dst3, srcPort, dstPort } = packet;
  const src = packet.family === 6 ? formatIpv6(src0, src1, src2, src3) : formatIpv4(src0);
  const dst = packet.family === 6 ? formatIpv6(dst0, dst1, dst2, dst3) : formatIpv4(dst0);
  return srcPort < 0 ? `${src} > ${dst}` : `${src}:${srcPort} > ${dst}:${dstPort}`;
}
