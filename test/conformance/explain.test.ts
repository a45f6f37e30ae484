import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type Explanation, WatchedEngine } from '../../src/explain/index.ts';
import { parseRules } from '../../src/iptables/save.ts';
import { decode, decodeNetwork } from '../../src/packet/decode.ts';
import { Packet } from '../../src/packet/packet.ts';
import { describeRule } from '../../src/replay/describe-rule.ts';
import { loadScenario, type Scenario, type ScenarioPacket } from '../../src/scenario/load.ts';
import type { Truth, TruthPacket } from '../../src/scenario/truth.ts';
import type { RuleSet } from '../../src/xtables/ruleset.ts';
import { parseSets, SetStore } from '../../src/xtables/set/store.ts';

const FOLDER = fileURLToPath(new URL('../../fixtures/scenarios', import.meta.url));

function scenarios(folder: string): string[] {
  if (existsSync(join(folder, 'truth.json.gz'))) return [folder];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => scenarios(join(folder, entry.name)));
}

function truthOf(directory: string): Truth {
  return JSON.parse(gunzipSync(readFileSync(join(directory, 'truth.json.gz'))).toString()) as Truth;
}

interface Lab {
  readonly scenario: Scenario;
  readonly machine: WatchedEngine;
  readonly rules: readonly RuleSet[];
}

function labOf(directory: string): Lab {
  const scenario = loadScenario(directory);
  const texts = [scenario.rules4, scenario.rules6] as const;
  const rules = texts.flatMap((text, i) => (text === null ? [] : [parseRules(text, { file: 'rules', family: i === 0 ? 4 : 6 })]));
  const sets = scenario.sets === null ? new SetStore() : parseSets(scenario.sets, 'ipset.save');
  const conntrack = scenario.host.settings.conntrack === 'always';
  return { scenario, rules, machine: new WatchedEngine({ host: scenario.host, rules, sets, conntrack, rawProtocols: [255] }) };
}

/** Take one packet as the recorder's router did. */
function take({ machine }: Lab, packet: Packet, input: ScenarioPacket): void {
  packet.reset();
  packet.blank(input.frame.length);
  packet.bytes.set(input.frame, packet.start);
  packet.nowUs = input.nowUs;
  packet.remainderNs = input.remainderNs;
  decode(packet, input.linkType);
  if (input.from !== 'local') {
    packet.indev = machine.host.interfaceByName(input.from)?.index ?? 0;
    machine.receive(packet);
    return;
  }
  if (packet.link >= 0 && packet.network >= 0) packet.start = packet.network;
  packet.link = -1;
  packet.network = packet.start;
  decodeNetwork(packet);
  machine.send(packet);
}

/** Follow the ports the kernel drew. */
function prefer({ machine }: Lab, recorded: TruthPacket): void {
  const reply = recorded.ct_events?.find((e) => e.t === 'new')?.reply ?? '';
  const icmp = /i(\d+)$/.exec(reply);
  const ports = /:(\d+)>.*:(\d+)$/.exec(reply);
  machine.engine.nat.prefer(-1);
  if (icmp !== null) machine.engine.nat.prefer(Number(icmp[1]), Number(icmp[1]));
  else if (ports !== null) machine.engine.nat.prefer(Number(ports[2]), Number(ports[1]));
}

/** Every rule, policy and return an explanation tells of, as the recorder counts them. */
function hitsOf(told: Explanation): string[] {
  const counts = new Map<string, number>();
  for (const { hooks } of told.journeys) {
    for (const { entries } of hooks) {
      for (const step of entries.flatMap(({ walk }) => walk)) {
        if (step.kind === 'hit' || step.kind === 'end') counts.set(step.rule.name, (counts.get(step.rule.name) ?? 0) + 1);
      }
    }
  }
  return [...counts].map(([name, count]) => (count > 1 ? `${name}*${count}` : name)).sort();
}

/** Rules among the kernel's hits that can drop, by their text. */
function droppers(recorded: TruthPacket, rules: readonly RuleSet[], family: number): string[] {
  const set = rules.find((candidate) => candidate.family === family);
  if (set === undefined) return [];
  const texts = new Map<string, string>();
  for (let id = 0; id < set.counters.packets.length; id++) {
    const described = describeRule(set, id);
    if (described !== null) texts.set(described.name, described.text);
  }
  const names = (recorded.rules ?? []).map((name) => name.replace(/\*\d+$/, ''));
  return names.filter((name) => / -j (DROP|REJECT)\b|^-P \S+ DROP$/.test(texts.get(name) ?? ''));
}

const directories = scenarios(FOLDER).sort();
const named = { rules: 0, nobody: 0 };
/** Rule sets of real machines that met real captures (fixtures/scenarios/real/PROVENANCE), and drops told of each. */
const real = new Map<string, number>();

describe('explain, on recorded scenarios', () => {
  it.each(directories.map((directory) => [directory.slice(FOLDER.length + 1), directory]))(
    '%s: names for every dropped packet the rule that the kernel counted',
    (name, directory) => {
      const truth = truthOf(directory);
      const lab = labOf(directory);
      const holdsRules = truth.packets.some((p) => (p.rules ?? []).length > 0);
      const packet = new Packet();
      const wrong: string[] = [];
      lab.scenario.packets.forEach((input, index) => {
        const recorded = truth.packets[index]!;
        packet.index = index;
        prefer(lab, recorded);
        lab.machine.watching = recorded.verdict === 'dropped';
        take(lab, packet, input);
        if (!lab.machine.watching || !holdsRules) return;
        const told = lab.machine.told!;
        const note = (text: string): void => void wrong.push(`${index}: ${text}`);
        if (told.verdict !== 'dropped' || told.drop === null) return note(`verdict ${told.verdict}`);
        const expected = [...(recorded.rules ?? [])].sort();
        if (hitsOf(told).join(' ') !== expected.join(' '))
          note(`tells ${hitsOf(told).join(' ')}, the kernel counted ${expected.join(' ')}`);
        if (/^(real|demo)\//.test(name)) real.set(name, (real.get(name) ?? 0) + 1);
        const { rule, at, code } = told.drop;
        const able = droppers(recorded, lab.rules, told.flow?.from.address.includes(':') === true ? 6 : 4);
        if (rule === null) {
          named.nobody++;
          const byRule = recorded.drop?.reason === 'NETFILTER_DROP' && able.length > 0 && !able.every((name) => name.includes(':OUTPUT:'));
          if (byRule) note(`names no rule, the kernel counted ${able.join(' ')}`);
          return;
        }
        named.rules++;
        if (code !== 'NETFILTER_HOTDROP' && !expected.some((name) => name.replace(/\*\d+$/, '') === rule.name)) note(`names ${rule.name}`);
        if (able.length === 1 && able[0] !== rule.name) note(`names ${rule.name}, the kernel counted ${able[0]}`);
        if (recorded.drop?.at !== undefined && recorded.drop.at.replace(/^lo:/, '') !== at) note(`at ${at}, was ${recorded.drop.at}`);
      });
      expect(wrong.slice(0, 5)).toEqual([]);
    },
  );

  it('told every drop of more than ten real rule sets', () => {
    expect([...real.keys()].length).toBeGreaterThanOrEqual(11);
    expect([...real.values()].reduce((sum, drops) => sum + drops, 0)).toBeGreaterThan(900);
  });

  it('met both kinds of drops', () => {
    expect(named.rules).toBeGreaterThan(1000);
    expect(named.nobody).toBeGreaterThan(100);
  });
});
