/**
 * Fuzzing of hookline itself: `npm run fuzz -- [TARGET...] [--time 60s] [--seed N]`, each target for that long, in a thread of its
 * own that is watched. What throws, hangs or eats memory is a find: its input goes to fixtures/fuzz/finds (or `--finds FOLDER`), where
 * every test run tries it from then on.
 *
 *   decode    any octets as a frame of any link type, and its printing      rules   iptables-save texts, their printing and re-reading
 *   capture   pcap and pcapng files, compressed or not                      sets    ipset texts       host   host files
 *   path      random rule sets with conversations and damaged frames through the whole machine
 *
 * A target may be the path of a module, too. One that says nothing for `--silence 30s` hangs.
 */
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { FINDS, keepFind } from './corpus.mjs';
import { LastInput } from './last-input.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const TARGETS = readdirSync(`${HERE}targets`).map((name) => name.replace('.mjs', ''));
const HEAP_MB = 512;
/** Octets of the process, buffers included, that no target needs. */
const MAX_RESIDENT = 1.5e9;
const LOOK_EVERY_MS = 500;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { time: { type: 'string' }, seed: { type: 'string' }, finds: { type: 'string' }, silence: { type: 'string' } },
});
const targets = positionals.length > 0 ? positionals : TARGETS;
const unknown = targets.find((name) => !name.endsWith('.mjs') && !TARGETS.includes(name));
if (unknown !== undefined) {
  console.error(`fuzz: there is no target ${unknown} (there are ${TARGETS.join(', ')})`);
  process.exit(2);
}
const seconds = secondsOf('time', values.time ?? '60s');
const silence = secondsOf('silence', values.silence ?? '30s');
const seed = Number(values.seed ?? 1 + Math.floor(Math.random() * 1e9));
const finds = values.finds ?? FINDS;

let failed = false;
for (const word of targets) {
  const name = basename(word, '.mjs');
  const { told, fault, input } = await runTarget(
    name,
    word.endsWith('.mjs') ? pathToFileURL(word) : new URL(`targets/${word}.mjs`, import.meta.url),
  );
  const rate = Math.round(told.executions / seconds).toLocaleString('en');
  const more = told.ruleSets === undefined ? '' : `, ${told.ruleSets.toLocaleString('en')} rule sets`;
  console.log(
    `${name.padEnd(8)} ${told.executions.toLocaleString('en')} executions (${rate}/s), corpus ${told.corpus}${more}, seed ${seed}`,
  );
  if (fault === '') continue;
  console.log(`  FIND: ${keepFind(finds, name, input)}\n  ${fault.replaceAll('\n', '\n  ')}`);
  failed = true;
}
// a thread that hangs in native code would keep the process
process.exit(failed ? 1 : 0);

function secondsOf(option, text) {
  const match = /^(\d+)(s|m)?$/.exec(text);
  if (match === null) throw new Error(`--${option} ${text}: not a time as 60s or 10m`);
  return Number(match[1]) * (match[2] === 'm' ? 60 : 1);
}

/** Run it to its end, or until it fails; `fault` is empty when it did not, else `input` made it. */
function runTarget(name, url) {
  const last = new LastInput();
  const worker = new Worker(new URL('worker.mjs', import.meta.url), {
    workerData: { url: url.href, name, seconds, seed, shared: last.shared },
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  return new Promise((resolve) => {
    let told = { executions: 0, corpus: 0 };
    let heard = performance.now();
    let fault = '';
    const watch = setInterval(() => {
      if (performance.now() - heard > silence * 1000) fault ||= `silent for ${silence} s: it hangs`;
      if (process.memoryUsage.rss() > MAX_RESIDENT) fault ||= `the process takes more than ${MAX_RESIDENT / 1e9} GB`;
      if (fault !== '') void worker.terminate();
    }, LOOK_EVERY_MS);
    worker.on('message', (message) => {
      told = { ...told, ...message };
      fault ||= message.error ?? '';
      heard = performance.now();
      if (process.stderr.isTTY) process.stderr.write(`\r${name} ${told.executions.toLocaleString('en')} executions\x1b[K`);
    });
    worker.on('error', (error) => (fault ||= String(error.stack ?? error)));
    worker.on('exit', () => {
      clearInterval(watch);
      if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
      if (told.done !== true) fault ||= 'the thread ended by itself';
      resolve({ told, fault, input: last.read() });
    });
  });
}
