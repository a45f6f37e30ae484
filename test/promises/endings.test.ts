/** Promises about endings: outputs are whole or absent, whoever goes away, and however. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { hookline, MAIN, ROOT } from '../support/cli.ts';

const STREAM = join(ROOT, 'test/promises/programs/stream.mjs');
const folder = mkdtempSync(join(tmpdir(), 'hookline-endings-'));
afterAll(() => rmSync(folder, { recursive: true }));
const LAN = 'fixtures/demo/lan.pcap';
const SCENARIO = 'fixtures/scenarios/v6/answer-untracked';
const FULL_DISK = pathToFileURL(join(ROOT, 'test/support/full-disk.mjs')).href;

/** A replay of a stream that is longer than any test, with what it has printed so far. */
function endless(words: readonly string[]): { child: ChildProcess; feeder: ChildProcess; text: () => string } {
  const feeder = spawn(process.execPath, [STREAM, '100000'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const child = spawn(process.execPath, [MAIN, 'replay', '-', ...words], { stdio: [feeder.stdout!, 'pipe', 'pipe'] });
  feeder.stdout!.destroy();
  let text = '';
  child.stdout!.on('data', (piece: Buffer) => (text += piece.toString()));
  child.stderr!.on('data', (piece: Buffer) => (text += piece.toString()));
  return { child, feeder, text: () => text };
}

async function until(ready: () => boolean): Promise<void> {
  for (let i = 0; i < 600 && !ready(); i++) {
    await new Promise((done) => {
      setTimeout(done, 50);
    });
  }
}

describe('an output file', () => {
  it('is absent when the process is killed', async () => {
    const out = join(folder, 'killed.pcapng');
    const { child, feeder } = endless(['-w', out]);
    await until(() => readdirSync(folder).some((name) => name.startsWith('killed')));
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    feeder.kill();
    await exit;
    expect(existsSync(out)).toBe(false);
  }, 60_000);

  it('is whole when the run is interrupted, and what was found so far is told', async () => {
    const out = join(folder, 'interrupted.pcapng');
    const { child, feeder, text } = endless(['-w', out]);
    await until(() => readdirSync(folder).some((name) => name.startsWith('interrupted')));
    await new Promise((done) => {
      setTimeout(done, 300);
    });
    const exit = once(child, 'exit');
    child.kill('SIGINT');
    const [code] = (await exit) as [number];
    feeder.kill();
    expect([code, text().includes('packets')]).toEqual([130, true]);
    if (existsSync(out)) expect(hookline(['decode', '-c', '1', out]).code).toBe(0);
    expect(readdirSync(folder).filter((name) => name.endsWith('.part') && name.startsWith('interrupted'))).toEqual([]);
  }, 60_000);

  const demo = [
    'virbr0=fixtures/demo/lan.pcap',
    'eth0=fixtures/demo/wan.pcap',
    '--host',
    'fixtures/demo/host.json',
    '-r',
    'fixtures/demo/rules.v4',
  ];
  const kinds: readonly (readonly [name: string, words: readonly string[]])[] = [
    ['out.pcapng', ['replay', ...demo, '-w']],
    ['out.pcap', ['replay', LAN, '-w']],
    ['flows.csv', ['replay', ...demo, '--flows']],
    ['flows.parquet', ['replay', ...demo, '--flows']],
    ['packets.ndjson', ['replay', ...demo, '--packets']],
    ['packets.parquet', ['replay', ...demo, '--packets']],
    ['report.html', ['replay', ...demo, '--report']],
    ['diff.html', ['diff', ...demo, '-r', 'fixtures/demo/rules.v4', '--report']],
    ['tests.xml', ['assert', ...demo, 'fixtures/demo/expectations.yaml', '--junit']],
    ['tests.sarif', ['assert', ...demo, 'fixtures/demo/expectations.yaml', '--sarif']],
    ['truth.json', ['scenario', SCENARIO, '--out']],
  ];
  it.each(kinds)('is absent, or as it was, when the disk is full: %s', (name, words) => {
    const place = mkdtempSync(join(folder, 'full-'));
    const out = join(place, name);
    for (const [after, before] of [
      [0, null],
      [100, null],
      [100, 'as it was'],
    ] as const) {
      if (before !== null) writeFileSync(out, before);
      const env = { ...process.env, FULL_FOLDER: place, FULL_AFTER: String(after) };
      const ran = spawnSync(process.execPath, ['--import', FULL_DISK, MAIN, ...words, out], { cwd: ROOT, encoding: 'utf8', env });
      expect([ran.status, ran.stderr]).toEqual([1, expect.stringContaining(`${name}: cannot write: no space left`)]);
      expect(readdirSync(place)).toEqual(before === null ? [] : [name]);
    }
    expect(readFileSync(out, 'utf8')).toBe('as it was');
  });

  it.skipIf(!existsSync('/dev/full'))('on a full disk is an error that says so', () => {
    const { code, err } = hookline(['replay', LAN, '-w', '/dev/full']);
    expect([code, err]).toEqual([1, expect.stringMatching(/^hookline: \/dev\/full: cannot write: no space left\n$/)]);
  });
});

describe('standard output', () => {
  it.skipIf(!existsSync('/dev/full'))('that is full is an error', () => {
    const { status } = spawnSync('sh', ['-c', `"${process.execPath}" "${MAIN}" decode ${LAN} > /dev/full`], { cwd: ROOT });
    expect(status).toBe(1);
  });

  it('whose reader has gone away ends the run without a word', () => {
    const command = `"${process.execPath}" "${STREAM}" 40 | "${process.execPath}" "${MAIN}" decode - | head -n 1`;
    const { stdout, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
    expect([stdout.split('\n').length, stderr]).toEqual([2, '']);
  });
});
