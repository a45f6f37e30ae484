/**
 * The command line as people use it: help, decode, check, replay with its forms of output, scenario, interruption.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hookline, MAIN, ROOT } from '../support/cli.ts';

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
const SCENARIO = 'fixtures/scenarios/demo/libvirt-mail';
const folder = mkdtempSync(join(tmpdir(), 'hookline-e2e-'));

/** A capture of raw IPv4 datagrams, as long as wanted. */
function longCapture(packets: number): Buffer {
  const head = Buffer.from('d4c3b2a1020004000000000000000000ffff000065000000', 'hex');
  const packet = Buffer.from('450000200001000040110000' + '0a000002' + '08080808' + '03e8003500080000' + '00000000', 'hex');
  let sum = 0;
  for (let i = 0; i < 20; i += 2) sum += packet.readUInt16BE(i);
  packet.writeUInt16BE(~((sum & 0xffff) + (sum >>> 16)) & 0xffff, 10);
  const record = Buffer.concat([Buffer.from('00000000' + '00000000' + '20000000' + '20000000', 'hex'), packet]);
  return Buffer.concat([head, ...Array.from({ length: packets }, () => record)]);
}

describe('help', () => {
  it.each([[], ['replay'], ['decode'], ['check'], ['scenario']])('%s shows usage and examples', (...words) => {
    const { code, out, err } = hookline([...words, '--help']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^Usage: hookline/);
    expect(out).toMatch(/\nExamples?:\n {2}hookline /);
  });

  it('tells the version of the package', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(hookline(['--version']).out).toBe(`${version}\n`);
  });
});

describe('decode', () => {
  it('reads standard input', () => {
    const octets = readFileSync(join(ROOT, 'fixtures/demo/wan.pcap'));
    expect(hookline(['decode', '-'], octets).out).toBe(hookline(['decode', 'fixtures/demo/wan.pcap']).out);
  });

  it('prints one JSON object a line', () => {
    const { out } = hookline(['decode', '--ndjson', '-c', '2', 'fixtures/demo/lan.pcap']);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toMatchObject([
      { index: 0, src: '192.168.122.4', dst: '192.168.122.1', protocol: 'udp', sport: 56_166, dport: 53 },
      { index: 1, src: '192.168.122.4', dst: '74.53.140.153', protocol: 'tcp', sport: 1470, dport: 25 },
    ]);
  });
});

describe('check', () => {
  it('prints rules as iptables-save does', () => {
    const { code, out } = hookline(['check', '-'], '*filter\n-A INPUT -p tcp --syn -j DROP\nCOMMIT\n');
    expect([code, out]).toEqual([
      0,
      '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A INPUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j DROP\nCOMMIT\n',
    ]);
  });

  it('takes what it printed', () => {
    const { out } = hookline(['check', 'fixtures/demo/rules.v4']);
    expect(hookline(['check', '-', '--family', 'ipv4'], out).out).toBe(out);
  });
});

