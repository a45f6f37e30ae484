/**
 * `hookline scenario DIR`: runs a scenario directory and tells the outcome in the recorder's JSON shape; with --against, how it
 * differs from a recorded one.
 * @module
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Command } from 'commander';
import { writeWhole } from '../../capture/output-file.ts';
import { systemCode } from '../../capture/system-code.ts';
import { HooklineError } from '../../errors.ts';
import { compareTruths, type Disagreement } from '../../scenario/compare.ts';
import { loadScenario, scenarioName } from '../../scenario/load.ts';
import { runScenario } from '../../scenario/run.ts';
import { printTruth, type Truth } from '../../scenario/truth.ts';
import { Exit, printable } from '../exit.ts';
import { wholeNumber } from '../numbers.ts';

interface ScenarioOptions {
  readonly out?: string;
  readonly against?: string;
  readonly limit: number;
  readonly seed: number;
}

export function scenarioCommand(): Command {
  return new Command('scenario')
    .description('run a scenario directory (host.json, rules, packets) and compare with what a kernel did')
    .argument('<dir>', 'scenario directory')
    .option('--out <file>', 'write the outcome as JSON')
    .option('--against <file>', 'a recorded truth.json, gzip or not: print each disagreement, exit 3 if there is one')
    .option('--limit <n>', 'disagreements to print', wholeNumber, 10)
    .option('--seed <n>', 'seed of random choices', wholeNumber, 1)
    .addHelpText(
      'after',
      '\nExample:\n  hookline scenario fixtures/scenarios/nat/nat-004200 --against fixtures/scenarios/nat/nat-004200/truth.json.gz',
    )
    .action(run);
}

function run(directory: string, options: ScenarioOptions): void {
  const scenario = loadScenario(directory);
  const against = options.against === undefined ? undefined : readTruth(options.against);
  const truth = runScenario(scenario, { ...(against === undefined ? {} : { against }), seed: options.seed });
  if (options.out !== undefined) writeWhole(options.out, printTruth(truth));
  else if (against === undefined) process.stdout.write(printTruth(truth));
  if (against === undefined) return;
  const found = compareTruths(against, truth);
  process.stdout.write(`${scenarioName(directory)}: ${truth.packets.length} packets, ${found.length} disagreements\n`);
  for (const disagreement of found.slice(0, options.limit)) process.stdout.write(describe(disagreement));
  if (found.length > 0) process.exitCode = Exit.Difference;
}

function readTruth(path: string): Truth {
  const octets = readOctets(path);
  try {
    const value: unknown = JSON.parse((octets[0] === 0x1f ? gunzipSync(octets) : octets).toString('utf8'));
    if (isTruth(value)) return value;
  } catch (error) {
    throw new HooklineError('ERR_SCENARIO', `${path}: not JSON: ${(error as Error).message}`, { cause: error });
  }
  throw new HooklineError('ERR_SCENARIO', `${path}: no recorded outcome: it has no packets or no conntrack_norm`);
}

function readOctets(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new HooklineError('ERR_INPUT', `${path}: cannot read: ${systemCode(error)}`, { cause: error });
  }
}

function isTruth(value: unknown): value is Truth {
  const { packets, conntrack_norm: table } = (value ?? {}) as Partial<Truth>;
  return Array.isArray(packets) && Array.isArray(table);
}

function describe({ packet, field, expected, actual }: Disagreement): string {
  const where = packet < 0 ? 'at the end' : `packet ${packet}`;
  return printable(`${where}: ${field}\n  kernel:   ${indent(expected)}\n  hookline: ${indent(actual)}\n`);
}

function indent(text: string): string {
  return text.split('\n').join('\n            ');
}
