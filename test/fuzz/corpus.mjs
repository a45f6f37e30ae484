/**
 * Corpora: inputs that did something no input before them did. Begun with the project's own fixtures; what a run adds is kept in
 * .cache/fuzz for the next.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const FIXTURES = join(ROOT, 'fixtures');
/** Inputs that once broke something. */
export const FINDS = join(FIXTURES, 'fuzz', 'finds');
const KEPT = join(ROOT, '.cache', 'fuzz');
const MAX_INPUTS = 4000;

/** Every file below a folder that `wanted` takes. */
export function filesBelow(folder, wanted) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      return statSync(path).isDirectory() ? filesBelow(path, wanted) : wanted(path) ? [path] : [];
    });
}

export class Corpus {
  /** `isText`: inputs are strings, else octets. */
  constructor(target, isText) {
    this.folder = join(KEPT, target);
    this.isText = isText;
    this.inputs = [];
    this.met = new Set();
    for (const folder of [this.folder, join(FINDS, target)])
      for (const path of filesBelow(folder, () => true)) this.inputs.push(this.read(path));
  }

  read(path) {
    const octets = readFileSync(path);
    return this.isText ? octets.toString('utf8') : new Uint8Array(octets);
  }

  seed(input) {
    this.inputs.push(input);
  }

  /** Whether what an input did is new; then it is kept. */
  note(signature, input) {
    if (this.met.has(signature) || this.inputs.length >= MAX_INPUTS) return false;
    this.met.add(signature);
    this.inputs.push(this.isText ? input : Uint8Array.from(input));
    return true;
  }

  /** Whether any of what an input did is new; then it is kept. */
  noteAny(signatures, input) {
    const known = this.met.size;
    for (const signature of signatures) this.met.add(signature);
    if (this.met.size > known && this.inputs.length < MAX_INPUTS) this.inputs.push(Uint8Array.from(input));
  }

  /** Keep what this run added. */
  save(from) {
    if (this.inputs.length === from) return;
    mkdirSync(this.folder, { recursive: true });
    for (const input of this.inputs.slice(from)) writeFileSync(join(this.folder, nameOf(input)), input);
  }
}

/** Keep what broke something, to be tried by every test run from now on. */
export function keepFind(folder, target, input) {
  mkdirSync(join(folder, target), { recursive: true });
  const path = join(folder, target, nameOf(input));
  writeFileSync(path, input);
  return path;
}

function nameOf(input) {
  return createHash('sha256').update(input).digest('hex').slice(0, 16);
}
