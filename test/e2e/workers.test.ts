/**
 * Replays on real threads, as they are shipped. What is split and why is the business of test/parity/workers-*; here it is that
 * threads give what one gives, and that none is lost in silence.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { Home } from '../../src/shard/home.ts';
import { hookline, MAIN, type Ran, ROOT } from '../support/cli.ts';
import { capture, udpLine } from '../support/lines.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'hookline-workers-'));
const DEMO = ['virbr0=fixtures/demo/lan.pcap', 'eth0=fixtures/demo/wan.pcap', '--host', 'fixtures/demo/host.json'];
const FILTER = join(FOLDER, 'filter.v4');
writeFileSync(
  FILTER,
  `*filter
:FORWARD DROP [0:0]
-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A FORWARD -i virbr0 -p tcp -j ACCEPT
-A FORWARD -p udp -j REJECT
COMMIT
`,
);

const SHARD = pathToFileURL(join(ROOT, 'dist/shard/index.js')).href;

/** Run a program whose second thread is late; it tells on standard error how many threads were ended before they had loaded. */
function runWatched(script: string, env: NodeJS.ProcessEnv): { stdout: string; stderr: string; status: number | null } {
  const file = join(FOLDER, 'watched.mjs');
  writeFileSync(file, script);
  const preload = pathToFileURL(join(ROOT, 'test/support/late-thread.mjs')).href;
  return spawnSync(process.execPath, ['--import', preload, file], { cwd: ROOT, encoding: 'utf8', env });
}

/** A capture that fills several slots of a ring. */
function longTalk(): string {
  const file = join(FOLDER, 'long.pcap');
  const frames = Array.from({ length: 10_000 }, (_, i): [number, Uint8Array] => {
    const ends = [`10.0.0.${(i >> 1) % 250}:1000`, '203.0.113.9:53'];
    return [i / 1000, udpLine((i % 2 === 0 ? ends : ends.reverse()).join(' > '), 'y'.repeat(60 + (i % 7)))];
  });
  writeFileSync(file, capture(frames));
  return file;
}

afterAll(() => rmSync(FOLDER, { recursive: true }));

function replayed(workers: number, words: readonly string[]): { readonly ran: Ran; readonly written: string } {
  const file = join(FOLDER, 'out.pcapng');
  const ran = hookline(['replay', ...DEMO, ...words, '-w', file, '--workers', String(workers)]);
  return { ran, written: readFileSync(file).toString('hex') };
}

