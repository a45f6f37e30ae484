/**
 * What is not known at replay time: every fate a packet may have, the rules that decide, and the switch that picks one.
 */
import { describe, expect, it } from 'vitest';
import { openCapture } from '../../../src/capture/index.ts';
import { parseHost } from '../../../src/host/host-json.ts';
import { parseRules } from '../../../src/iptables/save.ts';
import { build } from '../../../src/packet/build.ts';
import { ipv4, tcp, udp, type LayerSpec } from '../../../src/packet/build-layers.ts';
import type { Packet } from '../../../src/packet/packet.ts';
import type { DoubtTally } from '../../../src/replay/doubt-tally.ts';
import { doubtLines, doubtSummaryJson } from '../../../src/replay/doubt-report.ts';
import { OutputCount, type OutputTotal } from '../../../src/replay/output-count.ts';
import { prepare, type PrepareOptions } from '../../../src/replay/prepare.ts';
import { Replay } from '../../../src/replay/replay.ts';
import type { ReplayStats } from '../../../src/replay/stats.ts';
import { combinations, MAX_WORLDS } from '../../../src/replay/supposition.ts';
import { parseSets } from '../../../src/xtables/set/store.ts';
import { TcpFlag } from '../../../src/wire/tcp.ts';

const HOST = {
  interfaces: [{ name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['192.168.1.2/24'] }],
  neighbors: [{ dev: 'eth0', ip: '192.168.1.9', mac: '02:00:00:00:00:09' }],
  conntrack: 'auto',
};
const ME = '192.168.1.2';
const PEER = '192.168.1.9';
const out = (port: number): Uint8Array => build(ipv4(ME, PEER), tcp(40_000 + port, port, { flags: TcpFlag.Syn }));
const back = (port: number): Uint8Array => build(ipv4(PEER, ME), tcp(port, 40_000 + port, { flags: TcpFlag.Syn | TcpFlag.Ack }));
const arriving = (...layers: LayerSpec[]): Uint8Array => build(ipv4(PEER, ME), ...layers);

/** A pcap of raw IP packets, a second apart from `from` on. */
function pcap(packets: readonly Uint8Array[], from: number): Uint8Array {
  const head = Buffer.from('d4c3b2a1020004000000000000000000ffff000065000000', 'hex');
  const records = packets.flatMap((octets, i) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(from + i, 0);
    record.writeUInt32LE(octets.length, 8);
    record.writeUInt32LE(octets.length, 12);
    return [record, octets];
  });
  return Buffer.concat([head, ...records]);
}

interface Given extends Partial<Pick<PrepareOptions, 'inDoubt' | 'missingSets'>> {
  readonly rules: string;
  readonly host?: object;
  readonly sets?: string;
  readonly local?: readonly Uint8Array[];
  readonly received?: readonly Uint8Array[];
  /** Second in which the first of them arrives. */
  readonly receivedFrom?: number;
}

interface Done {
  readonly doubt: DoubtTally | null;
  readonly stats: ReplayStats;
  readonly outputs: readonly OutputTotal[];
  /** Verdict told of each packet, and whether it is no verdict of its own. */
  readonly told: readonly string[];
  readonly hits: readonly string[];
}

function run(given: Given): Done {
  const { local = [], received = [], receivedFrom = 1010, inDoubt = 'both', missingSets = 'error' } = given;
  const host = parseHost({ ...HOST, ...given.host });
  const sink = new OutputCount(host.interfaces.length);
  const rules = [parseRules(given.rules, { file: 'rules.v4', family: 4 })];
  const sets = (): ReturnType<typeof parseSets> => parseSets(given.sets ?? '', 'sets');
  const options = { host, sink, rules, sets, local: local.length > 0, inDoubt, missingSets, conntrack: false };
  const { taker, doubt, shown } = prepare(options);
  const told: string[] = [];
  const onPacket = (packet: Packet, outcome: { readonly verdict: string }): void => {
    doubt?.count(packet);
    told.push(taker.undecided === true ? 'in doubt' : outcome.verdict);
  };
  const sources = [
    { capture: openCapture(pcap(local, 1000)), indev: 0, local: true },
    { capture: openCapture(pcap(received, receivedFrom)), indev: 1, local: false },
  ];
  const replay = new Replay(taker, { sources, fallback: 0, onPacket });
  while (replay.step(1000));
  const hits = shown().rules.flatMap((set) => set.hits().map(({ rule, packets }) => `${rule} ${packets}`));
  return { doubt, stats: replay.stats, outputs: sink.totals(['', 'eth0']), told, hits };
}

