/**
 * load RULES: a process that has done nothing yet reads a rule set, checks, compiles and indexes it, and sends one packet through,
 * so that nothing is left to be made. Told are the milliseconds since the process started, Node's own start among them, and the
 * rules.
 * @module
 */
import { readFileSync } from 'node:fs';
import { Replay } from '../../src/replay/replay.ts';
import { openCapture } from '../../src/capture/index.ts';
import { benchEngine } from '../support/router.ts';
import { rulesFile } from '../support/rule-files.ts';
import { measured } from '../support/run.ts';
import type { Task } from '../support/task.ts';
import { trafficFiles } from '../support/traffic.ts';

const MS = 1000;
const TRAFFIC = 'kube-syn';

export const loadTask: Task = {
  prepare([rules], quick) {
    rulesFile(rules!);
    trafficFiles(TRAFFIC, quick);
  },
  run([rules], quick) {
    const octets = readFileSync(rulesFile(rules!));
    const engine = benchEngine(octets);
    const capture = openCapture(trafficFiles(TRAFFIC, quick).main);
    new Replay(engine, { sources: [{ capture, indev: 0, local: false }], fallback: 'sides' }).step(1);
    const wall = process.uptime() * MS;
    const { user, system } = process.cpuUsage();
    if (engine.conntrack.count !== 1) throw new Error('the packet did not pass');
    const run = measured(1, 0, wall, (user + system) / MS);
    return { ...run, check: ruleCount(octets.toString()) };
  },
};

/** The peers count their rules the same way. */
function ruleCount(text: string): number {
  return text.split('\n').filter((line) => line.startsWith('-A')).length;
}
