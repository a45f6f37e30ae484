/**
 * Loaded in front of every thread (--import): the second thread is late to load its code. The main thread tells at its end how many were
 * ended before they had loaded theirs, that is, before they said anything.
 */
import { isMainThread, threadId, Worker } from 'node:worker_threads';

const LATE_MS = 700;

if (isMainThread) {
  const emit = Reflect.get(Worker.prototype, 'emit');
  const terminate = Reflect.get(Worker.prototype, 'terminate');
  const loaded = new WeakSet();
  let early = 0;
  Worker.prototype.emit = function (name, ...rest) {
    if (name === 'message') loaded.add(this);
    return emit.call(this, name, ...rest);
  };
  Worker.prototype.terminate = function () {
    if (!loaded.has(this)) early++;
    return terminate.call(this);
  };
  process.on('exit', () => process.stderr.write(`ended while loading: ${early}\n`));
} else if (threadId === 2) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LATE_MS);