/** The kinds of doubt, in short: fates with conditions, then rules. */
function kinds({ doubt }: Done): string[] {
  return (doubt?.counts() ?? []).map(({ packets, fates, decidedBy, earlier }) => {
    const shown = fates.map(({ verdict, when, rule, way }) =>
      [verdict, ...(rule === undefined ? [] : [`by ${rule.name}`]), ...(way === undefined ? [] : [way]), `if ${when.join('|')}`].join(' '),
    );
    const by = [...decidedBy.map(({ name }) => name), ...(earlier ? ['earlier'] : [])];
    return `${packets}: ${shown.join(', ')}; ${by.join(' ')}`;
  });
}

const OWNER = `*filter
:INPUT DROP [0:0]
:OUTPUT DROP [0:0]
-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT
-A OUTPUT -p tcp --dport 443 -m owner --uid-owner 1000 -j ACCEPT
-A OUTPUT -p tcp --dport 53 -j ACCEPT
COMMIT
`;
const TRAFFIC = { local: [out(443), out(53), out(80)], received: [back(443), back(53)] };

describe('the sender of local packets', () => {
  it('gives both bounds and the rule that decides', () => {
    const done = run({ rules: OWNER, ...TRAFFIC });
    expect(done.told).toEqual(['in doubt', 'sent', 'dropped', 'in doubt', 'local']);
    expect(kinds(done)).toEqual([
      '1: sent if uid 1000, dropped by filter:OUTPUT:policy if otherwise; filter:OUTPUT:1',
      '1: local if uid 1000, dropped by filter:INPUT:policy if otherwise; earlier',
    ]);
    expect([done.stats.packets, done.stats.inDoubt, ...done.stats.byFate]).toEqual([5, 2, ['sent', 1], ['dropped', 1], ['local', 1]]);
    // the SYN to port 53, and the reset of the answer to it; what may have left is not told as having left
    expect(done.outputs).toEqual([{ interface: 'eth0', frames: 2, by: { 'sent by local processes': 1, 'made by the host': 1 } }]);
  });

  it.each([
    ['allow', ['sent', 'sent', 'dropped', 'local', 'local'], 3, 'filter:OUTPUT:1 1'],
    ['deny', ['dropped', 'sent', 'dropped', 'dropped', 'local'], 2, 'filter:OUTPUT:policy 2'],
  ] as const)('in doubt %s', (inDoubt, told, frames, hit) => {
    const done = run({ rules: OWNER, ...TRAFFIC, inDoubt });
    expect(done.told).toEqual(told);
    expect(done.stats.inDoubt).toBe(0);
    expect(done.outputs[0]?.frames).toBe(frames);
    // counters are those of the world that was told
    expect(done.hits).toContain(hit);
    expect(done.doubt?.packets).toBe(2);
  });

  it('tells it in words', () => {
    expect(doubtLines(run({ rules: OWNER, local: [out(443), out(443)] }).doubt!)).toEqual([
      '',
      'In doubt: who sent the local packets',
      '       2  sent or dropped, decided by filter:OUTPUT:1  -A OUTPUT -p tcp -m tcp --dport 443 -m owner --uid-owner 1000 -j ACCEPT  (rules.v4:5:1)',
      '            sent if uid 1000',
      '            dropped otherwise  by filter:OUTPUT:policy  -P OUTPUT DROP  (rules.v4:3:2)',
      '  What left because of these packets is in no output. Rules that dropped or hit and connections are told as if: any other sender.',
    ]);
    expect(doubtLines(run({ rules: OWNER, local: [out(53)] }).doubt!)).toEqual([]);
  });

  it('tells it as data', () => {
    expect(doubtSummaryJson(run({ rules: OWNER, local: [out(443)], inDoubt: 'allow' }).doubt!)).toEqual({
      mode: 'allow',
      packets: 1,
      unknown: [{ subject: 'who sent the local packets', answers: ['any other sender', 'uid 1000'] }],
      complete: true,
      supposedBelow: 'uid 1000',
      kinds: [
        {
          packets: 1,
          earlier: false,
          fates: [
            { verdict: 'sent', when: ['uid 1000'] },
            {
              verdict: 'dropped',
              when: ['otherwise'],
              drop: { at: 'OUTPUT', reason: 'NETFILTER_DROP', text: 'dropped by a rule or a policy' },
              rule: { name: 'filter:OUTPUT:policy', text: '-P OUTPUT DROP', at: 'rules.v4:3:2' },
            },
          ],
          decidedBy: [
            {
              name: 'filter:OUTPUT:1',
              text: '-A OUTPUT -p tcp -m tcp --dport 443 -m owner --uid-owner 1000 -j ACCEPT',
              at: 'rules.v4:5:1',
            },
          ],
        },
      ],
    });
  });

  it('sees a drop between two rules that accept, where all matching and none matching agree', () => {
    const rules = `*filter
-A OUTPUT -m owner --uid-owner 0 -j ACCEPT
-A OUTPUT -m owner --uid-owner 1000 -j DROP
COMMIT
`;
    expect(kinds(run({ rules, local: [out(80)] }))).toEqual([
      '1: sent if otherwise, dropped by filter:OUTPUT:2 if uid 1000; filter:OUTPUT:2',
    ]);
  });

  it('supposes no sender that cannot be', () => {
    const rules = '*filter\n-A OUTPUT -m owner --uid-owner 5 -m owner --uid-owner 6 -j DROP\nCOMMIT\n';
    expect(kinds(run({ rules, local: [out(80)] }))).toEqual([]);
  });

  it('tells users and groups apart where rules do, and no further', () => {
    const rules = `*filter
-A OUTPUT -m owner ! --uid-owner 0-999 -m owner --gid-owner 33 -j DROP
COMMIT
`;
    const done = run({ rules, local: [out(80)] });
    expect(doubtSummaryJson(done.doubt!)['unknown']).toEqual([
      { subject: 'who sent the local packets', answers: ['any other sender', 'gid 33', 'uid 0-999', 'uid 0-999 gid 33'] },
    ]);
    expect(kinds(done)).toEqual(['1: sent if otherwise, dropped by filter:OUTPUT:1 if gid 33; filter:OUTPUT:1']);
  });

  it('names no rule that one of the fates never met', () => {
    const rules = `*filter
:INPUT DROP [0:0]
:OUTPUT DROP [0:0]
-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT
-A OUTPUT -p udp -m conntrack --ctstate ESTABLISHED -j ACCEPT
-A OUTPUT -m owner --uid-owner 7 -j ACCEPT
COMMIT
`;
    const dns = build(ipv4(ME, PEER), udp(5353, 53));
    const done = run({ rules, local: [dns, dns], received: [build(ipv4(PEER, ME), udp(53, 5353))], receivedFrom: 1000 });
    // the answer and the second packet are of an established connection only if the first went out
    expect(kinds(done)).toEqual([
      '1: sent if uid 7, dropped by filter:OUTPUT:policy if otherwise; filter:OUTPUT:2',
      '1: local if uid 7, dropped by filter:INPUT:policy if otherwise; earlier',
      '1: sent if uid 7, dropped by filter:OUTPUT:policy if otherwise; earlier',
    ]);
  });

  it('keeps a certain verdict when only the rule is in doubt', () => {
    const rules = '*filter\n:OUTPUT DROP\n-A OUTPUT -m owner --uid-owner 7 -j REJECT\nCOMMIT\n';
    const done = run({ rules, local: [out(80)] });
    expect(done.told).toEqual(['dropped']);
    expect(kinds(done)).toEqual(['1: dropped by filter:OUTPUT:policy if otherwise, dropped by filter:OUTPUT:1 if uid 7; filter:OUTPUT:1']);
    expect(doubtLines(done.doubt!)[2]).toContain('dropped in any case, but how is decided by filter:OUTPUT:1');
  });

  it('sees a packet that goes another way', () => {
    const rules = '*nat\n-A OUTPUT -m owner --uid-owner 7 -p tcp -j DNAT --to-destination 192.168.1.10:8080\nCOMMIT\n';
    const neighbors = [...HOST.neighbors, { dev: 'eth0', ip: '192.168.1.10', mac: '02:00:00:00:00:10' }];
    const done = run({ rules, local: [out(80)], host: { neighbors } });
    expect(done.told).toEqual(['sent']);
    expect(done.outputs).toEqual([]);
    expect(kinds(done)).toEqual([
      '1: sent 192.168.1.2 > 192.168.1.9:80 by eth0 if otherwise, sent 192.168.1.2 > 192.168.1.10:8080 by eth0 if uid 7; nat:OUTPUT:1',
    ]);
  });

  it.each([
    ['the host says who sends', { host: { sysctls: { 'hookline.local_uid': 1000, 'hookline.local_gid': 0 } }, local: [out(443)] }, 'sent'],
    ['another user', { host: { sysctls: { 'hookline.local_uid': 5, 'hookline.local_gid': 0 } }, local: [out(443)] }, 'dropped'],
    ['there are no local packets', { received: [back(443)] }, 'dropped'],
  ])('is not in doubt: %s', (_, given, verdict) => {
    const done = run({ rules: OWNER, ...given });
    expect(done.told).toEqual([verdict]);
    expect(done.doubt === null || done.doubt.worlds.all.length === 1).toBe(true);
  });
});

