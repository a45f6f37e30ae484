/**
 * The table of flows: any number of rows, of which only those in sight are elements. Filtered by words, sorted by any column.
 *
 *   10.0.0.2 443        both must fit: an address (or a part of one), a port, a protocol, a cause
 *   src:10.0 dst:192. port:53 proto:udp packet:12 dropped passed nat
 *
 * Keys: arrows, Page, Home and End move; Enter tells the flow.
 * @module
 */
import type { Column, Flows } from './columns.ts';
import { clock, h, octets, span, whole } from './dom.ts';
import type { PageModel } from './model.ts';

const ROW = 30;
const SPARE = 8;

interface GridColumn {
  readonly key: string;
  readonly label: string;
  readonly width: string;
  readonly number: boolean;
  readonly text: (row: number) => string;
  /** Compares two rows. */
  readonly order: (a: number, b: number) => number;
}

type Test = (row: number) => boolean;

export class FlowGrid {
  readonly element: HTMLElement;
  private readonly model: PageModel;
  private readonly flows: Flows;
  private readonly columns: readonly GridColumn[];
  private readonly onChoose: (row: number) => void;
  private readonly input: HTMLInputElement;
  private readonly status: HTMLElement;
  private readonly port: HTMLElement;
  private readonly body: HTMLElement;
  private readonly grid: HTMLElement;
  private readonly heads: HTMLElement[] = [];
  private rows: Uint32Array;
  private sorted = 'first';
  private descending = false;
  private active = 0;
  private first = -1;
  private last = -1;

