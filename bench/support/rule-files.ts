/**
 * Rule sets of the benches as files, for programs that read them.
 * @module
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { rulesText } from './rules.ts';

const FOLDER = '.cache/traffic';
/** To be raised when the same name comes out otherwise. */
const VERSION = 2;

/** Path of the iptables-save text, written if it is not there. */
export function rulesFile(name: string): string {
  const path = `${FOLDER}/${name}-v${VERSION}.rules`;
  if (existsSync(path)) return path;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(path, rulesText(name));
  return path;
}
