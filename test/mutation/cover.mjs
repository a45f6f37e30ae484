/** Which functions of the mutated modules were called since it was last asked, as `conntrack/core#tick`. */
import { Session } from 'node:inspector';

const MUTATED = /\/(?:dist|src)\/((?:conntrack|nat|inet)\/.*)\.[jt]s(?:\?.*)?$/;

export class Cover {
  session = new Session();

  constructor() {
    this.session.connect();
    this.session.post('Profiler.enable');
    this.session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  }

  take() {
    const met = new Set();
    this.session.post('Profiler.takePreciseCoverage', (_error, { result }) => {
      for (const { url, functions } of result) {
        const module = MUTATED.exec(url)?.[1];
        if (module === undefined) continue;
        for (const { functionName, ranges } of functions) {
          if (ranges[0].count > 0) met.add(`${module}#${functionName.replace(/^[gs]et |^#/, '')}`);
        }
      }
    });
    return [...met];
  }
}
