/**
 * Fuzzing of hookline itself: `npm run fuzz -- [TARGET...] [--time 60s] [--seed N]`, each target for that long, in a process of its
 * own that is watched. What throws, hangs or eats memory is a find: its input goes to fixtures/fuzz/finds, where every test run
 * tries it from then on.
 *
 *   decode    any octets as a frame of any link type, and its printing      rules   iptables-save texts, their printing and re-reading
 *   capture   pcap and pcapng files, compressed or not                      sets    ipset texts       host   host files
 *   path      random rule sets with conversations and damaged frames through the whole machine
 */
import { fork } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const TARGETS = readdirSync(`${HERE}targets`).map((name) => name.replace('.mjs', ''));
const SILENT_MS = 30_000;
const HEAP_MB = 512;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { time: { type: 'string' }, seed: { type: 'string' } } });
const targets = positionals.length > 0 ? positionals : TARGETS;
const unknown = targets.find((name) => !TARGETS.includes(name));
if (unknown !== undefined) {
  console.error(`fuzz: there is no target ${unknown} (there are ${TARGETS.join(', ')})`);
  process.exit(2);
}
const seconds = secondsOf(values.time ?? '60s');
const seed = Number(values.seed ?? 1 + Math.floor(Math.random() * 1e9));

let failed = false;
for (const name of targets) {
  const { told, crash } = await runTarget(name);
  const rate = Math.round(told.executions / seconds).toLocaleString('en');
  const more = told.ruleSets === undefined ? '' : `, ${told.ruleSets.toLocaleString('en')} rule sets`;
  console.log(
    `${name.padEnd(8)} ${told.executions.toLocaleString('en')} executions (${rate}/s), corpus ${told.corpus}${more}, seed ${seed}`,
  );
  if (told.find !== undefined) console.log(`  FIND: ${told.find.path}\n  ${told.find.error.replaceAll('\n', '\n  ')}`);
  else if (crash !== '') console.log(`  FIND: ${crash}`);
  failed ||= told.find !== undefined || crash !== '';
}
process.exitCode = failed ? 1 : 0;

function secondsOf(text) {
  const match = /^(\d+)(s|m)?$/.exec(text);
  if (match === null) throw new Error(`--time ${text}: not a time as 60s or 10m`);
  return Number(match[1]) * (match[2] === 'm' ? 60 : 1);
}

function runTarget(name) {
  return new Promise((resolve) => {
    const child = fork(`${HERE}worker.mjs`, [name, String(seconds), String(seed)], { execArgv: [`--max-old-space-size=${HEAP_MB}`] });
    let told = { executions: 0, corpus: 0 };
    let crash = '';
    let timer;
    const watch = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        crash = `silent for ${SILENT_MS / 1000} s: it hangs near seed ${seed}, execution ${told.executions}`;
        child.kill('SIGKILL');
      }, SILENT_MS);
    };
    watch();
    child.on('message', (message) => {
      told = { ...told, ...message };
      watch();
      if (process.stderr.isTTY) process.stderr.write(`\r${name} ${told.executions.toLocaleString('en')} executions\x1b[K`);
    });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
      if (crash === '' && told.done !== true && told.find === undefined) crash = `the process ended with ${signal ?? code}: out of memory?`;
      resolve({ told, crash });
    });
  });
}
