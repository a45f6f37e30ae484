/**
 * Wrong input at the command line: one clear message with its place, the right exit code, and what could be read is told.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { hookline, ROOT } from '../support/cli.ts';

const LAN = 'fixtures/demo/lan.pcap';
const RULES = 'fixtures/demo/rules.v4';
const HOST = 'fixtures/demo/host.json';
const folder = mkdtempSync(join(tmpdir(), 'hookline-e2e-'));
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const cut = file('cut.pcap', readFileSync(join(ROOT, LAN)).subarray(0, 2000));
const lying = file('lying.pcap', lyingCapture());
const badRules = file(
  'bad.v4',
  '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp --dprt 22 -j ACCEPT\n-A INPUT -j NOPE\n-A INPUT -m nosuch -j DROP\nCOMMIT\n',
);
const natDrop = file('drop.v4', '*nat\n-A PREROUTING -j DROP\nCOMMIT\n');
const unclosed = file('unclosed.v4', '*filter\n-A INPUT -j ACCEPT\n');
const badHost = file('host.json', '{"interfaces": 5}');
const noJson = file('nojson.json', '{"interfaces": [');
const text = file('notes.txt', 'this is no capture\n');
const empty = file('empty.pcap', '');
const steering = file('\u001b[31mred.v4', '*filter\n-A INPUT -j \u001b]0;title\u0007\nCOMMIT\n');

/** A capture whose third packet claims to be longer than anything. */
function lyingCapture(): Uint8Array {
  const octets = Buffer.from(readFileSync(join(ROOT, LAN)));
  let at = 24;
  for (let i = 0; i < 2; i++) at += 16 + octets.readUInt32LE(at + 8);
  octets.writeUInt32LE(0x7fff_ffff, at + 8);
  return octets;
}

