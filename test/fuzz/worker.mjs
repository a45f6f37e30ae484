/** One target in a thread of its own (main.mjs gives it its workerData). Tells its parent what it does, a few times a second. */
import { parentPort, workerData } from 'node:worker_threads';
import { Corpus } from './corpus.mjs';
import { LastInput } from './last-input.mjs';
import { Xorshift } from './random.mjs';

const { url, name, seconds, seed, shared } = workerData;
const { target } = await import(url);
const last = new LastInput(shared);
const corpus = new Corpus(name, target.isText);
for (const input of target.seeds()) corpus.seed(input);
const began = corpus.inputs.length;
const random = new Xorshift(seed);
const end = performance.now() + 1000 * seconds;
const LOOK_EVERY_MS = 200;
const MAX_BATCH = 1 << 18;

let executions = 0;
let batch = 1;
const tell = (more) => parentPort.postMessage({ executions, corpus: corpus.inputs.length, ...target.counts, ...more });

function one() {
  target.draw(random, corpus);
  last.write(target.lastInput());
  executions += target.attempt(corpus);
}

for (let now = performance.now(); now < end; ) {
  tell({});
  const before = now;
  try {
    for (let i = 0; i < batch; i++) one();
  } catch (error) {
    tell({ error: String(error?.stack ?? error) });
    break;
  }
  now = performance.now();
  if (now - before < LOOK_EVERY_MS / 2) batch = Math.min(batch * 2, MAX_BATCH);
  else if (now - before > LOOK_EVERY_MS * 2) batch = Math.max(1, batch >> 1);
}
corpus.save(began);
tell({ done: true });