describe('replay --workers', () => {
  it.each([['--ndjson'], ['--json'], []])('gives what one worker gives %s', (...form) => {
    const one = replayed(1, ['-r', FILTER, ...form]);
    const three = replayed(3, ['-r', FILTER, ...form]);
    expect(three.ran.err).toBe('');
    expect(three).toEqual(one);
  });

  it.each([['--ndjson'], []])('gives the same of one capture, dealt out to them %s', (...form) => {
    const one = longTalk();
    const told = [1, 2, 5].map((workers) => {
      const file = join(FOLDER, 'dealt.pcapng');
      const ran = hookline(['replay', one, '--conntrack', '-w', file, ...form, '--workers', String(workers)]);
      return { ran, written: readFileSync(file).toString('hex') };
    });
    expect(told[0]!.ran).toMatchObject({ code: 0, err: '' });
    expect(told[1]).toEqual(told[0]);
    expect(told[2]).toEqual(told[0]);
  });

  it.each([
    ['in a record', 400_000, 5],
    ['between two', 400_000, 0],
    ['in one that goes on behind a slot', 262_144, -1],
  ])('ends where the capture cannot be read on, as one worker does: %s', (_, behind, further) => {
    const file = longTalk();
    const octets = readFileSync(file);
    let at = 24;
    while (at < behind) at += 16 + octets.readUInt32LE(at + 8);
    at += further;
    const preload = pathToFileURL(join(ROOT, 'test/support/failing-read.mjs')).href;
    const env = { ...process.env, FAILING_FILE: 'long.pcap', FAILING_AT: String(at) };
    const [one, two] = [1, 2].map((workers) => {
      const words = ['--import', preload, MAIN, 'replay', file, '--conntrack', '--workers', String(workers)];
      const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd: ROOT, encoding: 'utf8', env });
      return { status, stdout, stderr };
    });
    expect(one).toMatchObject({ status: 1, stderr: `hookline: ${file}: at octet ${at}: cannot read: EIO\n` });
    expect(two).toEqual(one);
  });

  it('names the rule that needs one worker, and its place', () => {
    const rules = join(FOLDER, 'limit.v4');
    writeFileSync(rules, '*filter\n:FORWARD DROP [0:0]\n-A FORWARD -m limit --limit 5/sec -j ACCEPT\nCOMMIT\n');
    const { ran, written } = replayed(2, ['-r', rules]);
    expect(ran.err).toBe(`hookline: one worker: filter:FORWARD:1 (${rules}:3:1): -m limit has one budget for all flows\n`);
    const one = replayed(1, ['-r', rules]);
    expect([ran.out, ran.code, written]).toEqual([one.ran.out, 0, one.written]);
  });

  it('replays captures by themselves, in order, and goes on behind one that is damaged', () => {
    const damaged = join(FOLDER, 'damaged.pcap');
    writeFileSync(damaged, readFileSync(join(ROOT, 'fixtures/demo/wan.pcap')).subarray(0, 500));
    const files = ['fixtures/demo/lan.pcap', damaged, 'fixtures/demo/wan.pcap'];
    const alone = files.map((file) => hookline(['replay', file, '-r', FILTER, '--conntrack']));
    const { out, err, code } = hookline(['replay', '--independent', '--workers', '2', ...files, '-r', FILTER, '--conntrack']);
    expect(out).toBe(alone.map((ran) => ran.out).join('\n'));
    expect([err, code]).toEqual([alone.map((ran) => ran.err).join(''), 1]);
  });

  it('ends no thread that still loads when it is interrupted', () => {
    const script = `
      import { replayIndependent } from '${SHARD}';
      const captures = [{ source: '${longTalk()}' }];
      for await (const _ of replayIndependent({ workers: 1, captures, interrupted: () => true }));
      console.log('over');`;
    const { stdout, stderr, status } = runWatched(script, process.env);
    expect([status, stdout, stderr]).toEqual([0, 'over\n', 'ended while loading: 0\n']);
  });

  it('asks for a number of workers', () => {
    const { code, err } = hookline(['replay', ...DEMO, '--workers', '0']);
    expect([code, err.split('\n')[0]]).toEqual([2, "hookline: option '--workers <n>' argument '0' is invalid. It must be 1 to 64."]);
  });

  it.each([
    ['throw', /worker 2 of 2 is lost \(the line of packet \d+ fails\): only the first \d+ packets were told/],
    ['exit', /worker 2 of 2 is lost \(worker exited with code: 7\)/],
    ['hang', /worker 2 of 2 is lost \(it does not answer\)/],
  ])('tells that a worker is lost: %s', (how, message) => {
    const lines = pathToFileURL(join(ROOT, 'test/support/dying-line.mjs')).href;
    const script = `
      import { replaySharded } from '${SHARD}';
      const captures = [{ source: '${longTalk()}' }];
      const options = { workers: 2, captures, conntrack: true, lines: '${lines}', batch: 8, stuckMs: ${how === 'hang' ? 1500 : 60_000} };
      try {
        await replaySharded(options);
      } catch (error) {
        console.log(error.code, error.message);
      }`;
    // the one that dies has its thread first: the other still loads
    const home = new Home(2, null);
    const dying = 2 * Array.from({ length: 250 }, (_, i) => home.of4(0x0a000000 + i, 0xcb007109 | 0)).indexOf(1);
    const env = { ...process.env, DYING_LINE: how, DYING_PACKET: String(dying) };
    const { stdout, stderr, status } = runWatched(script, env);
    expect([status, stderr]).toEqual([0, 'ended while loading: 0\n']);
    expect(stdout).toMatch(/^ERR_WORKER /);
    expect(stdout).toMatch(message);
  });

  it.each([
    ['exit', 0, 'one'],
    ['exit', 1, 'one'],
    ['exit', 1, 'two'],
    ['memory', 1, 'one'],
  ])('leaves no file that looks whole when a worker dies: %s at chunk %d of %s', (how, at, captures) => {
    const folder = join(FOLDER, `dying-${how}-${at}-${captures}`);
    mkdirSync(folder);
    const big = longTalk();
    const written = join(folder, 'out.pcapng');
    const files = captures === 'two' ? [big, 'fixtures/demo/lan.pcap'] : [big];
    const preload = pathToFileURL(join(ROOT, 'test/support/dying-worker.mjs')).href;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--max-old-space-size=64', '--import', preload, MAIN, 'replay', ...files, '-w', written, '--workers', '2'],
      { cwd: ROOT, encoding: 'utf8', env: { ...process.env, DYING_WORKER: how, DYING_AT: String(at) }, maxBuffer: 1 << 28 },
    );
    const why = how === 'exit' ? 'worker exited with code: 9' : 'Worker terminated due to reaching memory limit: JS heap out of memory';
    expect(stderr).toMatch(new RegExp(`^hookline: worker [12] of 2 is lost \\(${why}\\): only the first \\d+ packets were told$`, 'm'));
    expect([status, stdout, readdirSync(folder)]).toEqual([1, '', []]);
  });
});
