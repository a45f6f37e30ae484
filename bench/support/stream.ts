/**
 * A capture that is never a file: written to a pipe as long as one likes, and replayed from it in constant memory.
 *
 *   generator | hookline replay - -r ten rules --host bench host --json
 *
 * A thousand flows talk at a time, each connection 46 packets long, so that one packet of 46 opens a new one. The clock goes
 * 14 microseconds a packet: connections that closed stay in TIME_WAIT for two minutes of it, 186,000 of them, which is within
 * the default nf_conntrack_max of 262,144. 20 GB are 263 million packets, an hour of traffic and 5.7 million connections.
 * @module
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createCapture } from '../../src/capture/index.ts';
import { Random } from '../../src/inet/random.ts';
import { Frames } from './frames.ts';
import { HOST_JSON } from './router.ts';
import { rulesFile } from './rule-files.ts';
import { TcpTalk } from './talk.ts';

const FLOWS = 1000;
const STEP_US = 14;
const START_US = 1_704_067_200_000_000;
const FRAME_LEN = 60;
const RECORD_LEN = 16;
const CLIENTS = 0x0a000100;
const SERVERS = 0xc6336401 | 0;
const HOST_FILE = '.cache/traffic/default-table.json';
/** Resident memory the replay may take, MiB. */
const MOST_MEMORY = 400;
const MAX_CONNECTIONS = 262_144;
const SAMPLE_MS = 200;
const KIBI = 1024;

const UNITS: Readonly<Record<string, number>> = { K: 1e3, M: 1e6, G: 1e9 };

/** Octets that `20G`, `64M` or `1000000` mean. */
export function sizeOf(text: string): number {
  const [, digits, unit] = /^([\d.]+)([KMG]?)$/.exec(text) ?? [];
  if (digits === undefined) throw new RangeError(`${text}: no size (20G, 64M)`);
  return Math.floor(Number(digits) * (UNITS[unit ?? ''] ?? 1));
}

/** Write a capture of about so many octets to standard output. */
export function generateStream(octets: number): void {
  const random = new Random(3);
  const frames = new Frames();
  const talks = Array.from(
    { length: FLOWS },
    (_, i) =>
      new TcpTalk(
        {
          family: 4,
          tagged: false,
          client: CLIENTS + i,
          server: SERVERS + (i % 200),
          clientPort: 1024 + random.below(60_000),
          serverPort: 443,
        },
        random,
      ),
  );
  const writer = createCapture('-', { format: 'pcap' });
  const packets = Math.floor(octets / (FRAME_LEN + RECORD_LEN));
  for (let i = 0; i < packets; i++) {
    talks[random.below(FLOWS)]!.next(frames, FRAME_LEN);
    frames.packet.nowUs = START_US + i * STEP_US;
    writer.write(frames.packet);
  }
  writer.close();
}

export interface Streamed {
  readonly packets: number;
  readonly forwarded: number;
  readonly connections: number;
  readonly memory: number;
  readonly seconds: number;
}

/** Replay a stream of so many octets; what fell short is an error. */
export async function replayStream(octets: number): Promise<Streamed> {
  const { sysctls: _, ...host } = HOST_JSON as { sysctls: object };
  mkdirSync('.cache/traffic', { recursive: true });
  writeFileSync(HOST_FILE, JSON.stringify(host));
  const rules = rulesFile('ten');
  const hookline = `${process.execPath} dist/bundle/main.js replay - -r ${rules} --host ${HOST_FILE} --in eth0`;
  const started = process.hrtime.bigint();
  // the pipe is made by the shell; what it becomes at last is hookline, whose memory is looked at
  const child = spawn('bash', ['-c', `exec ${hookline} < <(${process.execPath} ${process.argv[1]!} --generate ${octets})`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  let memory = 0;
  const sampling = setInterval(() => {
    memory = Math.max(memory, peakOf(child.pid!));
  }, SAMPLE_MS);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  const status = await new Promise<number | null>((done) => child.on('close', done));
  clearInterval(sampling);
  if (status !== 0) throw new Error(`hookline ended with ${status}`);
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  const number = (pattern: RegExp): number => Number(pattern.exec(out)?.[1] ?? -1);
  return {
    packets: number(/^(\d+) packets/m),
    forwarded: number(/^ *(\d+) {2}forwarded/m),
    connections: number(/^Connections \((\d+)\)/m),
    memory,
    seconds,
  };
}

/** Peak resident memory of a process, MiB; 0 when it is gone. */
function peakOf(pid: number): number {
  try {
    const [, kib] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kib ?? 0) / KIBI;
  } catch {
    return 0;
  }
}

/** What a stream should have come to, where it did not. */
export function shortfalls({ packets, forwarded, connections, memory }: Streamed, octets: number): string[] {
  const expected = Math.floor(octets / (FRAME_LEN + RECORD_LEN));
  return [
    ...(packets === expected ? [] : [`${packets} of ${expected} packets`]),
    ...(forwarded === packets ? [] : [`${forwarded} of ${packets} packets forwarded`]),
    ...(connections < MAX_CONNECTIONS ? [] : [`${connections} connections at the end`]),
    ...(memory < MOST_MEMORY ? [] : [`${memory.toFixed(0)} MiB resident`]),
  ];
}