describe('the control group of local packets', () => {
  const rules = `*filter
-A OUTPUT -m cgroup --cgroup 7 -j DROP
-A OUTPUT -p tcp -m cgroup ! --path service/http -j DROP
-A OUTPUT -m cgroup --path /service -j ACCEPT
COMMIT
`;

  it('is one class and one path, and the paths above it', () => {
    const done = run({ rules, local: [out(80), build(ipv4(ME, PEER), udp(1, 2))] });
    expect(done.told).toEqual(['in doubt', 'in doubt']);
    expect(doubtSummaryJson(done.doubt!)['unknown']).toEqual([
      { subject: 'the net_cls class of local packets', answers: ['any other cgroup', 'cgroup 7'] },
      { subject: 'the control group of local packets', answers: ['any other cgroup', 'cgroup /service', 'cgroup /service/http'] },
    ]);
    const [tcpKind, udpKind] = done.doubt!.counts();
    expect(tcpKind?.decidedBy.map(({ name }) => name)).toEqual(['filter:OUTPUT:1', 'filter:OUTPUT:2']);
    expect(udpKind?.decidedBy.map(({ name }) => name)).toEqual(['filter:OUTPUT:1']);
  });

  it('is within the root in any case', () => {
    const root = '*filter\n-A OUTPUT -m cgroup --path / -j DROP\nCOMMIT\n';
    const done = run({ rules: root, local: [out(80)] });
    expect([done.told, kinds(done)]).toEqual([['dropped'], []]);
  });

  it("is nobody's question where no process sends", () => {
    const inverted = '*filter\n-A INPUT -m cgroup ! --cgroup 7 -j DROP\n-A OUTPUT -m cgroup ! --cgroup 7 -j DROP\nCOMMIT\n';
    const done = run({ rules: inverted, received: [arriving(udp(1, 2))] });
    expect([done.told, kinds(done), done.doubt?.worlds.all.length]).toEqual([['local'], [], 1]);
  });
});

