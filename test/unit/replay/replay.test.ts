import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCapture } from '../../../src/capture/index.ts';
import { parseHost } from '../../../src/host/host-json.ts';
import { plainRouter } from '../../../src/host/plain-router.ts';
import { parseRules } from '../../../src/iptables/save.ts';
import { build } from '../../../src/packet/build.ts';
import { arp, ethernet, ipv4, type LayerSpec, udp } from '../../../src/packet/build-layers.ts';
import { replay } from '../../../src/replay/captures.ts';
import { describeRule } from '../../../src/replay/describe-rule.ts';
import { readHostFolder } from '../../../src/replay/host-folder.ts';
import { loadHost, loadRules } from '../../../src/replay/inputs.ts';
import { createEngine } from '../../../src/replay/machine.ts';
import { Replay } from '../../../src/replay/replay.ts';

const HOST = {
  interfaces: [
    { name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['10.0.0.1/24'] },
    { name: 'eth1', mac: '02:00:00:00:00:02', addresses: ['10.0.1.1/24'] },
  ],
};
const TO_HOST = ethernet('02:00:00:00:00:01', '02:00:00:00:00:99');

/** A classic capture of frames, `seconds` apart from each other. */
function pcap(frames: readonly Uint8Array[], first = 100, seconds = 2): Uint8Array {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(65_535, 16);
  head.writeUInt32LE(1, 20);
  const records = frames.map((frame, i) => {
    const record = Buffer.alloc(16 + frame.length);
    record.writeUInt32LE(first + i * seconds, 0);
    record.writeUInt32LE(frame.length, 8);
    record.writeUInt32LE(frame.length, 12);
    record.set(frame, 16);
    return record;
  });
  return Buffer.concat([head, ...records]);
}
const packet = (src: string, dst: string, port = 53, link: LayerSpec = TO_HOST): Uint8Array => build(link, ipv4(src, dst), udp(1000, port));

describe('replay', () => {
  it('takes several captures in order of time', () => {
    const machine = createEngine(parseHost(HOST, 'host'));
    const seen: number[] = [];
    const stats = replay(
      machine,
      [
        { capture: pcap([packet('10.0.0.2', '10.0.1.2', 1), packet('10.0.0.2', '10.0.1.2', 2)], 100), indev: 'eth0' },
        { capture: pcap([packet('10.0.1.2', '10.0.0.2', 3, ethernet('02:00:00:00:00:02', '02:00:00:00:00:98'))], 101), indev: 'eth1' },
      ],
      { onPacket: ({ dstPort }) => seen.push(dstPort) },
    );
    expect(seen).toEqual([1, 3, 2]);
    expect([stats.packets, stats.firstUs, stats.lastUs, [...stats.byFate]]).toEqual([3, 100e6, 102e6, [['forwarded', 3]]]);
  });

  it('finds the interface by the destination MAC', () => {
    const machine = createEngine(parseHost(HOST, 'host'));
    machine.attach(parseRules('*filter\n-A FORWARD -i eth1 -j DROP\nCOMMIT\n', { file: 'rules', family: 4 }));
    const toSecond = packet('10.0.1.2', '10.0.0.2', 1, ethernet('02:00:00:00:00:02', '02:00:00:00:00:98'));
    const stats = replay(machine, [{ capture: pcap([toSecond, packet('10.0.0.2', '10.0.1.2')]) }]);
    expect([...stats.byFate]).toEqual([
      ['dropped', 1],
      ['forwarded', 1],
    ]);
    expect(stats.dropCounts()).toMatchObject([{ stage: 'FORWARD', code: 'NETFILTER_DROP', family: 4, rule: 1, packets: 1 }]);
  });

  it('tells what it did not take and why', () => {
    const machine = createEngine(parseHost(HOST, 'host'));
    const stats = replay(machine, [
      {
        capture: pcap([
          build(
            ethernet('ff:ff:ff:ff:ff:ff', '02:00:00:00:00:99'),
            arp(1, ['02:00:00:00:00:99', '10.0.0.2'], ['00:00:00:00:00:00', '10.0.0.1']),
          ),
          packet('10.0.0.1', '10.0.0.2', 1, ethernet('02:00:00:00:00:99', '02:00:00:00:00:01')),
          packet('10.0.0.2', '10.0.1.2', 1, ethernet('02:00:00:00:00:77', '02:00:00:00:00:99')),
        ]),
      },
    ]);
    expect(stats.packets).toBe(0);
    expect([...stats.bySkip.values()]).toEqual([1, 1, 1]);
    expect([...stats.bySkip.keys()].join('; ')).toMatch(/no IP packet \(ARP\); left the host already .*; no interface of the host fits/);
  });

  it('does not judge what the capture cut off', () => {
    const whole = pcap([packet('10.0.0.2', '10.0.1.2')]);
    const cut = Buffer.from(whole.subarray(0, whole.length - 6));
    cut.writeUInt32LE(cut.readUInt32LE(24 + 8) - 6, 24 + 8); // six octets fewer captured, as many on the wire
    const stats = replay(createEngine(parseHost(HOST, 'host')), [{ capture: cut }]);
    expect([stats.packets, [...stats.bySkip]]).toEqual([0, [['cut by the capture (its snap length): the rest is not known', 1]]]);
  });

  it('gives a plain router its sides by the source', () => {
    const machine = createEngine(plainRouter());
    const out: string[] = [];
    machine.engine.sink = {
      transmit: (sent) => out.push(machine.host.interfaces[sent.outdev]!.name),
      deliver: () => undefined,
    };
    const source = { capture: openCapture(pcap([packet('10.0.0.2', '8.8.8.8'), packet('8.8.8.8', '10.0.0.2')])), indev: 0, local: false };
    const run = new Replay(machine.engine, { sources: [source], fallback: 'sides' });
    expect([run.step(1), run.step(9)]).toEqual([true, false]);
    expect(out).toEqual(['eth1', 'eth0']);
  });

  it('gives the results up to the damage', () => {
    const whole = pcap([packet('10.0.0.2', '10.0.1.2'), packet('10.0.0.2', '10.0.1.2')]);
    const stats = replay(createEngine(parseHost(HOST, 'host')), [{ capture: whole.subarray(0, whole.length - 5) }]);
    expect(stats.packets).toBe(1);
    expect(stats.damage.map(({ code }) => code)).toEqual(['ERR_CAPTURE_TRUNCATED']);
  });

  it('is the same twice', () => {
    const run = (): unknown[] => {
      const machine = createEngine(parseHost(HOST, 'host'), { seed: 5 });
      machine.attach(
        parseRules('*filter\n-A FORWARD -m statistic --mode random --probability 0.5 -j DROP\nCOMMIT\n', { file: 'rules', family: 4 }),
      );
      const fates: string[] = [];
      const frames = Array.from({ length: 64 }, (_, i) => packet('10.0.0.2', '10.0.1.2', i + 1));
      replay(machine, [{ capture: pcap(frames) }], { onPacket: (_, { verdict }) => fates.push(verdict) });
      return fates;
    };
    const first = run();
    expect(new Set(first).size).toBe(2);
    expect(run()).toEqual(first);
  });
});

