/**
 * An explanation to be read: what came of the packet first, then its way, hook by hook.
 *
 *   FORWARD  in eth0, out eth1
 *     filter     FORWARD:1-3              no match
 *     filter     FORWARD:4       line 12  ACCEPT   -A FORWARD -s 10.0.0.0/8 -j ACCEPT
 *
 * Plain text, numeric, the same for the same input.
 * @module
 */
import type {
  Change,
  Connection,
  Departure,
  Drop,
  EntryVisit,
  Explanation,
  HookVisit,
  Journey,
  Tracked,
  Translation,
  WalkStep,
} from './model.ts';

/** Columns: function or table; place in it; line; result. */
const NAME = 11;
const PLACE_MIN = 14;
const PLACE_MAX = 40;
const LINE = 10;
const RESULT = 9;

/** The lines of an explanation, without a blank one at the end. */
export function explanationText(told: Explanation): string[] {
  const width = placeWidth(told.journeys);
  return [
    `Packet ${told.index}  ${timeText(told.time)}  ${told.in === 'local' ? 'sent by a local process' : `in by ${told.in}`}  ${told.length} octets`,
    told.packet,
    '',
    ...fateLines(told),
    ...told.journeys.flatMap((journey, i) => journeyLines(journey, i === 0, width)),
  ];
}

function timeText(seconds: number): string {
  const whole = Math.floor(seconds);
  const micro = Math.round((seconds - whole) * 1e6);
  return `${new Date(whole * 1000).toISOString().slice(0, 19).replace('T', ' ')}.${String(Math.min(micro, 999_999)).padStart(6, '0')}`;
}

// -- what came of it

function fateLines(told: Explanation): string[] {
  const own = told.journeys[0];
  const changed = own === undefined || own.changes.length === 0 ? [] : wrapped('Changed', own.changes.map(changeText));
  return [...fate(told).map((text, i) => labelled(i === 0 ? 'Fate' : '', text)), ...connectionLines(told.before, told.after), ...changed];
}

function fate({ verdict, drop, journeys }: Explanation): string[] {
  const departures = journeys[0]?.departures ?? [];
  switch (verdict) {
    case 'forwarded':
    case 'sent':
      return departures.map((departure) => `${verdict} ${departureText(departure)}`);
    case 'local':
      return ['delivered to this host'];
    case 'dropped':
      return drop === null ? ['dropped'] : dropLines(drop);
    case 'consumed':
      return ['kept: a fragment that waits for the others'];
    case 'queued':
      return ['queued to userspace'];
    default:
      return ['taken over by a hook function'];
  }
}

function departureText({ out, nextHop, octets, fragment }: Departure): string {
  return `by ${out} to ${nextHop}, ${octets} octets${fragment ? ' (a fragment cut here)' : ''}`;
}

function dropLines({ at, code, text, rule }: Drop): string[] {
  if (rule === null) return [`dropped at ${at}: ${text} (${code})`];
  const why = code === 'NETFILTER_DROP' ? '' : `: ${text} (${code})`;
  return [`dropped in ${at} by ${rule.name}${why}`, ...(rule.at === '' ? [rule.text] : [`${rule.at}: ${rule.text}`])];
}

function connectionLines(before: Connection | null, after: Connection | null): string[] {
  const shown = after ?? before;
  if (shown === null) return [];
  const lines = [
    labelled('Connection', `${shown.protocol} ${shown.original}`),
    labelled('', `answers ${shown.reply}`),
    labelled('', `before ${before === null ? 'none' : stateText(before)}`),
  ];
  if (after !== null) lines.push(labelled('', `after  ${stateText(after)}`));
  return lines;
}

function stateText({ state, flags, timeoutSec, mark, zone, helper }: Connection): string {
  const words = [...(state === null ? [] : [state]), ...flags];
  if (mark !== 0) words.push(`mark 0x${mark.toString(16)}`);
  if (zone !== 0) words.push(`zone ${zone}`);
  if (helper !== null) words.push(`helper ${helper}`);
  words.push(flags.includes('UNCONFIRMED') ? 'gone with this packet' : `${timeoutSec} s left`);
  return words.join(', ');
}

function labelled(label: string, text: string): string {
  return `${label.padEnd(12)}${text}`;
}

/** Items one behind the other, as many as fit a line. */
function wrapped(label: string, items: readonly string[]): string[] {
  const lines: string[] = [];
  let line = '';
  for (const item of items) {
    if (line !== '' && line.length + item.length > 96) {
      lines.push(`${line},`);
      line = item;
    } else line = line === '' ? item : `${line}, ${item}`;
  }
  if (line !== '') lines.push(line);
  return lines.map((text, i) => labelled(i === 0 ? label : '', text));
}

function changeText({ field, before, after }: Change): string {
  return `${field} ${before} -> ${after}`;
}

// -- its way

