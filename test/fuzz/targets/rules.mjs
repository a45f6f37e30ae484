/** The rule parser: reads or refuses with a place; what it read prints, and what it printed reads and prints the same. */
import { readFileSync } from 'node:fs';
import { RuleError } from '../../../dist/errors.js';
import { printRules } from '../../../dist/iptables/print.js';
import { parseRules } from '../../../dist/iptables/save.js';
import { filesBelow, FIXTURES } from '../corpus.mjs';
import { inPieces, textTarget } from '../text-target.mjs';

const RULES_A_PIECE = 6;
const MAX_PIECES = 1500;

/** Tables of few rules each, of both families: `#6` in front of IPv6 ones. */
function seedTexts() {
  const pieces = new Set();
  for (const path of filesBelow(FIXTURES, (name) => /\.(v4|v6|saved)$/.test(name))) {
    const mark = path.includes('.v6') ? '#6\n' : '';
    for (const table of readFileSync(path, 'utf8').split(/^COMMIT$/m)) {
      const heads = table.split('\n').filter((line) => /^[*:]/.test(line));
      const rules = table.split('\n').filter((line) => /^(-|\[)/.test(line));
      const used = (text) => heads.filter((line) => line.startsWith('*') || text.includes(line.slice(1).split(' ')[0]));
      for (const piece of inPieces(rules.join('\n'), RULES_A_PIECE)) {
        if (pieces.size < MAX_PIECES) pieces.add(`${mark}${[...used(piece), piece, 'COMMIT', ''].join('\n')}`);
      }
    }
  }
  return [...pieces];
}

function read(text) {
  const family = text.startsWith('#6') ? 6 : 4;
  const errors = [];
  let rules;
  try {
    rules = parseRules(text, { family, errors, file: 'f' });
  } catch (error) {
    if (error instanceof RuleError) return error.message.replaceAll(/[0-9]+/g, '0').slice(0, 80);
    throw error;
  }
  if (errors.length > 0) {
    const wrong = errors.find((error) => !(error instanceof RuleError) || !(error.at.line >= 1) || !(error.at.column >= 0));
    if (wrong !== undefined) throw wrong;
    return errors[0].message
      .replaceAll(/[0-9]+/g, '0')
      .replaceAll(/`[^']*'|"[^"]*"/g, 'x')
      .slice(0, 80);
  }
  const printed = printRules(rules);
  // iptables saves an empty word as nothing at all: that text reads as another
  if (/""|" *"/.test(text)) return 'empty word';
  const again = printRules(parseRules(printed, { family }));
  if (again !== printed) throw new Error(`not a fixed point:\n${printed}\n--- then\n${again}`);
  return [...new Set(printed.match(/-[mj] \S+/g))].sort().join(' ').slice(0, 200);
}

const target = textTarget(seedTexts, read);
export { target };