describe('replay', () => {
  it('tells that there is no host, and which rules hit', () => {
    const rules = join(folder, 'rules.v4');
    writeFileSync(rules, '*filter\n:FORWARD DROP [7:700]\n[5:500] -A FORWARD -p tcp -m tcp --dport 25 -j ACCEPT\nCOMMIT\n');
    const { code, out } = hookline(['replay', 'fixtures/demo/lan.pcap', '-r', rules]);
    expect(code).toBe(0);
    expect(out).toContain('Host     none given: a plain router of two interfaces that forwards everything');
    // Counters begin at zero, whatever the file says.
    expect(out).toContain('Chain FORWARD (policy DROP 1 packets, 62 bytes)');
    expect(out).toMatch(/\n1 {7}28 21673 ACCEPT {5}6 /);
    expect(out).toContain('Connections: not tracked, as in Linux when no rule needs it');
  });

  it('tells one object a packet, and the summary last', () => {
    const { out } = hookline(['replay', ...DEMO, '--ndjson']);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.length).toBe(113);
    expect(lines[0]).toMatchObject({ in: 'virbr0', verdict: 'local', state: 'NEW' });
    expect(lines.find(({ rule }) => rule !== undefined)).toMatchObject({
      verdict: 'dropped',
      drop: { at: 'FORWARD', reason: 'NETFILTER_DROP' },
      rule: { name: 'filter:FORWARD:4', at: 'fixtures/demo/rules.v4:36:1' },
    });
    expect(lines.at(-1)).toMatchObject({
      summary: { schema: 1, packets: 112, verdicts: { forwarded: 57, local: 19, sent: 11, dropped: 25 } },
    });
  });

  it('tells the summary as one document', () => {
    const summary = JSON.parse(hookline(['replay', ...DEMO, '--json']).out) as Record<string, unknown>;
    expect(summary).toMatchObject({ schema: 1, octets: 34_552, damage: [], interrupted: false });
    expect(summary['connections']).toHaveLength(4);
    expect(summary['outputs']).toContainEqual({
      interface: 'eth0',
      frames: 53,
      by: { forwarded: 28, 'sent by local processes': 10, 'made by REJECT': 15 },
    });
  });

  it('writes what left, with interfaces and comments', () => {
    const target = join(folder, 'out.pcapng');
    expect(hookline(['replay', ...DEMO, '-w', target]).code).toBe(0);
    const lines = hookline(['decode', target]).out.trim().split('\n');
    expect(lines.length).toBe(83);
    expect(lines.filter((line) => line.includes('IP 192.168.133.102.1470 > 74.53.140.153.25')).length).toBe(28);
    expect(lines.filter((line) => line.includes('ICMP 192.168.122.80 tcp port 443 unreachable')).length).toBe(15);
    const octets = readFileSync(target);
    for (const word of ['virbr0', 'eth0', 'made by REJECT']) expect(octets.includes(word), word).toBe(true);
  });

  it('is the same twice, octet for octet', () => {
    const [first, second] = [join(folder, 'a.pcap'), join(folder, 'b.pcap')];
    const outs = [first, second].map((target) => hookline(['replay', ...DEMO, '-w', target]).out);
    expect(outs[0]).toBe(outs[1]);
    expect(readFileSync(first).equals(readFileSync(second))).toBe(true);
  });
});

describe('scenario', () => {
  it('tells each disagreement and exits with 3', () => {
    const wrong = join(folder, 'wrong.json');
    const made = hookline(['scenario', SCENARIO]).out;
    writeFileSync(wrong, made.replace('"verdict":"forwarded"', '"verdict":"local"'));
    const { code, out } = hookline(['scenario', SCENARIO, '--against', wrong]);
    expect(code).toBe(3);
    expect(out).toMatch(
      /^libvirt-mail: 112 packets, 1 disagreements\npacket \d+: verdict\n {2}kernel: {3}local\n {2}hookline: forwarded\n$/,
    );
  });
});

