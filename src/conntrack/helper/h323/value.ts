/**
 * What was kept of a message: a tree of the components the helper wants.
 * @module
 */
import type { Component } from './schema.ts';

export class Value {
  /** Of a CHOICE: the alternative's name; '' when there was no such alternative yet. */
  choice = '';
  /** Of octets: where they begin in the message. Of a number: the number. */
  at = 0;
  readonly items: Value[] = [];
  private readonly parts: Map<string, Value> = new Map();

  /** The component of this name, or null when the message has none. */
  part(name: string): Value | null {
    return this.parts.get(name) ?? null;
  }

  /** The value of the alternative `name`, or null when another was chosen. */
  chosen(name: string): Value | null {
    return this.choice === name ? this.part(name) : null;
  }

  /** A place for a component. */
  open({ name }: Component): Value {
    const value = new Value();
    this.parts.set(name, value);
    return value;
  }

  add(): Value {
    const value = new Value();
    this.items.push(value);
    return value;
  }
}
