/**
 * The others: programs in C and Go (bench/peers, compiled here), tcpdump, packages of npm (installed here), gzip, and iptables.
 * What is not on this machine is skipped, and told.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createCapture, openCapture } from '../../src/capture/index.ts';
import { Packet } from '../../src/packet/packet.ts';
import { type Contender, isInstalled, program } from './contender.ts';
import { compressedFile, type Compression } from './compressed.ts';
import { KubeRules } from './kube.ts';
import { changeOf, endpointOf } from './kube-change.ts';
import { rulesFile } from './rule-files.ts';
import type { Run } from './run.ts';
import { SERVICES, trafficFiles } from './traffic.ts';

const FOLDER = '.cache/peers';
const NS = 1e9;
const MS = 1000;
const PASSES = '6';
/** Versions of the packages that are compared with. */
const PACKAGES = ['pcap-parser@0.2.1', 'pcap-decoder@1.0.3', 'pcap-ng-parser@1.0.0'];

/** A C program of bench/peers: `libpcap-decode TRAFFIC` and `libpcap-flows TRAFFIC`. */
export function compiled(name: string, source: 'libpcap-decode' | 'libpcap-flows', traffic: string, quick: boolean): Contender {
  return {
    name,
    prepare: () => {
      trafficFiles(traffic, quick);
      return compileC(source);
    },
    run() {
      const { opening, main } = trafficFiles(traffic, quick);
      return program([`${FOLDER}/${source}`, ...(source === 'libpcap-flows' ? [opening, main, '3'] : [main, PASSES])]);
    },
  };
}

function compileC(source: string): string | null {
  if (!isInstalled('gcc')) return 'no gcc';
  const from = `bench/peers/${source}.c`;
  const libraries = source === 'flood' ? [] : ['-lpcap'];
  return build(`${FOLDER}/${source}`, from, ['gcc', '-O2', '-o', `${FOLDER}/${source}`, from, ...libraries], {});
}

/**
 * The kernel of this machine as a router between two veth pairs: a flood of 46-octet UDP packets of `flows` flows (0: each another)
 * through a rule set or none, injection and forwarding included. Every packet must leave.
 */
export function kernel(name: string, rules: string | null, flows: number, quick: boolean): Contender {
  return {
    name,
    prepare() {
      if (process.getuid?.() !== 0) return 'not root';
      if (!isInstalled('iptables-legacy-restore')) return 'no iptables-legacy-restore';
      if (rules !== null) rulesFile(rules);
      if (shell('unshare -n -m true').status !== 0) return 'no network namespaces';
      return compileC('flood');
    },
    run() {
      const file = rules === null ? '-' : rulesFile(rules);
      const seconds = quick ? '0.3' : '0.8';
      const run = program(['unshare', '-n', '-m', 'sh', 'bench/peers/forward.sh', file, String(flows), seconds, `${FOLDER}/flood`]);
      // how many it is in the time differs from run to run
      return { ...run, items: 1 };
    },
  };
}

export function gopacket(traffic: string, quick: boolean): Contender {
  const from = 'bench/peers/gopacket.go';
  const to = `${FOLDER}/gopacket`;
  return {
    name: 'gopacket, zero-copy',
    prepare() {
      if (!isInstalled('go')) return 'no go';
      trafficFiles(traffic, quick);
      const folder = process.cwd();
      return build(to, from, ['go', 'build', '-o', to, from], {
        GO111MODULE: 'off',
        GOPATH: '/usr/share/gocode',
        GOCACHE: `${folder}/.cache/go`,
      });
    },
    run: () => program([to, trafficFiles(traffic, quick).main, PASSES]),
  };
}

/** Compile unless the program is newer than its source. Answers why it cannot be. */
function build(to: string, from: string, command: readonly string[], env: Readonly<Record<string, string>>): string | null {
  mkdirSync(FOLDER, { recursive: true });
  if (existsSync(to) && statSync(to).mtimeMs > statSync(from).mtimeMs) return null;
  const [file, ...words] = command;
  const { status, stderr } = spawnSync(file!, words, { encoding: 'utf8', env: { ...process.env, ...env } });
  return status === 0 ? null : `${from} does not compile here: ${stderr.split('\n')[0]}`;
}

/** A package of npm that splits a capture into records. */
export function npmPackage(name: string, traffic: string, quick: boolean): Contender {
  const format = name === 'pcap-ng-parser' ? 'pcapng' : 'pcap';
  return {
    name: `npm ${name}`,
    prepare() {
      const { main } = trafficFiles(traffic, quick);
      if (format === 'pcapng') convert(main, `${main}ng`);
      if (existsSync(`${FOLDER}/npm/node_modules/${name}`)) return null;
      mkdirSync(`${FOLDER}/npm`, { recursive: true });
      const words = ['install', '--prefix', `${FOLDER}/npm`, '--no-audit', '--no-fund', '--ignore-scripts', ...PACKAGES];
      const { status } = spawnSync('npm', words, { encoding: 'utf8' });
      return status === 0 ? null : 'npm cannot install it here';
    },
    run: () => program([process.execPath, 'bench/peers/npm.mjs', name, format, trafficFiles(traffic, quick).main, '3']),
  };
}

/** tcpdump with a filter that all packets pass; it counts them. */
export function tcpdumpFilter(traffic: string, quick: boolean): Contender {
  return {
    name: 'tcpdump -r, a filter',
    prepare: () => withFile('tcpdump', traffic, quick),
    run() {
      const { main } = trafficFiles(traffic, quick);
      const { seconds, cpu, out } = shell(`tcpdump -r ${main} --count 'ip or ip6 or vlan' 2>/dev/null`);
      const packets = Number.parseInt(out, 10);
      return whole(packets, packets, seconds, cpu);
    },
  };
}

