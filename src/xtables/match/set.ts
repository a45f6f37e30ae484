/**
 * set: whether the packet's addresses, ports ... are an element of an ipset.
 *
 *   -m set [!] --match-set NAME src,dst [--return-nomatch] [! --update-counters] [[!] --packets-eq n | --bytes-gt n ...]
 *
 * The words say for each dimension of the set which side of the packet to take. The set must be there when the rule set is
 * attached, and be of its family, unless what it holds is in doubt (xtables/doubt.ts). Elements and counters are the set's own business (xtables/set).
 * Reference: iptables-extensions(8), "set", ipset(8). Kernel counterpart: net/netfilter/xt_set.c.
 * @module
 */
import { HooklineError } from '../../errors.ts';
import type { MatchModule } from '../match.ts';
import type { GivenOption, Options } from '../options.ts';
import type { Services } from '../services.ts';
import type { IpSet } from '../set/ip-set.ts';
import type { CounterOp, CounterTest } from '../set/query.ts';
import { MAX_U64, wholeNumber } from './option-value.ts';

const NAME = 'set';
const MAX_NAME = 31;
const MAX_DIMENSIONS = 6;
const COUNTERS = ['packets', 'bytes'] as const;
type Counter = (typeof COUNTERS)[number];
const COMPARISONS = ['eq', 'lt', 'gt'] as const;

/** How an element's counter must be. `value` is a 64-bit number in decimal. */
export interface CounterCondition {
  readonly op: CounterOp;
  readonly value: string;
}

export interface SetInfo {
  readonly name: string;
  /** One for each word: 1 for src, 0 for dst. */
  readonly sources: readonly (0 | 1)[];
  readonly invert: boolean;
  readonly returnNomatch: boolean;
  readonly updateCounters: boolean;
  readonly updateSubcounters: boolean;
  readonly packets: CounterCondition | null;
  readonly bytes: CounterCondition | null;
}

export const set: MatchModule<SetInfo> = {
  name: NAME,
  scope: 'global',
  options: [
    { name: 'match-set', aliases: ['set'], args: 2, invert: true },
    { name: 'return-nomatch', args: 0 },
    { name: 'update-counters', args: 0, invert: true },
    { name: 'update-subcounters', args: 0, invert: true },
    ...COUNTERS.flatMap((counter) => COMPARISONS.map((op) => ({ name: `${counter}-${op}`, invert: op === 'eq' }))),
  ],

  parse(options) {
    const option = options.get('match-set') ?? options.fail("You must specify `--match-set' with proper arguments");
    const [name = '', words = ''] = option.values;
    if (name.length > MAX_NAME) option.fail(`setname \`${name}' too long, max ${MAX_NAME} characters`);
    return {
      name,
      sources: readSides(option, words),
      invert: option.invert,
      returnNomatch: options.has('return-nomatch'),
      updateCounters: !isInverted(options, 'update-counters'),
      updateSubcounters: !isInverted(options, 'update-subcounters'),
      packets: readCondition(options, 'packets'),
      bytes: readCondition(options, 'bytes'),
    };
  },

  print(info) {
    return words(info, '--').join(' ');
  },

  list(info) {
    return words(info, '').join(' ');
  },

  compile(info, services) {
    const supposed = services.doubt?.about(info) ?? null;
    if (supposed !== null) return () => supposed.ask();
    const subject = findSet(info, services);
    const flags = Uint8Array.from(info.sources);
    const { invert, returnNomatch, updateCounters, updateSubcounters } = info;
    const options = { returnNomatch, updateCounters, updateSubcounters, packets: testOf(info.packets), bytes: testOf(info.bytes) };
    return (packet) => subject.test(packet, flags, options) !== invert;
  },
};

function findSet({ name }: SetInfo, { sets, host, family }: Services): IpSet {
  const subject = sets.acquire(name, host);
  if (subject === undefined) throw new HooklineError('ERR_SET', `Set ${name} doesn't exist.${sets.hint(name)}`);
  if (subject.family !== 0 && subject.family !== family) {
    throw new HooklineError('ERR_SET', `The protocol family of set ${name} is IPv${subject.family}, which is not applicable.`);
  }
  return subject;
}

/** Only the first three letters of a word count. */
function readSides(option: GivenOption, text: string): (0 | 1)[] {
  const parts = text.split(',', MAX_DIMENSIONS + 1);
  if (parts.length > MAX_DIMENSIONS) option.fail(`Can't be more src/dst options than ${MAX_DIMENSIONS}`);
  return parts.map((part) => {
    if (part.startsWith('src')) return 1;
    return part.startsWith('dst') ? 0 : option.fail("You must specify (the comma separated list of) 'src' or 'dst'");
  });
}

function isInverted(options: Options, name: string): boolean {
  return options.get(name)?.invert === true;
}

function readCondition(options: Options, counter: Counter): CounterCondition | null {
  const given = COMPARISONS.filter((op) => options.has(`${counter}-${op}`));
  const [op] = given;
  if (op === undefined) return null;
  const option = options.get(`${counter}-${op}`)!;
  if (given.length > 1) option.fail(`only one of the --${counter}-[eq|lt|gt] is allowed`);
  const value = wholeNumber(option.value, 0n, MAX_U64) ?? option.fail(`Cannot parse ${option.value} as a counter value`);
  return { op: option.invert ? 'ne' : op, value: value.toString() };
}

function testOf(condition: CounterCondition | null): CounterTest | null {
  return condition === null ? null : { op: condition.op, value: Number(condition.value) };
}

/** What a rule says of its set; a listing leaves the dashes out. */
function words(info: SetInfo, dashes: string): string[] {
  const sides = info.sources.map((source) => (source === 1 ? 'src' : 'dst')).join(',');
  const list = [`${info.invert ? '! ' : ''}${dashes}match-set ${info.name} ${sides}`];
  if (info.returnNomatch) list.push(`${dashes}return-nomatch`);
  if (!info.updateCounters) list.push(`! ${dashes}update-counters`);
  if (!info.updateSubcounters) list.push(`! ${dashes}update-subcounters`);
  for (const counter of COUNTERS) {
    const condition = info[counter];
    if (condition === null) continue;
    const { op, value } = condition;
    list.push(op === 'ne' ? `! ${dashes}${counter}-eq ${value}` : `${dashes}${counter}-${op} ${value}`);
  }
  return list;
}