describe('a set that was not given', () => {
  const rules = `*filter
-A INPUT -m set --match-set bad src -j DROP
-A INPUT -m set ! --match-set good src -p udp -j DROP
-A OUTPUT -j SET --add-set bad dst
COMMIT
`;
  const received = [arriving(tcp(1, 2, {})), arriving(udp(1, 2))];
  const sets = 'create good hash:ip\nadd good 192.168.1.9\n';

  it('is an error, unless it is to be in doubt', () => {
    expect(() => run({ rules, received, sets })).toThrow("doesn't exist");
  });

  it('may hold the packet or not', () => {
    const done = run({ rules, received, sets, local: [out(80)], missingSets: 'doubt' });
    expect(done.told).toEqual(['sent', 'in doubt', 'in doubt']);
    expect(kinds(done)).toEqual(['2: local if otherwise, dropped by filter:INPUT:1 if in set bad (src); filter:INPUT:1']);
  });

  it('is asked its inversion as one question with it', () => {
    const both = '*filter\n-A INPUT -m set --match-set s src -j RETURN\n-A INPUT -m set ! --match-set s src -j DROP\nCOMMIT\n';
    const done = run({ rules: both, received: [arriving(udp(1, 2))], missingSets: 'doubt' });
    expect(done.doubt?.worlds.all.length).toBe(2);
    expect(kinds(done)).toEqual(['1: local if in set s (src), dropped by filter:INPUT:2 if otherwise; filter:INPUT:1']);
  });

  it('is nothing to take marks from', () => {
    const map = '*mangle\n-A FORWARD -j SET --map-set gone src --map-mark\nCOMMIT\n';
    expect(() => run({ rules: map, missingSets: 'doubt' })).toThrow("set gone doesn't exist");
  });

  it('needs no second world for a SET target', () => {
    const add = '*filter\n-A INPUT -j SET --add-set gone src\nCOMMIT\n';
    const done = run({ rules: add, received, missingSets: 'doubt' });
    expect([done.told, done.doubt?.worlds.all.length]).toEqual([['local', 'local'], 1]);
  });
});

