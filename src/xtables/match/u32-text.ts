/**
 * The language of `-m u32`: tests of 32-bit words of a packet.
 *
 *   tests    := test { "&&" test }              at most 10
 *   test     := location "=" value { "," value }          at most 10 values
 *   location := number { ("&" | "<<" | ">>" | "@") number }         at most 10 numbers
 *   value    := number [ ":" number ]
 *
 * Blanks may stand between. Numbers are C's (`0x16`, `22`, `026`).
 * @module
 */
import type { GivenOption } from '../options.ts';
import { MAX_U32, scanNumber } from './option-value.ts';

/** One of `&`, `<<`, `>>`, `@`. */
export type Operator = '&' | '<<' | '>>' | '@';

export interface U32Step {
  readonly operator: Operator;
  readonly number: number;
}

export interface U32Test {
  /** Where the first word is loaded from. */
  readonly start: number;
  readonly steps: readonly U32Step[];
  /** min, max, min, max ... */
  readonly values: readonly number[];
}

const MOST = 10;
/** The kernel refuses longer shifts. */
const MAX_SHIFT = 31;

/** The tests a text writes. Refuses it at the option's place. */
export function parseTests(option: GivenOption): readonly U32Test[] {
  return new Reader(option).tests();
}

/** The tests as iptables writes them: hex, no blanks. */
export function formatTests(tests: readonly U32Test[]): string {
  return tests.map(formatTest).join('&&');
}

function formatTest({ start, steps, values }: U32Test): string {
  const location = hex(start) + steps.map(({ operator, number }) => operator + hex(number)).join('');
  const ranges: string[] = [];
  for (let i = 0; i < values.length; i += 2) {
    ranges.push(values[i] === values[i + 1] ? hex(values[i]!) : `${hex(values[i]!)}:${hex(values[i + 1]!)}`);
  }
  return `${location}=${ranges.join(',')}`;
}

function hex(number: number): string {
  return `0x${number.toString(16)}`;
}

class Reader {
  private readonly option: GivenOption;
  private readonly text: string;
  private at = 0;

  constructor(option: GivenOption) {
    this.option = option;
    this.text = option.value;
  }

  tests(): U32Test[] {
    const tests: U32Test[] = [];
    for (;;) {
      tests.push(this.test());
      if (tests.length > MOST) this.refuse('too many "&&"s');
      if (this.at === this.text.length) return tests;
      this.at += 2;
    }
  }

  private test(): U32Test {
    this.skip();
    if (this.text[this.at] === '=') this.refuse('location spec missing');
    if (this.at === this.text.length) this.option.fail('u32: abrupt end of input after location specifier');
    const start = this.number();
    const steps: U32Step[] = [];
    for (;;) {
      this.skip();
      if (this.at === this.text.length) this.option.fail('u32: abrupt end of input after location specifier');
      if (this.text[this.at] === '=') break;
      const operator = this.operator();
      this.skip();
      if (steps.length === MOST - 1) this.refuseAt(this.at + 1, 'too many operators');
      const at = this.at;
      const number = this.number();
      if ((operator === '<<' || operator === '>>') && number > MAX_SHIFT) this.refuseAt(at, `shift by more than ${MAX_SHIFT}`);
      steps.push({ operator, number });
    }
    this.at++;
    return { start, steps, values: this.values() };
  }

  private operator(): Operator {
    const letter = this.text[this.at]!;
    this.at++;
    if (letter === '&' || letter === '@') return letter;
    if (letter !== '<' && letter !== '>') return this.refuseAt(this.at - 1, `operator expected`);
    if (this.text[this.at] !== letter) this.refuse(`a second '${letter}' was expected`);
    this.at++;
    return letter === '<' ? '<<' : '>>';
  }

  /** Values up to `&&` or the end. */
  private values(): number[] {
    const values: number[] = [];
    this.skip();
    if (this.at === this.text.length) this.option.fail('u32: test ended with no value specified');
    for (;;) {
      this.skip();
      const low = this.number();
      this.skip();
      let high = low;
      if (this.text[this.at] === ':') {
        this.at++;
        this.skip();
        high = this.number();
      }
      values.push(low, high);
      if (values.length > 2 * MOST) this.refuse('too many ","s');
      this.skip();
      if (this.at === this.text.length || this.text.startsWith('&&', this.at)) return values;
      if (this.text[this.at] !== ',') this.refuse('expected "," or "&&"');
      this.at++;
    }
  }

  private number(): number {
    const scanned = this.text[this.at] === '-' ? null : scanNumber(this.text, this.at);
    if (scanned === null || scanned.value > BigInt(MAX_U32)) return this.refuse('not a number or out of range');
    this.at = scanned.end;
    return Number(scanned.value);
  }

  private skip(): void {
    while (this.at < this.text.length && /\s/.test(this.text[this.at]!)) this.at++;
  }

  private refuse(reason: string): never {
    return this.refuseAt(this.at, reason);
  }

  private refuseAt(at: number, reason: string): never {
    return this.option.fail(`u32: at char ${at}: ${reason}`);
  }
}
