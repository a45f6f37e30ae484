/**
 * The files a replay starts from: host, rule sets, sets.
 * @module
 */
import { readFileSync, statSync } from 'node:fs';
import { systemCode } from '../capture/system-code.ts';
import { HooklineError, type RuleError } from '../errors.ts';
import { parseHost } from '../host/host-json.ts';
import type { Host } from '../host/host.ts';
import { plainRouter } from '../host/plain-router.ts';
import { readHostFolder } from './host-folder.ts';
import { parseRules, type RuleNote } from '../iptables/save.ts';
import type { RuleSet } from '../xtables/ruleset.ts';
import { parseSets, SetStore } from '../xtables/set/store.ts';

/** The text of a file, or of standard input for `-`. @throws ERR_INPUT */
export function readText(path: string): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(readOctets(path));
}

/** The same before it is text. @throws ERR_INPUT */
export function readOctets(path: string): Uint8Array {
  try {
    return readFileSync(path === '-' ? 0 : path);
  } catch (error) {
    throw new HooklineError('ERR_INPUT', `${path}: cannot read: ${systemCode(error)}`, { cause: error });
  }
}

/** The host of a file or folder; none given: a plain router of two interfaces that forwards everything. */
export function loadHost(path: string | undefined): Host {
  if (path === undefined) return plainRouter();
  if (isFolder(path)) return readHostFolder(path);
  return parseHost(readText(path), path);
}

/** Whether a path names a folder that is there. */
export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/**
 * A rule set with its counters at zero, or null for no file. What is wrong goes into `errors`, what is odd into `notes`; `read`
 * gives the octets of a file.
 */
export function loadRules(
  path: string | undefined,
  family: 4 | 6,
  errors: RuleError[],
  notes: RuleNote[],
  read: (path: string) => Uint8Array = readOctets,
): RuleSet | null {
  return path === undefined ? null : parseRules(read(path), { file: path, family, counters: false, errors, notes });
}

/** Makes the sets of a file, anew at each call; the file is read once. */
export function setsMaker(path: string | undefined): () => SetStore {
  if (path === undefined) return () => new SetStore();
  const text = readText(path);
  return () => parseSets(text, path);
}
