/**
 * Recorded scenarios through the built engine, the shortest first, then the models and invariants of hookline/fuzz: each a function that
 * tells whether it fails.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import {
  ConntrackModel,
  ConntrackUnderTest,
  conntrackCommands,
  firstViolation,
  fuzz,
  hostFile,
  INVARIANTS,
  ruleText,
  run,
  survey,
  trafficFor,
} from '../../dist/fuzz/index.js';
import { parseHost } from '../../dist/host/host-json.js';
import { parseRules } from '../../dist/iptables/save.js';
import { compareTruths } from '../../dist/scenario/compare.js';
import { loadScenario } from '../../dist/scenario/load.js';
import { runScenario } from '../../dist/scenario/run.js';

const FIXTURES = fileURLToPath(new URL('../../fixtures', import.meta.url));

function directories(folder) {
  if (existsSync(join(folder, 'truth.json.gz'))) return [folder];
  return readdirSync(folder).flatMap((name) => (statSync(join(folder, name)).isDirectory() ? directories(join(folder, name)) : []));
}

const size = (folder) => statSync(join(folder, 'truth.json.gz')).size;
const scenarios = directories(join(FIXTURES, 'scenarios'))
  .sort((a, b) => size(a) - size(b))
  .map((folder) => () => disagrees(folder));

function disagrees(folder) {
  const truth = JSON.parse(gunzipSync(readFileSync(join(folder, 'truth.json.gz'))).toString('utf8'));
  return compareTruths(truth, runScenario(loadScenario(folder), { against: truth, seed: 1 })).length > 0;
}

const SEED = 11;

function modelDiffers() {
  const property = fc.property(conntrackCommands(), (commands) => {
    fc.modelRun(() => ({ model: new ConntrackModel(), real: new ConntrackUnderTest() }), commands);
  });
  return fc.check(property, { seed: SEED, numRuns: 100, endOnFailure: true }).failed;
}

function invariantBroken() {
  const invariants = INVARIANTS.filter(({ name }) => name !== 'replies-return');
  const drawn = hostFile().chain((file) => {
    const host = parseHost(file);
    return ruleText(survey(host, 4, [])).chain((text) => {
      const configuration = { host, rules: [parseRules(text)] };
      return trafficFor(configuration).map((traffic) => ({ configuration, traffic }));
    });
  });
  const property = fc.property(
    drawn,
    ({ configuration, traffic }) => firstViolation(configuration, invariants, run(configuration, traffic)) === null,
  );
  return fc.check(property, { seed: SEED, numRuns: 200, endOnFailure: true }).failed;
}

function demoFails() {
  const demo = {
    host: parseHost(readFileSync(join(FIXTURES, 'demo/host.json'), 'utf8')),
    rules: [parseRules(readFileSync(join(FIXTURES, 'demo/rules.v4'), 'utf8'))],
  };
  return fuzz(demo, { invariants: INVARIANTS, rounds: 6 }).failure !== null;
}

export const checks = [...scenarios, modelDiffers, invariantBroken, demoFails];
