/**
 * A counterexample as files: a scenario directory (host, rules, packets by interface) that `hookline scenario` runs, and all packets
 * as one capture that `hookline replay` and Wireshark read.
 *
 *   host.json  rules.v4  rules.v6  ipset.save  in-<ifname>.pcap  local.pcap  packets.pcapng
 *
 * @module
 */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createCapture } from '../capture/index.ts';
import { OutputFile } from '../capture/output-file.ts';
import type { Injected } from '../fuzz/observe.ts';
import type { Host } from '../host/host.ts';
import { PLAIN_ROUTER } from '../host/plain-router.ts';
import { Packet } from '../packet/packet.ts';
import { readText } from '../replay/inputs.ts';

const MAX_NUMBER = 10_000;

export interface CounterexampleFiles {
  readonly host?: string;
  readonly rules?: string;
  readonly rules6?: string;
  readonly ipset?: string;
}

/** Write all into a folder that is not there yet: `folder`, or with a number behind it. Answers its name. */
export function writeCounterexample(folder: string, host: Host, packets: readonly Injected[], files: CounterexampleFiles): string {
  const directory = freeName(folder);
  mkdirSync(directory, { recursive: true });
  writeText(join(directory, 'host.json'), hostText(files.host));
  if (files.rules !== undefined) writeText(join(directory, 'rules.v4'), readText(files.rules));
  if (files.rules6 !== undefined) writeText(join(directory, 'rules.v6'), readText(files.rules6));
  if (files.ipset !== undefined) writeText(join(directory, 'ipset.save'), readText(files.ipset));
  for (const device of new Set(packets.map((packet) => packet.device))) {
    const name = device === 0 ? 'local' : `in-${host.interfaces[device]!.name}`;
    writeCapture(
      join(directory, `${name}.pcap`),
      host,
      packets.filter((packet) => packet.device === device),
    );
  }
  writeCapture(
    join(directory, 'packets.pcapng'),
    host,
    packets.filter(({ device }) => device !== 0),
  );
  return directory;
}

function freeName(folder: string): string {
  let name = folder;
  for (let number = 2; existsSync(name) && number < MAX_NUMBER; number++) name = `${folder}-${number}`;
  return name;
}

/** A saved folder has no host.json to copy: then the scenario's host is left to its reader. */
function hostText(path: string | undefined): string {
  if (path === undefined) return `${JSON.stringify(PLAIN_ROUTER, null, 1)}\n`;
  return statSync(path).isDirectory() ? `{ "see": ${JSON.stringify(path)} }\n` : readText(path);
}

function writeText(path: string, text: string): void {
  const octets = Buffer.from(text);
  const file = new OutputFile(path);
  file.write(octets, octets.length);
  file.close();
}

function writeCapture(path: string, host: Host, packets: readonly Injected[]): void {
  if (packets.length === 0) return;
  const classic = path.endsWith('.pcap');
  const devices = [...new Set(packets.map(({ device }) => device))];
  const interfaces = devices.map((device) => ({
    name: host.interfaces[device]!.name,
    linkType: packets.find((one) => one.device === device)!.linkType,
  }));
  const writer = createCapture(path, { format: classic ? 'pcap' : 'pcapng', interfaces });
  const packet = new Packet();
  for (const { frame, nowUs, device } of packets) {
    packet.reset();
    packet.blank(frame.length);
    packet.bytes.set(frame, packet.start);
    packet.wireLength = frame.length;
    packet.nowUs = nowUs;
    writer.write(packet, devices.indexOf(device));
  }
  writer.close();
}
