/**
 * A part of `npm run build`: the command line and its threads in a few files, dist/bundle/. Node starts the 700 modules in half a
 * second, and these in half of that. They stand as deep as the modules they are made of, so that `../../package.json` and
 * the like mean the same; libraries stay what package.json says.
 *
 *   node test/tools/bundle.mjs                      as above
 *   node test/tools/bundle.mjs FOLDER PROGRAM...    the same of other programs: the benches start as the command line does
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { rolldown } from 'rolldown';

const OURS = ['dist/bundle', 'dist/cli/main.js', 'dist/cli/ndjson-line.js', 'dist/shard/worker.js', 'dist/capture/inflate-worker.js'];
const { dependencies, devDependencies, peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));

const [dir, ...programs] = process.argv.length > 2 ? process.argv.slice(2) : OURS;
const external = Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies });
const bundle = await rolldown({ input: programs.map((path) => resolve(path)), platform: 'node', external });
await bundle.write({ dir, format: 'esm', chunkFileNames: '[name].js' });
await bundle.close();
