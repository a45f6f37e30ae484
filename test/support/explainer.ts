/**
 * A machine that explains every packet it is sent, for tests.
 */
import { type Explanation, WatchedEngine, type WatchedOptions } from '../../src/explain/index.ts';
import { parseHost } from '../../src/host/host-json.ts';
import { parseRules } from '../../src/iptables/save.ts';
import { build } from '../../src/packet/build.ts';
import { ethernet, type LayerSpec } from '../../src/packet/build-layers.ts';
import { decode } from '../../src/packet/decode.ts';
import { LinkType } from '../../src/packet/link-type.ts';
import { Packet } from '../../src/packet/packet.ts';
import { SetStore } from '../../src/xtables/set/store.ts';

/** 2026-01-01, in microseconds. */
const BEGIN_US = 1_767_225_600e6;

/** LAN 10.0.0.0/24 at eth0, the world at eth1 as 192.0.2.1. */
const GATEWAY = {
  interfaces: [
    { name: 'eth0', mac: '02:00:00:00:00:10', addresses: ['10.0.0.1/24'] },
    { name: 'eth1', mac: '02:00:00:00:00:11', addresses: ['192.0.2.1/24'] },
  ],
  routes: [{ dst: 'default', via: '192.0.2.254', dev: 'eth1' }],
  forwarding: true,
};

export class ExplainLab {
  readonly machine: WatchedEngine;
  private nowUs = BEGIN_US;
  private index = 0;

  constructor(rules: string, options: Partial<WatchedOptions> & { readonly host?: object } = {}) {
    const { host = GATEWAY, ...rest } = options;
    const set = parseRules(rules.trimStart().startsWith('*') ? rules : `*filter\n${rules}\nCOMMIT\n`, { file: 'rules.v4', family: 4 });
    this.machine = new WatchedEngine({ rules: [set], sets: new SetStore(), ...rest, host: parseHost(host, 'host.json') });
    this.machine.watching = true;
  }

  arrive(dev: string, ...layers: readonly LayerSpec[]): Explanation {
    const device = this.machine.host.interfaceByName(dev)!;
    const mac = Array.from(device.mac ?? [], (octet) => octet.toString(16).padStart(2, '0')).join(':');
    const packet = this.packet(build(ethernet(mac, '02:00:00:00:00:99'), ...layers), LinkType.Ethernet);
    packet.indev = device.index;
    this.machine.receive(packet);
    return this.machine.told!;
  }

  send(...layers: readonly LayerSpec[]): Explanation {
    this.machine.send(this.packet(build(...layers), LinkType.Raw));
    return this.machine.told!;
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
}
