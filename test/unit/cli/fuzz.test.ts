/** `hookline fuzz` as a person uses it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { INVARIANTS } from '../../../src/fuzz/invariant/list.ts';
import { hookline, MAIN, ROOT } from '../../support/cli.ts';

const HOST = ['--host', 'fixtures/demo/host.json'];
const FAULTY = ['-r', 'fixtures/fuzz/rules.v4'];
const folder = mkdtempSync(join(tmpdir(), 'hookline-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('hookline fuzz', () => {
  it('writes what it found as a scenario and a capture that show it again', () => {
    const out = join(folder, 'found');
    const found = hookline(['fuzz', ...FAULTY, ...HOST, '-o', out]);
    expect(found.code).toBe(3);
    expect(found.out).toContain(`Written to ${out}`);
    expect(readdirSync(out).sort()).toEqual(['host.json', 'in-eth0.pcap', 'in-virbr0.pcap', 'packets.pcapng', 'rules.v4']);
    const truth = JSON.parse(hookline(['scenario', out]).out) as { packets: { verdict: string; drop?: { at: string } }[] };
    expect(truth.packets.map(({ verdict }) => verdict)).toEqual(['forwarded', 'dropped']);
    const replayed = hookline(['replay', join(out, 'packets.pcapng'), '-r', join(out, 'rules.v4'), '--host', join(out, 'host.json')]);
    expect(replayed.out).toContain('1  FORWARD  filter:FORWARD:4');
  });

  it('never writes into a folder that is there', () => {
    const out = join(folder, 'again');
    for (const expected of [out, `${out}-2`]) {
      expect(hookline(['fuzz', ...FAULTY, ...HOST, '-o', out]).out).toContain(`Written to ${expected}:`);
    }
    expect(readFileSync(join(out, 'rules.v4'))).toEqual(readFileSync(join(`${out}-2`, 'rules.v4')));
  });

  it('writes the host of a folder with saved output too, and the commands it prints show it again', () => {
    const out = join(folder, "saved host's");
    const state = ['--host', 'fixtures/snapshot/state'];
    const found = hookline(['fuzz', ...state, '--policy', 'no NEW from lan0 to wan0', '-o', out, '--json']);
    const { failure } = JSON.parse(found.out) as { failure: { invariant: string; packets: unknown[]; commands: string[] } };
    expect([found.code, failure.invariant]).toEqual([3, 'policy "no NEW from lan0 to wan0"']);
    expect(readdirSync(out)).toEqual(expect.arrayContaining(['addr.json', 'route.json', 'packets.pcapng', 'rules.v4']));
    for (const command of failure.commands) {
      const { stdout, stderr } = spawnSync('sh', ['-c', command.replace(/^hookline/, 'exec "$0" "$1"'), process.execPath, MAIN], {
        encoding: 'utf8',
      });
      expect(stderr).toBe('');
      expect(stdout).toMatch(/forwarded/);
    }
    expect(failure.commands.length).toBe(2);
  });

  it('shows again what the host alone sent', () => {
    const out = join(folder, 'local');
    const rules = readFileSync(join(ROOT, 'fixtures/demo/rules.v4'), 'utf8');
    const found = hookline(['fuzz', '-r', '-', ...HOST, '--policy', 'no NEW tcp from host', '-o', out], rules);
    expect(found.code).toBe(3);
    expect(readdirSync(out).sort()).toEqual(['host.json', 'local.pcap', 'rules.v4']);
    expect(found.out).toContain(`Written to ${out}: local.pcap, and all of it as a scenario. Shown again by\n  hookline replay --local `);
    expect(readFileSync(join(out, 'rules.v4'), 'utf8')).toBe(rules);
    const replayed = hookline(['replay', '--local', join(out, 'local.pcap'), '--host', out]);
    expect([replayed.code, replayed.err]).toEqual([0, '']);
    expect(replayed.out).toContain('1 packet');
  });

  it('finds nothing in rules without the fault, and says what held: the invariants and the policy', () => {
    const policy = ['--policy', 'no NEW from eth0 to virbr0'];
    const { code, out } = hookline(['fuzz', '-r', 'fixtures/demo/rules.v4', ...HOST, '--rounds', '4', ...policy]);
    expect(code).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^[\d,]+ packets in 200 runs: nothing failed$/);
    expect(lines.slice(1).map((line) => line.trim().replace(/:.*/, ''))).toEqual([
      ...INVARIANTS.map(({ name }) => name),
      'policy "no NEW from eth0 to virbr0"',
    ]);
  });

  it('holds a policy beside an invariant that was chosen, and the others not', () => {
    const words = ['--invariant', 'checksums', '--policy', 'no NEW from eth0 to virbr0'];
    const { out } = hookline(['fuzz', ...FAULTY, ...HOST, '--rounds', '2', ...words]);
    expect(out.trimEnd().split('\n').slice(1).length).toBe(2);
  });

  it('tells the same as data', () => {
    const { code, out } = hookline(['fuzz', ...FAULTY, ...HOST, '--json', '--no-out', '--invariant', 'replies-return']);
    const { failure } = JSON.parse(out) as { failure: { invariant: string; packets: { rule: { at: string } | null }[]; seed: number } };
    expect([code, failure.invariant, failure.seed]).toEqual([3, 'replies-return', 1]);
    expect(failure.packets.at(-1)?.rule?.at).toBe('fixtures/fuzz/rules.v4:36:1');
    expect(existsSync('fuzz-failure')).toBe(false);
  });

  it.each([
    [['--invariant', 'nothing'], 'nothing: there is no such invariant'],
    [['--policy', 'no NEW from wan'], 'the host has no interface wan'],
    [['--time', 'soon'], 'It must be a time'],
  ])('refuses %s', (words, why) => {
    const { code, err } = hookline(['fuzz', ...FAULTY, ...HOST, ...words]);
    expect(code).toBe(2);
    expect(err).toContain(why);
  });
});
