/**
 * memory TRAFFIC: octets a connection, its index included. All flows are opened; what the process holds more than before (objects
 * and array buffers, after a collection) is divided by them.
 * @module
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openCapture } from '../../src/capture/index.ts';
import { replay } from '../../src/replay/replay.ts';
import { benchEngine } from '../support/router.ts';
import { rulesText } from '../support/rules.ts';
import { measured } from '../support/run.ts';
import type { Task } from '../support/task.ts';
import { trafficFiles } from '../support/traffic.ts';

export const memoryTask: Task = {
  prepare: ([traffic]) => void trafficFiles(traffic!),
  run([traffic]) {
    setFlagsFromString('--expose-gc');
    const collect: unknown = runInNewContext('gc');
    if (typeof collect !== 'function') throw new TypeError('no collector');
    const held = (): number => {
      collect();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers;
    };
    const { opening } = trafficFiles(traffic!);
    const text = rulesText('ten');
    benchEngine(text);
    const before = held();
    const engine = benchEngine(text);
    const capture = openCapture(opening);
    replay(engine, { sources: [{ capture, indev: 0, local: false }], fallback: 'sides' });
    capture.close();
    const { count } = engine.conntrack;
    const octets = (held() - before) / count;
    return measured(1, engine.conntrack.count, octets);
  },
};
