/**
 * What `hookline fuzz` starts from, each file read once (a pipe cannot be read again), so that what was put to the test is what is
 * written next to a failure.
 * @module
 */
import type { Configuration } from '../fuzz/observe.ts';
import { parseHost } from '../host/host-json.ts';
import type { Host } from '../host/host.ts';
import { PLAIN_ROUTER, plainRouter } from '../host/plain-router.ts';
import { hostFilesIn, parseHostFiles } from '../replay/host-folder.ts';
import { isFolder, readOctets, readText } from '../replay/inputs.ts';
import { parseSets, SetStore } from '../xtables/set/store.ts';
import { loadRuleSets, type RuleFiles } from './rule-sets.ts';
import { withFolder } from './run-options.ts';
import { FOLDER_FILES } from './snapshot-script.ts';

export interface FuzzFiles extends RuleFiles {
  readonly ipset?: string;
  readonly host?: string;
}

export interface FuzzInputs {
  readonly configuration: Configuration;
  /** Files of a scenario that describe the same, by name: host.json or saved output of iproute2, rules, sets. */
  readonly files: ReadonlyMap<string, string | Uint8Array>;
}

/** @throws HooklineError, RulesRefused */
export function readFuzzInputs(flags: FuzzFiles): FuzzInputs {
  const { host, files } = readHost(flags.host);
  const { rules, rules6, ipset } = withFolder(flags);
  const named = { ...(rules === undefined ? {} : { rules }), ...(rules6 === undefined ? {} : { rules6 }) };
  const octets = new Map(Object.values(named).map((path) => [path, readOctets(path)]));
  const sets = ipset === undefined ? null : readText(ipset);
  if (rules !== undefined) files.set(FOLDER_FILES.rules, octets.get(rules)!);
  if (rules6 !== undefined) files.set(FOLDER_FILES.rules6, octets.get(rules6)!);
  if (sets !== null) files.set(FOLDER_FILES.ipset, sets);
  const configuration = {
    host,
    rules: loadRuleSets(named, 'aloud', (path) => octets.get(path)!),
    sets: () => (sets === null ? new SetStore() : parseSets(sets, ipset)),
  };
  return { configuration, files };
}

function readHost(path: string | undefined): { host: Host; files: Map<string, string | Uint8Array> } {
  if (path === undefined) return { host: plainRouter(), files: new Map([['host.json', `${JSON.stringify(PLAIN_ROUTER, null, 1)}\n`]]) };
  if (isFolder(path)) {
    const files = hostFilesIn(path);
    return { host: parseHostFiles(files, path), files: new Map(files) };
  }
  const text = readText(path);
  return { host: parseHost(text, path), files: new Map([['host.json', text]]) };
}
