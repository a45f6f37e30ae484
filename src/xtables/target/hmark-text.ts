/**
 * The options of HMARK, read and printed. `--hmark-tuple` stands for masks of all ones and prints as them.
 * @module
 */
import { maskOf } from '../../inet/prefix.ts';
import type { OptionSpec, Options } from '../options.ts';
import { hex, readUint, U16, U32 } from './number.ts';
import { bitsOf, readLength } from './prefix-option.ts';

export interface HmarkInfo {
  readonly ct: boolean;
  /** Names of the options that hold, a tuple's parts as the masks they stand for. */
  readonly given: readonly string[];
  readonly srcMask: Int32Array;
  readonly dstMask: Int32Array;
  readonly srcLength: number;
  readonly dstLength: number;
  /** Ports or SPI: source port in the upper half. */
  readonly portMask: number;
  readonly portSet: number;
  readonly protoMask: number;
  readonly rnd: number;
  readonly mod: number;
  readonly offset: number;
}

/** Options with a number, in the order they print, and the bits they fill. */
const NUMBERS = [
  ['sport-mask', U16, 4],
  ['dport-mask', U16, 4],
  ['spi-mask', U32, 8],
  ['sport', U16, 4],
  ['dport', U16, 4],
  ['spi', U32, 8],
  ['proto-mask', U16, 2],
  ['rnd', U32, 8],
] as const;
type NumberName = (typeof NUMBERS)[number][0];

/** Parts of a tuple and the option each stands for. */
const TUPLE_PARTS: ReadonlyMap<string, string> = new Map([
  ['src', 'src-prefix'],
  ['dst', 'dst-prefix'],
  ['sport', 'sport-mask'],
  ['dport', 'dport-mask'],
  ['spi', 'spi-mask'],
  ['proto', 'proto-mask'],
  ['ct', 'ct'],
]);

export const HMARK_OPTIONS: readonly OptionSpec[] = [
  'tuple',
  'src-prefix',
  'dst-prefix',
  ...NUMBERS.map(([name]) => name),
  'mod',
  'offset',
].map((name) => ({ name: `hmark-${name}` }));

export function parseHmark(options: Options): HmarkInfo {
  const { family } = options.context;
  const parts = readTuple(options);
  const given = new Set(parts);
  for (const { name } of HMARK_OPTIONS) if (options.has(name) && name !== 'hmark-tuple') given.add(name.slice('hmark-'.length));
  if (!given.has('mod')) options.fail('--hmark-mod is mandatory');
  if (!given.has('rnd')) options.fail('--hmark-rnd is mandatory');
  if (given.has('spi-mask') && (given.has('sport-mask') || given.has('dport-mask'))) {
    options.fail('you cannot use --hmark-spi-mask and --hmark-?port-mask at the same time');
  }
  if (given.size === 2) options.fail('you have to specify --hmark-tuple at least');
  const number = (name: NumberName, whole: number): number => {
    const option = options.get(`hmark-${name}`);
    if (option !== undefined) return readUint(option, 0, whole);
    return parts.includes(name) ? whole : 0;
  };
  const length = (name: string): number => {
    const option = options.get(`hmark-${name}`);
    if (option !== undefined) return readLength(option, option.value, family);
    return given.has(name) ? bitsOf(family) : 0;
  };
  const srcLength = length('src-prefix');
  const dstLength = length('dst-prefix');
  return {
    ct: given.has('ct'),
    given: [...given],
    srcLength,
    dstLength,
    srcMask: maskOf(srcLength, family),
    dstMask: maskOf(dstLength, family),
    portMask: number('spi-mask', U32) | (number('sport-mask', U16) << 16) | number('dport-mask', U16),
    portSet: number('spi', U32) | (number('sport', U16) << 16) | number('dport', U16),
    protoMask: number('proto-mask', U16),
    rnd: number('rnd', U32) | 0,
    mod: readUint(options.get('hmark-mod')!, 1, U32),
    offset: given.has('offset') ? readUint(options.get('hmark-offset')!, 0, U32) : 0,
  };
}

/** The options a tuple stands for. */
function readTuple(options: Options): readonly string[] {
  const option = options.get('hmark-tuple');
  if (option === undefined) return [];
  return option.value.split(',').map((part) => TUPLE_PARTS.get(part) ?? option.fail(`bad type "${part}"`));
}

/** The number behind an option's name. */
function valueOf(info: HmarkInfo, name: NumberName): number {
  switch (name) {
    case 'sport-mask':
      return info.portMask >>> 16;
    case 'dport-mask':
      return info.portMask & U16;
    case 'spi-mask':
      return info.portMask;
    case 'sport':
      return info.portSet >>> 16;
    case 'dport':
      return info.portSet & U16;
    case 'spi':
      return info.portSet;
    case 'proto-mask':
      return info.protoMask;
    case 'rnd':
      return info.rnd;
  }
}

export function printHmark(info: HmarkInfo): string {
  const out: string[] = [];
  if (info.given.includes('src-prefix')) out.push(`--hmark-src-prefix ${info.srcLength}`);
  if (info.given.includes('dst-prefix')) out.push(`--hmark-dst-prefix ${info.dstLength}`);
  for (const [name, , width] of NUMBERS) if (info.given.includes(name)) out.push(`--hmark-${name} ${hex(valueOf(info, name), width)}`);
  out.push(`--hmark-mod ${info.mod}`);
  if (info.offset !== 0) out.push(`--hmark-offset ${info.offset}`);
  if (info.ct) out.push('--hmark-tuple ct');
  return out.join(' ');
}

export function listHmark(info: HmarkInfo, family: 4 | 6): string {
  // A whole IPv6 address shows no length: so iptables lists it.
  const length = (prefix: number): string => (family === 6 && prefix === 128 ? '' : String(prefix));
  let text = `HMARK mod ${info.mod} `;
  if (info.offset !== 0) text += `+ ${hex(info.offset)} `;
  if (info.ct) text += 'ct, ';
  if (info.given.includes('src-prefix')) text += `src-prefix ${length(info.srcLength)} `;
  if (info.given.includes('dst-prefix')) text += `dst-prefix ${length(info.dstLength)} `;
  for (const [name] of NUMBERS) if (info.given.includes(name)) text += `${name} ${hex(valueOf(info, name))} `;
  return text;
}