  constructor(model: PageModel, flows: Flows, onChoose: (row: number) => void) {
    this.model = model;
    this.flows = flows;
    this.onChoose = onChoose;
    this.columns = columnsOf(model, flows);
    this.rows = Uint32Array.from({ length: flows.count }, (_, i) => i);
    this.input = h('input', {
      id: 'flow-filter',
      type: 'search',
      autocomplete: 'off',
      spellcheck: 'false',
      placeholder: '10.0.0.2 443, src:10. dst:192.0. port:53 proto:udp dropped passed nat',
    }) as HTMLInputElement;
    this.status = h('p', { class: 'status', role: 'status', id: 'flow-status' });
    this.body = h('div', { class: 'grid-body', role: 'rowgroup' });
    const head = h(
      'div',
      { class: 'grid-row grid-head', role: 'row', 'aria-rowindex': 1 },
      ...this.columns.map((column, i) => this.head(column, i)),
    );
    this.port = h(
      'div',
      { class: 'grid-port', tabindex: 0, 'aria-label': 'Flows; arrow keys move, Enter tells a flow', role: 'presentation' },
      this.body,
    );
    this.grid = h(
      'div',
      { class: 'grid', role: 'grid', 'aria-label': 'Flows', 'aria-colcount': this.columns.length, 'aria-describedby': 'flow-status' },
      head,
      this.port,
    );
    this.element = h(
      'div',
      {},
      h('div', { class: 'controls' }, h('label', { for: 'flow-filter' }, 'Filter'), this.input),
      this.status,
      this.grid,
    );
    let waiting = 0;
    this.input.addEventListener('input', () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => this.filter(), 80);
    });
    this.port.addEventListener('scroll', () => {
      head.scrollLeft = this.port.scrollLeft;
      this.draw();
    });
    this.port.addEventListener('keydown', (event) => this.key(event));
    this.filter();
  }

  /** Show the flows that these words fit. */
  show(words: string): void {
    this.input.value = words;
    this.filter();
    this.element.scrollIntoView({ block: 'start' });
    this.port.focus({ preventScroll: true });
  }

  private head(column: GridColumn, i: number): HTMLElement {
    const button = h('button', { type: 'button', click: () => this.sort(column.key) }, column.label);
    const cell = h(
      'div',
      { role: 'columnheader', class: column.number ? 'cell num' : 'cell', 'aria-colindex': i + 1, 'aria-sort': 'none' },
      button,
    );
    cell.style.flex = column.width;
    this.heads.push(cell);
    return cell;
  }

  private sort(key: string): void {
    const column = this.columns.find((one) => one.key === key)!;
    this.descending = this.sorted === key ? !this.descending : column.number && key !== 'first';
    this.sorted = key;
    this.reorder();
    this.port.scrollTop = 0;
    this.redraw();
  }

  private reorder(): void {
    const { order } = this.columns.find(({ key }) => key === this.sorted)!;
    this.rows.sort(this.descending ? (a, b) => order(b, a) || a - b : (a, b) => order(a, b) || a - b);
    this.heads.forEach((head, i) => {
      const isIt = this.columns[i]!.key === this.sorted;
      head.setAttribute('aria-sort', isIt ? (this.descending ? 'descending' : 'ascending') : 'none');
    });
  }

  private filter(): void {
    const tests = this.input.value
      .trim()
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '')
      .map((word) => testOf(word, this.model, this.flows));
    const kept = new Uint32Array(this.flows.count);
    let count = 0;
    for (let row = 0; row < this.flows.count; row++) if (tests.every((test) => test(row))) kept[count++] = row;
    this.rows = kept.subarray(0, count);
    this.active = 0;
    this.reorder();
    this.status.textContent = `${whole(count)} of ${whole(this.flows.count)} flows${this.model.flows.omitted}`;
    this.grid.setAttribute('aria-rowcount', String(count + 1));
    this.port.scrollTop = 0;
    this.redraw();
  }

  private redraw(): void {
    this.first = this.last = -1;
    this.body.style.height = `${this.rows.length * ROW}px`;
    this.draw();
  }

  private draw(): void {
    const first = Math.max(0, Math.floor(this.port.scrollTop / ROW) - SPARE);
    const last = Math.min(this.rows.length, first + Math.ceil((this.port.clientHeight || 480) / ROW) + 2 * SPARE);
    if (first === this.first && last === this.last) return;
    this.first = first;
    this.last = last;
    const elements: HTMLElement[] = [];
    for (let i = first; i < last; i++) elements.push(this.row(i));
    this.body.replaceChildren(...elements);
    this.port.setAttribute('aria-activedescendant', `flow-${this.active}`);
  }

  private row(i: number): HTMLElement {
    const row = this.rows[i]!;
    const dropped = this.flows.column('dropped')[row]! > 0;
    const element = h(
      'div',
      {
        role: 'row',
        id: `flow-${i}`,
        class: `grid-row${dropped ? ' is-dropped' : ''}${i === this.active ? ' is-active' : ''}`,
        'aria-rowindex': i + 2,
        'aria-selected': i === this.active ? 'true' : 'false',
        click: () => this.choose(i),
      },
      ...this.columns.map((column, at) => {
        const text = column.text(row);
        const cell = h('div', { role: 'gridcell', class: column.number ? 'cell num' : 'cell', 'aria-colindex': at + 1, title: text }, text);
        cell.style.flex = column.width;
        return cell;
      }),
    );
    element.style.transform = `translateY(${i * ROW}px)`;
    return element;
  }

  private choose(i: number): void {
    this.move(i);
    const row = this.rows[i];
    if (row !== undefined) this.onChoose(row);
  }

  private key(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.port.clientHeight / ROW) - 1);
    const moves: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -this.rows.length,
      End: this.rows.length,
    };
    if (event.key === 'Enter') this.choose(this.active);
    else if (event.key in moves) this.move(this.active + moves[event.key]!);
    else return;
    event.preventDefault();
  }

  private move(to: number): void {
    if (this.rows.length === 0) return;
    this.active = Math.min(this.rows.length - 1, Math.max(0, to));
    const top = this.active * ROW;
    if (top < this.port.scrollTop) this.port.scrollTop = top;
    else if (top + ROW > this.port.scrollTop + this.port.clientHeight) this.port.scrollTop = top + ROW - this.port.clientHeight;
    this.first = this.last = -1;
    this.draw();
  }
}