describe('describeRule', () => {
  const set = parseRules('*filter\n:INPUT DROP\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\nCOMMIT\n', { file: 'rules.v4', family: 4 });

  it('tells rules, policies and nothing', () => {
    expect(describeRule(set, 0)).toEqual({
      name: 'filter:INPUT:1',
      text: '-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT',
      at: 'rules.v4:3:1',
    });
    expect(describeRule(set, 1)).toMatchObject({ name: 'filter:INPUT:policy', text: '-P INPUT DROP' });
    expect(describeRule(set, 99)).toBeNull();
  });
});

describe('inputs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hookline-host-'));
  writeFileSync(
    join(folder, 'addr.json'),
    JSON.stringify([
      {
        ifname: 'eth0',
        mtu: 1500,
        address: '02:00:00:00:00:01',
        addr_info: [{ family: 'inet', local: '10.0.0.1', prefixlen: 24, scope: 'global' }],
      },
    ]),
  );
  writeFileSync(join(folder, 'route.json'), JSON.stringify([{ dst: 'default', gateway: '10.0.0.254', dev: 'eth0' }]));

  it('reads a host from a folder of saved iproute2 output', () => {
    const host = readHostFolder(folder);
    expect(host.interfaceByName('eth0')?.index).toBe(1);
    expect(loadHost(folder).interfaceByName('eth0')?.mtu).toBe(1500);
  });

  it('prefers a host.json in it', () => {
    const other = mkdtempSync(join(tmpdir(), 'hookline-host-'));
    writeFileSync(join(other, 'addr.json'), '[]');
    writeFileSync(join(other, 'host.json'), JSON.stringify(HOST));
    expect(readHostFolder(other).interfaceByName('eth1')?.index).toBe(2);
  });

  it('says which file a folder lacks', () => {
    expect(() => readHostFolder(mkdtempSync(join(tmpdir(), 'hookline-host-')))).toThrow(/no addr\.json \(ip -j addr\)/);
  });

  it('names the file that cannot be read', () => {
    expect(() => loadRules('/nonexistent/rules', 4, [], [])).toThrow('/nonexistent/rules: cannot read: ENOENT');
    expect(() => loadHost('/nonexistent/host')).toThrow('/nonexistent/host: cannot read: ENOENT');
    expect(() => loadRules(folder, 4, [], [])).toThrow(`${folder}: cannot read: EISDIR`);
  });
});
