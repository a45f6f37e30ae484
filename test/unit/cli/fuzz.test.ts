/** `hookline fuzz` as a person uses it. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { hookline } from '../../support/cli.ts';

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

  it('finds nothing in rules without the fault, and says what held', () => {
    const { code, out } = hookline([
      'fuzz',
      '-r',
      'fixtures/demo/rules.v4',
      ...HOST,
      '--rounds',
      '4',
      '--policy',
      'no NEW from eth0 to virbr0',
    ]);
    expect(code).toBe(0);
    expect(out).toMatch(/^[\d,]+ packets in 200 runs: nothing failed\n {2}policy "no NEW from eth0 to virbr0"\n$/);
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
