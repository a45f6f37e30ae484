/**
 * A scenario directory, read: host, rules, sets and packets in the order they happen.
 *
 *   host.json  rules.v4  rules.v6  ipset.save  in-<ifname>.pcap  local.pcap   or   packets.pcap [ingress.txt]
 *
 * In place of host.json there may be the saved output of iproute2 (host/saved-host.ts).
 * Files are merged by timestamp; at one instant the interfaces come in host.json's order, local packets last.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { openCapture } from '../capture/index.ts';
import { HooklineError } from '../errors.ts';
import { parseHost } from '../host/host-json.ts';
import type { Host } from '../host/host.ts';
import { SAVED_FILES } from '../host/saved-host.ts';
import { Packet } from '../packet/packet.ts';
import { hostFilesIn, parseHostFiles } from '../replay/host-folder.ts';

export interface ScenarioPacket {
  /** Interface name, or `local`. */
  readonly from: string;
  readonly frame: Uint8Array;
  readonly linkType: number;
  readonly nowUs: number;
  readonly remainderNs: number;
}

export interface Scenario {
  readonly directory: string;
  readonly host: Host;
  readonly hostJson: ScenarioHost;
  readonly rules4: string | null;
  readonly rules6: string | null;
  readonly sets: string | null;
  readonly packets: readonly ScenarioPacket[];
}

/** What a scenario's host.json says beside the host itself. */
export interface ScenarioHost {
  readonly interfaces: readonly { readonly name: string; readonly mac?: string }[];
  readonly conntrack?: boolean | 'auto';
  readonly local_stack?: string;
  readonly backend?: string;
  readonly ingress?: string;
  readonly listeners?: readonly unknown[];
  readonly nondeterministic?: readonly string[];
}

/** Throws ERR_SCENARIO for what is missing or asks for a backend that is not emulated. */
export function loadScenario(directory: string): Scenario {
  const read = (name: string): string | null => {
    const path = join(directory, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : null;
  };
  const { host, hostJson } = readHost(directory, read('host.json'));
  if (hostJson.backend === 'nft' || existsSync(join(directory, 'ruleset.nft'))) {
    throw new HooklineError('ERR_SCENARIO', `${directory}: recorded with the nft back end, which is not evaluated`);
  }
  const packets = readPackets(directory, hostJson, read('ingress.txt'));
  return { directory, host, hostJson, rules4: read('rules.v4'), rules6: read('rules.v6'), sets: read('ipset.save'), packets };
}

function readHost(directory: string, json: string | null): Pick<Scenario, 'host' | 'hostJson'> {
  if (json !== null) {
    const hostJson = JSON.parse(json) as ScenarioHost;
    // a recorder's host has the sockets its description lists and no others
    const host = parseHost(hostJson.listeners === undefined ? { ...hostJson, listeners: [] } : json, join(directory, 'host.json'));
    return { host, hostJson };
  }
  const files = hostFilesIn(directory);
  if (!SAVED_FILES.addr.some((name) => files.has(name))) {
    throw new HooklineError('ERR_SCENARIO', `${directory}: no host.json in this directory`);
  }
  const host = parseHostFiles(files, directory);
  const named = host.interfaces.flatMap((device) => (device === undefined || device.name === '' ? [] : [{ name: device.name }]));
  return { host, hostJson: { interfaces: named } };
}

function readPackets(directory: string, host: ScenarioHost, ingress: string | null): ScenarioPacket[] {
  const packets: ScenarioPacket[] = [];
  for (const { name } of host.interfaces) addCapture(packets, join(directory, `in-${name}.pcap`), () => name);
  const names = ingress?.split(/\s+/).filter((name) => name !== '');
  const byMac = new Map(host.interfaces.map(({ name, mac }) => [mac?.toLowerCase() ?? name, name]));
  addCapture(packets, join(directory, 'packets.pcap'), (index, frame) => {
    const named = names?.[index];
    if (named !== undefined) return named;
    return byMac.get(macText(frame)) ?? host.ingress ?? host.interfaces[0]?.name ?? 'local';
  });
  addCapture(packets, join(directory, 'local.pcap'), () => 'local');
  return packets.sort((a, b) => a.nowUs - b.nowUs || a.remainderNs - b.remainderNs);
}

function macText(frame: Uint8Array): string {
  return Array.from(frame.subarray(0, 6), (octet) => octet.toString(16).padStart(2, '0')).join(':');
}

function addCapture(packets: ScenarioPacket[], path: string, ingress: (index: number, frame: Uint8Array) => string): void {
  if (!existsSync(path)) return;
  const capture = openCapture(path);
  const packet = new Packet();
  for (let index = 0; capture.next(packet); index++) {
    const frame = packet.bytes.slice(packet.start, packet.end);
    const from = ingress(index, frame);
    packets.push({ from, frame, linkType: capture.linkType, nowUs: packet.nowUs, remainderNs: packet.remainderNs });
  }
  const { damage } = capture;
  capture.close();
  if (damage !== null) throw damage;
}

/** The scenario's own name, for messages. */
export function scenarioName(directory: string): string {
  return basename(directory);
}
