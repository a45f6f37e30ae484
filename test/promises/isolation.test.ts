/** Promises of isolation: no network, no processes, no code from text, nothing that differs from run to run. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MAIN, ROOT } from '../support/cli.ts';

const SCENARIOS = join(ROOT, 'test/promises/programs/scenarios.mjs');
const DEMO = ['virbr0=fixtures/demo/lan.pcap', 'eth0=fixtures/demo/wan.pcap', '--local', 'fixtures/demo/local.pcap'];
const WITH = ['-r', 'fixtures/demo/rules.v4', '--host', 'fixtures/demo/host.json'];
const COMMANDS: readonly (readonly string[])[] = [
  ['replay', ...DEMO, ...WITH],
  ['replay', ...DEMO, ...WITH, '--ndjson'],
  ['explain', ...DEMO, ...WITH, '-n', '97'],
  ['decode', 'fixtures/demo/wan.pcap'],
  ['check', 'fixtures/demo/rules.v4'],
];

/** What programs/scenarios.mjs tells. */
interface Scenarios {
  readonly makesCode: boolean;
  readonly scenarios: number;
  readonly otherwise: readonly string[];
}

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? sources(path) : path.endsWith('.ts') ? [path] : [];
  });
}

/** Files of src/ whose code, comments apart, has something. */
function filesWith(pattern: RegExp): string[] {
  const code = (text: string): string => text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  return sources(join(ROOT, 'src'))
    .filter((path) => pattern.test(code(readFileSync(path, 'utf8'))))
    .map((path) => relative(ROOT, path));
}

function run(flags: readonly string[], words: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const options = { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 28, env: { ...process.env, ...env } } as const;
  const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, MAIN, ...words], options);
  return `${String(status)}\n${stdout}\n${stderr}`;
}

describe('isolation', () => {
  it('opens no sockets and starts no processes', () => {
    expect(filesWith(/node:(net|dgram|http|https|http2|tls|dns|child_process|cluster)\b|\bfetch\(|WebSocket/)).toEqual([]);
  });

  it('makes no code outside the places that make it from numbers', () => {
    const makers = filesWith(/\beval\(|new Function\(|\bFunction\(|node:vm|setTimeout\(\s*['"`]/);
    expect(makers.filter((path) => path !== 'src/bpf/compile.ts' && !path.startsWith('src/xtables/compiled/'))).toEqual([]);
  });

  it('has neither clock nor chance but in the command line', () => {
    const allowed = /^src\/(cli|shard)\//;
    expect(
      filesWith(/\bDate\.now\(|new Date\(\)|Math\.random\(|performance\.now\(|randomBytes/).filter((path) => !allowed.test(path)),
    ).toEqual([]);
  });

  it('reads no environment but in the command line', () => {
    expect(filesWith(/process\.env/).filter((path) => !path.startsWith('src/cli/'))).toEqual([]);
  });

  it.each(COMMANDS)('works with code generation forbidden: hookline %s', (...words) => {
    const plain = run([], words);
    expect(plain.startsWith('0\n')).toBe(true);
    expect(run(['--disallow-code-generation-from-strings'], words)).toBe(plain);
  });

  it('answers as the kernel in all recorded scenarios with code generation forbidden', () => {
    const { stdout } = spawnSync(process.execPath, ['--disallow-code-generation-from-strings', SCENARIOS], { encoding: 'utf8' });
    const { makesCode, scenarios, otherwise } = JSON.parse(stdout) as Scenarios;
    expect(makesCode).toBe(false);
    expect(scenarios).toBeGreaterThan(200);
    expect(otherwise).toEqual([]);
  });

  it.each(COMMANDS)('gives the same octets whatever time zone and language: hookline %s', (...words) => {
    const plain = run([], words);
    expect(run([], words, { TZ: 'Asia/Kathmandu', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' })).toBe(plain);
  });
});
