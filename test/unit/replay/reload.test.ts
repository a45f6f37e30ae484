/**
 * Rules that change in mid-replay: what stays and what begins anew.
 */
import { describe, expect, it } from 'vitest';
import { Engine } from '../../../src/engine/engine.ts';
import { parseHost } from '../../../src/host/host-json.ts';
import { build } from '../../../src/packet/build.ts';
import { ethernet, ipv4, type LayerSpec, tcp, udp } from '../../../src/packet/build-layers.ts';
import { decode } from '../../../src/packet/decode.ts';
import { LinkType } from '../../../src/packet/link-type.ts';
import { Packet } from '../../../src/packet/packet.ts';
import { reloadedRules, ReloadingEngine, type ReloadTime } from '../../../src/replay/reload.ts';
import { SetStore } from '../../../src/xtables/set/store.ts';
import { aim, rulesOf } from '../../support/compare.ts';

const HOST = {
  interfaces: [
    { name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['10.0.0.1/24'] },
    { name: 'eth1', mac: '02:00:00:00:00:02', addresses: ['192.0.2.1/24'] },
  ],
  routes: [{ dst: '0.0.0.0/0', via: '192.0.2.254', dev: 'eth1' }],
};
const BEGIN = 1_700_000_000_000_000;

class Reloaded {
  readonly machine: ReloadingEngine;
  readonly sources: string[] = [];
  private index = 0;

  constructor(old: string, fresh: string, at: ReloadTime = { kind: 'packet', number: 1 }) {
    const note = (packet: Packet): void => void this.sources.push(`${packet.src0 >>> 24}:${packet.srcPort}`);
    const engine = new Engine({ host: parseHost(HOST, 'host'), sink: { transmit: note, deliver: () => undefined } });
    const families = reloadedRules(rulesOf(old, 4, 'old'), rulesOf(fresh, 4, 'new'));
    for (const family of families) family.attach(engine, new SetStore());
    this.machine = new ReloadingEngine(engine, families, at);
  }

  /** A second passes with each packet. Answers the verdict and the rule that dropped. */
  arrive(...layers: readonly LayerSpec[]): string {
    const packet = new Packet();
    aim(packet, build(ethernet('02:00:00:00:00:01', '02:00:00:00:00:99'), ...layers), BEGIN + this.index * 1e6, this.index);
    this.index++;
    decode(packet, LinkType.Ethernet);
    packet.indev = 1;
    const { verdict, rule } = this.machine.receive(packet);
    return rule < 0 ? verdict : `${verdict} ${this.machine.families[0]!.rules.describe(rule)!.at}`;
  }
}

const ping = (port = 1000): readonly LayerSpec[] => [ipv4('10.0.0.2', '198.51.100.1'), udp(port, 53)];

describe('a reload', () => {
  it('puts new rules in the place of old ones', () => {
    const run = new Reloaded('*filter\n-A FORWARD -j ACCEPT\nCOMMIT\n', '*filter\n-A FORWARD -p udp -j DROP\nCOMMIT\n');
    expect([run.arrive(...ping()), run.arrive(...ping())]).toEqual(['forwarded', 'dropped new:2:1']);
    const [family] = run.machine.families;
    expect(family!.rules.tables.map((table) => [table.name, family!.phaseOf(table)])).toEqual([
      ['filter', -1],
      ['filter', 1],
    ]);
    expect(family!.rules.hits().map(({ at, packets }) => [at, packets])).toEqual([
      ['old:2:1', 1],
      ['new:2:1', 1],
    ]);
  });

  it('leaves a table alone that the new text does not name, with what its rules remember', () => {
    const nth = '*mangle\n-A FORWARD -m statistic --mode nth --every 2 --packet 1 -j DROP\nCOMMIT\n';
    const plain = '*filter\n-A FORWARD -j ACCEPT\nCOMMIT\n';
    const run = new Reloaded(`${nth}${plain}`, '*filter\n-A FORWARD -p udp -j ACCEPT\nCOMMIT\n');
    expect([run.arrive(...ping()), run.arrive(...ping()), run.arrive(...ping())]).toEqual(['forwarded', 'dropped old:2:1', 'forwarded']);
    const anew = new Reloaded(`${nth}${plain}`, `${nth}${plain}`);
    expect([anew.arrive(...ping()), anew.arrive(...ping()), anew.arrive(...ping())]).toEqual(['forwarded', 'forwarded', 'dropped new:2:1']);
  });

  it('keeps connections and their translation, and translates new ones by the new rules', () => {
    const snat = (to: string): string => `*nat\n-A POSTROUTING -o eth1 -p udp -j SNAT --to-source ${to}\nCOMMIT\n`;
    const run = new Reloaded(snat('192.0.2.1:2000-2001'), snat('203.0.113.9:3000-3001'));
    for (const port of [1000, 1000, 1001]) run.arrive(...ping(port));
    expect(run.sources).toEqual(['192:2000', '192:2000', '203:3001']);
  });

  it('adds a table that was not there', () => {
    const run = new Reloaded(
      '*filter\n-A FORWARD -j ACCEPT\nCOMMIT\n',
      '*nat\n-A POSTROUTING -p udp -j SNAT --to-source 203.0.113.9:3000-3001\nCOMMIT\n',
    );
    for (const port of [1000, 1001]) run.arrive(...ping(port));
    expect(run.sources).toEqual(['10:1000', '203:3000']);
  });

  it('keeps what rules share by name', () => {
    const list = (target: string): string => `*filter\n-A FORWARD -m recent --name seen --update --seconds 60 -j ${target}\n`;
    const run = new Reloaded('*filter\n-A FORWARD -m recent --name seen --set -j ACCEPT\nCOMMIT\n', `${list('DROP')}COMMIT\n`);
    expect([run.arrive(...ping()), run.arrive(...ping())]).toEqual(['forwarded', 'dropped new:2:1']);
  });

  it('turns connection tracking off with the last rule that needs it, and on with the first', () => {
    const stateful = '*filter\n-A FORWARD -m conntrack --ctstate INVALID -j DROP\nCOMMIT\n';
    const plain = '*filter\n-A FORWARD -j ACCEPT\nCOMMIT\n';
    const tracks = (old: string, fresh: string): boolean[] => {
      const run = new Reloaded(old, fresh);
      return [1000, 1001].map((port) => {
        run.arrive(...ping(port));
        return run.machine.engine.conntrack.isEnabled(4);
      });
    };
    expect(tracks(stateful, plain)).toEqual([true, false]);
    expect(tracks(plain, stateful)).toEqual([false, true]);
    expect(tracks(stateful, stateful)).toEqual([true, true]);
    expect(tracks(`${stateful}${stateful.replace('filter', 'mangle')}`, plain)).toEqual([true, true]);
  });

  it.each<[ReloadTime, number]>([
    [{ kind: 'packet', number: 0 }, 0],
    [{ kind: 'packet', number: 2 }, 2],
    [{ kind: 'after', us: 1_500_000 }, 2],
    [{ kind: 'time', us: BEGIN + 3e6 }, 3],
    [{ kind: 'packet', number: 9 }, -1],
  ])('comes at its time %j', (at, before) => {
    const run = new Reloaded('*filter\nCOMMIT\n', '*filter\n-A FORWARD -j DROP\nCOMMIT\n', at);
    const dropped = [0, 1, 2, 3].map(() => run.arrive(ipv4('10.0.0.2', '198.51.100.1'), tcp(1, 2)).startsWith('dropped'));
    expect([run.machine.reloadedAt, dropped.indexOf(true)]).toEqual([before, before]);
  });
});
