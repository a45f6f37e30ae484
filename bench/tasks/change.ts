/**
 * change: 160,000 kube-proxy rules and 100,000 connections; one service after the other gets another endpoint, and a new client is
 * sent there at once. Told are the milliseconds of a change with its first packet, the median of them.
 * @module
 */
import { openCapture } from '../../src/capture/index.ts';
import { build } from '../../src/packet/build.ts';
import { ethernet, ipv4, tcp } from '../../src/packet/build-layers.ts';
import { decode } from '../../src/packet/decode.ts';
import { LinkType } from '../../src/packet/link-type.ts';
import { Packet } from '../../src/packet/packet.ts';
import { parseRules } from '../../src/iptables/save.ts';
import { createEngine } from '../../src/replay/machine.ts';
import { replay } from '../../src/replay/replay.ts';
import { KubeRules } from '../support/kube.ts';
import { changeOf, endpointOf } from '../support/kube-change.ts';
import { benchHost } from '../support/router.ts';
import { rulesText } from '../support/rules.ts';
import { measured, type Run } from '../support/run.ts';
import { median } from '../support/statistics.ts';
import type { Task } from '../support/task.ts';
import { SERVICES, trafficFiles } from '../support/traffic.ts';

const CHANGES = 200;
const STRIDE = 97;
const SYN = 2;
const NS_PER_MS = 1e6;
const START_US = 1_704_067_300_000_000;

export const changeTask: Task = {
  prepare: (_, quick) => void trafficFiles('kube-100k', quick),
  run(_, quick): Run {
    const text = rulesText('kube');
    const machine = createEngine(benchHost());
    machine.attach(parseRules(text, { file: 'bench', family: 4 }));
    const capture = openCapture(trafficFiles('kube-100k', quick).opening);
    replay(machine.engine, { sources: [{ capture, indev: 0, local: false }], fallback: 'sides' });
    capture.close();
    const before = machine.conntrack.count;
    const single = new KubeRules(SERVICES).services.filter(({ pods }) => pods.length === 1);
    const times: number[] = [];
    for (let i = 0; i < CHANGES; i++) {
      const service = single[(i * STRIDE) % single.length]!;
      const { text: change } = changeOf(service, endpointOf(text, service), i);
      const packet = client(i, service.address, service.port);
      const started = process.hrtime.bigint();
      machine.update(change);
      const { verdict } = machine.receive(packet, 'eth0');
      times.push(Number(process.hrtime.bigint() - started) / NS_PER_MS);
      if (verdict !== 'forwarded') throw new Error(`a client was ${verdict}`);
    }
    if (machine.conntrack.count !== before + CHANGES) throw new Error('connections were lost');
    return measured(1, CHANGES, median(times));
  },
};

function client(number: number, address: string, port: number): Packet {
  const packet = new Packet();
  const link = ethernet('02:00:00:00:00:01', '02:00:00:00:00:99');
  packet.bytes = build(link, ipv4('10.247.255.1', address), tcp(2000 + number, port, { flags: SYN }));
  packet.view = new DataView(packet.bytes.buffer, packet.bytes.byteOffset);
  packet.start = 0;
  packet.end = packet.bytes.length;
  packet.wireLength = packet.end;
  packet.nowUs = START_US + number;
  decode(packet, LinkType.Ethernet);
  return packet;
}
