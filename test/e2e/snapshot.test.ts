/**
 * A machine's saved state: the script that saves it, and a replay that starts from it, against what the kernel did from there.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { hookline, ROOT } from '../support/cli.ts';

const FIXTURE = 'fixtures/snapshot';
const RUN = [`lan0=${FIXTURE}/lan.pcap`, `wan0=${FIXTURE}/wan.pcap`, '--host', `${FIXTURE}/state`];
const folder = mkdtempSync(join(tmpdir(), 'hookline-snapshot-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Truth {
  readonly packets: readonly { readonly out: readonly unknown[]; readonly rules: readonly string[] }[];
  readonly conntrack: readonly string[];
}
const truth = JSON.parse(readFileSync(join(ROOT, FIXTURE, 'truth.json'), 'utf8')) as Truth;

describe('a replay from a saved state', () => {
  const { out, err } = hookline(['replay', ...RUN, '--ndjson']);
  const lines = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const { summary } = lines.pop();

  it('takes packets of connections that were there as the kernel did', () => {
    expect(err).toBe('');
    expect(lines.map(({ verdict }) => verdict === 'forwarded')).toEqual(truth.packets.map((packet) => packet.out.length > 0));
    const established = lines.filter(({ state }) => state === 'ESTABLISHED').map(({ index }) => index);
    const accepted = truth.packets.flatMap(({ rules }, i) => (rules.includes('filter:FORWARD:3') || (i > 18 && i < 21) ? [i] : []));
    expect(established).toEqual(accepted);
    expect(established.length).toBeGreaterThan(15);
  });

  it('counts rules as the kernel did', () => {
    const counts = (names: readonly string[]): Record<string, number> => {
      const found: Record<string, number> = {};
      for (const name of names) found[name] = (found[name] ?? 0) + 1;
      return found;
    };
    const hits: Record<string, number> = {};
    for (const { rule, packets } of summary.hits as { rule: string; packets: number }[]) {
      if (!/^(raw|mangle):/.test(rule)) hits[rule] = (hits[rule] ?? 0) + packets;
    }
    expect(hits).toEqual(counts(truth.packets.flatMap(({ rules }) => rules)));
  });

  it('ends with the table of the kernel', () => {
    const plain = (list: readonly string[]): string[] => list.map((line) => line.replace(/^(\S+ +\d+ \S+ +\d+) \d+/, '$1')).sort();
    const shown = hookline(['conntrack', ...RUN, '-o', 'extended'])
      .out.trim()
      .split('\n');
    expect(plain(shown)).toEqual(plain(truth.conntrack));
  });

  it('takes rules from the folder, unless others are named', () => {
    expect(summary.rules).toEqual([`${FIXTURE}/state/rules.v4`, `${FIXTURE}/state/rules.v6`]);
    const { out: other } = hookline(['replay', ...RUN, '--json', '-r', 'fixtures/demo/rules.v4']);
    expect(JSON.parse(other).rules).toEqual(['fixtures/demo/rules.v4', `${FIXTURE}/state/rules.v6`]);
  });

  it('drops what it had no connection for without the listing, and says where one cannot be read', () => {
    for (const name of readdirSync(join(ROOT, FIXTURE, 'state'))) {
      writeFileSync(join(folder, name), readFileSync(join(ROOT, FIXTURE, 'state', name)));
    }
    writeFileSync(join(folder, 'conntrack.txt'), '');
    const { out: without } = hookline(['replay', ...RUN.slice(0, 2), '--host', folder, '--json']);
    expect(JSON.parse(without).verdicts.forwarded).toBeLessThan(summary.verdicts.forwarded);
    writeFileSync(join(folder, 'conntrack.txt'), 'ipv4     2 tcp      6 30 ESTABLISHED src=10.0.0.2 dst=10.0.0.300 sport=1 dport=2\n');
    const { code, err: told } = hookline(['replay', ...RUN.slice(0, 2), '--host', folder]);
    expect([code, told]).toEqual([1, `hookline: ${folder}/conntrack.txt:1:52: a connection has two tuples\n`.replace(':52:', ':38:')]);
  });
});

const LIVE = process.getuid?.() === 0 && spawnSync('unshare', ['-n', 'sh', '-c', 'ip -j addr && iptables-save']).status === 0;

describe.skipIf(!LIVE)(`the script${LIVE ? '' : ' (skipped: needs root, unshare, ip and iptables)'}`, () => {
  it('saves what a replay takes', () => {
    const script = join(folder, 'snapshot.sh');
    const saved = join(folder, 'saved');
    writeFileSync(script, hookline(['snapshot']).out);
    const setUp = 'ip link set lo up; ip link add lan0 type veth peer name wan0; ip addr add 10.9.0.1/24 dev lan0; ip link set lan0 up';
    const { status, stderr } = spawnSync('unshare', ['-n', 'sh', '-c', `${setUp}; sh ${script} ${saved}`], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, expect.stringContaining('saved')]);
    expect(readdirSync(saved)).toEqual(expect.arrayContaining(['addr.json', 'route.json', 'sysctl.txt']));
    const { code, out } = hookline(['replay', 'lan0=fixtures/demo/lan.pcap', '--host', saved]);
    expect([code, out]).toEqual([0, expect.stringMatching(/^Host {5}.*lan0.*\)$/m)]);
  });

  it('is plain POSIX sh', () => {
    expect(spawnSync('dash', ['-n'], { input: hookline(['snapshot']).out }).status ?? 0).toBe(0);
    expect(hookline(['snapshot']).out).not.toMatch(/\[\[|\bfunction\b|\blocal\b|<<</);
  });
});
