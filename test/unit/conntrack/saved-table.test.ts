/**
 * Saved tables: what their lines say, and what is refused. The tables are those that the recorded scenarios ended with; that each is
 * listed again as the kernel did is test/conformance/saved-table.test.ts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Conntrack, type ConntrackOptions } from '../../../src/conntrack/conntrack.ts';
import { Status } from '../../../src/conntrack/ctinfo.ts';
import { parseConntrackList, type SavedConnection } from '../../../src/conntrack/saved-table.ts';
import { RuleError } from '../../../src/errors.ts';
import { Random } from '../../../src/inet/random.ts';
import { build } from '../../../src/packet/build.ts';
import { ipv4, payload, tcp, udp } from '../../../src/packet/build-layers.ts';
import { formatConntrackExtended } from '../../../src/report/conntrack-list.ts';
import { ConntrackMachine } from '../../support/conntrack-machine.ts';
import { A, F, P, TcpTalk } from './tcp-talk.ts';

const NOW_US = 1.7e15;
const FOLDER = fileURLToPath(new URL('../../../fixtures/scenarios', import.meta.url));

const tables = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('truth.json.gz'))
  .map((name) => JSON.parse(gunzipSync(readFileSync(join(FOLDER, name))).toString()).conntrack as string)
  .filter((text) => text.trim() !== '')
  // what has less than a second left is gone with the first packet
  .map((text) => text.split('\n').filter((line) => line !== '' && !/^\S+ +\d+ \S+ +\d+ 0 /.test(line)));

/** Read as a host does, by a conntrack whose clock has begun to run. */
function restored(lines: readonly string[], options: Partial<ConntrackOptions> = {}): Conntrack {
  const connections = parseConntrackList(`${lines.join('\n')}\n`, 'table');
  const conntrack = new Conntrack({ random: new Random(1), acct: 1, connections, ...options });
  conntrack.expire(NOW_US);
  return conntrack;
}

const listed = (conntrack: Conntrack): string[] => formatConntrackExtended(conntrack, NOW_US).map(withoutEnd).sort();
const withoutEnd = (line: string): string => line.replace(/ use=\d+.*$/, '');

/** Without lines that differ from one before only in what moves. */
function firstOfEach(lines: readonly string[]): string[] {
  const seen = new Map<string, string>();
  for (const line of lines) {
    const key = line.replace(/^(\S+ +\d+ \S+ +\d+) \d+/, '$1').replace(/ use=.*$/, '');
    if (!seen.has(key)) seen.set(key, line);
  }
  return [...seen.values()];
}

/** Ends of a line's two tuples, as the words say: `address port or id`. */
function endsOf(line: string): { source: string; destination: string }[] {
  return line
    .replace(/ mark=.*/, '')
    .split(' src=')
    .slice(1)
    .map((half) => {
      const field = (name: RegExp): string => name.exec(` ${half}`)?.[1] ?? '';
      const [id, src] = [field(/ (?:id|srckey)=(\S+)/), half.split(' ')[0]!];
      const port = (name: RegExp): string => (id === '' ? field(name) : id);
      return {
        source: `${src} ${port(/ sport=(\d+)/)}`,
        destination: `${field(/ dst=(\S+)/)} ${id.startsWith('0x') ? field(/ dstkey=(\S+)/) : field(/ dport=(\d+)/)}`,
      };
    });
}

describe('a table that the kernel listed', () => {
  it('is the same without the protocol of layer 3 in front, and among the words of the tool', () => {
    const short = (line: string): string => line.replace(/^ipv[46] +\d+ /, '');
    for (const lines of tables) {
      const text = ['conntrack v1.4.7 (conntrack-tools): 2 flow entries have been shown.', '# saved', '', ...lines.map(short)];
      expect(listed(restored(text))).toEqual(listed(restored(lines)));
    }
  });

  it('says which sides are translated', () => {
    const seen = new Set<number>();
    const wrong: string[] = [];
    for (const line of tables.flat()) {
      const [connection] = parseConntrackList(line, 'table');
      const [original, reply] = endsOf(line) as [ReturnType<typeof endsOf>[0], ReturnType<typeof endsOf>[0]];
      const isIcmp = / icmp/.test(line);
      // an ICMP id stands on both sides, and is the source's
      const address = (end: string): string => end.split(' ')[0]!;
      const snat = original.source !== (isIcmp ? `${address(reply.destination)} ${reply.source.split(' ')[1]}` : reply.destination);
      const dnat = isIcmp ? address(original.destination) !== address(reply.source) : original.destination !== reply.source;
      const status = connection!.status & (Status.SrcNat | Status.DstNat);
      if (status !== ((snat ? Status.SrcNat : 0) | (dnat ? Status.DstNat : 0))) wrong.push(line);
      seen.add(status);
    }
    expect(wrong).toEqual([]);
    expect(seen.size).toBe(4);
  });

  it('is taken over up to the room there is, each flow once', () => {
    const lines = tables.find((table) => table.length > 20)!;
    expect(restored(lines, { max: 7 }).count).toBe(7);
    expect(restored([...lines, ...lines]).count).toBe(firstOfEach(lines).length);
  });
});

