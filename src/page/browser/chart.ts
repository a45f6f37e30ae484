/**
 * Charts over time: stacked columns, or a line. A pointer or the arrow keys pick a moment; what is there is told in words beside it.
 * @module
 */
import { h, svg } from './dom.ts';

export interface Layer {
  readonly name: string;
  readonly label: string;
  readonly values: readonly number[];
}

export interface ChartOptions {
  readonly label: string;
  readonly layers: readonly Layer[];
  /** Moment of a bucket in words. */
  readonly moment: (bucket: number) => string;
  /** What the buckets hold, in words. */
  readonly unit: string;
  /** A line across, and what it is. */
  readonly limit?: { readonly value: number; readonly label: string };
  readonly ticks: readonly (readonly [at: number, label: string])[];
}

const WIDTH = 1000;
const HEIGHT = 220;
const LEFT = 56;
const BOTTOM = 24;
const TOP = 10;
const NUMBER = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

export function chart({ label, layers, moment, unit, limit, ticks }: ChartOptions): HTMLElement {
  const buckets = layers[0]?.values.length ?? 0;
  const totals = Array.from({ length: buckets }, (_, i) => layers.reduce((sum, { values }) => sum + values[i]!, 0));
  const highest = Math.max(1, ...totals);
  const top = niceCeiling(limit !== undefined && limit.value <= highest * 3 ? Math.max(highest, limit.value) : highest);
  const x = (bucket: number): number => LEFT + ((WIDTH - LEFT) * bucket) / Math.max(1, buckets);
  const y = (value: number): number => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
  const cursor = svg('rect', {
    class: 'cursor',
    x: 0,
    y: TOP,
    width: Math.max(2, x(1) - x(0)),
    height: HEIGHT - TOP - BOTTOM,
    visibility: 'hidden',
  });
  const picture = svg(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true', focusable: 'false' },
    ...[0, 0.5, 1].map((part) => svg('line', { class: 'grid', x1: LEFT, x2: WIDTH, y1: y(top * part), y2: y(top * part) })),
    ...areas(layers, buckets, x, y),
    limit !== undefined && limit.value <= top
      ? svg('line', { class: 'limit', x1: LEFT, x2: WIDTH, y1: y(limit.value), y2: y(limit.value) })
      : null,
    cursor,
  );
  const told = h('p', { class: 'told', 'aria-live': 'off' }, `Point at the chart, or move with the arrow keys: ${unit}.`);
  const axis = h(
    'div',
    { class: 'axis-x', 'aria-hidden': 'true' },
    ...ticks.map(([at, text]) => tick('left', LEFT / WIDTH + (1 - LEFT / WIDTH) * at, text)),
  );
  const axisY = h(
    'div',
    { class: 'axis-y', 'aria-hidden': 'true' },
    ...[0, 0.5, 1].map((part) => tick('top', y(top * part) / HEIGHT, NUMBER.format(top * part))),
  );
  const frame = h(
    'div',
    {
      class: 'chart',
      tabindex: 0,
      role: 'slider',
      'aria-label': label,
      'aria-valuemin': 0,
      'aria-valuemax': Math.max(0, buckets - 1),
      'aria-valuenow': 0,
      'aria-valuetext': 'no moment chosen',
    },
    picture,
    axisY,
  );
  let chosen = -1;
  const choose = (bucket: number): void => {
    if (buckets === 0) return;
    chosen = Math.min(buckets - 1, Math.max(0, bucket));
    const parts = layers.map(({ label: name, values }) => [name, values[chosen]!] as const).filter(([, value]) => value > 0);
    const text = `${moment(chosen)}: ${parts.length === 0 ? 'nothing' : parts.map(([name, value]) => `${value.toLocaleString('en')} ${name}`).join(', ')}`;
    told.textContent = text;
    frame.setAttribute('aria-valuenow', String(chosen));
    frame.setAttribute('aria-valuetext', text);
    cursor.setAttribute('visibility', 'visible');
    cursor.setAttribute('x', String(x(chosen)));
  };
  frame.addEventListener('pointermove', (event) => {
    const box = frame.getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * WIDTH;
    choose(Math.floor(((at - LEFT) / (WIDTH - LEFT)) * buckets));
  });
  frame.addEventListener('keydown', (event) => {
    const far = Math.max(1, Math.round(buckets / 20));
    const moves: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, PageDown: -far, PageUp: far };
    if (event.key === 'Home') choose(0);
    else if (event.key === 'End') choose(buckets - 1);
    else if (event.key in moves) choose(chosen + moves[event.key]!);
    else return;
    event.preventDefault();
  });
  return h('figure', { class: 'figure' }, legend(layers, limit !== undefined && limit.value <= top ? limit : undefined), frame, axis, told);
}

function tick(side: 'left' | 'top', at: number, text: string): HTMLElement {
  const element = h('span', {}, text);
  element.style.setProperty(side, `${(at * 100).toFixed(2)}%`);
  return element;
}

function areas(layers: readonly Layer[], buckets: number, x: (bucket: number) => number, y: (value: number) => number): SVGElement[] {
  const below = new Float64Array(buckets);
  return layers.map(({ name, values }) => {
    let up = '';
    for (let i = 0; i < buckets; i++) {
      const low = below[i]!;
      const high = low + values[i]!;
      below[i] = high;
      up += `L${x(i).toFixed(2)} ${y(high).toFixed(2)}H${x(i + 1).toFixed(2)}`;
    }
    // the lower edge, from right to left
    let lower = '';
    for (let i = buckets - 1; i >= 0; i--) {
      const low = below[i]! - values[i]!;
      lower += `L${x(i + 1).toFixed(2)} ${y(low).toFixed(2)}H${x(i).toFixed(2)}`;
    }
    return svg('path', { class: `fate-${name}`, d: buckets === 0 ? '' : `M${up.slice(1)}${lower}Z` });
  });
}

function legend(layers: readonly Layer[], limit: ChartOptions['limit']): HTMLElement {
  return h(
    'figcaption',
    { class: 'legend' },
    ...layers.map(({ name, label }) => h('span', {}, h('i', { class: `swatch fate-${name}`, 'aria-hidden': 'true' }), label)),
    limit === undefined ? null : h('span', {}, h('i', { class: 'swatch limit', 'aria-hidden': 'true' }), limit.label),
  );
}

/** The next number of the kind 1, 2, 5, 10, 20 ... */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  for (const factor of [1, 2, 5, 10]) if (factor * power >= value) return factor * power;
  return value;
}
