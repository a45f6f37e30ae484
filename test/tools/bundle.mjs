/**
 * A part of `npm run build`: the command line and its threads in a few files, dist/bundle/. Node starts the 700 modules in half a
 * second, and these in half of that. They stand as deep as the modules they are made of, so that `../../package.json` and
 * the like mean the same; libraries stay what package.json says.
 */
import { readFileSync } from 'node:fs';
import { rolldown } from 'rolldown';

const PROGRAMS = ['dist/cli/main.js', 'dist/cli/ndjson-line.js', 'dist/shard/worker.js', 'dist/capture/inflate-worker.js'];
const { dependencies, peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));

const bundle = await rolldown({ input: PROGRAMS, platform: 'node', external: Object.keys({ ...dependencies, ...peerDependencies }) });
await bundle.write({ dir: 'dist/bundle', format: 'esm', chunkFileNames: '[name].js' });
await bundle.close();
