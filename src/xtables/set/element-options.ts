/**
 * The options behind the entry of an `add` line.
 * @module
 */
import { MAX_TIMEOUT_SEC } from './create-options.ts';
import { parseNumber, type Fail } from './element-parse.ts';
import { ElementValues } from './extensions.ts';
import { ElementFlag } from './hash-set.ts';
import type { IpSet } from './ip-set.ts';

/** What an `add` or `del` line says beside its entry. */
export interface LineOptions {
  readonly values: ElementValues;
  readonly flags: number;
  readonly before: string | null;
  readonly after: string | null;
}

const COMMENT_MAX = 255;

/** Read the options of an element. */
export function parseElementOptions(set: IpSet, words: readonly string[], fail: Fail): LineOptions {
  const values = new ElementValues();
  let flags = 0;
  let before: string | null = null;
  let after: string | null = null;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const name = word.replace(/^--/, '');
    if (name === 'nomatch' && set.type.fields.includes('net')) flags |= ElementFlag.NoMatch;
    else if (name === 'wildcard' && set.type.fields.includes('iface')) flags |= ElementFlag.Wildcard;
    else {
      const value = words[++i];
      if (value === undefined) fail(word, `missing mandatory argument of option '${name}'`);
      if (name === 'before' && set.type.method === 'list') before = value;
      else if (name === 'after' && set.type.method === 'list') after = value;
      else readValue(set, values, name, value, fail);
    }
  }
  return { values, flags, before, after };
}

function readValue(set: IpSet, values: ElementValues, name: string, text: string, fail: Fail): void {
  const { features } = set.extensions;
  const number = (max: number): number => parseNumber(text, max) ?? fail(text, `'${text}' is out of range 0-${max}`);
  const needs = (has: boolean, what: string): void => {
    if (!has) fail(name, `${name} cannot be used: set was created without ${what} support`);
  };
  switch (name) {
    case 'timeout':
      needs(features.timeoutSec >= 0, 'timeout');
      values.timeoutSec = number(MAX_TIMEOUT_SEC);
      return;
    case 'packets':
      needs(features.counters, 'counter');
      values.packets = number(Number.MAX_SAFE_INTEGER);
      return;
    case 'bytes':
      needs(features.counters, 'counter');
      values.bytes = number(Number.MAX_SAFE_INTEGER);
      return;
    case 'comment':
      needs(features.comment, 'comment');
      if (text.includes('"')) fail(text, '" character is not permitted in comments');
      if (text.length > COMMENT_MAX) fail(text, `comment is longer than the maximum allowed ${COMMENT_MAX} characters`);
      values.comment = text === '' ? null : text;
      return;
    case 'skbmark':
      needs(features.skbinfo, 'skbinfo');
      readMark(values, text, fail);
      return;
    case 'skbprio':
      needs(features.skbinfo, 'skbinfo');
      values.skbPriority = parsePriority(text) ?? fail(text, 'invalid skbprio format, it should be: MAJOR:MINOR');
      return;
    case 'skbqueue':
      needs(features.skbinfo, 'skbinfo');
      values.skbQueue = number(0xffff);
      return;
    default:
      fail(name, `unknown argument: '${name}'`);
  }
}

/** `MARK` or `MARK/MASK`, both with 0x. */
function readMark(values: ElementValues, text: string, fail: Fail): void {
  const parts = /^0x([0-9a-fA-F]{1,8})(?:\/0x([0-9a-fA-F]{1,8}))?$/.exec(text);
  if (parts === null) fail(text, 'invalid skbmark format, it should be: MARK/MASK or MARK');
  values.skbMark = Number.parseInt(parts[1]!, 16) | 0;
  values.skbMask = parts[2] === undefined ? -1 : Number.parseInt(parts[2], 16) | 0;
}

function parsePriority(text: string): number | null {
  const parts = /^([0-9a-fA-F]{1,4}):([0-9a-fA-F]{1,4})$/.exec(text);
  return parts === null ? null : (Number.parseInt(parts[1]!, 16) << 16) | Number.parseInt(parts[2]!, 16);
}
