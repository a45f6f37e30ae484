import { describe, expect, it } from 'vitest';
import { openCapture } from '../../../src/capture/index.ts';
import { Engine } from '../../../src/engine/engine.ts';
import { parseHost } from '../../../src/host/host-json.ts';
import { parseRules } from '../../../src/iptables/save.ts';
import { attachRules } from '../../../src/replay/attach.ts';
import { Replay } from '../../../src/replay/replay.ts';
import { natText } from '../../../src/tally/nat-text.ts';
import { PortCause, Translations } from '../../../src/tally/translations.ts';
import { SetStore } from '../../../src/xtables/set/store.ts';
import { capture, tcpLine, udpLine } from '../../support/lines.ts';

const HOST = {
  interfaces: [
    { name: 'eth0', addresses: ['10.0.0.1/24'] },
    { name: 'eth1', addresses: ['198.51.100.1/24'] },
  ],
  routes: [{ dst: '0.0.0.0/0', via: '198.51.100.2', dev: 'eth1' }],
  neighbors: [{ dev: 'eth1', ip: '198.51.100.2', mac: '02:00:00:00:00:09' }],
};
const SNAT = '*nat\n-A POSTROUTING -o eth1 -j SNAT --to-source 198.51.100.1\nCOMMIT\n';

interface Options {
  readonly ports?: readonly [number, number];
  readonly max?: number;
}

function tally(frames: Parameters<typeof capture>[0], rules = SNAT, { ports, max }: Options = {}): Translations {
  const sysctls = max === undefined ? {} : { 'net.netfilter.nf_conntrack_max': max };
  const host = parseHost({ ...HOST, sysctls });
  const engine = new Engine({ host, sourcePorts: ports });
  const set = parseRules(rules, { file: 'rules.v4', family: 4 });
  attachRules(engine, set, new SetStore());
  const translations = new Translations(engine.conntrack, engine.nat);
  engine.conntrack.events = translations;
  const around = (packet: Parameters<typeof engine.receive>[0]): ReturnType<typeof engine.receive> => {
    translations.begin(packet);
    const outcome = engine.receive(packet);
    translations.end(packet);
    return outcome;
  };
  const source = openCapture(capture(frames));
  const run = new Replay({ host, receive: around, send: around }, { sources: [{ capture: source, indev: 1, local: false }], fallback: 0 });
  while (run.step(1000));
  translations.close();
  return translations;
}

describe('Translations', () => {
  it('tells who became whom, by which rule, with packets both ways', () => {
    const syn = tcpLine('10.0.0.2:1000 > 203.0.113.9:80', 'S');
    const answer = tcpLine('203.0.113.9:80 > 198.51.100.1:1000', 'SA', 500, 101);
    const told = tally([syn, answer, udpLine('10.0.0.3:53 > 203.0.113.9:53')]);
    expect(told.mappings.map(({ from, to, rule, connections, packets, octets }) => [from, to, rule, connections, packets, octets])).toEqual(
      [
        ['10.0.0.2', '198.51.100.1', expect.any(Number), 1, 2, 80],
        ['10.0.0.3', '198.51.100.1', expect.any(Number), 1, 1, 29],
      ],
    );
    expect(told.mappings[0]!.rule).toBeGreaterThanOrEqual(0);
  });

  it('names the connection that has the port of one that had to change it', () => {
    const told = tally([udpLine('10.0.0.2:5000 > 203.0.113.9:53'), udpLine('10.0.0.3:5000 > 203.0.113.9:53')]);
    expect(told.changes).toMatchObject([
      { cause: PortCause.Taken, packet: 1, from: '10.0.0.3:5000', owner: '10.0.0.2:5000 > 203.0.113.9:53', destination: '203.0.113.9:53' },
    ]);
    expect(told.ports).toMatchObject([
      { address: '198.51.100.1', protocol: 'udp', low: 1024, used: 2, peak: 2, peakOfOne: 2, busiest: '203.0.113.9:53' },
    ]);
  });

  it('does not take a port for changed that another destination may use too', () => {
    const told = tally([udpLine('10.0.0.2:5000 > 203.0.113.9:53'), udpLine('10.0.0.3:5000 > 203.0.113.10:53')]);
    expect(told.changes).toEqual([]);
    expect(told.ports).toMatchObject([{ used: 1, peak: 2, peakOfOne: 1 }]);
  });

  it('tells ports outside of a rule, and random ones, from clashes', () => {
    const outside = tally(
      [udpLine('10.0.0.2:5000 > 203.0.113.9:53')],
      '*nat\n-A POSTROUTING -p udp -j MASQUERADE --to-ports 6000-6001\nCOMMIT\n',
    );
    expect(outside.changes.map(({ cause, owner }) => [cause, owner])).toEqual([[PortCause.OutOfRange, '']]);
    const random = tally([udpLine('10.0.0.2:5000 > 203.0.113.9:53')], '*nat\n-A POSTROUTING -j MASQUERADE --random-fully\nCOMMIT\n');
    expect(random.changes.map(({ cause }) => cause)).toEqual([PortCause.Random]);
  });

  it('supposes other ports, and tells when they run out', () => {
    const frames = [2, 3, 4].map((host) => udpLine(`10.0.0.${host}:5000 > 203.0.113.9:53`));
    const told = tally(frames, SNAT, { ports: [7000, 7001] });
    expect(told.ports).toMatchObject([{ low: 7000, high: 7001, used: 2, peakOfOne: 2 }]);
    expect(told.refusals.exhausted).toMatchObject({ count: 1, packet: 2 });
    expect(told.refusals.clash.count).toBe(0);
  });

  it('counts connections at once until they run out, and refusals of a full table', () => {
    const at = (seconds: number, host: number): readonly [number, Uint8Array] => [seconds, udpLine(`10.0.0.${host}:5000 > 203.0.113.9:53`)];
    const apart = tally([at(0, 2), at(31, 3), at(62, 4)]);
    expect([apart.connections, apart.peak.most]).toEqual([3, 1]);
    const within = tally([at(0, 2), at(29, 3), at(31, 4)]);
    expect(within.peak).toEqual({ most: 2, at: 1_700_000_029e6 });
    const replied = [at(0, 2), [0.1, udpLine('203.0.113.9:53 > 198.51.100.1:5000')] as const, at(1, 3)];
    const full = tally([...replied, [1.1, udpLine('203.0.113.9:53 > 198.51.100.1:5001')], at(2, 4)], SNAT, { max: 1 });
    expect([full.refusals.early.count, full.refusals.full.count]).not.toEqual([0, 0]);
  });

  it('says all of it in lines', () => {
    const frames = [udpLine('10.0.0.2:5000 > 203.0.113.9:53'), udpLine('10.0.0.3:5000 > 203.0.113.9:53')];
    const text = natText({ translations: tally(frames), rules: [parseRules(SNAT, { file: 'rules.v4', family: 4 })], max: 100, limit: 50 });
    expect(text).toContain('2 connections, 2 translated');
    expect(text.some((line) => /1\s+1\s+29\s+source\s+udp\s+10\.0\.0\.2\s+198\.51\.100\.1\s+nat:POSTROUTING:1/.test(line))).toBe(true);
    expect(text.some((line) => line.includes('the port belongs to 10.0.0.2:5000 > 203.0.113.9:53'))).toBe(true);
    expect(text.some((line) => line.includes('peak     2 at 2023-11-14 22:13:21.000000 (2.0 %)'))).toBe(true);
  });
});
