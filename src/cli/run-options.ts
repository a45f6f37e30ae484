/**
 * What every command that runs captures through rules takes, declared once and opened once:
 *
 *   return runOptions(new Command('explain').description('...')).option(...).action(run);
 *   ...
 *   const inputs = openRun(captures, flags);
 *   try { new Replay(taker, { sources: inputs.sources, fallback: inputs.fallback }) } finally { inputs.close(); }
 *
 * @module
 */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { PacketFilter } from '../filter/index.ts';
import type { Host } from '../host/host.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';
import { loadHost, setsMaker } from '../replay/inputs.ts';
import type { RuleSet } from '../xtables/ruleset.ts';
import type { SetStore } from '../xtables/set/store.ts';
import { filterOption } from './filter-option.ts';
import { wholeNumber } from './numbers.ts';
import { loadRuleSets, type RuleFiles } from './rule-sets.ts';
import { FOLDER_FILES } from './snapshot-script.ts';
import { interfaceNumber, type OpenSources, openSources } from './sources.ts';

export interface RunFlags extends RuleFiles {
  readonly ipset?: string;
  readonly host?: string;
  readonly in?: string;
  readonly local: readonly string[];
  readonly seed: number;
  readonly conntrack?: boolean;
  readonly filter?: PacketFilter;
}

/** The inputs of a run, opened. */
export interface RunInputs extends OpenSources {
  readonly host: Host;
  /** What was read: as the flags say, or from the host's folder. */
  readonly files: RuleFiles & { readonly ipset?: string };
  readonly rules: readonly RuleSet[];
  /** Makes the sets anew at each call. */
  readonly sets: () => SetStore;
  /** As ReplayOptions.fallback. */
  readonly fallback: number | 'sides';
  /** As ReplayOptions.select; undefined: no filter was given. */
  readonly select: ((packet: ReadonlyPacket, linkType: number) => boolean) | undefined;
}

/** How a command takes its files: rules, sets and host once, or twice (an old one and a new one). */
export interface RunOptions {
  readonly twice?: boolean;
  /** Whether there must be a capture. */
  readonly captures?: 'needed' | 'optional';
  /** Whether the command tells of packets, so that a filter can say of which. */
  readonly filter?: boolean;
}

/** Adds captures, rules, sets, host and the choices of a run to a command. */
export function runOptions(command: Command, { twice = false, filter = true, captures = 'needed' }: RunOptions = {}): Command {
  const name = captures === 'needed' ? '<capture...>' : '[capture...]';
  command.argument(name, 'captures; eth0=FILE names the interface its packets came in by; - for standard input');
  const files = [
    ['-r, --rules <file>', 'iptables-save text'],
    ['-6, --rules6 <file>', 'ip6tables-save text'],
    ['--ipset <file>', 'ipset save text'],
    ['--host <file|dir>', 'host.json, or a folder that hookline snapshot saved (or ip -j addr, route, neigh)'],
  ] as const;
  for (const [flags, text] of files) {
    if (twice) command.option(flags, `${text}; twice: old and new`, collect, []);
    else command.option(flags, text);
  }
  if (filter) filterOption(command);
  return command
    .option('--in <iface>', 'interface for packets that tell none')
    .option('--local <capture>', 'packets that a process on the host sent; may be given again', collect, [])
    .option('--seed <n>', 'seed of random choices (NAT ports, statistic)', wholeNumber, 1)
    .option('--conntrack', 'track connections even if no rule needs it');
}

/** @throws HooklineError, UsageError, RulesRefused; nothing stays open then */
export function openRun(captures: readonly string[], flags: RunFlags): RunInputs {
  const host = loadHost(flags.host);
  const files = withFolder(flags);
  const rules = loadRuleSets(files);
  const sets = setsMaker(files.ipset);
  const fallback = flags.in !== undefined ? interfaceNumber(host, flags.in) : flags.host === undefined ? 'sides' : 0;
  const { filter } = flags;
  const select = filter === undefined ? undefined : filter.selects.bind(filter);
  return { host, files, rules, sets, fallback, select, ...openSources(host, captures, flags.local) };
}

/** Rules and sets of a saved machine's folder stand where none are named. */
export function withFolder<F extends RuleFiles & { readonly ipset?: string; readonly host?: string }>(flags: F): F {
  const { host } = flags;
  if (host === undefined || statSync(host, { throwIfNoEntry: false })?.isDirectory() !== true) return flags;
  const found = Object.entries(FOLDER_FILES).flatMap(([flag, name]) => {
    const path = join(host, name);
    return existsSync(path) ? [[flag, path] as const] : [];
  });
  return { ...Object.fromEntries(found), ...flags };
}

/** An option that may be given again: all its values. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
