/**
 * `hookline assert` as CI uses it, on the captures of fixtures/.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hookline } from '../support/cli.ts';

const CAPTURES = ['virbr0=fixtures/demo/lan.pcap', 'eth0=fixtures/demo/wan.pcap'];
const REST = ['-r', 'fixtures/demo/rules.v4', '--host', 'fixtures/demo/host.json'];
const folder = mkdtempSync(join(tmpdir(), 'hookline-assert-'));
let files = 0;

interface Told {
  readonly passed: boolean;
  readonly expectations: readonly {
    readonly verdict: string;
    readonly met: number;
    readonly held: number;
    readonly at: string;
    readonly examples: readonly { readonly index: number; readonly rule: { readonly name: string } | null }[];
  }[];
}

function expectations(...lines: readonly string[]): string {
  const path = join(folder, `e${files++}.yaml`);
  writeFileSync(path, `expect:\n${lines.map((line) => `  - ${line}\n`).join('')}`);
  return path;
}

/** One expectation: exit code, verdict, packets of its flow, packets for which it held. */
function one(sentence: string, ...flags: readonly string[]): [code: number | null, verdict: string, met: number, held: number] {
  const { code, out, err } = hookline(['assert', ...CAPTURES, expectations(sentence), ...REST, '--json', ...flags]);
  expect(err).toBe('');
  const { verdict, met, held } = (JSON.parse(out) as Told).expectations[0]!;
  return [code, verdict, met, held];
}

describe('assert', () => {
  it.each<[sentence: string, code: number, verdict: string, met: number, held: number]>([
    ['virbr0 -> any tcp/25 is accepted', 0, 'passed', 28, 28],
    ['virbr0 -> any tcp/25 is forwarded by filter:FORWARD:2', 0, 'passed', 28, 28],
    ['virbr0 -> any tcp/25 is forwarded by rules.v4:34', 0, 'passed', 28, 28],
    ['virbr0 -> any tcp/25 is forwarded by filter:FORWARD:1', 3, 'failed', 28, 0],
    ['virbr0 -> any tcp/25 is translated to 192.168.133.102', 0, 'passed', 28, 28],
    ['virbr0 -> any tcp/25 is translated to 192.168.133.102:1470', 0, 'passed', 28, 28],
    ['virbr0 -> any tcp/25 is translated to 192.168.133.102:1471', 3, 'failed', 28, 0],
    ['virbr0 -> any tcp/25 is untranslated', 3, 'failed', 28, 0],
    ['virbr0 -> any tcp/25 NEW is untranslated', 3, 'failed', 1, 0],
    ['virbr0 -> host udp/53 is delivered', 0, 'passed', 1, 1],
    ['74.53.140.153 -> 192.168.122.4 tcp is forwarded', 0, 'passed', 25, 25],
    ['eth0 -> virbr0 tcp/443 is rejected', 0, 'passed', 15, 15],
    ['eth0 -> virbr0 NEW is accepted', 3, 'failed', 15, 0],
    ['no eth0 -> virbr0 NEW is accepted', 0, 'passed', 15, 0],
    ['nothing from eth0 reaches virbr0 NEW', 0, 'passed', 16, 0],
    ['nothing from eth0 reaches virbr0', 3, 'failed', 71, 29],
    ['some eth0 -> any is accepted', 0, 'passed', 71, 46],
    ['some eth0 -> any sctp is accepted', 3, 'vacuous', 0, 0],
    ['eth0 -> any sctp is accepted, at least 0', 0, 'passed', 0, 0],
    ['some eth0 -> any is forwarded, at least 29', 0, 'passed', 71, 29],
    ['some eth0 -> any is forwarded, at least 30', 3, 'failed', 71, 29],
    ['some eth0 -> any is forwarded, exactly 29', 0, 'passed', 71, 29],
    ['some eth0 -> any is forwarded, at most 28', 3, 'failed', 71, 29],
  ])('%s', (sentence, ...expected) => {
    expect(one(sentence)).toEqual(expected);
  });

  it('allows what is vacuous if told so', () => {
    expect(one('eth0 -> any sctp is accepted', '--allow-vacuous')).toEqual([0, 'passed', 0, 0]);
  });

  it('writes JUnit XML and SARIF', () => {
    const file = expectations(
      'virbr0 -> any tcp/25 is accepted',
      'name: <&"> it\n    that: eth0 -> virbr0 NEW is accepted',
      'any -> any sctp is sent',
    );
    const [junit, sarif] = [join(folder, 'out.xml'), join(folder, 'out.sarif')];
    const { code } = hookline(['assert', ...CAPTURES, file, ...REST, '--junit', junit, '--sarif', sarif]);
    expect(code).toBe(3);
    const xml = readFileSync(junit, 'utf8');
    expect(xml).toContain('<testsuite name="hookline assert" tests="3" failures="2" errors="0">');
    expect(xml).toContain('name="&#60;&#38;&#34;&#62; it"');
    expect(xml.match(/<testcase /g)).toHaveLength(3);
    expect(xml).toContain('type="vacuous"');
    const told = JSON.parse(readFileSync(sarif, 'utf8')) as {
      version: string;
      runs: {
        results: { ruleId: string; locations: { physicalLocation: { region: { startLine: number } } }[]; relatedLocations: unknown[] }[];
      }[];
    };
    expect(told.version).toBe('2.1.0');
    expect(told.runs[0]!.results.map(({ ruleId, locations }) => [ruleId, locations[0]!.physicalLocation.region.startLine])).toEqual([
      ['expectation-failed', 4],
      ['expectation-vacuous', 5],
    ]);
    expect(told.runs[0]!.results[0]!.relatedLocations).toHaveLength(3);
  });

  it('refuses what it does not understand, with its place', () => {
    const file = expectations('virbr0 -> any is accepted', 'virbr0 -> wlan0 is accepted');
    const { code, err } = hookline(['assert', ...CAPTURES, file, ...REST]);
    expect([code, err]).toEqual([2, expect.stringContaining(`${file}:3:15: "wlan0"`)]);
    expect(hookline(['assert', file, ...REST])).toMatchObject({ code: 2 });
  });
});
