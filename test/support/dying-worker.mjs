/**
 * Loaded in front of every thread (--import): the worker that is about to tell of its chunk number DYING_AT ends instead, as
 * DYING_WORKER names: it exits, or its memory is full.
 */
import { isMainThread, MessagePort } from 'node:worker_threads';

const { prototype } = MessagePort;
const original = Object.getOwnPropertyDescriptor(prototype, 'postMessage');
let chunks = 0;

function die(how) {
  if (how === 'exit') process.exit(9);
  for (const kept = []; ; ) kept.push(Array.from({ length: 1000 }, () => ({ much: Math.PI })));
}

if (!isMainThread) {
  prototype.postMessage = function (message, ...rest) {
    if (message?.emission !== undefined && chunks++ === Number(process.env.DYING_AT)) die(process.env.DYING_WORKER);
    return original.value.call(this, message, ...rest);
  };
}