describe('one message, its place, its exit code', () => {
  it.each([
    [
      'a capture that is not there',
      ['replay', '/nonexistent.pcap'],
      1,
      /^hookline: \/nonexistent\.pcap: cannot open: no such file or directory\n$/,
    ],
    ['to decode it', ['decode', '/nonexistent.pcap'], 1, /^hookline: \/nonexistent\.pcap: cannot open: no such file or directory\n$/],
    ['a folder for a capture', ['replay', folder], 1, /: cannot read: is a directory\n$/],
    ['a text for a capture', ['decode', text], 1, /notes\.txt: at octet 0: no capture: neither pcap nor pcapng\n$/],
    ['an empty file', ['decode', empty], 1, /empty\.pcap: at octet 0: .*\n$/],
    [
      'an unknown link type',
      ['replay', 'fixtures/pcap/linktype/mpls-traceroute.pcap'],
      1,
      /^hookline: fixtures\/pcap\/linktype\/mpls-traceroute\.pcap: at octet 0: link type PPP \(9\) cannot be decoded\n$/,
    ],
    [
      'rules that are not there',
      ['replay', LAN, '-r', '/nonexistent.v4'],
      1,
      /^hookline: \/nonexistent\.v4: cannot read: no such file or directory\n$/,
    ],
    ['a folder for rules', ['replay', LAN, '-r', folder], 1, /: cannot read: is a directory\n$/],
    [
      'sets that are not there',
      ['replay', LAN, '--ipset', '/nonexistent'],
      1,
      /^hookline: \/nonexistent: cannot read: no such file or directory\n$/,
    ],
    ['a table that is not for dropping', ['check', natDrop], 2, /drop\.v4:2:\d+: The "nat" table is not intended for filtering/],
    ['rules without their end', ['check', unclosed], 2, /unclosed\.v4:\d+:\d+: .*COMMIT/],
    ['a host that is wrong', ['replay', LAN, '--host', badHost], 1, /host\.json: interfaces: expected a list, found 5\n$/],
    ['a host that is no JSON', ['replay', LAN, '--host', noJson], 1, /nojson\.json: .*\n$/],
    [
      'a host that is not there',
      ['replay', LAN, '--host', '/nonexistent.json'],
      1,
      /^hookline: \/nonexistent\.json: cannot read: no such file/,
    ],
    ['a host folder without addresses', ['replay', LAN, '--host', join(ROOT, 'fixtures')], 1, /fixtures: no addr\.json \(ip -j addr\)\n$/],
    [
      'an interface the host has not',
      ['replay', `eth9=${LAN}`, '--host', HOST],
      2,
      /^hookline: eth9: the host has no such interface \(it has eth0, virbr0, lo\) \(did you mean "eth0"\?\)\n$/,
    ],
    ['the same for --in', ['replay', LAN, '--host', HOST, '--in', 'eth9'], 2, /^hookline: eth9: the host has no such interface/],
    [
      'output where none can be',
      ['replay', LAN, '-w', '/nonexistent/out.pcap'],
      1,
      /^hookline: \/nonexistent\/out\.pcap: cannot open: no such file or directory\n$/,
    ],
    [
      'a seed that is no number',
      ['replay', LAN, '--seed', 'x'],
      2,
      /^hookline: option '--seed <n>' argument 'x' is invalid\. It must be a whole number\.\n/,
    ],
    ['an unknown option', ['replay', LAN, '--rulez', RULES], 2, /^hookline: unknown option '--rulez'\n\(Did you mean --rules\?\)\n/],
    ['an unknown command', ['repaly'], 2, /^hookline: unknown command 'repaly'\n\(Did you mean replay\?\)\n/],
    ['no capture', ['replay'], 2, /^hookline: missing required argument 'capture'\n/],
    ['a scenario that is none', ['scenario', folder], 1, /: .*host\.json/],
    [
      'a truth that is none',
      ['scenario', 'fixtures/scenarios/demo/libvirt-mail', '--against', badHost],
      1,
      /host\.json: no recorded outcome/,
    ],
  ])('%s', (_, words, code, message) => {
    const ran = hookline(words);
    expect(ran.err).toMatch(message);
    expect([ran.code, ran.out]).toEqual([code, '']);
  });

  it('every error of a rule file, each with its place', () => {
    for (const words of [
      ['check', badRules],
      ['replay', LAN, '-r', badRules],
    ]) {
      const { code, out, err } = hookline(words);
      expect([code, out]).toEqual([2, '']);
      expect(err.split('\n').map((line) => line.replace(/^hookline: .*bad\.v4:/, ''))).toEqual([
        '3:17: unknown option "--dprt" (did you mean "--dport"?)',
        "4:13: Couldn't load target 'NOPE'",
        "5:13: Couldn't load match 'nosuch'",
        '',
      ]);
    }
  });

  it('no text of a file steers the terminal', () => {
    const { code, err } = hookline(['check', steering]);
    expect(code).toBe(2);
    expect(err).toMatch(/\\x1b\[31mred\.v4:2:\d+/);
    // eslint-disable-next-line no-control-regex -- looking for what must not be there
    expect(err).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });
});

describe('a capture that ends too early', () => {
  it('is decoded up to there', () => {
    const { code, out, err } = hookline(['decode', cut]);
    expect([code, out.trim().split('\n').length]).toEqual([1, 10]);
    expect(err).toMatch(/^hookline: .*cut\.pcap: at octet 904: packet cut: 1530 octets needed, 1096 left\n$/);
  });

  it('is replayed up to there, and the summary says so', () => {
    const { code, out, err } = hookline(['replay', `virbr0=${cut}`, '-r', RULES, '--host', HOST]);
    expect(code).toBe(1);
    expect(out).toContain('10 packets, ');
    expect(out).toMatch(/\nNot evaluated\n {2}.*cut\.pcap: at octet 904: packet cut/);
    expect(err).toMatch(/cut\.pcap: at octet 904/);
  });

  it('gives an output file with what left up to there', () => {
    const target = join(folder, 'partial.pcapng');
    expect(hookline(['replay', `virbr0=${cut}`, '-r', RULES, '--host', HOST, '-w', target]).code).toBe(1);
    expect(hookline(['decode', target]).out.trim().split('\n').length).toBe(9);
  });

  it('is told the same when a length lies', () => {
    const { code, out, err } = hookline(['decode', lying]);
    expect([code, out.trim().split('\n').length]).toEqual([1, 2]);
    expect(err).toMatch(/lying\.pcap: at octet \d+: /);
  });
});

describe('output files', () => {
  const place = join(folder, 'out');
  beforeAll(() => mkdirSync(place));

  it('are not there when the run cannot begin', () => {
    hookline(['replay', LAN, '-r', badRules, '-w', join(place, 'never.pcap')]);
    hookline(['replay', LAN, '/nonexistent.pcap', '-w', join(place, 'never.pcap')]);
    expect(readdirSync(place)).toEqual([]);
  });

  it('replace what was there only as a whole', () => {
    const target = join(place, 'kept.pcap');
    writeFileSync(target, 'before');
    hookline(['replay', LAN, '-r', badRules, '-w', target]);
    expect(readFileSync(target, 'utf8')).toBe('before');
    expect(hookline(['replay', LAN, '-w', target]).code).toBe(0);
    expect(readdirSync(place)).toEqual(['kept.pcap']);
    expect(hookline(['decode', target]).out).toContain('192.168.122.4.1470 > 74.53.140.153.25');
  });

  it('of a scenario are whole, too', () => {
    const target = join(place, 'truth.json');
    expect(hookline(['scenario', 'fixtures/scenarios/demo/libvirt-mail', '--out', target]).code).toBe(0);
    expect((JSON.parse(readFileSync(target, 'utf8')) as { packets: unknown[] }).packets.length).toBe(112);
    const { code, err } = hookline(['scenario', 'fixtures/scenarios/demo/libvirt-mail', '--out', join(place, 'no', 'truth.json')]);
    expect([code, existsSync(join(place, 'no'))]).toEqual([1, false]);
    expect(err).toContain('cannot open: no such file or directory');
  });

  it.skipIf(process.getuid?.() === 0)('say when they may not be written', () => {
    const closed = join(folder, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o500);
    expect(hookline(['replay', LAN, '-w', join(closed, 'x.pcap')]).err).toContain('permission denied');
  });
});