describe('a connection taken over', () => {
  const machineWith = (...lines: string[]): ConntrackMachine =>
    new ConntrackMachine({ connections: parseConntrackList(lines.join('\n'), 'table') });
  const side = (from: string, to: string, ports: string): string => `src=${from} dst=${to} ${ports}`;
  const tcpLine = `tcp 6 1000 ESTABLISHED ${side('10.0.0.2', '10.1.0.2', 'sport=1000 dport=80')} ${side('10.1.0.2', '10.0.0.2', 'sport=80 dport=1000')} [ASSURED] mark=0`;

  it('is told to who listens, each connection that was taken over', () => {
    const lines = tables.find((table) => table.length > 3)!.slice(0, 3);
    const connections = parseConntrackList(`${lines.join('\n')}\n`, 'table');
    for (const max of [1, 3]) {
      const conntrack = new Conntrack({ random: new Random(1), connections, max });
      const told: number[] = [];
      conntrack.onRestore((entry) => told.push(entry));
      expect(told).toEqual([]);
      conntrack.expire(NOW_US);
      expect(told).toEqual([0, 1, 2].slice(0, max));
      conntrack.expire(NOW_US + 1e6);
      expect(told).toHaveLength(max);
    }
  });

  it('may be in no state yet', () => {
    const line = 'tcp      6 9 NONE src=10.0.0.2 dst=10.1.0.2 sport=1 dport=2 src=10.1.0.2 dst=10.0.0.2 sport=2 dport=1 mark=0 use=1';
    expect(parseConntrackList(`${line}\n`, 'table').map(({ state }) => state)).toEqual([0]);
  });

  it('has windows that are learnt and held against nobody', () => {
    const talk = new TcpTalk(machineWith(tcpLine));
    expect(talk.s(A, 0x7000_0000, { ack: 5, data: 'far' })).toMatchObject({ state: 'ESTABLISHED', direction: 'reply', tcp: 'ESTABLISHED' });
    expect(talk.c(A, 0x9000_0000, { ack: 0x100, data: 'away' }).state).toBe('ESTABLISHED');
    expect(talk.c(A, 77, { ack: 0x100 }).state).toBe('ESTABLISHED');
    expect(talk.s(F | A, 3, { ack: 5 }).tcp).toBe('FIN_WAIT');
  });

  it('of UDP is past its first two seconds', () => {
    const line = `udp 17 20 ${side('10.0.0.2', '10.1.0.2', 'sport=1000 dport=53')} [UNREPLIED] ${side('10.1.0.2', '10.0.0.2', 'sport=53 dport=1000')} mark=7`;
    const machine = machineWith(line);
    const answer = build(ipv4('10.1.0.2', '10.0.0.2'), udp(53, 1000), payload('y'));
    expect(machine.pass(answer)).toMatchObject({ state: 'ESTABLISHED', assured: false, timeoutSec: 30 });
    expect(machine.pass(answer)).toMatchObject({ state: 'ESTABLISHED', assured: true, timeoutSec: 120 });
  });

  it('goes when its time has run out, and keeps its place until then', () => {
    for (const [at, state] of [
      [999, 'ESTABLISHED'],
      [1000, 'NEW'],
    ] as const) {
      const machine = machineWith(tcpLine.replace('ESTABLISHED', 'TIME_WAIT'));
      machine.pass(build(ipv4('10.9.0.1', '10.9.0.2'), udp(1, 2), payload('clock')), { at: 0 });
      const syn = build(ipv4('10.1.0.2', '10.0.0.2'), tcp(80, 1000, { seq: 9, ack: 9, flags: A }), payload(''));
      expect(machine.pass(syn, { at }).state).toBe(state);
    }
  });

  it('has the helper that the line names', () => {
    const line = tcpLine.replace('dport=80', 'dport=21').replace('sport=80', 'sport=21').replace('mark=0', 'mark=0 helper=ftp');
    const talk = new TcpTalk(machineWith(line));
    talk.serverPort = 21;
    talk.c(P | A, 100, { ack: 1, data: 'NOOP\r\n' });
    talk.c(P | A, 106, { ack: 1, data: 'PORT 10,0,0,2,4,1\r\n' });
    expect(talk.machine.conntrack.expectations().map(({ tuple }) => tuple.dstL4)).toEqual([1025]);
  });
});

