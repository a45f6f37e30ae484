/**
 * Puts a mutant in the place of a built module: MUTANT_URL is the module, MUTANT_CODE a file with its code. Loaded with --import.
 */
import { register } from 'node:module';

const hooks = `
import { readFileSync } from 'node:fs';
let target, code;
export function initialize(data) { target = data.url; code = data.code; }
export async function load(url, context, next) {
  if (url !== target) return next(url, context);
  return { format: 'module', source: readFileSync(code, 'utf8'), shortCircuit: true };
}`;

register(`data:text/javascript,${encodeURIComponent(hooks)}`, {
  data: { url: process.env.MUTANT_URL, code: process.env.MUTANT_CODE },
});
