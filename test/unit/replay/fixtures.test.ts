import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openCapture } from '../../../src/capture/index.ts';
import { HooklineError } from '../../../src/errors.ts';
import { plainRouter } from '../../../src/host/plain-router.ts';
import { parseRules } from '../../../src/iptables/save.ts';
import { createEngine } from '../../../src/replay/machine.ts';
import { Replay } from '../../../src/replay/replay.ts';

const FIXTURES = fileURLToPath(new URL('../../../fixtures', import.meta.url));
const captures = readdirSync(join(FIXTURES, 'pcap'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) => readdirSync(join(FIXTURES, 'pcap', name)).map((file) => join(FIXTURES, 'pcap', name, file)));
const ruleFiles = readdirSync(join(FIXTURES, 'rules')).filter((name) => /\.v[46]$/.test(name));

/** Packets taken and left out; null when the capture or the rules are refused with one of our errors. */
function run(capture: string, rules: string): { taken: number; fates: number; skipped: number; read: number } | null {
  const machine = createEngine(plainRouter());
  try {
    const family = rules.endsWith('6') ? 6 : 4;
    machine.attach(parseRules(readFileSync(join(FIXTURES, 'rules', rules), 'utf8'), { file: rules, family }));
    const opened = openCapture(capture);
    const replay = new Replay(machine.engine, { sources: [{ capture: opened, indev: 0, local: false }], fallback: 'sides' });
    while (replay.step(1000));
    opened.close();
    const { stats } = replay;
    const sum = (counts: Iterable<number>): number => [...counts].reduce((total, count) => total + count, 0);
    return { taken: stats.packets, fates: sum(stats.byFate.values()), skipped: sum(stats.bySkip.values()), read: opened.count };
  } catch (error) {
    if (error instanceof HooklineError) return null;
    throw error;
  }
}

describe('real captures through real rule sets', () => {
  it.each(ruleFiles)('%s: every packet has a fate or a reason for none', (rules) => {
    for (const capture of captures) {
      const done = run(capture, rules);
      if (done === null) continue;
      expect(done.fates, capture).toBe(done.taken);
      expect(done.taken + done.skipped, capture).toBe(done.read);
    }
  });

  it('most captures and rule sets are taken', () => {
    expect(captures.filter((capture) => run(capture, 'web-host.v4') === null).length).toBeLessThan(captures.length / 3);
    const capture = captures.find((path) => path.endsWith('raw_ip.pcap'))!;
    expect(ruleFiles.filter((rules) => run(capture, rules) === null).length).toBeLessThan(ruleFiles.length / 3);
  });
});
