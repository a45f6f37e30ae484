/**
 * The captures a command line names, opened: `FILE`, `eth0=FILE`, `-`.
 * @module
 */
import { existsSync } from 'node:fs';
import { type Capture, openCapture } from '../capture/index.ts';
import type { HooklineError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import type { Source } from '../replay/schedule.ts';
import { UsageError } from './exit.ts';

export interface OpenSources {
  readonly sources: readonly Source[];
  /** Why captures ended before their end. */
  damage(): HooklineError[];
  close(): void;
}

/** Opens all, or none: what is open is closed again when one cannot be. `eth0=FILE` is a file name if there is such a file. */
export function openSources(host: Host, captures: readonly string[], local: readonly string[]): OpenSources {
  const opened: Capture[] = [];
  const sources: Source[] = [];
  const close = (): void => {
    for (const capture of opened) capture.close();
  };
  const add = (path: string, indev: number, isLocal: boolean): void => {
    const capture = openCapture(path);
    opened.push(capture);
    sources.push({ capture, indev, local: isLocal });
  };
  try {
    for (const argument of captures) {
      const at = argument.indexOf('=');
      if (at > 0 && !existsSync(argument)) add(argument.slice(at + 1), interfaceNumber(host, argument.slice(0, at)), false);
      else add(argument, 0, false);
    }
    for (const path of local) add(path, 0, true);
  } catch (error) {
    close();
    throw error;
  }
  return { sources, damage: () => opened.flatMap(({ damage }) => (damage === null ? [] : [damage])), close };
}

/** Number of the interface of that name. @throws UsageError */
export function interfaceNumber(host: Host, name: string): number {
  const found = host.interfaceByName(name);
  if (found !== null) return found.index;
  const known = host.interfaces.flatMap((device) => (device === undefined || device.name === '' ? [] : [device.name]));
  throw new UsageError(`${name}: the host has no such interface (it has ${known.join(', ')})`);
}
