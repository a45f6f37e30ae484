/**
 * The options iptables itself has, with and without a letter. `--proto` is no name of its own but the beginning of one, so that a
 * module may have it (policy). `kind` says what a rule file may do with them.
 * @module
 */

export interface BaseOption {
  /** The long name messages use. */
  readonly name: string;
  readonly letter: string;
  readonly kind: 'command' | 'rule' | 'listing' | 'ignored' | 'refused';
  /** Words that follow: `'optional'` takes one that does not begin with a dash or `!`. */
  readonly args: 0 | 1 | 'optional';
  /** Whether `!` may stand before it. */
  readonly invert: boolean;
}

type Row = readonly [letter: string, names: string, kind: BaseOption['kind'], args: BaseOption['args'], invert?: 'invert'];

const ROWS: readonly Row[] = [
  ['A', 'append', 'command', 1],
  ['D', 'delete', 'command', 1],
  ['C', 'check', 'command', 1],
  ['I', 'insert', 'command', 1],
  ['R', 'replace', 'command', 1],
  ['F', 'flush', 'command', 'optional'],
  ['Z', 'zero', 'command', 'optional'],
  ['N', 'new-chain', 'command', 1],
  ['X', 'delete-chain', 'command', 'optional'],
  ['E', 'rename-chain', 'command', 1],
  ['P', 'policy', 'command', 1],
  ['L', 'list', 'command', 'optional'],
  ['S', 'list-rules', 'command', 'optional'],
  ['s', 'source src', 'rule', 1, 'invert'],
  ['d', 'destination dst', 'rule', 1, 'invert'],
  ['p', 'protocol', 'rule', 1, 'invert'],
  ['i', 'in-interface', 'rule', 1, 'invert'],
  ['o', 'out-interface', 'rule', 1, 'invert'],
  ['f', 'fragments', 'rule', 0, 'invert'],
  ['j', 'jump', 'rule', 1],
  ['g', 'goto', 'rule', 1],
  ['m', 'match', 'rule', 1],
  ['c', 'set-counters', 'rule', 1],
  ['4', 'ipv4', 'ignored', 0],
  ['6', 'ipv6', 'ignored', 0],
  ['v', 'verbose', 'ignored', 0],
  ['n', 'numeric', 'listing', 0],
  ['x', 'exact', 'listing', 0],
  ['0', 'line-numbers', 'listing', 0],
  ['t', 'table', 'refused', 1],
  ['w', 'wait', 'refused', 'optional'],
  ['W', 'wait-interval', 'refused', 'optional'],
  ['M', 'modprobe', 'refused', 1],
  ['h', 'help', 'refused', 'optional'],
  ['V', 'version', 'refused', 0],
];

export const BASE_BY_NAME: ReadonlyMap<string, BaseOption> = new Map(
  ROWS.flatMap(([letter, names, kind, args, invert]) =>
    names.split(' ').map((name) => [name, { name, letter, kind, args, invert: invert !== undefined }] as const),
  ),
);

export const BASE_BY_LETTER: ReadonlyMap<string, BaseOption> = new Map(
  ROWS.map(([letter, names]) => [letter, BASE_BY_NAME.get(names.split(' ')[0]!)!]),
);
