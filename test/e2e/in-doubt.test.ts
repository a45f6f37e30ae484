/**
 * A capture of local packets under rules that ask for their owner, on the command line.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCapture, openCapture } from '../../src/capture/index.ts';
import { build } from '../../src/packet/build.ts';
import { ipv4, tcp } from '../../src/packet/build-layers.ts';
import { LinkType } from '../../src/packet/link-type.ts';
import { Packet } from '../../src/packet/packet.ts';
import { TcpFlag } from '../../src/wire/tcp.ts';
import { hookline } from '../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'hookline-in-doubt-'));
const LOCAL = join(folder, 'local.pcap');
const RULES = join(folder, 'rules.v4');
const HOST = join(folder, 'host.json');

writeLocal([443, 53]);
writeFileSync(
  RULES,
  `*filter
:OUTPUT DROP [0:0]
-A OUTPUT -p tcp --dport 443 -m owner --uid-owner 1000 -j ACCEPT
-A OUTPUT -p tcp --dport 53 -j ACCEPT
COMMIT
`,
);
writeFileSync(
  HOST,
  JSON.stringify({
    interfaces: [{ name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['192.168.1.2/24'] }],
    neighbors: [{ dev: 'eth0', ip: '192.168.1.9', mac: '02:00:00:00:00:09' }],
  }),
);

/** A capture of SYNs to these ports, as a process sent them. */
function writeLocal(ports: readonly number[]): void {
  const writer = createCapture(LOCAL, { format: 'pcap', interfaces: [{ linkType: LinkType.Raw }] });
  ports.forEach((port, i) => {
    const packet = new Packet();
    packet.bytes = build(ipv4('192.168.1.2', '192.168.1.9'), tcp(40_000, port, { flags: TcpFlag.Syn }));
    packet.view = new DataView(packet.bytes.buffer);
    packet.end = packet.wireLength = packet.bytes.length;
    packet.nowUs = 1e9 + i;
    writer.write(packet);
  });
  writer.close();
}

function replay(...flags: string[]): string {
  const { code, out, err } = hookline(['replay', '--local', LOCAL, LOCAL.replace('local', 'none'), '-r', RULES, '--host', HOST, ...flags]);
  expect([code, err]).toEqual([0, '']);
  return out;
}

function countFrames(path: string): number {
  const capture = openCapture(path);
  const packet = new Packet();
  let frames = 0;
  while (capture.next(packet)) frames++;
  capture.close();
  return frames;
}

const lines = (...flags: string[]): Record<string, unknown>[] =>
  replay('--ndjson', ...flags)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

createCapture(join(folder, 'none.pcap'), { format: 'pcap' }).close();

describe('replay of local packets whose owner is not known', () => {
  it('gives both bounds and the rule that decides', () => {
    const out = replay();
    expect(out).toContain(`
2 packets, 80 octets, 0.000 s
       1  sent       (by a local process, and left)
       1  in doubt

In doubt: who sent the local packets
       1  sent or dropped, decided by filter:OUTPUT:1  -A OUTPUT -p tcp -m tcp --dport 443 -m owner --uid-owner 1000 -j ACCEPT  (${RULES}:3:1)
            sent if uid 1000
            dropped otherwise  by filter:OUTPUT:policy  -P OUTPUT DROP  (${RULES}:2:2)
`);
  });

  it('tells each packet as JSON', () => {
    const [doubtful, certain, summary] = lines();
    const policy = { name: 'filter:OUTPUT:policy', text: '-P OUTPUT DROP', at: `${RULES}:2:2` };
    expect(doubtful).toEqual({
      index: 0,
      time: 1000,
      length: 40,
      src: '192.168.1.2',
      dst: '192.168.1.9',
      protocol: 'tcp',
      sport: 40_000,
      dport: 443,
      in: 'local',
      verdict: 'in doubt',
      doubt: {
        fates: [
          { verdict: 'sent', when: ['uid 1000'] },
          {
            verdict: 'dropped',
            when: ['otherwise'],
            drop: { at: 'OUTPUT', reason: 'NETFILTER_DROP', text: 'dropped by a rule or a policy' },
            rule: policy,
          },
        ],
        decidedBy: [
          {
            name: 'filter:OUTPUT:1',
            text: '-A OUTPUT -p tcp -m tcp --dport 443 -m owner --uid-owner 1000 -j ACCEPT',
            at: `${RULES}:3:1`,
          },
        ],
        earlier: false,
      },
    });
    expect(certain).toMatchObject({ index: 1, verdict: 'sent' });
    expect(certain).not.toHaveProperty('doubt');
    expect(summary).toMatchObject({ summary: { packets: 2, verdicts: { sent: 1 }, inDoubt: { mode: 'both', packets: 1 } } });
  });

  it.each([
    ['allow', 'sent', 2],
    ['deny', 'dropped', 1],
    ['both', 'in doubt', 1],
  ])('--in-doubt %s: %s', (mode, verdict, frames) => {
    const path = join(folder, `${mode}.pcap`);
    const [doubtful] = lines('--in-doubt', mode, '-w', path);
    expect(doubtful).toMatchObject({ verdict, doubt: { fates: [{ verdict: 'sent' }, { verdict: 'dropped' }] } });
    expect(countFrames(path)).toBe(frames);
  });

  it('asks for a word it knows', () => {
    const { code, err } = hookline(['replay', LOCAL, '--in-doubt', 'maybe']);
    expect([code, err]).toEqual([2, expect.stringContaining('Allowed choices are both, allow, deny')]);
  });
});
