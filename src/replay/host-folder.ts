/**
 * A folder of saved iproute2 output (see host/saved-host.ts for the names), read into a host.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseHost } from '../host/host-json.ts';
import type { Host } from '../host/host.ts';
import { parseSavedHost, SAVED_FILES } from '../host/saved-host.ts';

/** hookline's own description; where a folder has one, it is the host. */
const HOST_JSON = 'host.json';

/** @throws ERR_HOST for a folder without addr.json, or with a file that cannot be read as what its name says. */
export function readHostFolder(folder: string): Host {
  return parseHostFiles(hostFilesIn(folder), folder);
}

/** The files of a folder that describe a host, by name: host.json, or else all of saved output that is there. */
export function hostFilesIn(folder: string): Map<string, string> {
  const names = existsSync(join(folder, HOST_JSON)) ? [HOST_JSON] : Object.values(SAVED_FILES).flat();
  return new Map(names.filter((name) => existsSync(join(folder, name))).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

/** The host of such files; `folder` is told in errors. @throws ERR_HOST as readHostFolder */
export function parseHostFiles(files: ReadonlyMap<string, string>, folder: string): Host {
  const own = files.get(HOST_JSON);
  return own === undefined ? parseSavedHost(files, folder) : parseHost(own, join(folder, HOST_JSON));
}
