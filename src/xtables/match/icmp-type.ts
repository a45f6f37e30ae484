/**
 * Types and codes of ICMP messages as rules name them: `echo-request`, `3/1`, `3/0:5`. Shared by icmp and icmp6.
 *
 * A name may be shortened as long as one name begins so. Cold path: run while a rule is read.
 * @module
 */
import type { GivenOption } from '../options.ts';
import { scanNumber, wholeNumber } from './option-value.ts';

const MAX_CODE = 255;

export interface IcmpTypeInfo {
  readonly type: number;
  readonly codeLo: number;
  readonly codeHi: number;
  readonly invert: boolean;
}

/** The names of one protocol: name, type and, for one code only, the code. */
export type IcmpNames = readonly (readonly [name: string, type: number, code?: number])[];

/** What a protocol is called in messages and listings. */
export interface IcmpWording {
  readonly title: 'ICMP' | 'ICMPv6';
  readonly names: IcmpNames;
}

/** `type`, `type/code`, `type/lo:hi` or a name. */
export function readIcmpType(option: GivenOption, { title, names }: IcmpWording): IcmpTypeInfo {
  const { value, invert } = option;
  const number = scanNumber(value);
  const named = number === null ? findName(option, title, names) : null;
  if (named !== null) return { type: named[1], codeLo: named[2] ?? 0, codeHi: named[2] ?? MAX_CODE, invert };
  const [typeText = '', codeText, ...rest] = value.split('/', 3);
  const type = wholeNumber(typeText, 0n, 255n);
  if (type === null || rest.length > 0) return option.fail(`Unknown ${title} type \`${value}'`);
  if (codeText === undefined) return { type: Number(type), codeLo: 0, codeHi: MAX_CODE, invert };
  const codes = codeText.split(':', 3).map((text) => wholeNumber(text, 0n, 255n));
  const [lo, hi = lo] = codes;
  if (lo === null || hi === null || codes.length > 2) return option.fail(`Unknown ${title} code \`${value}'`);
  return { type: Number(type), codeLo: Number(lo), codeHi: Number(hi), invert };
}

function findName(option: GivenOption, title: string, names: IcmpNames): IcmpNames[number] {
  const text = option.value.toLowerCase();
  const [found, other] = names.filter(([name]) => name.toLowerCase().startsWith(text));
  if (found === undefined) return option.fail(`Unknown ${title} type \`${option.value}'`);
  if (other !== undefined) option.fail(`Ambiguous ${title} type \`${option.value}': \`${found[0]}' or \`${other[0]}'?`);
  return found;
}

/** `8`, `3/1`. iptables writes of a range of codes the first only. */
export function formatIcmpType({ type, codeLo, codeHi }: IcmpTypeInfo): string {
  return codeLo === 0 && codeHi === MAX_CODE ? `${type}` : `${type}/${codeLo}`;
}

/** `icmptype 3 code 1`, `icmp !type 3 codes 1-4`. */
export function listIcmpType(prefix: string, { type, codeLo, codeHi, invert }: IcmpTypeInfo): string {
  const head = `${prefix}${invert ? ' !' : ''}type ${type}`;
  if (codeLo === codeHi) return `${head} code ${codeLo}`;
  return codeLo === 0 && codeHi === MAX_CODE ? head : `${head} codes ${codeLo}-${codeHi}`;
}
