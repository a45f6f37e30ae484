/**
 * `hookline explain` as people use it, on the captures of fixtures/.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hookline, ROOT } from '../support/cli.ts';

const DEMO = [
  'virbr0=fixtures/demo/lan.pcap',
  'eth0=fixtures/demo/wan.pcap',
  '--local',
  'fixtures/demo/local.pcap',
  '-r',
  'fixtures/demo/rules.v4',
  '--host',
  'fixtures/demo/host.json',
];

interface Told {
  readonly index: number;
  readonly verdict: string;
  readonly drop: { readonly at: string; readonly rule: { readonly name: string; readonly at: string } | null } | null;
}

const told = (out: string): Told[] =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Told);

describe('explain', () => {
  it('tells the way of a masqueraded packet', () => {
    const { code, out, err } = hookline(['explain', ...DEMO, '-n', '2']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toBe(`Packet 2  2009-10-05 06:06:07.529046  in by virbr0  62 octets
IP 192.168.122.4.1470 > 74.53.140.153.25: Flags [S], seq 2126795696, win 65535, options [mss 1460,nop,nop,sackOK], length 0

Fate        forwarded by eth0 to 192.168.133.1, 48 octets
Connection  tcp 192.168.122.4:1470 > 74.53.140.153:25
            answers 74.53.140.153:25 > 192.168.133.102:1470
            before none
            after  SYN_SENT, UNREPLIED, SNAT, 120 s left
Changed     ttl 128 -> 127, header checksum 0xc43c -> 0xb9da, src 192.168.122.4 -> 192.168.133.102,
            tcp checksum 0x9958 -> 0x8df6

PREROUTING  in virbr0
  raw        PREROUTING:policy   line 3    ACCEPT
  conntrack  NEW: a new connection
  mangle     PREROUTING:policy   line 7    ACCEPT
  nat        PREROUTING:policy   line 15   ACCEPT
             destination stays as it is: no rule

FORWARD  in virbr0, out eth0
  route      forward by eth0 via 192.168.133.1, mtu 1500
  host       ttl 128 -> 127
  mangle     FORWARD:policy      line 9    ACCEPT
  filter     FORWARD:1                     no match
  filter     FORWARD:2           line 34   ACCEPT   -A FORWARD -s 192.168.122.0/24 -i virbr0 -j ACCEPT

POSTROUTING  in virbr0, out eth0
  mangle     POSTROUTING:1                 no match
  mangle     POSTROUTING:policy  line 11   ACCEPT
  nat        POSTROUTING:1-2               no match
  nat        POSTROUTING:3       line 21   ACCEPT   -A POSTROUTING -s 192.168.122.0/24 ! -d 192.168.122.0/24 -p tcp -j MASQUERADE --to-ports 1024-65535
             source chosen: the address is the only one offered, the port is kept
             src 192.168.122.4 -> 192.168.133.102
  confirm    its connection is in the table from here on
`);
  });

  it('gives the same packet the same fate and rule as replay', () => {
    const replayed = hookline(['replay', ...DEMO, '--ndjson'])
      .out.trim()
      .split('\n')
      .slice(0, -1);
    const fates = replayed.map((line) => {
      const { index, verdict, rule } = JSON.parse(line) as { index: number; verdict: string; rule?: { name: string } };
      return [index, verdict, rule?.name ?? null];
    });
    const { out } = hookline(['explain', ...DEMO, '--format', 'json']);
    expect(told(out).map(({ index, verdict, drop }) => [index, verdict, drop?.rule?.name ?? null])).toEqual(fates);
    expect(fates).toHaveLength(112);
  });

  it('explains only what was dropped', () => {
    const all = told(hookline(['explain', ...DEMO, '--dropped', '--format', 'json']).out);
    expect(all.map(({ verdict }) => verdict)).toEqual(Array.from({ length: 25 }, () => 'dropped'));
    expect(all.filter(({ drop }) => drop?.rule?.at === 'fixtures/demo/rules.v4:36:1')).toHaveLength(15);
  });

  it('explains the packets of a connection, on both sides of its translation', () => {
    const inside = hookline(['explain', ...DEMO, '--flow', 'tcp 192.168.122.4:1470 74.53.140.153:25', '--format', 'json']).out;
    const outside = hookline(['explain', ...DEMO, '--flow', 'tcp,74.53.140.153:25,192.168.133.102:1470', '--format', 'json']).out;
    expect(told(inside).length).toBeGreaterThan(20);
    expect(outside).toBe(inside);
  });

  it('writes TRACE lines', () => {
    const { out } = hookline(['explain', ...DEMO, '-n', '2', '--format', 'trace']);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => /^TRACE: (\S+) IN=virbr0 OUT=(eth0)? /.exec(line)?.[1]),
    ).toEqual([
      'raw:PREROUTING:policy:1',
      'mangle:PREROUTING:policy:1',
      'nat:PREROUTING:policy:1',
      'mangle:FORWARD:policy:1',
      'filter:FORWARD:rule:2',
      'mangle:POSTROUTING:policy:2',
      'nat:POSTROUTING:rule:3',
    ]);
  });

  it('tells what failed with --all', () => {
    const { out } = hookline(['explain', ...DEMO, '-n', '2', '--all']);
    expect(out).toContain('  filter     FORWARD:1           line 33   no       -d 192.168.122.0/24  (to 74.53.140.153)\n');
  });

  it('takes a plain router and standard input', () => {
    const octets = readFileSync(join(ROOT, 'fixtures/demo/lan.pcap'));
    const { code, out } = hookline(['explain', '-', '-n', '0', '-n', '1'], octets);
    expect([code, out.match(/^Packet /gm)?.length]).toEqual([0, 2]);
  });

  it('says when rules ask what no input tells', () => {
    const rules = join(mkdtempSync(join(tmpdir(), 'hookline-e2e-')), 'rules');
    writeFileSync(rules, '*filter\n-A OUTPUT -m owner --uid-owner 1000 -j DROP\nCOMMIT\n');
    const { code, err } = hookline(['explain', 'fixtures/demo/lan.pcap', '--local', 'fixtures/demo/local.pcap', '-r', rules, '-n', '0']);
    expect(code).toBe(0);
    expect(err).toContain('note: the rules ask what no input tells (who sent the local packets)');
  });

  it.each([
    ['there is no packet 5000', ['-n', '5000'], 1],
    ['no packet is what was asked for', ['--flow', '10.9.9.9 10.8.8.8'], 0],
    ['It must be "[protocol] address[:port] address[:port]".', ['--flow', 'nonsense'], 2],
    ['It must be a whole number.', ['-n', 'x'], 2],
    ['Allowed choices are text, json, trace.', ['--format', 'xml'], 2],
  ])('%s', (message, words, code) => {
    const ran = hookline(['explain', ...DEMO, ...words]);
    expect([ran.code, ran.out]).toEqual([code, '']);
    expect(ran.err).toContain(message);
  });
});
