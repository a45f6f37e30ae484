/**
 * A counterexample as files: a scenario directory (host, rules, packets by interface) that `hookline scenario` runs, and what arrived
 * as one capture that `hookline replay` and Wireshark read. What processes of the host sent is in local.pcap alone.
 *
 *   host.json  rules.v4  rules.v6  ipset.save  in-<ifname>.pcap  local.pcap  packets.pcapng
 *
 * @module
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createCapture } from '../capture/index.ts';
import { writeWhole } from '../capture/output-file.ts';
import type { Injected } from '../fuzz/observe.ts';
import type { Host } from '../host/host.ts';
import { Packet } from '../packet/packet.ts';

const MAX_NUMBER = 10_000;
const ARRIVED = 'packets.pcapng';
const LOCAL = 'local.pcap';

/** What was written. */
export interface Written {
  readonly folder: string;
  /** Captures to look at and to replay: what arrived, what the host sent; those that are there. */
  readonly captures: readonly string[];
  /** The command lines that show it again. */
  readonly commands: readonly string[];
}

/** Write all into a folder that is not there yet: `folder`, or with a number behind it. `files`: the other files by name. */
export function writeCounterexample(
  folder: string,
  host: Host,
  packets: readonly Injected[],
  files: ReadonlyMap<string, string | Uint8Array>,
): Written {
  const directory = freeName(folder);
  mkdirSync(directory, { recursive: true });
  for (const [name, content] of files) writeWhole(join(directory, name), content);
  for (const device of new Set(packets.map((packet) => packet.device))) {
    const name = device === 0 ? LOCAL : `in-${host.interfaces[device]!.name}.pcap`;
    writeCapture(
      join(directory, name),
      host,
      packets.filter((packet) => packet.device === device),
    );
  }
  const arrived = packets.filter(({ device }) => device !== 0);
  writeCapture(join(directory, ARRIVED), host, arrived);
  const captures = [...(arrived.length > 0 ? [ARRIVED] : []), ...(arrived.length < packets.length ? [LOCAL] : [])];
  const words = captures.map((name) => `${name === LOCAL ? '--local ' : ''}${quoted(join(directory, name))}`);
  return {
    folder: directory,
    captures,
    commands: [`hookline replay ${words.join(' ')} --host ${quoted(directory)}`, `hookline scenario ${quoted(directory)}`],
  };
}

/** A path as a shell takes it. */
function quoted(path: string): string {
  return /^[\w./+,:@%-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

function freeName(folder: string): string {
  let name = folder;
  for (let number = 2; existsSync(name) && number < MAX_NUMBER; number++) name = `${folder}-${number}`;
  return name;
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
