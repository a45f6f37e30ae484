/**
 * Ports of a rule: `22`, `ssh`, `1024:65535`, `:1023`. Two grammars, because iptables has two: the strict one of tcp, sctp and
 * multiport, and the lax one of udp and conntrack, which leaves the reading to getaddrinfo (so that 65536 is port 0).
 * Cold path: run while a rule is read.
 * @module
 */
import type { GivenOption } from '../options.ts';
import { servicePort } from '../../inet/service-port.ts';
import { MAX_U64, refuseBackwards, scanDecimal, wholeNumber } from './option-value.ts';

const MAX_PORT = 0xffff;

/** Ports `lo` to `hi`, or all others. */
export interface PortTest {
  readonly lo: number;
  readonly hi: number;
  readonly invert: boolean;
}

/** Holds for every port. */
export const ANY_PORT: PortTest = { lo: 0, hi: MAX_PORT, invert: false };

/** A number in C notation, or the name a service has over the protocol. */
export function readPort(option: GivenOption, text: string, protocol: number): number {
  const number = wholeNumber(text, 0n, BigInt(MAX_PORT));
  if (number !== null) return Number(number);
  return servicePort(text, protocol) ?? option.fail(`invalid port/service \`${text}' specified`);
}

/** `port`, `lo:hi`, `:hi`, `lo:`. Must not run backwards. */
export function readPortTest(option: GivenOption | undefined, protocol: number): PortTest {
  if (option === undefined) return ANY_PORT;
  const { value, invert } = option;
  const colon = value.indexOf(':');
  if (colon < 0) {
    const port = readPort(option, value, protocol);
    return { lo: port, hi: port, invert };
  }
  const lo = colon === 0 ? 0 : readPort(option, value.slice(0, colon), protocol);
  const hi = colon === value.length - 1 ? MAX_PORT : readPort(option, value.slice(colon + 1), protocol);
  if (lo > hi) option.fail('invalid portrange (min > max)');
  return { lo, hi, invert };
}

/** The same as udp and conntrack read it. */
export function readLaxPortTest(option: GivenOption, module: string, longName: string): PortTest {
  const { value, invert } = option;
  const [first = '', second, ...rest] = value.split(':', 3);
  if (rest.length > 0) option.fail(`${module}: Too many components for option "--${longName}" (max: 2)`);
  const lo = readLaxPort(option, first);
  if (second === undefined) return { lo, hi: lo, invert };
  const hi = second === '' ? MAX_PORT : readLaxPort(option, second);
  refuseBackwards(option, module, lo, hi);
  return { lo, hi, invert };
}

/** A decimal number modulo 65536, nothing for 0, or the name of a service over any protocol. */
function readLaxPort(option: GivenOption, text: string): number {
  if (text === '') return 0;
  const scanned = scanDecimal(text, 0);
  const isNumber = scanned !== null && scanned.end === text.length && !text.trimStart().startsWith('-') && scanned.value <= MAX_U64;
  if (isNumber) return Number(scanned.value & BigInt(MAX_PORT));
  return servicePort(text, 0) ?? option.fail(`Port "${text}" does not resolve to anything`);
}

/** `22` or `1:1023`. */
export function formatRange(lo: number, hi: number): string {
  return lo === hi ? `${lo}` : `${lo}:${hi}`;
}

/** Whether a test leaves nothing out, inverted or not. iptables 1.8.9 writes no such test down. */
export function isFullRange({ lo, hi }: PortTest): boolean {
  return lo === 0 && hi === MAX_PORT;
}

/** `--sport 22`, `! --sport 1:1023`. */
export function printPorts(name: string, { lo, hi, invert }: PortTest): string {
  return `${invert ? '! ' : ''}--${name} ${formatRange(lo, hi)}`;
}

/** `spt:22`, `spts:!1:1023`; '' for any port. */
export function listPorts(name: string, test: PortTest): string {
  const { lo, hi, invert } = test;
  if (isFullRange(test) && !invert) return '';
  return `${name}${lo === hi ? '' : 's'}:${invert ? '!' : ''}${formatRange(lo, hi)}`;
}
