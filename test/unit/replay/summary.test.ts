/**
 * What a replay tells at its end, from the demonstration captures.
 */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCapture } from '../../../src/capture/index.ts';
import { outcomeJson, type OutcomeJson } from '../../../src/cli/outcome-json.ts';
import { openSources } from '../../../src/cli/sources.ts';
import type { RuleError } from '../../../src/errors.ts';
import type { RuleNote } from '../../../src/iptables/save.ts';
import { parseRules } from '../../../src/iptables/save.ts';
import { Packet } from '../../../src/packet/packet.ts';
import { loadHost, loadRules, setsMaker } from '../../../src/replay/inputs.ts';
import { openOutput } from '../../../src/replay/output-capture.ts';
import { OutputCount } from '../../../src/replay/output-count.ts';
import { prepare } from '../../../src/replay/prepare.ts';
import { Replay } from '../../../src/replay/replay.ts';
import { type Summary, summaryJson, summaryText } from '../../../src/replay/summary.ts';
import type { RuleSet } from '../../../src/xtables/ruleset.ts';

const DEMO = 'fixtures/demo';

interface Told {
  readonly summary: Summary;
  readonly lines: readonly OutcomeJson[];
}

function run(
  rules: readonly RuleSet[],
  options: { readonly conntrack?: boolean; readonly write?: string; readonly plain?: boolean } = {},
): Told {
  const host = loadHost(options.plain === true ? undefined : `${DEMO}/host.json`);
  const captures = options.plain === true ? [`${DEMO}/lan.pcap`] : [`virbr0=${DEMO}/lan.pcap`, `eth0=${DEMO}/wan.pcap`];
  const local = options.plain === true ? [] : [`${DEMO}/local.pcap`];
  const inputs = openSources(host, captures, local);
  const output = options.write === undefined ? null : openOutput(options.write, host);
  const outputs = new OutputCount(host.interfaces.length, output);
  const { taker, doubt, shown } = prepare({
    host,
    seed: 1,
    sink: outputs,
    rules,
    sets: setsMaker(undefined),
    local: local.length > 0,
    inDoubt: 'both',
    missingSets: 'error',
    conntrack: options.conntrack === true,
  });
  const lines: OutcomeJson[] = [];
  const replay = new Replay(taker, {
    sources: inputs.sources,
    fallback: options.plain === true ? 'sides' : 0,
    onPacket: (packet, outcome, from) =>
      lines.push(outcomeJson(shown().engine, rules, packet, outcome, from, { unreal: false, translated: false })),
  });
  while (replay.step(1000));
  output?.close();
  inputs.close();
  const summary: Summary = {
    ...shown(),
    doubt,
    filter: null,
    stats: replay.stats,
    outputs: outputs.totals(host.interfaces.map((device) => device?.name ?? '')),
    captures,
    ruleFiles: rules.length === 0 ? [] : [`${DEMO}/rules.v4`],
    hostFile: options.plain === true ? null : `${DEMO}/host.json`,
    damage: [],
    interrupted: false,
  };
  return { summary, lines };
}

function demoRules(): RuleSet[] {
  const errors: RuleError[] = [];
  const notes: RuleNote[] = [];
  const set = loadRules(`${DEMO}/rules.v4`, 4, errors, notes);
  expect(errors).toEqual([]);
  return set === null ? [] : [set];
}

