/** Loaded in front of every thread (--import): whatever of the capture FAILING_FILE stands behind octet FAILING_AT cannot be read. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { openSync, readSync } = fs;
const last = Number(process.env.FAILING_AT);
/** Octets read so far of those that are read in order, by descriptor. */
const places = new Map();

fs.openSync = (path, ...rest) => {
  const descriptor = openSync(path, ...rest);
  if (String(path).endsWith(process.env.FAILING_FILE)) places.set(descriptor, 0);
  return descriptor;
};
fs.readSync = (descriptor, target, offset, length, position) => {
  const place = places.get(descriptor);
  if (place === undefined) return readSync(descriptor, target, offset, length, position);
  const from = position ?? place;
  if (from >= last) throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
  const count = readSync(descriptor, target, offset, Math.min(length, last - from), position);
  if (position === null) places.set(descriptor, place + count);
  return count;
};
syncBuiltinESMExports();
