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
  const own = join(folder, HOST_JSON);
  if (existsSync(own)) return parseHost(readFileSync(own, 'utf8'), own);
  const files = new Map<string, string>();
  for (const name of Object.values(SAVED_FILES).flat()) {
    const path = join(folder, name);
    if (existsSync(path)) files.set(name, readFileSync(path, 'utf8'));
  }
  return parseSavedHost(files, folder);
}
