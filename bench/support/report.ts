/**
 * What the bench tells: the table of rows, everything measured, and the ratios a later run is checked against.
 * @module
 */
import type { Goal, Row } from '../rows.ts';
import type { Measured, Measurement } from './measure.ts';

export type Results = ReadonlyMap<string, Measurement>;

const BEGIN = '<!-- rows -->';
const END = '<!-- end of rows -->';
const HEAD = ['work', 'hookline', 'goal', 'beside it, in the same run'];

/** The rows as a Markdown table. */
export function rowsTable(rows: readonly Row[], results: Results): string {
  return markdown(
    HEAD,
    rows.map((row) => rowCells(row, results)),
  );
}

function rowCells(row: Row, results: Results): string[] {
  const mine = results.get(row.ours);
  const value = valueOf(row, results);
  const beside = row.beside.map((words) => besideText(row, words, results)).join('; ');
  if (value === null || typeof mine !== 'object') return [row.work, typeof mine === 'string' ? mine : 'not measured', '', beside];
  const memory = row.memory === undefined ? '' : `, ${mine.memory.toFixed(0)} MiB`;
  return [row.work, `${amount(value, row.unit)}${memory}`, row.goals.map((goal) => goalText(row, goal, value, results)).join('; '), beside];
}

/** The number of a row, or null when a part of it is missing. */
function valueOf(row: Row, results: Results): number | null {
  const mine = results.get(row.ours);
  const less = row.minus === undefined ? null : results.get(row.minus);
  if (typeof mine !== 'object' || (row.minus !== undefined && typeof less !== 'object')) return null;
  return mine[row.by] - (typeof less === 'object' && less !== null ? less[row.by] : 0);
}

function amount(value: number, unit: Row['unit']): string {
  if (unit === 'octets') return `${value.toFixed(0)} octets`;
  if (unit === 'ms') return `${value.toFixed(value < 10 ? 2 : 0)} ms`;
  return value >= 100_000 ? `${(value / 1000).toFixed(0)} µs` : value >= 1000 ? `${value.toFixed(0)} ns` : `${value.toFixed(1)} ns`;
}

function goalText(row: Row, goal: Goal, value: number, results: Results): string {
  if (goal.of === undefined) return `${mark(value <= goal.atMost)} ${amount(goal.atMost, row.unit)}`;
  const other = results.get(goal.of);
  if (typeof other !== 'object') return `? ${goal.atMost.toFixed(2)} × ${goal.of}`;
  const ratio = value / other[row.by];
  return `${mark(ratio <= goal.atMost)} ${goal.atMost.toFixed(2)} × ${other.name === 'hookline' ? `\`${goal.of}\`` : other.name} (${ratio.toFixed(2)})`;
}

function mark(reached: boolean): string {
  return reached ? '✓' : '✗';
}

function besideText(row: Row, words: string, results: Results): string {
  const other = results.get(words);
  if (typeof other !== 'object') return `${words}: ${other ?? 'not measured'}`;
  const name = other.name === 'hookline' ? `\`${words}\`` : other.name;
  return `${name} ${amount(other[row.by], row.unit)}`;
}

/** Rows in which a contender beside did not do the same work. */
export function unequalWork(rows: readonly Row[], results: Results): string[] {
  const wrong: string[] = [];
  for (const { ours, beside, same } of rows) {
    const mine = results.get(ours);
    if (same === 'nothing' || typeof mine !== 'object') continue;
    for (const words of beside) {
      const other = results.get(words);
      // the kernel's packets are counted where they leave it (forward.sh)
      if (typeof other !== 'object' || words.startsWith('kernel ')) continue;
      if (mine.items !== other.items || (same === 'check' && mine.check !== other.check)) {
        wrong.push(`${words}: ${other.items} items, check ${other.check}; ${ours}: ${mine.items}, ${mine.check}`);
      }
    }
  }
  return wrong;
}

/** Ratios of hookline to those beside it, by their words. */
export function ratios(rows: readonly Row[], results: Results): Map<string, number> {
  const found = new Map<string, number>();
  for (const { ours, beside, by } of rows) {
    const mine = results.get(ours);
    for (const words of beside) {
      const other = results.get(words);
      if (typeof mine === 'object' && typeof other === 'object') found.set(`${ours} : ${words}`, mine[by] / other[by]);
    }
  }
  return found;
}

export interface About {
  readonly machine: string;
  readonly rounds: number;
}

/** bench/RESULTS.md. */
export function resultsFile(rows: readonly Row[], results: Results, about: About): string {
  return `# Results

Written by \`npm run bench -- --save\`, never by hand.

${about.machine}

The median of ${about.rounds} runs, each a process of its own, all contenders in turns; of a run its best pass. Times of one thread are
those of the processor, user and system. Each number stands beside others of the same minute: read the ratios.

${BEGIN}
${rowsTable(rows, results)}
${END}

## Everything measured

${markdown(
  ['what', 'who', 'items', 'by the clock', 'processor', 'MiB', 'runs'],
  [...results].map(([words, one]) => measuredCells(words, one)),
)}

## Ratios

\`npm run bench -- --check\` compares these with new ones.

${markdown(
  ['ratio', 'value'],
  [...ratios(rows, results)].map(([name, value]) => [`\`${name}\``, value.toFixed(3)]),
)}
`;
}

function measuredCells(words: string, one: Measurement): string[] {
  if (typeof one === 'string') return [`\`${words}\``, one, '', '', '', '', ''];
  const { name, items, wall, cpu, memory, runs } = one satisfies Measured;
  return [`\`${words}\``, name, String(items), wall.toFixed(1), cpu.toFixed(1), memory === 0 ? '' : memory.toFixed(0), String(runs)];
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The table of a results file, for whoever shows it. */
export function tableOf(file: string): string {
  return file.slice(file.indexOf(BEGIN) + BEGIN.length, file.indexOf(END)).trim();
}

/** What a results file says was measured: for a run of some contenders alone, whose numbers take the place of those before. */
export function measuredOf(file: string): Map<string, Measurement> {
  const found = new Map<string, Measurement>();
  for (const [, words, name, ...numbers] of file.matchAll(
    /^\| `([^`]+)` \| ((?:[^|\\]|\\\|)*) \| ([\d]*) \| ([-\d.]*) \| ([-\d.]*) \| (\d*) \| (\d*) \|$/gm,
  )) {
    const [items, wall, cpu, memory, runs] = numbers.map(Number) as [number, number, number, number, number];
    const who = name!.replaceAll('\\|', '|');
    found.set(words!, numbers[0] === '' ? who : { name: who, items, check: 0, wall, cpu, memory, runs });
  }
  return found;
}

/** The machine a results file was measured on. */
export function machineOf(file: string): string {
  return file.split('\n')[4] ?? '';
}

/** The ratios of a results file. */
export function ratiosOf(file: string): Map<string, number> {
  return new Map([...file.matchAll(/^\| `(.+ : .+)` \| ([\d.]+) \|$/gm)].map(([, name, value]) => [name!, Number(value)]));
}

/** Ratios that grew by more than `tolerance` times. */
export function worse(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>, tolerance: number): string[] {
  return [...after].flatMap(([name, value]) => {
    const was = before.get(name);
    return was !== undefined && value > was * tolerance ? [`${name}: ${value.toFixed(3)}, was ${was.toFixed(3)}`] : [];
  });
}
