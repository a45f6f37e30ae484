/**
 * Completions and the manual page: made from the tree of commands, read by the shells and by mandoc where they are.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { manPage } from '../../src/cli/man-page.ts';
import { optionsOf } from '../../src/cli/option-facts.ts';
import { EXIT_STATUS, program } from '../../src/cli/program.ts';
import { version } from '../../src/cli/version.ts';
import { hookline, ROOT } from '../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'hookline-completion-'));
afterAll(() => rmSync(folder, { recursive: true }));

const has = (tool: string): boolean => spawnSync(tool, ['--version']).error === undefined;
const root = await program(undefined);

function scriptOf(shell: string): string {
  const path = join(folder, `hookline.${shell}`);
  writeFileSync(path, hookline(['completion', shell]).out);
  return path;
}

describe('completions', () => {
  it.each(['bash', 'zsh', 'fish'])('for %s name every command and option', (shell) => {
    const { code, out } = hookline(['completion', shell]);
    expect(code).toBe(0);
    for (const command of root.commands) {
      expect(out).toContain(command.name());
      for (const { long } of optionsOf(command)) expect(out).toContain(long.slice(2));
    }
  });

  it('are refused for other shells', () => {
    expect(hookline(['completion', 'ksh'])).toMatchObject({ code: 2, err: expect.stringContaining('Allowed choices are bash, zsh, fish') });
  });

  // biome-ignore format: a table
  it.skipIf(!has('bash')).each([
    ['hookline ex', ['explain']],
    ['hookline replay --in-doubt ', ['both', 'allow', 'deny']],
    ['hookline replay --in-doubt d', ['deny']],
    ['hookline replay --missing', ['--missing-sets']],
    ['hookline completion z', ['zsh']],
    ['hookline replay -r packa', ['package.json', 'package-lock.json']],
    ['hookline decode packa', ['package.json', 'package-lock.json']],
    ['hookline replay --seed ', []],
  ])('in bash answer %s', (line, expected) => {
    const words = line.split(' ');
    const command = `source ${scriptOf('bash')}; COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1};
      _hookline; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', command], { cwd: ROOT, encoding: 'utf8' });
    expect([stdout.trim().split('\n').filter((word) => word !== '').sort(), stderr]).toEqual([[...expected].sort(), '']);
  });

  it.skipIf(!has('zsh'))('are zsh', () => {
    const load = `autoload -Uz compinit; compinit -D -d ${folder}/dump; source ${scriptOf('zsh')}; print $_comps[hookline]`;
    const { status, stdout, stderr } = spawnSync('zsh', ['-f', '-c', load], { encoding: 'utf8' });
    expect([status, stdout.trim(), stderr]).toEqual([0, '_hookline', '']);
  });

  // biome-ignore format: a table
  it.skipIf(!has('fish')).each([
    ['hookline ex', ['explain']],
    ['hookline replay --in-doubt ', ['allow', 'both', 'deny']],
    ['hookline explain --format j', ['json']],
    ['hookline completion z', ['zsh']],
    ['hookline replay --missing', ['--missing-sets']],
  ])('in fish answer %s', (line, expected) => {
    const { stdout } = spawnSync('fish', ['--no-config', '-c', `source ${scriptOf('fish')}; complete -C '${line}'`], { cwd: ROOT, encoding: 'utf8', env: { ...process.env, HOME: folder } });
    expect(stdout.trim().split('\n').map((row) => row.split('\t')[0] ?? '').sort()).toEqual(expected);
  });
});

describe('the manual page', () => {
  const path = join(ROOT, 'man/hookline.1');

  it('is what the tree of commands makes (UPDATE_MAN=1 writes it)', () => {
    const date = /^\.TH HOOKLINE 1 (\S+)/.exec(readFileSync(path, 'utf8'))?.[1] ?? '';
    const made = manPage(root, { version: version(), date, exitStatus: EXIT_STATUS });
    if (process.env['UPDATE_MAN'] === '1') writeFileSync(path, made);
    expect(readFileSync(path, 'utf8')).toBe(made);
  });

  it.skipIf(!has('mandoc'))('has nothing that mandoc finds wrong', () => {
    const { stdout, stderr } = spawnSync('mandoc', ['-Tlint', '-Wwarning', path], { encoding: 'utf8' });
    expect([stdout, stderr]).toEqual(['', '']);
  });

  it('tells every option', () => {
    const text = readFileSync(path, 'utf8').replaceAll('\\-', '-');
    for (const command of root.commands) for (const { long } of optionsOf(command)) expect(text).toContain(`\\fB${long}\\fP`);
  });
});

describe('help', () => {
  it('knows which set was meant', () => {
    const rules = join(folder, 'set.v4');
    writeFileSync(rules, '*filter\n-A FORWARD -m set --match-set bloked src -j DROP\nCOMMIT\n');
    const { err } = hookline(['replay', 'fixtures/snapshot/lan.pcap', '-r', rules, '--ipset', 'fixtures/snapshot/state/ipset.save']);
    expect(err).toContain('(did you mean "blocked"?)');
  });

  it.each(root.commands.map((command) => command.name()))('of %s has examples', (name) => {
    const { code, out } = hookline([name, '--help']);
    expect([code, out]).toEqual([0, expect.stringMatching(/^Examples?:\n {2}(?:\S+ .*\| )?(?:source <\()?hookline /m)]);
  });

  // biome-ignore format: a table
  it.each([
    [['replai', 'x.pcap'], 'Did you mean replay?'],
    [['replay', 'x.pcap', '--rulez', 'x'], 'Did you mean --rules?'],
    [['replay', 'etho0=fixtures/demo/wan.pcap', '--host', 'fixtures/demo/host.json'], '(did you mean "eth0"?)'],
    [['decode', 'fixtures/demo/wan.pcap', '--', 'hots', '10.0.0.1'], '(did you mean "host"?)'],
    [['decode', 'fixtures/demo/wan.pcap', '--', 'port', 'htpp'], '(did you mean "http"?)'],
  ])('knows what %j meant', (words, hint) => {
    const { code, err } = hookline(words);
    expect([code, err]).toEqual([2, expect.stringContaining(hint)]);
  });
});
