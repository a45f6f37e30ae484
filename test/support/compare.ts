/**
 * Two rule sets over the same frames, compared by the library.
 */
import { readdirSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { Comparison, type SideOptions } from '../../src/diff/index.ts';
import type { Host } from '../../src/host/host.ts';
import { parseRules } from '../../src/iptables/save.ts';
import { decode, decodeNetwork } from '../../src/packet/decode.ts';
import { Packet } from '../../src/packet/packet.ts';
import type { Scenario, ScenarioPacket } from '../../src/scenario/load.ts';
import type { RuleSet } from '../../src/xtables/ruleset.ts';
import { parseSets, SetStore } from '../../src/xtables/set/store.ts';
import { ROOT } from './cli.ts';

/** Every folder of fixtures/scenarios that holds a scenario. */
export function scenarioFolders(folder: string = join(ROOT, 'fixtures', 'scenarios')): string[] {
  if (existsSync(join(folder, 'truth.json.gz'))) return [folder];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => scenarioFolders(join(folder, name)))
    .sort();
}

export function rulesOf(text: string | null, family: 4 | 6, file = `rules.v${family}`): RuleSet[] {
  return text === null ? [] : [parseRules(text, { file, family })];
}

/** One side of a scenario; its host is read anew, as the other side's. */
export function sideOf(scenario: Scenario): SideOptions {
  return {
    host: scenario.host,
    rules: [...rulesOf(scenario.rules4, 4), ...rulesOf(scenario.rules6, 6)],
    sets: scenario.sets === null ? new SetStore() : parseSets(scenario.sets, 'ipset.save'),
    seed: 1,
    conntrack: scenario.host.settings.conntrack === 'always',
  };
}

export function compareScenario(scenario: Scenario, old: SideOptions, fresh: SideOptions): Comparison {
  const comparison = new Comparison(old, fresh);
  const packet = new Packet();
  scenario.packets.forEach((input, index) => {
    take(comparison, packet, input, { index, host: scenario.host });
  });
  return comparison;
}

function take(comparison: Comparison, packet: Packet, input: ScenarioPacket, { index, host }: { index: number; host: Host }): void {
  aim(packet, input.frame, input.nowUs, index);
  packet.remainderNs = input.remainderNs;
  decode(packet, input.linkType);
  if (input.from !== 'local') {
    packet.indev = host.interfaceByName(input.from)!.index;
    comparison.receive(packet);
    return;
  }
  if (packet.network < 0) return;
  packet.start = packet.network;
  packet.link = -1;
  decodeNetwork(packet);
  comparison.send(packet);
}

/** Point a packet at octets of its own. */
export function aim(packet: Packet, octets: Uint8Array, nowUs: number, index: number): void {
  packet.reset();
  packet.bytes = octets.slice();
  packet.view = new DataView(packet.bytes.buffer);
  packet.start = 0;
  packet.end = octets.length;
  packet.wireLength = octets.length;
  packet.nowUs = nowUs;
  packet.index = index;
}
