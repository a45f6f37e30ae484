/** Fails when package-lock.json lacks a platform package of a native tool: `npm ci` would refuse it on a clean checkout. */
import { readFileSync } from 'node:fs';

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const missing = [];
for (const [at, entry] of Object.entries(packages)) {
  for (const name of Object.keys(entry.optionalDependencies ?? {})) {
    let folder = at;
    let hit;
    for (;;) {
      hit = packages[`${folder ? `${folder}/` : ''}node_modules/${name}`];
      if (hit || !folder) break;
      folder = folder.includes('/node_modules/') ? folder.slice(0, folder.lastIndexOf('/node_modules/')) : '';
    }
    if (!hit?.version) missing.push(`${at || '.'} -> ${name}`);
  }
}
if (missing.length > 0) {
  console.error(`package-lock.json lacks ${missing.length} platform packages:\n  ${missing.join('\n  ')}`);
  process.exit(1);
}
