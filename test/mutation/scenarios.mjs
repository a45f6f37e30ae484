/**
 * Recorded scenarios through the built engine, the shortest first, then the models and invariants of hookline/fuzz, until something
 * disagrees (exit 1) or nothing does (exit 0). MUTANT_CHECKS names those to run, a JSON file; CHECKS_MEET takes a JSON file of what
 * each meets (cover.mjs).
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
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
import { Cover } from './cover.mjs';

const FIXTURES = fileURLToPath(new URL('../../fixtures', import.meta.url));

function directories(folder) {
  if (existsSync(join(folder, 'truth.json.gz'))) return [folder];
  return readdirSync(folder).flatMap((name) => (statSync(join(folder, name)).isDirectory() ? directories(join(folder, name)) : []));
}

const size = (folder) => statSync(join(folder, 'truth.json.gz')).size;
const scenarios = directories(join(FIXTURES, 'scenarios'))
  .sort((a, b) => size(a) - size(b))
  .map((folder) => [folder, () => disagrees(folder)]);

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

const checks = [...scenarios, ['model', modelDiffers], ['invariants', invariantBroken], ['demo', demoFails]];
const { MUTANT_CHECKS, CHECKS_MEET } = process.env;
const asked = MUTANT_CHECKS === undefined ? null : new Set(JSON.parse(readFileSync(MUTANT_CHECKS, 'utf8')));
const cover = CHECKS_MEET === undefined ? null : new Cover();
const met = {};
for (const [name, fails] of checks) {
  if (asked !== null && !asked.has(name)) continue;
  if (fails()) process.exit(1);
  if (cover !== null) met[name] = cover.take();
}
if (cover !== null) writeFileSync(CHECKS_MEET, JSON.stringify(met));
