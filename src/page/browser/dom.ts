/**
 * Elements, made of text alone: nothing here ever parses HTML, so that no name in a capture or rule file can become markup.
 * @module
 */

export type Child = Node | string | null;
export type Attributes = Readonly<Record<string, string | number | boolean | ((event: Event) => void)>>;

const SVG = 'http://www.w3.org/2000/svg';

export function h(tag: string, attributes: Attributes = {}, ...children: readonly Child[]): HTMLElement {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag: string, attributes: Attributes = {}, ...children: readonly Child[]): SVGElement {
  return fill(document.createElementNS(SVG, tag) as SVGElement, attributes, children);
}

function fill<E extends Element>(element: E, attributes: Attributes, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false) element.setAttribute(name, String(value));
  }
  for (const child of children) if (child !== null) element.append(child);
  return element;
}

/** A section of the page with its heading, which the navigation points at. */
export function section(id: string, short: string, title: string, lead: string, ...children: readonly Child[]): HTMLElement {
  return h(
    'section',
    { id, 'data-short': short, 'aria-labelledby': `${id}-title`, tabindex: -1 },
    h('h2', { id: `${id}-title` }, title),
    lead === '' ? null : h('p', { class: 'lead' }, lead),
    ...children,
  );
}

/** Cells of which the first `words` are text, the others numbers. */
export function plainTable(caption: string, heads: readonly string[], rows: readonly (readonly string[])[], words: number): HTMLElement {
  const cell = (tag: string, text: string, i: number): HTMLElement => h(tag, i < words ? {} : { class: 'num' }, text);
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    h(
      'table',
      {},
      h('caption', { class: 'hidden' }, caption),
      h('thead', {}, h('tr', {}, ...heads.map((text, i) => h('th', { scope: 'col', ...(i < words ? {} : { class: 'num' }) }, text)))),
      h('tbody', {}, ...rows.map((row) => h('tr', {}, ...row.map((text, i) => cell('td', text, i))))),
    ),
  );
}

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

export function whole(number: number): string {
  return WHOLE.format(number);
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Octets with three digits that count. */
export function octets(number: number): string {
  let unit = 0;
  let value = number;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toPrecision(3)} ${UNITS[unit]}`;
}

/** A span of seconds. */
export function span(seconds: number): string {
  if (seconds === 0) return '0 s';
  if (seconds < 1e-3) return `${Math.round(seconds * 1e6)} µs`;
  if (seconds < 1) return `${(seconds * 1000).toPrecision(3)} ms`;
  if (seconds < 120) return `${seconds.toPrecision(3)} s`;
  if (seconds < 7200) return `${(seconds / 60).toFixed(1)} min`;
  return seconds < 172_800 ? `${(seconds / 3600).toFixed(1)} h` : `${(seconds / 86_400).toFixed(1)} d`;
}

/** A moment, UTC. */
export function clock(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds} s` : `${date.toISOString().slice(0, 23).replace('T', ' ')}`;
}

export function share(part: number, all: number): string {
  return all === 0 ? '0 %' : `${((100 * part) / all).toFixed(part === all || part === 0 ? 0 : 1)} %`;
}
