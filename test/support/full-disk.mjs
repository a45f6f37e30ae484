/** Loaded in front of a process (--import): files opened for writing in FULL_FOLDER take FULL_AFTER octets together, then the disk is full. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { openSync, writeSync } = fs;
const limited = new Set();
let left = Number(process.env.FULL_AFTER);

fs.openSync = (path, flags, ...rest) => {
  const descriptor = openSync(path, flags, ...rest);
  limited.delete(descriptor);
  if (String(flags).startsWith('w') && String(path).startsWith(process.env.FULL_FOLDER)) limited.add(descriptor);
  return descriptor;
};
fs.writeSync = (descriptor, octets, offset, length, ...rest) => {
  if (!limited.has(descriptor)) return writeSync(descriptor, octets, offset, length, ...rest);
  if (left === 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  // a disk takes what it still can of a write, and refuses the next
  const count = writeSync(descriptor, octets, offset, Math.min(length, left), ...rest);
  left -= count;
  return count;
};
syncBuiltinESMExports();
