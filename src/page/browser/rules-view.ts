/**
 * The rule set with its heat: how much of the traffic met each rule. A chain's rules are made when it is opened.
 * @module
 */
import { h, octets, share, whole } from './dom.ts';
import type { PageChain, PageModel, PageRule, PageTable } from './model.ts';

/** Chains of this many rules are closed at first. */
const LONG = 60;

export function rulesView(model: PageModel, onCause: (cause: number) => void): HTMLElement {
  const busiest = Math.max(1, ...model.tables.flatMap(({ chains }) => chains.flatMap(({ rules }) => rules.map(({ packets }) => packets))));
  const filter = h(
    'select',
    { id: 'rule-filter' },
    ...[
      ['all', 'all rules'],
      ['hit', 'rules that hit'],
      ['quiet', 'rules that did not hit'],
      ['dead', 'dead rules: no packet can reach and match them'],
    ].map(([value, text]) => h('option', { value: value! }, text!)),
  ) as HTMLSelectElement;
  const list = h('div', {});
  const draw = (): void => {
    const wanted = (rule: PageRule): boolean => {
      if (filter.value === 'hit') return rule.packets > 0;
      if (filter.value === 'quiet') return rule.packets === 0 && rule.kind === 'rule';
      return filter.value === 'all' || rule.dead !== '';
    };
    list.replaceChildren(...model.tables.flatMap((table) => tableView(table, busiest, wanted, onCause)));
    if (list.childElementCount === 0)
      list.append(
        h('p', { class: 'lead' }, model.tables.length === 0 ? 'No rules were given: every table is empty.' : 'No rule is of this kind.'),
      );
  };
  filter.addEventListener('change', draw);
  draw();
  return h('div', {}, h('div', { class: 'controls' }, h('label', { for: 'rule-filter' }, 'Show'), filter), list);
}

function tableView(
  table: PageTable,
  busiest: number,
  wanted: (rule: PageRule) => boolean,
  onCause: (cause: number) => void,
): HTMLElement[] {
  const chains = table.chains.filter(({ rules }) => rules.some(wanted));
  if (chains.length === 0) return [];
  return [h('h3', {}, `${table.name} (IPv${table.family})`), ...chains.map((chain) => chainView(chain, busiest, wanted, onCause))];
}

function chainView(chain: PageChain, busiest: number, wanted: (rule: PageRule) => boolean, onCause: (cause: number) => void): HTMLElement {
  const shown = chain.rules.filter(wanted);
  const end = chain.rules.at(-1);
  const rules = chain.rules.filter(({ kind }) => kind === 'rule').length;
  const hit = chain.rules.filter(({ kind, packets }) => kind === 'rule' && packets > 0).length;
  const told = rules === 0 ? 'no rules' : `${hit} of ${whole(rules)} rules hit`;
  const policy = end?.kind === 'policy' ? `, ${end.text}: ${whole(end.packets)} packets` : '';
  const body = h('div', { class: 'scroll' });
  const element = h(
    'details',
    { class: 'chain', ...(rules > 0 && shown.length <= LONG ? { open: true } : {}) },
    h('summary', {}, h('b', {}, chain.name), ` ${told}${policy}`),
    body,
  ) as HTMLDetailsElement;
  const make = (): void => {
    if (body.childElementCount > 0) return;
    body.append(
      h(
        'table',
        { class: 'rules' },
        h('caption', { class: 'hidden' }, `Rules of ${chain.name}`),
        h(
          'thead',
          {},
          h('tr', {}, ...['No.', 'Packets', 'Octets', 'Heat', 'Rule', 'Place'].map((text) => h('th', { scope: 'col' }, text))),
        ),
        h('tbody', {}, ...shown.map((rule) => ruleRow(rule, busiest, onCause))),
      ),
    );
  };
  element.addEventListener('toggle', () => {
    if (element.open) make();
  });
  if (element.open) make();
  return element;
}

function ruleRow(rule: PageRule, busiest: number, onCause: (cause: number) => void): HTMLElement {
  const heat = rule.packets === 0 ? 0 : Math.max(0.02, Math.log1p(rule.packets) / Math.log1p(busiest));
  const bar = h('span', { class: 'heat', role: 'img', 'aria-label': `${share(rule.packets, busiest)} of the busiest rule` }, h('i', {}));
  (bar.firstChild as HTMLElement).style.width = `${(heat * 100).toFixed(1)}%`;
  return h(
    'tr',
    { class: rule.dead !== '' ? 'is-dead' : rule.packets === 0 ? 'is-quiet' : '' },
    h('td', { class: 'num' }, rule.number),
    h('td', { class: 'num' }, whole(rule.packets)),
    h('td', { class: 'num' }, octets(rule.octets)),
    h('td', {}, bar),
    h(
      'td',
      { class: 'rule-text' },
      h('code', {}, rule.text),
      rule.dead === '' ? null : h('span', { class: 'badge', title: rule.dead }, `dead: ${rule.dead}`),
      rule.cause === 0 ? null : h('button', { type: 'button', class: 'link', click: () => onCause(rule.cause) }, 'its drops'),
    ),
    h('td', { class: 'place', title: rule.at }, rule.at.slice(rule.at.lastIndexOf('/') + 1)),
  );
}
