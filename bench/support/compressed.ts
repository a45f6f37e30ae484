/**
 * A file compressed, made once beside it.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync, renameSync } from 'node:fs';

export type Compression = 'gzip' | 'zstd';

const SUFFIX = { gzip: 'gz', zstd: 'zst' } as const;

/** Path of the compressed file. */
export function compressedFile(path: string, how: Compression): string {
  const made = `${path}.${SUFFIX[how]}`;
  if (existsSync(made)) return made;
  const { status, stderr } = spawnSync('sh', ['-c', `${how} -c ${path} > ${made}.part`], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${how}: ${stderr}`);
  renameSync(`${made}.part`, made);
  return made;
}
