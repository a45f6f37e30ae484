/**
 * The captures a command line names, opened: `FILE`, `eth0=FILE`, `-`.
 * @module
 */
import { existsSync } from 'node:fs';
import { type Capture, openCapture } from '../capture/index.ts';
import type { HooklineError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { didYouMean } from '../suggest.ts';
import type { Source } from '../replay/schedule.ts';
import { UsageError } from './exit.ts';

export interface OpenSources {
  readonly sources: readonly Source[];
  /** Why captures ended before their end. */
  damage(): HooklineError[];
  /** How much of all of it has been read, 0 to 1; NaN when nobody knows. */
  fraction(): number;
  close(): void;
}

/** What a command line names: a file, the interface its packets came in by, and whether processes of the host sent them. */
export interface NamedSource {
  readonly path: string;
  readonly indev: string | undefined;
  readonly local: boolean;
}

/** `eth0=FILE` is a file name if there is such a file. */
export function nameSources(captures: readonly string[], local: readonly string[]): NamedSource[] {
  const named = captures.map((argument) => {
    const at = argument.indexOf('=');
    if (at <= 0 || existsSync(argument)) return { path: argument, indev: undefined, local: false };
    return { path: argument.slice(at + 1), indev: argument.slice(0, at), local: false };
  });
  return [...named, ...local.map((path) => ({ path, indev: undefined, local: true }))];
}

/** Opens all, or none: what is open is closed again when one cannot be. */
export function openSources(host: Host, captures: readonly string[], local: readonly string[]): OpenSources {
  const opened: Capture[] = [];
  const sources: Source[] = [];
  const close = (): void => {
    for (const capture of opened) capture.close();
  };
  try {
    for (const { path, indev, local: isLocal } of nameSources(captures, local)) {
      const number = indev === undefined ? 0 : interfaceNumber(host, indev);
      const capture = openCapture(path);
      opened.push(capture);
      sources.push({ capture, indev: number, local: isLocal });
    }
  } catch (error) {
    close();
    throw error;
  }
  return {
    sources,
    damage: () => opened.flatMap(({ damage }) => (damage === null ? [] : [damage])),
    fraction: () => opened.reduce((sum, { fraction }) => sum + fraction, 0) / opened.length,
    close,
  };
}

/** Number of the interface of that name. @throws UsageError */
export function interfaceNumber(host: Host, name: string): number {
  const found = host.interfaceByName(name);
  if (found !== null) return found.index;
  const known = host.interfaces.flatMap((device) => (device === undefined || device.name === '' ? [] : [device.name]));
  throw new UsageError(`${name}: the host has no such interface (it has ${known.join(', ')})${didYouMean(name, known)}`);
}