describe('a socket', () => {
  const rules = `*mangle
-A PREROUTING -p tcp -m socket --transparent -j MARK --set-mark 1
COMMIT
*filter
-A INPUT -m socket -j ACCEPT
-A INPUT -m mark --mark 1 -j DROP
COMMIT
`;

  it('is in doubt where the host lists none', () => {
    const only = rules.replace('-A INPUT -m socket -j ACCEPT\n', '');
    expect(kinds(run({ rules: only, received: [arriving(tcp(1, 2, {}))] }))).toEqual([
      '1: local if otherwise, dropped by filter:INPUT:1 if a transparent socket takes it; mangle:PREROUTING:1',
    ]);
  });

  it('that is transparent is a socket', () => {
    const done = run({ rules, received: [arriving(tcp(1, 2, {}))] });
    expect([done.told, done.doubt?.worlds.all.length]).toEqual([['local'], 3]);
  });

  it('is known where the host lists its sockets', () => {
    expect(run({ rules, received: [arriving(tcp(1, 2, {}))], host: { listeners: [] } }).doubt).toBeNull();
  });
});

describe('combinations of answers', () => {
  const question = (
    answers: number,
  ): { subject: string; matches: []; answers: { label: string; conditions: []; holding: Set<object> }[] } => ({
    subject: '',
    matches: [],
    answers: Array.from({ length: answers }, (_, i) => ({ label: `${i}`, conditions: [], holding: new Set<object>() })),
  });

  it('are all, those nearest to the first answers first', () => {
    expect(combinations({ questions: [question(2), question(3)], idle: [] })).toEqual({
      all: [[0, 0], [1, 0], [0, 1], [0, 2], [1, 1], [1, 2]], // biome-ignore format: pairs
      complete: true,
    });
    expect(combinations({ questions: [question(MAX_WORLDS)], idle: [] })).toMatchObject({ complete: true });
  });

  it('stop somewhere, and say so', () => {
    const { all, complete } = combinations({ questions: Array.from({ length: 40 }, () => question(2)), idle: [] });
    expect([all.length, complete]).toEqual([MAX_WORLDS, false]);
    expect(new Set(all.map((answers) => answers.join(''))).size).toBe(MAX_WORLDS);
  });
});
