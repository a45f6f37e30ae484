/**
 * Commands that print through process.stdout, run in this process. (test/e2e runs all of them as a child.)
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkCommand } from '../../../src/cli/commands/check.ts';
import { scenarioCommand } from '../../../src/cli/commands/scenario.ts';
import { Exit } from '../../../src/cli/exit.ts';
import { HooklineError } from '../../../src/errors.ts';
import type { Truth } from '../../../src/scenario/truth.ts';

let out = '';
let err = '';
let folder = '';

beforeEach(() => {
  out = '';
  err = '';
  folder = mkdtempSync(join(tmpdir(), 'hookline-commands-'));
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += String(text);
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

async function run(command: Command, ...words: string[]): Promise<number> {
  process.exitCode = undefined;
  await command.exitOverride().parseAsync(words, { from: 'user' });
  return Number(process.exitCode ?? 0);
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('check', () => {
  const RULES = '*filter\n[1:2] -A INPUT -p tcp --syn -j DROP\nCOMMIT\n';

  it('prints rules, with counters or not, or nothing', async () => {
    const rules = file('rules.v4', RULES);
    expect(await run(checkCommand(), rules)).toBe(Exit.Ok);
    expect(out).toContain('\n-A INPUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j DROP\n');
    out = '';
    await run(checkCommand(), rules, '--counters');
    expect(out).toContain('\n[1:2] -A INPUT');
    out = '';
    await run(checkCommand(), rules, '--quiet');
    expect([out, err]).toEqual(['', '']);
  });

  it('tells notes and errors, harmless for a terminal', async () => {
    expect(await run(checkCommand(), file('rules.v4', '*filter\r\n-A INPUT --b\u001bad\r\nCOMMIT\r\n'))).toBe(Exit.Usage);
    expect(out).toBe('');
    expect(err).toMatch(/rules\.v4.*: note: /);
    expect(err).toMatch(/hookline: .*rules\.v4:2/);
    expect(err).not.toContain('\u001b');
  });
});

describe('scenario', () => {
  const DIRECTORY = 'fixtures/scenarios/conntrack-tables/tcp-headers-unchecked';
  const TRUTH = `${DIRECTORY}/truth.json.gz`;
  const truth = (): Truth => JSON.parse(gunzipSync(readFileSync(TRUTH)).toString()) as Truth;

  it('prints the outcome as JSON, or writes it', async () => {
    await run(scenarioCommand(), DIRECTORY);
    expect((JSON.parse(out) as Truth).packets).toHaveLength(truth().packets.length);
    const printed = out;
    out = '';
    await run(scenarioCommand(), DIRECTORY, '--out', join(folder, 'truth.json'));
    expect([out, readFileSync(join(folder, 'truth.json'), 'utf8')]).toEqual(['', printed]);
  });

  it('agrees with what was recorded', async () => {
    expect(await run(scenarioCommand(), DIRECTORY, '--against', TRUTH)).toBe(Exit.Ok);
    expect(out).toBe(`tcp-headers-unchecked: ${truth().packets.length} packets, 0 disagreements\n`);
  });

  it('tells disagreements, not more than asked for', async () => {
    const other = truth();
    const packets = other.packets.map((packet) => ({ ...packet, mark: 5 }));
    const path = file('other.json', JSON.stringify({ ...other, packets, conntrack_norm: [] }));
    expect(await run(scenarioCommand(), DIRECTORY, '--against', path, '--limit', '1')).toBe(Exit.Difference);
    expect(out.split('\n').slice(1)).toEqual(['packet 0: mark', '  kernel:   5', '  hookline: 0', '']);
    out = '';
    await run(scenarioCommand(), DIRECTORY, '--against', path, '--limit', '100');
    expect(out).toContain('at the end: conntrack_norm\n');
  });

  it.each([
    ['not JSON', '{', 'ERR_SCENARIO'],
    ['something else', '{"packets":1}', 'ERR_SCENARIO'],
    ['nothing', 'null', 'ERR_SCENARIO'],
  ])('refuses a recording that is %s', async (_what, text, code) => {
    const path = file('truth.json', text);
    const refused = await run(scenarioCommand(), DIRECTORY, '--against', path).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(HooklineError);
    expect((refused as HooklineError).code).toBe(code);
  });

  it('refuses files and folders that are not there', async () => {
    await expect(run(scenarioCommand(), DIRECTORY, '--against', join(folder, 'none'))).rejects.toThrow(/none: cannot read: ENOENT/);
    await expect(run(scenarioCommand(), folder)).rejects.toThrow(/no host\.json/);
  });
});