describe('a summary with rules', () => {
  const { summary, lines } = run(demoRules(), { write: join(mkdtempSync(join(tmpdir(), 'hookline-out-')), 'out.pcapng') });
  const text = summaryText(summary);
  const json = summaryJson(summary);

  it('names the inputs', () => {
    expect(text.slice(0, 3)).toEqual([
      `Capture  virbr0=${DEMO}/lan.pcap, eth0=${DEMO}/wan.pcap`,
      `Rules    ${DEMO}/rules.v4`,
      expect.stringMatching(`^Host     ${DEMO}/host.json \\(.*eth0`),
    ]);
  });

  it('counts every packet once, in text, in JSON and packet by packet', () => {
    const verdicts = json['verdicts'] as Record<string, number>;
    const total = Object.values(verdicts).reduce((sum, packets) => sum + packets, 0);
    expect([total, json['packets']]).toEqual([lines.length, lines.length]);
    for (const [verdict, packets] of Object.entries(verdicts)) {
      expect(lines.filter((line) => line.verdict === verdict)).toHaveLength(packets);
      expect(
        text.some((line) => new RegExp(`^ +${packets}  ${verdict}`).test(line)),
        verdict,
      ).toBe(true);
    }
  });

  it('names the rule that dropped, with its place', () => {
    const byRule = lines.filter(({ verdict, rule }) => verdict === 'dropped' && rule !== undefined);
    expect(byRule.length).toBeGreaterThan(0);
    const { rule, drop } = byRule[0]!;
    expect(rule!.at).toMatch(/rules\.v4:\d+/);
    expect(drop).toMatchObject({ reason: expect.stringMatching(/^[A-Z_0-9]+$/), at: expect.stringMatching(/^[A-Z]+$/) });
    expect(text.some((line) => line.includes(rule!.name) && line.includes(rule!.at))).toBe(true);
    expect(JSON.stringify(json['drops'])).toContain(rule!.at);
  });

  it('tells whence each packet came, and how its connection stood', () => {
    expect(new Set(lines.map((line) => line.in))).toEqual(new Set(['virbr0', 'eth0', 'local']));
    expect(new Set(lines.map((line) => line.state))).toContain('ESTABLISHED');
  });

  it('lists rules that hit, connections and what left', () => {
    expect(text).toContain('Rules that hit (IPv4)');
    expect(text).toContain(`Connections (${(json['connections'] as string[]).length})`);
    expect((json['hits'] as object[]).length).toBeGreaterThan(5);
    const frames = summary.outputs.reduce((sum, output) => sum + output.frames, 0);
    const left = lines.filter(({ verdict }) => verdict === 'forwarded' || verdict === 'sent').length;
    expect(frames).toBeGreaterThanOrEqual(left);
    expect(text).toContain('Left the host');
  });
});

describe('a summary without', () => {
  it('tells what stood in for what was not given', () => {
    const text = summaryText(run([], { plain: true }).summary).join('\n');
    expect(text).toContain('Rules    none given: every table is empty');
    expect(text).toContain('Host     none given: a plain router');
    expect(text).toContain('Connections: not tracked');
    expect(text).not.toContain('Rules that hit');
  });

  it('lists connections when asked to track them, fifty in the text and all in the JSON', () => {
    const { summary } = run([], { conntrack: true });
    const connections = summaryJson(summary)['connections'] as string[];
    const text = summaryText(summary);
    const at = text.indexOf(`Connections (${connections.length})`);
    expect(at).toBeGreaterThan(0);
    expect(text.slice(at + 1, at + 1 + Math.min(50, connections.length))).toEqual(connections.slice(0, 50));
  });

  it('tells rules that did not hit, chains passed, other families, damage and interruption', () => {
    const { summary } = run([
      parseRules('*filter\n-A FORWARD -s 203.0.113.7/32\nCOMMIT\n', { file: 'r', family: 6, errors: [], notes: [] }),
    ]);
    const text = summaryText({ ...summary, damage: ['lan.pcap: cut'], interrupted: true }).join('\n');
    expect(text).toContain('Rules that hit (IPv6)\n  none');
    expect(text).toMatch(/\n {2}\d+ packets: met no rules, since none are given for IPv4 \(-r\)/);
    expect(text).toContain('\nNot evaluated\n  lan.pcap: cut\n');
    expect(text.endsWith('\n  everything behind the last packet: interrupted')).toBe(true);
  });
});

describe('openOutput', () => {
  it.each(['out.pcap', 'out.pcapng'])('writes what left to %s', (name) => {
    const path = join(mkdtempSync(join(tmpdir(), 'hookline-out-')), name);
    const { summary } = run(demoRules(), { write: path });
    const capture = openCapture(path);
    const packet = new Packet();
    let count = 0;
    while (capture.next(packet)) count++;
    capture.close();
    expect(count).toBe(summary.outputs.reduce((sum, output) => sum + output.frames, 0));
    expect(count).toBeGreaterThan(0);
    expect(readFileSync(path).includes('virbr0')).toBe(name === 'out.pcapng');
  });

  it('leaves nothing behind when it is given up', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'hookline-out-')), 'out.pcap');
    openOutput(path, loadHost(undefined)).abort();
    expect(() => readFileSync(path)).toThrow(/ENOENT/);
  });
});
