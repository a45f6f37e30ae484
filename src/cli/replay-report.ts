/**
 * `--report out.html` of a replay: what was counted, and the ways of telling packets, which a second replay explains.
 * @module
 */
import { readFileSync } from 'node:fs';
import { writeWhole } from '../capture/output-file.ts';
import type { Engine } from '../engine/engine.ts';
import { Explainer, explanationText, isExplanation } from '../explain/index.ts';
import type { PageDifference, PageModel, PageWay } from '../page/browser/model.ts';
import { pageHtml } from '../page/html.ts';
import { pageModel, telling } from '../page/page-data.ts';
import type { Summary } from '../replay/summary.ts';
import type { RunTally } from '../tally/run-tally.ts';
import { deadRuleTeller } from './dead-rules.ts';
import { printable } from './exit.ts';
import type { ReplyFlags } from './reply-options.ts';
import { openRun, type RunFlags } from './run-options.ts';

/** Packets explained in one page at most. */
const MAX_WAYS = 100;

export interface ReportOptions {
  readonly path: string;
  readonly captures: readonly string[];
  readonly flags: RunFlags & ReplyFlags & { readonly report?: string };
  readonly summary: Pick<Summary, 'rules' | 'stats' | 'captures' | 'ruleFiles' | 'hostFile' | 'damage' | 'interrupted'>;
  /** The machine that was watched. */
  readonly engine: Engine;
  readonly tally: RunTally;
  /** Whether a replay of explanations would see the same rules all along. */
  readonly explainable: boolean;
  /** What another rule set changes, where two are compared; and packets to explain on that account. */
  readonly differences?: readonly PageDifference[];
  readonly telling?: readonly number[];
}

/** @throws ERR_INPUT when the file cannot be written */
export function writeReport({
  path,
  captures,
  flags,
  summary,
  engine,
  tally,
  explainable,
  differences,
  telling: wanted = [],
}: ReportOptions): void {
  const { rules, stats } = summary;
  const { conntrack } = engine;
  const all = [...wanted, ...telling(tally, stats, rules, MAX_WAYS)].slice(0, MAX_WAYS);
  const numbers = [...new Set(all)].sort((a, b) => a - b);
  const ways = explainable && !captures.includes('-') && !flags.local.includes('-') ? explain(captures, flags, numbers) : [];
  const model: PageModel = pageModel({
    title: `hookline: ${captures.join(', ')}`,
    version: version(),
    facts: [
      ['Capture', summary.captures.join(', ')],
      ['Rules', summary.ruleFiles.join(', ') || 'none given: every table is empty'],
      ['Host', summary.hostFile ?? 'none given: a plain router of two interfaces stood in'],
      ...summary.damage.map((text) => ['Damage', text] as const),
      ...(summary.interrupted ? [['Interrupted', 'what is behind the last packet was not looked at'] as const] : []),
    ],
    stats,
    tally,
    rules,
    max: conntrack.isEnabled(4) || conntrack.isEnabled(6) ? conntrack.max : null,
    ways,
    differences: differences ?? null,
    dead: deadRuleTeller(),
  });
  writeWhole(path, pageHtml(model));
}

function explain(captures: readonly string[], flags: RunFlags & ReplyFlags, numbers: readonly number[]): PageWay[] {
  const inputs = openRun(captures, flags);
  try {
    const { host, rules, sources, fallback } = inputs;
    const { seed, conntrack = false, replies } = flags;
    const sets = inputs.sets();
    const explainer = new Explainer({ host, rules, sets, sources, fallback, seed, conntrack, translate: replies === 'translate' });
    const ways: PageWay[] = [];
    for (const number of numbers) {
      if (!explainer.skip(number - explainer.position)) break;
      const told = explainer.next();
      if (told === null) break;
      if (!isExplanation(told)) continue;
      const text = explanationText(told).map(printable).join('\n');
      const by = told.drop?.rule?.name ?? told.drop?.text ?? '';
      ways.push({
        index: told.index,
        verdict: told.verdict,
        text,
        title: printable(`${told.index}: ${told.verdict}${by === '' ? '' : ` by ${by}`}  ${told.packet}`).slice(0, 200),
      });
    }
    return ways;
  } finally {
    inputs.close();
  }
}

function version(): string {
  return (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version;
}
