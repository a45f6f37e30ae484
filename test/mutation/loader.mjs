/**
 * Puts other code in the place of built modules: MUTANT_CODE is a folder with it, each file at the module's path in dist/. Loaded with
 * --import.
 */
import { register } from 'node:module';

const hooks = `
import { existsSync, readFileSync } from 'node:fs';
let code, built;
export function initialize(data) { ({ code, built } = data); }
export async function load(url, context, next) {
  const file = url.startsWith(built) ? code + '/' + url.slice(built.length) : '';
  if (file === '' || !existsSync(file)) return next(url, context);
  return { format: 'module', source: readFileSync(file, 'utf8'), shortCircuit: true };
}`;

register(`data:text/javascript,${encodeURIComponent(hooks)}`, {
  data: { code: process.env.MUTANT_CODE, built: new URL('../../dist/', import.meta.url).href },
});