describe('a filter', () => {
  const DEMO = [
    'virbr0=fixtures/demo/lan.pcap',
    'eth0=fixtures/demo/wan.pcap',
    '--local=fixtures/demo/local.pcap',
    '--rules=fixtures/demo/rules.v4',
    '--host=fixtures/demo/host.json',
  ];

  it('selects what decode prints', () => {
    const words = (filter: readonly string[]): string => hookline(['decode', 'fixtures/demo/wan.pcap', ...filter]).out;
    expect(words(['--', 'udp', 'port', '53'])).toBe('');
    expect(words(['--', 'tcp port 443']).split('\n').length).toBeGreaterThan(2);
    expect(words(['--', 'tcp', 'port', '443'])).toBe(words(['--filter', 'tcp port 443']));
    expect(words(['--'])).toBe(words([]));
  });

  it('selects what replay tells, and changes nothing else', () => {
    const whole = JSON.parse(hookline(['replay', ...DEMO, '--json']).out);
    const { out } = hookline(['replay', ...DEMO, '--json', '--', 'port 25']);
    const some = JSON.parse(out);
    expect([some.filter, some.packets + some.untold]).toEqual(['port 25', whole.packets]);
    expect(some.packets).toBeGreaterThan(20);
    expect(some.untold).toBeGreaterThan(20);
    expect([some.hits, some.connections]).toEqual([whole.hits, whole.connections]);
    const lines = hookline(['replay', ...DEMO, '--ndjson', '--', 'port 25'])
      .out.trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const all = hookline(['replay', ...DEMO, '--ndjson'])
      .out.trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const isMail = ({ sport, dport }: { sport?: number; dport?: number }): boolean => sport === 25 || dport === 25;
    expect(lines.slice(0, -1)).toEqual(all.filter(isMail));
    expect(hookline(['replay', ...DEMO, '--', 'port 25']).out).toMatch(/^Filter {3}port 25: .*; \d+ other packets$/m);
  });

  it('selects what explain tells', () => {
    const { out } = hookline(['explain', ...DEMO, '--format', 'json', '--dropped', '--', 'tcp port 443']);
    const told = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(told.length).toBeGreaterThan(1);
    expect(told.filter(({ flow }) => flow.to.port !== 443 && flow.from.port !== 443)).toEqual([]);
    const { err } = hookline(['explain', ...DEMO, '-n', '97', '--', 'udp']);
    expect(err).toContain('packet 97: the filter does not select it');
  });

  it('that cannot be is refused in front of everything else', () => {
    const { code, err } = hookline(['replay', 'no-such-file.pcap', '--', 'tcp', 'prot', '80']);
    expect([code, err]).toEqual([2, expect.stringMatching(/^hookline: filter: .*\n {2}tcp prot 80\n {6}\^\n$/)]);
    expect(hookline(['decode', 'fixtures/demo/wan.pcap', '--', 'inbound'])).toMatchObject({ code: 2 });
    expect(hookline(['nat', 'fixtures/demo/wan.pcap', '--', 'udp'])).toMatchObject({
      code: 2,
      err: 'hookline: nat takes no filter behind --\n',
    });
    expect(hookline(['decode', 'fixtures/pcap/linktype/tcp-handshake-nano.pcap', '--', 'inbound'])).toMatchObject({ code: 0, err: '' });
  });
});

describe('a person in front of it', () => {
  it('who stops it is told what was found so far: 130', async () => {
    const capture = longCapture(60_000);
    const child = spawn(process.execPath, [MAIN, 'replay', '-', '--json'], { stdio: ['pipe', 'pipe', 'pipe'] });
    let out = '';
    child.stdout.on('data', (piece: Buffer) => (out += piece.toString()));
    child.stdin.on('error', () => undefined);
    const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
    // The rest comes only when the first part is eaten, so that the process is at work when the signal comes.
    await new Promise<void>((resolve) => child.stdin.write(capture.subarray(0, 24 + 48 * 40_000), () => resolve()));
    child.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 100));
    child.stdin.end(capture.subarray(24 + 48 * 40_000));
    expect(await closed).toBe(130);
    const summary = JSON.parse(out) as { packets: number; interrupted: boolean };
    expect(summary.interrupted).toBe(true);
    expect(summary.packets).toBeGreaterThan(0);
    expect(summary.packets).toBeLessThan(60_000);
  });

  it.each([
    ['decode', (path: string) => ['decode', path]],
    ['replay', (path: string) => ['replay', path, '--ndjson']],
  ])('who reads only the first lines of %s leaves no error behind', async (_, words) => {
    const path = join(folder, 'long.pcap');
    writeFileSync(path, longCapture(20_000));
    const child = spawn(process.execPath, [MAIN, ...words(path)], { stdio: ['ignore', 'pipe', 'pipe'] });
    let err = '';
    child.stderr.on('data', (piece: Buffer) => (err += piece.toString()));
    child.stdout.once('data', () => child.stdout.destroy());
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    expect([code, err]).toEqual([0, '']);
  });
});
