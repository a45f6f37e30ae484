/**
 * What a number was measured on.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';

/** Processor, cores, load, Node version, commit. */
export function machineLine(): string {
  const processors = cpus();
  const load = loadavg()[0]!.toFixed(1);
  return `${processors[0]?.model.trim() ?? 'unknown processor'}, ${processors.length} cores, load ${load}, Node ${process.version}, commit ${commit()}`;
}

function commit(): string {
  const git = (...words: string[]): string => spawnSync('git', words, { encoding: 'utf8' }).stdout?.trim() ?? '';
  const hash = git('rev-parse', '--short', 'HEAD') || 'unknown';
  return git('status', '--porcelain') === '' ? hash : `${hash} with changes`;
}
