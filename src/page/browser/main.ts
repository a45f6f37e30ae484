/**
 * The report: reads the data the page carries and builds its sections.
 * @module
 */
import { chart } from './chart.ts';
import { Flows } from './columns.ts';
import { type Child, clock, h, octets, plainTable, section, share, span, whole } from './dom.ts';
import { FlowGrid, flowFacts } from './flow-grid.ts';
import type { PageModel, PageTalker } from './model.ts';
import { natView } from './nat-view.ts';
import { rulesView } from './rules-view.ts';
import { WaysView } from './ways-view.ts';

const THEME = 'hookline-theme';

async function start(): Promise<void> {
  const model = JSON.parse(document.getElementById('data')!.textContent ?? '') as PageModel;
  const flows = await Flows.open(model.flows);
  const detail = h('div', { class: 'detail', 'aria-live': 'polite' });
  const ways = model.ways.length === 0 ? null : new WaysView(model.ways);
  const tell = (row: number): void => {
    const numbers = [flows.reader('firstDrop')(row), flows.reader('firstPacket')(row)].filter((index) => ways?.has(index) === true);
    detail.replaceChildren(
      h('dl', {}, ...flowFacts(model, flows, row).flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])),
      ...[...new Set(numbers)].map((index) =>
        h('button', { type: 'button', click: () => ways!.show(index) }, `The way of packet ${index}`),
      ),
    );
  };
  const grid = new FlowGrid(model, flows, tell);
  const showCause = (cause: number): void => grid.show(`cause:${cause}`);
  const sections: HTMLElement[] = [
    section('overview', 'Overview', 'Overview', '', facts(model), verdicts(model)),
    section('time', 'Time', 'Verdicts over time', '', timeline(model)),
    ...(model.differences === null
      ? []
      : [section('difference', 'Changes', 'What the other rule set changes', '', differences(model.differences, ways))]),
    section('drops', 'Drops', 'Why packets were dropped', '', causes(model, showCause)),
    section('talkers', 'Talkers', 'Top talkers', 'By source address, over the flows listed below.', talkers(model, grid)),
    section(
      'rules',
      'Rules',
      'Rules',
      model.rulesOmitted > 0 ? `${whole(model.rulesOmitted)} rules that did not hit are left out, for the size of the page.` : '',
      rulesView(model, showCause),
    ),
    section('flows', 'Flows', 'Flows', '', grid.element, detail),
    ...(ways === null
      ? []
      : [section('ways', 'Ways', 'The way of a packet', 'The first packet of each kind of verdict, hook by hook.', ways.element)]),
    ...(model.nat === null || model.nat.mappings.length === 0 ? [] : [section('nat', 'NAT', 'Translations', '', natView(model.nat))]),
    ...(model.fill === null ? [] : [section('table', 'Table', 'Connection table', '', fill(model, model.fill))]),
  ];
  document.getElementById('content')!.replaceChildren(...sections);
  document.getElementById('nav')!.replaceChildren(...sections.map((each) => h('a', { href: `#${each.id}` }, each.dataset['short'] ?? '')));
  theme();
  document.documentElement.dataset['ready'] = 'true';
}

function facts(model: PageModel): HTMLElement {
  return h('dl', { class: 'facts' }, ...model.facts.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]));
}

function verdicts(model: PageModel): HTMLElement {
  const tile = (kind: string, number: string, label: string, part: string): HTMLElement =>
    h('li', { class: `tile tile-${kind}` }, h('b', {}, number), h('span', {}, label), part === '' ? null : h('small', {}, part));
  return h(
    'div',
    {},
    h(
      'ul',
      { class: 'tiles' },
      tile('all', whole(model.packets), 'packets', `${octets(model.octets)} in ${span(model.seconds)}`),
      ...model.fates.map(([fate, packets]) => tile(fate.replaceAll(' ', '-'), whole(packets), fate, share(packets, model.packets))),
    ),
    model.notes.length === 0 ? null : h('ul', { class: 'notes' }, ...model.notes.map((text) => h('li', {}, text))),
  );
}

function timeline({ timeline: { begin, width, series } }: PageModel): HTMLElement {
  const buckets = series[0]?.values.length ?? 0;
  const moment = (bucket: number): string => `${clock(begin + bucket * width)} (${span(width)})`;
  const label = 'Packets over time, by verdict';
  return h(
    'div',
    {},
    chart({ label, layers: series, moment, unit: `packets in ${span(width)}`, ticks: ticksOf(buckets, width) }),
    h(
      'details',
      {},
      h('summary', {}, 'As a table'),
      plainTable(
        label,
        ['From', ...series.map(({ label: name }) => name)],
        Array.from({ length: buckets }, (_, i) => [clock(begin + i * width), ...series.map(({ values }) => whole(values[i]!))]).filter(
          (row) => row.slice(1).some((text) => text !== '0'),
        ),
        1,
      ),
    ),
  );
}

function ticksOf(buckets: number, width: number): (readonly [number, string])[] {
  return [0, 0.25, 0.5, 0.75].map((at) => [at, `+${span(at * buckets * width)}`] as const);
}

