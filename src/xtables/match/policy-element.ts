/**
 * The transforms an IPsec rule asks for: up to four, each told by the options between two `--next`.
 * Cold path: run while a rule is read.
 * @module
 */
import { AH, ESP, protocolNumber } from '../../inet/protocol.ts';
import type { GivenOption, OptionSpec, Options } from '../options.ts';
import { formatHostMask, type HostMask, readHostMask } from './host-mask.ts';
import { hex } from './masked-value.ts';
import { unsigned, wholeNumber } from './option-value.ts';

const MAX_ELEMENTS = 4;
const IPCOMP = 108;
const PROTOCOLS: ReadonlyMap<number, string> = new Map([
  [ESP, 'esp'],
  [AH, 'ah'],
  [IPCOMP, 'ipcomp'],
]);

/** In the order they print. */
const FIELDS = ['reqid', 'spi', 'proto', 'mode', 'tunnel-dst', 'tunnel-src'] as const;
type Field = (typeof FIELDS)[number];

export const ELEMENT_OPTIONS: readonly OptionSpec[] = [
  ...FIELDS.map((name) => ({ name, invert: true, multiple: true })),
  { name: 'next', args: 0, multiple: true },
];

/** What one option asks. */
export interface PolicyField {
  readonly name: Field;
  readonly value: number | 'tunnel' | 'transport' | HostMask;
  readonly invert: boolean;
}

/** In the order of printing. */
export type PolicyElement = readonly PolicyField[];

export function readElements(options: Options, strict: boolean): PolicyElement[] {
  const elements: GivenOption[][] = [[]];
  for (const option of options.all()) {
    if (option.name === 'next') elements.push([]);
    else if (FIELDS.includes(option.name as Field)) elements.at(-1)!.push(option);
    if (elements.length > MAX_ELEMENTS) option.fail('policy match: maximum policy depth reached');
  }
  const empty = strict ? elements.findIndex((element) => element.length === 0) : -1;
  if (empty >= 0) {
    options.fail(
      `policy match: empty policy element ${empty}. --strict is in effect, but at least one of reqid, spi, tunnel-src, tunnel-dst, proto or mode is required`,
    );
  }
  return elements.map((element) => readElement(element, options));
}

function readElement(given: readonly GivenOption[], options: Options): PolicyElement {
  const fields = FIELDS.flatMap((name) => {
    const [option, second] = given.filter((candidate) => candidate.name === name);
    if (second !== undefined) second.fail(`policy match: double --${name} option`);
    return option === undefined ? [] : [{ name, value: readField(option, name, options.context.family), invert: option.invert }];
  });
  const tunnel = fields.some(({ name, value, invert }) => name === 'mode' && (value === 'tunnel') !== invert);
  const addressed = given.find(({ name }) => name === 'tunnel-src' || name === 'tunnel-dst');
  if (addressed !== undefined && !tunnel) addressed.fail('policy match: --tunnel-src/--tunnel-dst is only valid in tunnel mode');
  return fields;
}

function readField(option: GivenOption, name: Field, family: 4 | 6): PolicyField['value'] {
  const { value } = option;
  switch (name) {
    case 'reqid':
    case 'spi':
      return unsigned(option, 'policy');
    case 'proto':
      return readProtocol(option);
    case 'mode':
      return value === 'tunnel' || value === 'transport' ? value : option.fail(`policy match: invalid mode "${value}"`);
    default:
      return readHostMask(option, 'policy', family);
  }
}

function readProtocol(option: GivenOption): number {
  const { value } = option;
  const number = wholeNumber(value, 0n, 255n) ?? protocolNumber(value);
  if (number === null) return option.fail(`unknown protocol "${value}" specified`);
  return PROTOCOLS.has(Number(number)) ? Number(number) : option.fail('policy match: protocol must be ah/esp/ipcomp');
}

/** `--reqid 1 ! --spi 0x5`; a listing has no dashes and numbers protocols. */
export function printElement(element: PolicyElement, dashes: '--' | ''): string {
  return element.map(({ name, value, invert }) => `${invert ? '! ' : ''}${dashes}${name} ${formatField(name, value, dashes)}`).join(' ');
}

function formatField(name: Field, value: PolicyField['value'], dashes: string): string {
  if (typeof value === 'object') return formatHostMask(value);
  if (name === 'spi') return hex(Number(value));
  if (name === 'proto' && dashes !== '') return PROTOCOLS.get(Number(value))!;
  return `${value}`;
}