/** tcpdump that copies a capture. */
export function tcpdumpWrite(traffic: string, to: string, quick: boolean): Contender {
  return {
    name: `tcpdump -r -w ${to === '/dev/null' ? to : 'FILE'}`,
    prepare: () => withFile('tcpdump', traffic, quick),
    run() {
      const { main } = trafficFiles(traffic, quick);
      const { seconds, cpu } = shell(`tcpdump -r ${main} -w ${to} 2>/dev/null`);
      const packets = program(['.cache/peers/libpcap-decode', main, '1']).items;
      if (to !== '/dev/null') {
        if (statSync(to).size !== statSync(main).size) throw new Error('tcpdump did not copy all');
        rmSync(to, { force: true });
      }
      return whole(packets, 0, seconds, cpu);
    },
  };
}

/** gzip -dc or zstd -dc of a capture into nothing; a "packet" is one of it. */
export function decompressor(how: Compression, traffic: string, quick: boolean): Contender {
  return {
    name: `${how} -dc`,
    prepare() {
      if (!isInstalled(how)) return `no ${how}`;
      compressedFile(trafficFiles(traffic, quick).main, how);
      return compileC('libpcap-decode');
    },
    run() {
      const { main } = trafficFiles(traffic, quick);
      const { seconds, cpu } = shell(`${how} -dc ${compressedFile(main, how)} > /dev/null`);
      const packets = program(['.cache/peers/libpcap-decode', main, '1']).items;
      return whole(packets, 0, seconds, cpu);
    },
  };
}

/** iptables-legacy-restore or iptables-nft-restore of a rule set, in a network namespace of its own; ms in all. */
export function restore(kind: 'legacy' | 'nft', rules: string): Contender {
  return {
    name: `iptables-${kind}-restore`,
    prepare() {
      if (process.getuid?.() !== 0) return 'not root';
      if (!isInstalled(`iptables-${kind}-restore`)) return `no iptables-${kind}-restore`;
      rulesFile(rules);
      return shell('unshare -n true').status === 0 ? null : 'no network namespaces';
    },
    run() {
      const count = `iptables-${kind}-save | grep -c ^-A`;
      const { out, status } = shell(
        `unshare -n sh -c 'before=$(date +%s%N); iptables-${kind}-restore ${rulesFile(rules)} || exit 1; echo $(($(date +%s%N) - before)); ${count}'`,
      );
      const [ns, loaded] = out.split('\n').map(Number);
      if (status !== 0) throw new Error(`iptables-${kind}-restore failed`);
      const ms = ns! / (NS / MS);
      return { items: 1, check: loaded!, wall: [ms], cpu: [ms], memory: 0 };
    },
  };
}

/** A pcapng file of a capture, made once. */
function convert(from: string, to: string): void {
  if (existsSync(to)) return;
  const writer = createCapture(to);
  const packet = new Packet();
  const capture = openCapture(from);
  while (capture.next(packet)) writer.write(packet);
  capture.close();
  writer.close();
}

/** One service changed in the loaded rule set by iptables-restore --noflush; ms. */
export function restoreChange(kind: 'legacy' | 'nft', rules: string): Contender {
  const whole = restore(kind, rules);
  const file = `${FOLDER}/change.rules`;
  return {
    name: `iptables-${kind}-restore --noflush`,
    prepare() {
      const reason = whole.prepare();
      if (reason !== null) return reason;
      const text = readFileSync(rulesFile(rules), 'utf8');
      const service = new KubeRules(SERVICES).services.find(({ pods }) => pods.length === 1)!;
      mkdirSync(FOLDER, { recursive: true });
      writeFileSync(file, changeOf(service, endpointOf(text, service), 1).text);
      return null;
    },
    run() {
      const tool = `iptables-${kind}-restore`;
      const { out, status } = shell(
        `unshare -n sh -c '${tool} ${rulesFile(rules)} && before=$(date +%s%N) && ${tool} --noflush ${file} && echo $(($(date +%s%N) - before))'`,
      );
      if (status !== 0) throw new Error(`${tool} failed`);
      const ms = Number(out) / (NS / MS);
      return { items: 1, check: 1, wall: [ms], cpu: [ms], memory: 0 };
    },
  };
}

function withFile(name: string, traffic: string, quick: boolean): string | null {
  if (!isInstalled(name)) return `no ${name}`;
  trafficFiles(traffic, quick);
  return compileC('libpcap-decode');
}

function whole(packets: number, check: number, seconds: number, cpu: number): Run {
  return { items: packets, check, wall: [(seconds * NS) / packets], cpu: [(cpu * NS) / packets], memory: 0 };
}

/** A command line; the shell tells the processor time of what it started. */
function shell(line: string): { seconds: number; cpu: number; out: string; status: number | null } {
  const started = process.hrtime.bigint();
  const { stdout, status } = spawnSync('sh', ['-c', `${line}\nstatus=$?\ntimes\nexit $status`], { encoding: 'utf8' });
  const seconds = Number(process.hrtime.bigint() - started) / NS;
  const lines = stdout.trimEnd().split('\n');
  const cpu = [...lines.at(-1)!.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, m, s]) => sum + Number(m) * 60 + Number(s), 0);
  return { seconds, cpu, out: lines.slice(0, -2).join('\n'), status };
}
