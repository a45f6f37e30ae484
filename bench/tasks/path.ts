/**
 * The whole path of `hookline replay`: schedule, decode, engine with its hooks, statistics.
 *
 *   path TRAFFIC RULES [TO]    packets of flows that are open already; a new engine each pass; TO: write what leaves to that file
 *   first TRAFFIC RULES [how]  nothing in front: each packet of `syn` traffic opens a connection; how: `interpreter`
 *
 * Every packet must be forwarded. What V8 has to learn it learns from a small capture first.
 * @module
 */
import { rmSync } from 'node:fs';
import { openCapture } from '../../src/capture/index.ts';
import { Engine } from '../../src/engine/engine.ts';
import { parseRules } from '../../src/iptables/save.ts';
import { openOutput } from '../../src/replay/output-capture.ts';
import { Replay, replay } from '../../src/replay/replay.ts';
import { SetStore } from '../../src/xtables/set/store.ts';
import { interpret } from '../../src/xtables/traverse.ts';
import { benchEngine, benchHost } from '../support/router.ts';
import { rulesText } from '../support/rules.ts';
import { type Pass, timed } from '../support/run.ts';
import type { Task } from '../support/task.ts';
import { trafficFiles } from '../support/traffic.ts';

const PASSES = 2;
/** Packets the interpreter is given: every one walks all rules. */
const INTERPRETED = 300;
/** Part of the IMIX that carries no VLAN tag: the router has no interface for the others. */
const UNTAGGED = 0.95;

export const pathTask: Task = {
  prepare: ([traffic], quick) => void trafficFiles(traffic!, quick),
  run([traffic, rules, to], quick) {
    const { opening, main } = trafficFiles(traffic!, quick);
    const text = rulesText(rules!);
    warmUp(text);
    const run = timed(PASSES, () => {
      const output = to === undefined ? undefined : openOutput(to, benchHost());
      const engine = benchEngine(text, output);
      const share = traffic!.startsWith('imix') ? UNTAGGED : 1;
      forwardAll(engine, opening, share);
      return () => {
        const { items } = forwardAll(engine, main, share);
        output?.close();
        return { items, check: engine.conntrack.count };
      };
    });
    if (to !== undefined) rmSync(to, { force: true });
    return run;
  },
};

export const firstPacketTask: Task = {
  prepare: ([traffic], quick) => void trafficFiles(traffic!, quick),
  run([traffic, rules, how], quick) {
    const { main } = trafficFiles(traffic!, quick);
    const text = rulesText(rules!);
    if (how === 'interpreter') return timed(1, () => () => interpreted(text, main));
    return timed(PASSES + 1, () => {
      const engine = benchEngine(text);
      return () => forwardAll(engine, main);
    });
  },
};

function warmUp(rules: string): void {
  const { opening, main } = trafficFiles('tcp64-1k', true);
  const engine = benchEngine(rules);
  for (const path of [opening, main]) replayed(engine, path);
}

function replayed(engine: Engine, path: string): { packets: number; forwarded: number } {
  const capture = openCapture(path);
  const stats = replay(engine, { sources: [{ capture, indev: 0, local: false }], fallback: 'sides' });
  if (capture.damage !== null) throw capture.damage;
  capture.close();
  return { packets: stats.packets, forwarded: stats.byFate.get('forwarded') ?? 0 };
}

function forwardAll(engine: Engine, path: string, share = 1): Pass {
  const { packets, forwarded } = replayed(engine, path);
  if (forwarded < packets * share) throw new Error(`${forwarded} of ${packets} packets forwarded`);
  return { items: packets, check: engine.conntrack.count };
}

/** Rule by rule, as the kernel does. */
function interpreted(text: string, path: string): Pass {
  const rules = parseRules(text, { file: 'bench', family: 4 });
  const engine = new Engine({ host: benchHost(), seed: 1 });
  const sets = new SetStore();
  engine.attach({ family: 4, attach: (hooks, lent) => rules.attach(hooks, { ...lent, sets }, interpret) });
  const capture = openCapture(path);
  const some = new Replay(engine, { sources: [{ capture, indev: 0, local: false }], fallback: 'sides' });
  some.step(INTERPRETED);
  capture.close();
  return { items: some.stats.packets, check: engine.conntrack.count };
}