function journeyLines(journey: Journey, own: boolean, width: number): string[] {
  const lines: string[] = [];
  if (!own) lines.push('', `${capital(journey.kind)}: ${journey.packet}`);
  let route = '';
  for (const visit of journey.hooks) {
    lines.push('', ...hookLines(visit, route, width));
    if (visit.route !== '') ({ route } = visit);
  }
  if (!own) lines.push(...endLines(journey));
  return lines;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function endLines({ departures, drop, delivered }: Journey): string[] {
  if (drop !== null) return ['', ...dropLines(drop).map((text, i) => labelled(i === 0 ? 'Fate' : '', text))];
  const lines = departures.map((departure) => `sent ${departureText(departure)}`);
  if (delivered) lines.push('delivered to this host');
  return lines.length === 0 ? [] : ['', ...lines.map((text, i) => labelled(i === 0 ? 'Fate' : '', text))];
}

function hookLines(visit: HookVisit, routeBefore: string, width: number): string[] {
  const devices = [...(visit.in === '' ? [] : [`in ${visit.in}`]), ...(visit.out === '' ? [] : [`out ${visit.out}`])].join(', ');
  const lines = [`${visit.hook}  ${devices}`.trimEnd()];
  if (visit.route !== '' && visit.route !== routeBefore) lines.push(row('route', visit.route));
  if (visit.changes.length > 0) lines.push(...changeRows('host', visit.changes));
  for (const entry of visit.entries) lines.push(...entryLines(entry, width));
  return lines;
}

function row(name: string, text: string): string {
  return `  ${name.padEnd(NAME)}${text}`.trimEnd();
}

/** Checksums follow from the rest and are left out, unless there is no rest. */
function changeRows(name: string, changes: readonly Change[]): string[] {
  const telling = changes.filter(({ field }) => !field.endsWith('checksum'));
  const lines = wrapped('', (telling.length > 0 ? telling : changes).map(changeText));
  return lines.map((line, i) => row(i === 0 ? name : '', line.trimStart()));
}

function entryLines(entry: EntryVisit, width: number): string[] {
  const lines = entry.walk.flatMap((step) => stepLines(step, entry.name, width));
  const name = entry.walk.length === 0 ? entry.name : '';
  const rest = [...trackedTexts(entry.tracked), ...(entry.note === '' ? [] : [entry.note])];
  if (entry.translation !== null) rest.push(translationText(entry.translation, entry.changes));
  if (entry.verdict !== 'accept' && entry.walk.length === 0) rest.push(entry.verdict);
  const shortName = name === 'conntrack confirm' ? 'confirm' : name;
  lines.push(...rest.map((text, i) => row(i === 0 ? shortName : '', text)));
  if (entry.changes.length > 0) lines.push(...changeRows(rest.length === 0 ? shortName : '', entry.changes));
  return lines;
}

function translationText({ side, deed, byRule, why }: Translation, changes: readonly Change[]): string {
  if (deed === 'undone') return `undoes the translation of the ${side}, which the first packet chose: ${why}`;
  if (deed === 'applied') return `${side} as the first packet chose: ${why}`;
  return !byRule && changes.length === 0 ? `${side} stays as it is: no rule` : `${side} chosen: ${why}`;
}

function trackedTexts(tracked: Tracked | null): string[] {
  if (tracked === null || tracked.state === null) return [];
  const { state, invalid, before, after, direction } = tracked;
  if (state === 'INVALID') {
    const where = before === null ? '' : `; ${before.protocol} ${before.original} is ${stateText(before)}`;
    return [`INVALID: ${invalid === '' ? 'it belongs to no connection' : invalid}${where}`];
  }
  const way = direction === 'reply' ? ' (reply direction)' : '';
  if (after === null) return [state];
  if (before === null && state === 'NEW') return [`NEW${way}: a new connection`];
  const was = before?.state ?? null;
  const moved = after.state === null || after.state === was ? after.state : was === null ? after.state : `${was} -> ${after.state}`;
  return [`${state}${way}${moved === null ? '' : `: ${moved}`}`];
}

function stepLines(step: WalkStep, table: string, width: number): string[] {
  const indent = '  '.repeat(Math.min(step.depth, 8));
  if (step.kind === 'missed') {
    const numbers = step.from === step.to ? String(step.from) : `${step.from}-${step.to}`;
    return [row(table, `${`${indent}${step.chain}:${numbers}`.padEnd(width + LINE)}no match`)];
  }
  const { rule } = step;
  const line = rule.line === 0 || rule.number === 'return' ? '' : `line ${rule.line}`;
  const place = `${`${indent}${rule.chain}:${rule.number}`.padEnd(width)}${line.padEnd(LINE)}`;
  switch (step.kind) {
    case 'failed':
      return [row(table, `${place}${'no'.padEnd(RESULT)}${step.part}${step.has === '' ? '' : `  (${step.has})`}`)];
    case 'hotdrop':
      return [row(table, `${place}${'DROP'.padEnd(RESULT)}${step.part} cannot look at what it needs: ${rule.text}`)];
    case 'hit':
      return [
        row(table, `${place}${step.result.padEnd(RESULT)}${rule.text}`),
        ...step.log.map((text) => row('', `  logs ${text.trimEnd()}`)),
      ];
    default:
      return [row(table, `${place}${step.result}`)];
  }
}

/** Width of the column of places: as wide as the widest, within bounds. */
function placeWidth(journeys: readonly Journey[]): number {
  let widest = PLACE_MIN;
  for (const { hooks } of journeys) {
    for (const { entries } of hooks) {
      for (const { walk } of entries) for (const step of walk) widest = Math.max(widest, placeLength(step) + 2);
    }
  }
  return Math.min(widest, PLACE_MAX);
}

function placeLength(step: WalkStep): number {
  const name = step.kind === 'missed' ? `${step.chain}:${step.from}-${step.to}` : `${step.rule.chain}:${step.rule.number}`;
  return name.length + 2 * Math.min(step.depth, 8);
}