function columnsOf(model: PageModel, flows: Flows): GridColumn[] {
  const { addresses } = flows;
  const value = (name: string): ((row: number) => number) => flows.reader(name);
  const ranks = rankOf(addresses);
  const protocol = (row: number): string => nameOf(model, flows.column('protocol')[row]!);
  const end = (address: string, port: string): ((row: number) => string) => {
    const at = value(address);
    const number = value(port);
    return (row) => endText(addresses[at(row)] ?? '', number(row));
  };
  const byNumber =
    (read: (row: number) => number): GridColumn['order'] =>
    (a, b) =>
      read(a) - read(b);
  const byAddress = (address: string, port: string): GridColumn['order'] => {
    const at = value(address);
    const number = value(port);
    return (a, b) => (ranks[at(a)] ?? -1) - (ranks[at(b)] ?? -1) || number(a) - number(b);
  };
  const cause = value('cause');
  const both = (one: string, two: string): ((row: number) => number) => {
    const a = value(one);
    const b = value(two);
    return (row) => a(row) + b(row);
  };
  const packets = both('packets', 'replyPackets');
  const size = both('octets', 'replyOctets');
  const first = value('first');
  const duration = value('duration');
  const dropped = value('dropped');
  return [
    { key: 'first', label: 'Start', width: '0 0 6.5rem', number: true, text: (row) => `+${span(first(row))}`, order: byNumber(first) },
    {
      key: 'protocol',
      label: 'Proto',
      width: '0 0 4.5rem',
      number: false,
      text: protocol,
      order: (a, b) => protocol(a).localeCompare(protocol(b)),
    },
    {
      key: 'source',
      label: 'Source',
      width: '2 1 11rem',
      number: false,
      text: end('source', 'sourcePort'),
      order: byAddress('source', 'sourcePort'),
    },
    {
      key: 'destination',
      label: 'Destination',
      width: '2 1 11rem',
      number: false,
      text: end('destination', 'destinationPort'),
      order: byAddress('destination', 'destinationPort'),
    },
    {
      key: 'nat',
      label: 'Translated to',
      width: '3 1 11rem',
      number: false,
      text: translatedText(flows),
      order: byAddress('natSource', 'natSourcePort'),
    },
    { key: 'packets', label: 'Packets', width: '0 0 5rem', number: true, text: (row) => whole(packets(row)), order: byNumber(packets) },
    { key: 'octets', label: 'Octets', width: '0 0 5.5rem', number: true, text: (row) => octets(size(row)), order: byNumber(size) },
    { key: 'duration', label: 'Lasts', width: '0 0 5.5rem', number: true, text: (row) => span(duration(row)), order: byNumber(duration) },
    {
      key: 'dropped',
      label: 'Dropped',
      width: '0 0 5.5rem',
      number: true,
      text: (row) => (dropped(row) === 0 ? '–' : whole(dropped(row))),
      order: byNumber(dropped),
    },
    {
      key: 'cause',
      label: 'Dropped by',
      width: '2 1 10rem',
      number: false,
      text: (row) => (cause(row) === 0 ? '' : model.causes[cause(row)]!.label),
      order: byNumber(cause),
    },
  ];
}

/** Addresses in their own order: IPv4 by number, then all others by text. */
function rankOf(addresses: readonly string[]): Float64Array {
  const keys = addresses.map((text) => {
    const parts = text.split('.').map(Number);
    return parts.length === 4 && parts.every((part) => part >= 0) ? parts.reduce((sum, part) => sum * 256 + part, 0) : -1;
  });
  const order = addresses
    .map((_, i) => i)
    .sort((a, b) => {
      if (keys[a]! >= 0 && keys[b]! >= 0) return keys[a]! - keys[b]!;
      return keys[b]! - keys[a]! || (addresses[a]! < addresses[b]! ? -1 : 1);
    });
  const ranks = new Float64Array(addresses.length);
  order.forEach((address, rank) => {
    ranks[address] = rank;
  });
  return ranks;
}

