/**
 * FormSteps: a form taken apart, so that a line can be held against it: octets that stand there, a value of a kind, octets again.
 *
 * A line that passes has that form and no other: a word equal to one of the form is taken, or not, for a value for the same
 * reasons. What stands behind -j as a word is the name of a module: once a chain gets such a name no line is held against a form
 * any more (Commands.newChain).
 * @module
 */
import { Found, Value, valueBehind } from './line-values.ts';

const BLANK = 0x20;
const LAST_VALUE = Found.NatPort;

export class FormSteps {
  readonly form: Uint8Array;
  readonly view: DataView;
  count = 0;
  /** By step: the form's octets that stand in front of the value, its kind (None: the form ends there), and what must be found. */
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly kinds: number[] = [];
  readonly found: number[] = [];

  /** Of a form as LineScanner makes it. */
  constructor(form: Uint8Array) {
    this.form = form;
    this.view = new DataView(form.buffer, form.byteOffset, form.byteLength);
    let start = 1;
    let before: number = Value.None;
    for (let i = 1; i < form.length; ) {
      const octet = form[i]!;
      if (octet <= LAST_VALUE) {
        this.add(start, i, before, octet);
        start = ++i;
        before = Value.None;
        continue;
      }
      const word = i + 1;
      for (i = word; i < form.length && form[i]! > BLANK; ) i++;
      before = valueBehind(form, word, i);
    }
    this.add(start, form.length, Value.None, Found.Word);
  }

  private add(start: number, end: number, kind: number, found: number): void {
    this.starts.push(start);
    this.ends.push(end);
    this.kinds.push(kind);
    this.found.push(found);
    this.count++;
  }
}
