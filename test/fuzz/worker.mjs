/** One target in a process of its own: `node worker.mjs TARGET SECONDS SEED`. Tells its parent what it does, a few times a second. */
import { Corpus } from './corpus.mjs';
import { Xorshift } from './random.mjs';

const [name, seconds, seed] = process.argv.slice(2);
const { target } = await import(`./targets/${name}.mjs`);
const corpus = new Corpus(name, target.isText);
for (const input of target.seeds()) corpus.seed(input);
const began = corpus.inputs.length;
const random = new Xorshift(Number(seed));
const end = performance.now() + 1000 * Number(seconds);
const LOOK_EVERY_MS = 200;
const MAX_BATCH = 4096;

let executions = 0;
let batch = 1;
const tell = (more) => process.send({ executions, corpus: corpus.inputs.length, ...target.counts, ...more });
for (let now = performance.now(); now < end; ) {
  // the parent kills a process that is silent for long, and keeps the last input it told
  process.send({
    executions,
    corpus: corpus.inputs.length,
    trying: batch === 1 ? Buffer.from(target.lastInput()).toString('base64') : undefined,
  });
  await new Promise((done) => {
    setImmediate(done);
  });
  const before = now;
  try {
    for (let i = 0; i < batch; i++) executions += target.step(random, corpus);
  } catch (error) {
    const path = corpus.keepFind(target.lastInput());
    tell({ find: { path, error: String(error?.stack ?? error) } });
    process.exitCode = 1;
    break;
  }
  now = performance.now();
  if (now - before < LOOK_EVERY_MS / 2) batch = Math.min(batch * 2, MAX_BATCH * 64);
  else if (now - before > LOOK_EVERY_MS * 2) batch = Math.max(1, batch >> 1);
}
corpus.save(began);
tell({ done: true });
process.disconnect();