describe('a saved table', () => {
  const LINE =
    'ipv4     2 tcp      6 100 ESTABLISHED src=10.0.0.2 dst=10.1.0.2 sport=1000 dport=80 src=10.1.0.2 dst=10.0.0.2 sport=80 dport=1000 [ASSURED] mark=0 use=1';
  const refused = (line: string): string => {
    try {
      parseConntrackList(`# one before\n${line}\n`, 'table');
    } catch (error) {
      return error instanceof RuleError && error.code === 'ERR_HOST' ? error.message : String(error);
    }
    return '';
  };

  it('gives zones, marks, helpers and counters', () => {
    const zones = LINE.replace(' sport=1000 dport=80', ' sport=1000 dport=80 zone-orig=5 packets=7 bytes=9').replace(
      'mark=0',
      'mark=0xfffffffe helper=ftp',
    );
    const [{ original, reply, mark, helper, state, timeoutSec }] = parseConntrackList(zones, 'table') as [SavedConnection];
    expect([original.zone, reply.zone, original.packets, original.octets, reply.packets, reply.octets]).toEqual([5, 0, 7, 9, 0, 0]);
    expect([mark, helper, state, timeoutSec]).toEqual([-2, 'ftp', 3, 100]);
    const [both] = parseConntrackList(LINE.replace('use=1', 'zone=65535 use=1'), 'table');
    expect([both!.original.zone, both!.reply.zone]).toEqual([65_535, 65_535]);
    const replyOnly = LINE.replace('sport=80 dport=1000', 'sport=80 dport=1000 zone-reply=4');
    const [one] = parseConntrackList(replyOnly, 'table');
    expect([one!.original.zone, one!.reply.zone]).toEqual([0, 4]);
    expect(restored([zones]).dump(NOW_US)[0]).toMatchObject({ helper: 'ftp', mark: 0xfffffffe });
  });

  // biome-ignore format: a table
  it.each([
    ['src=10.1.0.2', 'src=10.1.0', 'table:2:85: 10.1.0 is no IPv4 address'],
    ['dst=10.1.0.2', 'dst=fd00::1', 'table:2:52: fd00::1 is no IPv4 address'],
    ['tcp      6', 'tcp      17', 'table:2:12: name and number of the protocol do not fit'],
    ['tcp      6', 'foo      99', 'table:2:12: name and number of the protocol do not fit'],
    ['tcp      6', 'unknown  256', 'table:2:21: a protocol number expected, not 256'],
    ['tcp      6', 'tcp      x', 'table:2:21: a protocol number expected, not x'],
    [' 100 ', ' 8589935 ', 'table:2:23: seconds left expected, not 8589935'],
    [' 100 ', ' -1 ', 'table:2:23: seconds left expected, not -1'],
    ['ESTABLISHED', 'COOKIE_WAIT', 'table:2:27: COOKIE_WAIT: no state of this protocol'],
    ['ESTABLISHED', 'established', 'table:2:27: established: no field of a connection'],
    ['tcp      6', 'udp      17', 'table:2:28: ESTABLISHED: no state of this protocol'],
    ['sport=1000', 'sport=65536', 'table:2:71: sport expected, not 65536'],
    ['sport=1000 ', '', 'table:2:1: sport expected'],
    [' mark=0', ' mark=0x100000000', 'table:2:146: a mark expected, not 0x100000000'],
    [' mark=0', ' mark=0 zone=65536', 'table:2:153: a zone expected, not 65536'],
    [' mark=0', ' mark=0 colour=red', 'table:2:148: colour: no field of a connection'],
    [' mark=0', ' mark=0 =one', 'table:2:148: =one: no field of a connection'],
    ['[ASSURED]', '[OFFLOAD]', 'table:2:132: a flow that is offloaded has no timeout to start from'],
    ['[ASSURED]', '[HW_OFFLOAD]', 'table:2:135: a flow that is offloaded has no timeout to start from'],
    [' src=10.1.0.2 dst=10.0.0.2 sport=80 dport=1000', '', 'table:2:39: a connection has two tuples'],
  ])('with %s as %s is refused with the place', (from, to, message) => {
    expect(refused(LINE)).toBe('');
    expect(refused(LINE.replace(from, to))).toBe(message);
  });
});