function fill(model: PageModel, { levels, max, most, at, notes }: NonNullable<PageModel['fill']>): HTMLElement {
  const { begin, width } = model.timeline;
  return h(
    'div',
    {},
    h(
      'p',
      {},
      `At most ${whole(most)} connections at once${most === 0 ? '' : `, at ${clock(at)}`}: ${share(most, max)} of the ${whole(max)} there may be.`,
    ),
    chart({
      label: 'Connections in the table over time',
      layers: [{ name: 'connections', label: 'connections', values: levels }],
      moment: (bucket) => clock(begin + bucket * width),
      unit: 'most connections alive',
      limit: { value: max, label: `limit ${whole(max)}` },
      ticks: ticksOf(levels.length, width),
    }),
    notes.length === 0 ? null : h('ul', {}, ...notes.map((text) => h('li', {}, text))),
  );
}

function causes({ causes: list }: PageModel, onCause: (cause: number) => void): HTMLElement {
  const all = list.slice(1);
  if (all.length === 0) return h('p', { class: 'lead' }, 'Nothing was dropped.');
  const most = Math.max(...all.map(({ packets }) => packets));
  return h(
    'ol',
    { class: 'bars' },
    ...all.map(({ label, detail, packets }, i) =>
      bar(
        packets / most,
        'dropped',
        h('button', { type: 'button', class: 'link', click: () => onCause(i + 1) }, label),
        h('code', {}, detail),
        whole(packets),
      ),
    ),
  );
}

function talkers({ talkers: { dropped, accepted } }: PageModel, grid: FlowGrid): HTMLElement {
  const list = (title: string, kind: string, words: string, rows: readonly PageTalker[]): HTMLElement => {
    const most = Math.max(1, ...rows.map(({ packets }) => packets));
    return h(
      'div',
      {},
      h('h3', {}, title),
      rows.length === 0 ? h('p', { class: 'lead' }, 'none') : null,
      h(
        'ol',
        { class: 'bars' },
        ...rows.map(({ address, packets, octets: size }) =>
          bar(
            packets / most,
            kind,
            h('button', { type: 'button', class: 'link', click: () => grid.show(`src:${address}${words}`) }, address),
            null,
            `${whole(packets)} packets, ${octets(size)}`,
          ),
        ),
      ),
    );
  };
  return h('div', { class: 'pair' }, list('Dropped', 'dropped', ' dropped', dropped), list('Accepted', 'forwarded', '', accepted));
}

function bar(part: number, kind: string, name: Child, text: Child, number: string): HTMLElement {
  const fillOf = h('i', { class: `bar fate-${kind}`, 'aria-hidden': 'true' });
  fillOf.style.width = `${(part * 100).toFixed(1)}%`;
  return h('li', {}, fillOf, h('span', { class: 'bar-text' }, name, text === null ? null : ' ', text), h('span', { class: 'num' }, number));
}

function differences(list: NonNullable<PageModel['differences']>, ways: WaysView | null): HTMLElement {
  if (list.length === 0) return h('p', { class: 'lead' }, 'Nothing: every packet fares alike.');
  return h(
    'ol',
    { class: 'changes' },
    ...list.map(({ title, packets, connections, before, after, index, example, fateBefore, fateAfter }) =>
      h(
        'li',
        {},
        h('h3', {}, title, h('small', {}, `${whole(packets)} packets${connections === 0 ? '' : `, ${whole(connections)} connections`}`)),
        h(
          'dl',
          {},
          ...[
            ['Before', h('code', {}, before)],
            ['After', h('code', {}, after)],
            ['First', h('span', {}, `packet ${index}: `, h('code', {}, example))],
            ['fared', h('span', {}, fateBefore)],
            ['now', h('span', {}, fateAfter)],
          ].flatMap(([name, value]) => [h('dt', {}, name!), h('dd', {}, value!)]),
        ),
        ways?.has(index) === true ? h('button', { type: 'button', click: () => ways.show(index) }, `The way of packet ${index}`) : null,
      ),
    ),
  );
}

/** Light, dark, or as the system has it. */
function theme(): void {
  const button = document.getElementById('theme')!;
  const root = document.documentElement;
  const states = ['auto', 'light', 'dark'];
  const apply = (state: string): void => {
    if (state === 'auto') delete root.dataset['theme'];
    else root.dataset['theme'] = state;
    button.textContent = `Theme: ${state}`;
    remember(state);
  };
  button.addEventListener('click', () => apply(states[(states.indexOf(root.dataset['theme'] ?? 'auto') + 1) % states.length]!));
  apply(states.includes(remembered()) ? remembered() : 'auto');
}

/** A page of a file may have no storage. */
function remembered(): string {
  try {
    return localStorage.getItem(THEME) ?? 'auto';
  } catch {
    return 'auto';
  }
}

function remember(state: string): void {
  try {
    localStorage.setItem(THEME, state);
  } catch {
    // then it is forgotten
  }
}

void start();
