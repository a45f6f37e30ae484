/**
 * Every recorded scenario through the built engine (those of helpers alone when a helper is mutated), the shortest first, until one
 * disagrees (exit 1) or none does (exit 0); then the models and invariants of hookline/fuzz, which know no helpers.
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

const isHelper = /\/helper\//.test(process.env.MUTANT_URL ?? '');
const size = (folder) => statSync(join(folder, 'truth.json.gz')).size;
for (const folder of directories(join(FIXTURES, isHelper ? 'scenarios/helpers' : 'scenarios')).sort((a, b) => size(a) - size(b))) {
  const truth = JSON.parse(gunzipSync(readFileSync(join(folder, 'truth.json.gz'))).toString('utf8'));
  if (compareTruths(truth, runScenario(loadScenario(folder), { against: truth, seed: 1 })).length > 0) process.exit(1);
}
if (isHelper) process.exit(0);

const SEED = 11;
const modelled = fc.check(
  fc.property(conntrackCommands(), (commands) => {
    fc.modelRun(() => ({ model: new ConntrackModel(), real: new ConntrackUnderTest() }), commands);
  }),
  { seed: SEED, numRuns: 100, endOnFailure: true },
);
if (modelled.failed) process.exit(1);
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
if (fc.check(property, { seed: SEED, numRuns: 200, endOnFailure: true }).failed) process.exit(1);
const demo = {
  host: parseHost(readFileSync(join(FIXTURES, 'demo/host.json'), 'utf8')),
  rules: [parseRules(readFileSync(join(FIXTURES, 'demo/rules.v4'), 'utf8'))],
};
if (fuzz(demo, { invariants: INVARIANTS, rounds: 6 }).failure !== null) process.exit(1);
