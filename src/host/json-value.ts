/**
 * JsonValue: a value of a JSON text together with its path, so that every complaint says where: `host.json: interfaces[1].mac:
 * expected a hardware address, found 7`. Reads own properties only; keys such as `__proto__` are nothing special.
 * @module
 */
import { HooklineError } from '../errors.ts';

/** Longest piece of a foreign text that is repeated in a message. */
const MAX_QUOTE = 60;

export class JsonValue {
  readonly raw: unknown;
  private readonly file: string;
  private readonly path: string;

  constructor(raw: unknown, file: string, path: string = '') {
    this.raw = raw;
    this.file = file;
    this.path = path;
  }

  /** @throws ERR_HOST when the text is not JSON. */
  static parse(text: string, file: string): JsonValue {
    try {
      return new JsonValue(JSON.parse(text) as unknown, file);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new HooklineError('ERR_HOST', `${file}: not JSON: ${quote(reason)}`, { cause });
    }
  }

  /** Refuse this value. */
  fail(reason: string): never {
    throw new HooklineError('ERR_HOST', `${this.file}: ${this.path === '' ? '' : `${this.path}: `}${reason}`);
  }

  expected(what: string): never {
    return this.fail(`expected ${what}, found ${describe(this.raw)}`);
  }

  get isAbsent(): boolean {
    return this.raw === undefined || this.raw === null;
  }

  /** A property; absent when this has none of that name. Refuses what is no object. */
  get(key: string): JsonValue {
    const own = Object.hasOwn(this.asObject(), key);
    return new JsonValue(
      own ? (this.raw as Record<string, unknown>)[key] : undefined,
      this.file,
      this.path === '' ? key : `${this.path}.${key}`,
    );
  }

  /** Whether a property is there, be it null. */
  has(key: string): boolean {
    return Object.hasOwn(this.asObject(), key);
  }

  /** Refuse properties that mean nothing: most of them are misspelt. */
  onlyKeys(known: readonly string[]): this {
    for (const key of Object.keys(this.asObject())) if (!known.includes(key)) this.fail(`unknown property ${quote(key)}`);
    return this;
  }

  /** Names and values of all properties; none when absent. */
  entries(): [string, JsonValue][] {
    if (this.isAbsent) return [];
    return Object.keys(this.asObject()).map((key) => [key, this.get(key)]);
  }

  /** The elements; none when absent. */
  items(): JsonValue[] {
    if (this.isAbsent) return [];
    if (!Array.isArray(this.raw)) this.expected('a list');
    return (this.raw as unknown[]).map((item, i) => new JsonValue(item, this.file, `${this.path}[${i}]`));
  }

  asString(): string {
    return typeof this.raw === 'string' ? this.raw : this.expected('a text');
  }

  asBoolean(byDefault: boolean): boolean {
    if (this.isAbsent) return byDefault;
    return typeof this.raw === 'boolean' ? this.raw : this.expected('true or false');
  }

  /** A whole number within bounds, given as a number or as its digits. */
  asInteger(min: number, max: number, byDefault?: number): number {
    if (this.isAbsent && byDefault !== undefined) return byDefault;
    const { raw } = this;
    const value = typeof raw === 'string' && /^\d{1,10}$/.test(raw) ? Number(raw) : raw;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
      return this.expected(`a whole number from ${min} to ${max}`);
    }
    return value;
  }

  private asObject(): object {
    const { raw } = this;
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return this.expected('an object');
    return raw;
  }
}

/** A foreign text within a message: quoted, cut, control characters written as escapes. */
export function quote(text: string): string {
  const cut = text.length > MAX_QUOTE ? `${text.slice(0, MAX_QUOTE)}…` : text;
  return JSON.stringify(cut);
}

function describe(raw: unknown): string {
  if (raw === undefined) return 'nothing';
  if (raw === null) return 'null';
  if (typeof raw === 'string') return quote(raw);
  if (typeof raw === 'number' || typeof raw === 'boolean') return String(raw);
  return Array.isArray(raw) ? 'a list' : 'an object';
}