export function endText(address: string, port: number): string {
  if (address === '' || port < 0) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

export function nameOf({ protocols }: PageModel, number: number): string {
  return protocols[number] ?? String(number);
}

/** `203.0.113.1:1024`, `> 10.0.0.5:80`, or both. */
export function translatedText(flows: Flows): (row: number) => string {
  const { addresses } = flows;
  const [source, sourcePort, destination, destinationPort] = ['natSource', 'natSourcePort', 'natDestination', 'natDestinationPort'].map(
    (name) => flows.reader(name),
  );
  return (row) => {
    const from = endText(addresses[source!(row)] ?? '', sourcePort!(row));
    const to = endText(addresses[destination!(row)] ?? '', destinationPort!(row));
    return to === '' ? from : `${from === '' ? '' : `${from} `}→ ${to}`;
  };
}

function testOf(word: string, model: PageModel, flows: Flows): Test {
  const dropped: Column = flows.column('dropped');
  if (word === 'dropped') return (row) => dropped[row]! > 0;
  if (word === 'passed') return (row) => dropped[row]! === 0;
  const [source, destination, natSource, natDestination] = ['source', 'destination', 'natSource', 'natDestination'].map((name) =>
    flows.reader(name),
  );
  if (word === 'nat') return (row) => natSource!(row) >= 0 || natDestination!(row) >= 0;
  const [sourcePort, destinationPort] = [flows.reader('sourcePort'), flows.reader('destinationPort')];
  const at = word.indexOf(':');
  const key = at > 0 ? word.slice(0, at) : '';
  const value = word.slice(at + 1);
  const fits = (part: string): Uint8Array => Uint8Array.from(flows.addresses, (text) => (text.includes(part) ? 1 : 0));
  const number = Number(value);
  switch (key) {
    case 'src': {
      const found = fits(value);
      return (row) => found[source!(row)] === 1;
    }
    case 'dst': {
      const found = fits(value);
      return (row) => found[destination!(row)] === 1;
    }
    case 'port':
      return (row) => sourcePort(row) === number || destinationPort(row) === number;
    case 'proto':
      return (row) => nameOf(model, flows.column('protocol')[row]!) === value;
    case 'packet': {
      const [first, drop] = [flows.reader('firstPacket'), flows.reader('firstDrop')];
      return (row) => first(row) === number || drop(row) === number;
    }
    case 'cause': {
      const cause = flows.reader('cause');
      return (row) => cause(row) === number;
    }
  }
  const found = fits(word);
  const causes = model.causes.map(({ label, detail }) => `${label} ${detail}`.toLowerCase().includes(word));
  const cause = flows.reader('cause');
  const port = /^\d+$/.test(word) ? Number(word) : -2;
  return (row) =>
    found[source!(row)] === 1 ||
    found[destination!(row)] === 1 ||
    found[natSource!(row)] === 1 ||
    found[natDestination!(row)] === 1 ||
    sourcePort(row) === port ||
    destinationPort(row) === port ||
    nameOf(model, flows.column('protocol')[row]!) === word ||
    (cause(row) > 0 && causes[cause(row)]!);
}

/** What there is to say of one flow. */
export function flowFacts(model: PageModel, flows: Flows, row: number): readonly (readonly [string, string])[] {
  const read = (name: string): number => flows.reader(name)(row);
  const end = (address: string, port: string): string => endText(flows.addresses[read(address)] ?? '', read(port));
  const cause = model.causes[read('cause')]!;
  const translated = translatedText(flows)(row);
  return [
    ['Flow', `${nameOf(model, read('protocol'))} ${end('source', 'sourcePort')} → ${end('destination', 'destinationPort')}`],
    ...(translated === '' ? [] : [['Translated to', translated] as const]),
    ['From', `${clock(model.begin + read('first'))} (packet ${read('firstPacket')}), for ${span(read('duration'))}`],
    ['Sent', `${whole(read('packets'))} packets, ${octets(read('octets'))}`],
    ['Came back', `${whole(read('replyPackets'))} packets, ${octets(read('replyOctets'))}`],
    ['Dropped', read('dropped') === 0 ? 'nothing' : `${whole(read('dropped'))} packets, the first is packet ${read('firstDrop')}`],
    ...(read('dropped') === 0 ? [] : [['By', `${cause.label}  ${cause.detail}`] as const]),
  ];
}
