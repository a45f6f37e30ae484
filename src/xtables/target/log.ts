/**
 * LOG and NFLOG: tell the log about the packet, and go on.
 *
 *   -j LOG [--log-level warning] [--log-prefix "text: "] [--log-tcp-sequence] [--log-tcp-options] [--log-ip-options] [--log-uid]
 *   -j NFLOG [--nflog-group 0] [--nflog-prefix text] [--nflog-size octets] [--nflog-threshold packets]
 *
 * NFLOG's packets go to a program; here the line begins with the group instead of a level.
 * Reference: iptables-extensions(8), "LOG", "NFLOG". Kernel counterparts: xt_LOG.c, xt_NFLOG.c.
 * @module
 */
import { Verdict } from '../../hook/verdict.ts';
import { LogFlag, logLine } from '../log-line.ts';
import type { GivenOption, Options } from '../options.ts';
import type { TargetFunction, TargetModule } from '../target.ts';
import type { Services } from '../services.ts';
import { parseUint, readUint, U16, U32 } from './number.ts';
import { quoteWord } from './quote.ts';

export interface LogInfo {
  readonly level: number;
  readonly prefix: string;
  /** Bits of LogFlag. */
  readonly flags: number;
}

const LEVELS: ReadonlyMap<string, number> = new Map([
  ['emerg', 0],
  ['panic', 0],
  ['alert', 1],
  ['crit', 2],
  ['error', 3],
  ['warning', 4],
  ['notice', 5],
  ['info', 6],
  ['debug', 7],
]);
const WARNING = 4;
const MAX_LEVEL = 7;
/** Characters that are kept; more are cut off without a word. */
const LOG_PREFIX_LEN = 29;
const NFLOG_PREFIX_LEN = 63;

const FLAGS = [
  ['log-tcp-sequence', LogFlag.TcpSequence],
  ['log-tcp-options', LogFlag.TcpOptions],
  ['log-ip-options', LogFlag.IpOptions],
  ['log-uid', LogFlag.Uid],
  ['log-macdecode', LogFlag.MacDecode],
] as const;

export const log: TargetModule<LogInfo> = {
  name: 'LOG',
  scope: 'stateless',
  perFlow: isSilent,
  options: [{ name: 'log-level' }, { name: 'log-prefix' }, ...FLAGS.map(([name]) => ({ name, args: 0 as const }))],

  parse(options) {
    let flags = 0;
    for (const [name, bit] of FLAGS) if (options.has(name)) flags |= bit;
    return { level: readLevel(options.get('log-level')), prefix: readPrefix(options, 'log-prefix', LOG_PREFIX_LEN), flags };
  },

  print({ level, prefix, flags }) {
    const words: string[] = [];
    if (prefix !== '') words.push(`--log-prefix ${quoteWord(prefix)}`);
    if (level !== WARNING) words.push(`--log-level ${level}`);
    for (const [name, bit] of FLAGS) if ((flags & bit) !== 0) words.push(`--${name}`);
    return words.join(' ');
  },

  list: ({ level, prefix, flags }) => `LOG flags ${flags} level ${level}${prefix === '' ? '' : ` prefix "${prefix}"`}`,

  compile: ({ level, prefix, flags }, services) => teller(`<${level}>${prefix}`, flags, services),
};

export interface NflogInfo {
  readonly group: number;
  readonly prefix: string;
  /** Octets of each packet to copy; -1 for all. */
  readonly size: number;
  /** The option's older form, which never had an effect; -1 if absent. */
  readonly range: number;
  readonly threshold: number;
}

export const nflog: TargetModule<NflogInfo> = {
  name: 'NFLOG',
  scope: 'stateless',
  perFlow: isSilent,
  options: [
    { name: 'nflog-group' },
    { name: 'nflog-prefix' },
    { name: 'nflog-range' },
    { name: 'nflog-size' },
    { name: 'nflog-threshold' },
  ],

  parse(options) {
    const number = (name: string, max: number, absent: number): number => {
      const option = options.get(name);
      return option === undefined ? absent : readUint(option, 0, max);
    };
    if (options.has('nflog-size')) options.get('nflog-range')?.fail('option "--nflog-range" cannot be used together with "--nflog-size"');
    return {
      group: number('nflog-group', U16, 0),
      prefix: readPrefix(options, 'nflog-prefix', NFLOG_PREFIX_LEN),
      size: number('nflog-size', U32, -1),
      range: number('nflog-range', U32, -1),
      threshold: number('nflog-threshold', U16, 0),
    };
  },

  print: (info) => nflogWords(info, '--'),
  list: (info) => nflogWords(info, ''),
  compile: ({ group, prefix }, services) => teller(`<nflog:${group}>${prefix}`, 0, services),
};

function nflogWords({ group, prefix, size, range, threshold }: NflogInfo, dashes: string): string {
  const words: string[] = [];
  if (prefix !== '') words.push(`${dashes}nflog-prefix ${quoteWord(prefix)}`);
  if (group !== 0) words.push(`${dashes}nflog-group ${group}`);
  if (size >= 0) words.push(`${dashes}nflog-size ${size}`);
  else if (range > 0) words.push(`${dashes}nflog-range ${range}`);
  if (threshold !== 0) words.push(`${dashes}nflog-threshold ${threshold}`);
  return words.join(' ');
}

/** Nobody reads it: nothing is done. */
function isSilent({ log: sink }: Services): boolean {
  return sink === null;
}

function teller(before: string, flags: number, { log: sink, host }: Services): TargetFunction {
  if (sink === null) return () => Verdict.Continue;
  return (packet) => {
    sink(before + logLine(packet, host, flags), packet);
    return Verdict.Continue;
  };
}

function readLevel(option: GivenOption | undefined): number {
  if (option === undefined) return WARNING;
  const level = LEVELS.get(option.value) ?? parseUint(option.value);
  return level === null || level > MAX_LEVEL ? option.fail(`log level "${option.value}" unknown`) : level;
}

function readPrefix(options: Options, name: string, length: number): string {
  const option = options.get(name);
  if (option === undefined) return '';
  if (option.value === '') return option.fail('argument must have a minimum length of 1 characters');
  return option.value.slice(0, length);
}
