/**
 * The map of translations: who became whom, as a drawing of the busiest and as tables.
 * @module
 */
import { h, plainTable, svg, whole } from './dom.ts';
import type { PageMapping, PageModel } from './model.ts';

const MOST = 14;
const ROW = 26;
const WIDTH = 720;

export function natView({ mappings, pools, changes, omitted }: NonNullable<PageModel['nat']>): HTMLElement {
  return h(
    'div',
    {},
    natMap(mappings),
    h('h3', {}, 'Translations'),
    plainTable(
      'Translations',
      ['Side', 'Protocol', 'From', 'To', 'Rule', 'Connections', 'Got another port'],
      mappings.map(({ side, protocol, from, to, rule, connections, changed }) => [
        side,
        protocol,
        from,
        to,
        rule,
        whole(connections),
        whole(changed),
      ]),
      5,
    ),
    omitted > 0 ? h('p', { class: 'lead' }, `… and ${whole(omitted)} more`) : null,
    pools.length === 0 ? null : h('h3', {}, 'Ports of translated sources'),
    pools.length === 0
      ? null
      : plainTable(
          'Ports of translated sources',
          ['Address', 'Protocol', 'Busiest destination', 'Ports offered', 'Used', 'At once', 'At once to it'],
          pools.map((pool) => [
            pool.address,
            pool.protocol,
            pool.busiest,
            `${pool.low}–${pool.high}`,
            whole(pool.used),
            whole(pool.peak),
            whole(pool.peakOfOne),
          ]),
          4,
        ),
    changes.length === 0 ? null : h('h3', {}, 'Ports that changed'),
    changes.length === 0 ? null : h('ul', {}, ...changes.map((text) => h('li', {}, text))),
  );
}

/** Both ends of the busiest translations, with a band between them as wide as their connections. */
function natMap(mappings: readonly PageMapping[]): HTMLElement {
  const shown = mappings.slice(0, MOST);
  const left = unique(shown.map(({ from, protocol }) => `${from} ${protocol}`));
  const right = unique(shown.map(({ to }) => to));
  const most = Math.max(1, ...shown.map(({ connections }) => connections));
  const height = Math.max(left.length, right.length) * ROW + 10;
  const y = (names: readonly string[], name: string): number => ((names.indexOf(name) + 0.5) * (height - 10)) / names.length + 5;
  const bands = shown.map(({ from, protocol, to, side, connections }) => {
    const [a, b] = [y(left, `${from} ${protocol}`), y(right, to)];
    return svg('path', {
      class: `band band-${side}`,
      d: `M250 ${a}C360 ${a} 360 ${b} 470 ${b}`,
      'stroke-width': (1 + (11 * connections) / most).toFixed(1),
    });
  });
  const names = (list: readonly string[], x: number, anchor: string): SVGElement[] =>
    list.map((name) => svg('text', { x, y: y(list, name) + 4, 'text-anchor': anchor }, name.length > 34 ? `${name.slice(0, 33)}…` : name));
  const label = `Map of ${shown.length} translations; the table below has them as text`;
  return h(
    'figure',
    { class: 'figure map' },
    svg(
      'svg',
      { viewBox: `0 0 ${WIDTH} ${height}`, role: 'img', 'aria-label': label },
      ...bands,
      ...names(left, 242, 'end'),
      ...names(right, 478, 'start'),
    ) as unknown as HTMLElement,
    h(
      'figcaption',
      { class: 'legend' },
      h('span', {}, h('i', { class: 'swatch band-source' }), 'source'),
      h('span', {}, h('i', { class: 'swatch band-destination' }), 'destination'),
    ),
  );
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
