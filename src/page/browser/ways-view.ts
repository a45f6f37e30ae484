/**
 * The whole way of chosen packets, one at a time.
 * @module
 */
import { h } from './dom.ts';
import type { PageWay } from './model.ts';

export class WaysView {
  readonly element: HTMLElement;
  private readonly ways: readonly PageWay[];
  private readonly choice: HTMLSelectElement;
  private readonly text: HTMLElement;

  constructor(ways: readonly PageWay[]) {
    this.ways = ways;
    this.choice = h(
      'select',
      { id: 'way-choice' },
      ...ways.map(({ index, title }) => h('option', { value: index }, title)),
    ) as HTMLSelectElement;
    this.text = h('pre', { class: 'way', tabindex: 0, 'aria-label': 'The way of the packet' });
    this.choice.addEventListener('change', () => this.draw());
    this.element = h('div', {}, h('div', { class: 'controls' }, h('label', { for: 'way-choice' }, 'Packet'), this.choice), this.text);
    this.draw();
  }

  has(index: number): boolean {
    return this.ways.some((way) => way.index === index);
  }

  show(index: number): void {
    this.choice.value = String(index);
    this.draw();
    this.element.scrollIntoView({ block: 'center' });
    this.text.focus({ preventScroll: true });
  }

  private draw(): void {
    this.text.textContent = this.ways.find(({ index }) => String(index) === this.choice.value)?.text ?? '';
  }
}
