/**
 * The set types of ipset as rows of a table: what a dimension of each compares and which options it knows.
 *
 *   create NAME hash:ip,port,net   ->   method hash, fields ip port net
 *
 * Reference: ipset(8), "SET TYPES".
 * @module
 */

/** What one dimension of a set holds. */
export type Field = 'ip' | 'net' | 'port' | 'iface' | 'mac' | 'mark' | 'set';

export interface SetType {
  /** As `ipset list` prints it. */
  readonly name: string;
  readonly method: 'hash' | 'bitmap' | 'list';
  readonly fields: readonly Field[];
  /** Number of the type's last revision, part of the listing. */
  readonly revision: number;
  /** Older spellings. */
  readonly aliases: readonly string[];
  /** Options of `create` beside those of the method, in the order they print. */
  readonly options: readonly string[];
  /** Whether a network may be /0. */
  readonly zeroPrefix: boolean;
}

const HASH = ['hashsize', 'maxelem', 'timeout', 'counters', 'comment', 'skbinfo', 'forceadd', 'bucketsize', 'initval'];
const HASH_FAMILY = ['family', ...HASH];
const BITMAP = ['range', 'timeout', 'counters', 'comment', 'skbinfo'];
const MASKED = [...HASH_FAMILY, 'netmask', 'bitmask'];

function hash(fields: readonly Field[], revision: number, aliases: readonly string[], more: Partial<SetType> = {}): SetType {
  return {
    name: `hash:${fields.join(',')}`,
    method: 'hash',
    fields,
    revision,
    aliases,
    options: HASH_FAMILY,
    zeroPrefix: false,
    ...more,
  };
}

function bitmap(fields: readonly Field[], aliases: readonly string[], options: readonly string[]): SetType {
  return { name: `bitmap:${fields.join(',')}`, method: 'bitmap', fields, revision: 3, aliases, options, zeroPrefix: false };
}

/** hash:ip prints its masks where they stood in the first version of ipset; the later types print them at the end. */
const HASH_IP = ['family', 'hashsize', 'maxelem', 'netmask', 'bitmask', ...HASH.slice(2)];
const HASH_IP_MARK = ['family', 'markmask', ...HASH];

export const SET_TYPES: readonly SetType[] = [
  hash(['ip'], 6, ['iphash'], { options: HASH_IP }),
  hash(['ip', 'mac'], 1, ['ipmachash']),
  hash(['ip', 'mark'], 3, ['ipmarkhash'], { options: HASH_IP_MARK }),
  hash(['ip', 'port'], 7, ['ipporthash'], { options: MASKED }),
  hash(['ip', 'port', 'ip'], 6, ['ipportiphash']),
  hash(['ip', 'port', 'net'], 8, ['ipportnethash']),
  hash(['mac'], 1, ['machash'], { options: HASH }),
  hash(['net'], 7, ['nethash']),
  hash(['net', 'iface'], 8, ['netifacehash'], { zeroPrefix: true }),
  hash(['net', 'net'], 4, ['netnethash'], { options: MASKED, zeroPrefix: true }),
  hash(['net', 'port'], 8, ['netporthash']),
  hash(['net', 'port', 'net'], 3, ['netportnethash'], { zeroPrefix: true }),
  bitmap(['ip'], ['ipmap'], ['range', 'netmask', ...BITMAP.slice(1)]),
  bitmap(['ip', 'mac'], ['macipmap'], BITMAP),
  bitmap(['port'], ['portmap'], BITMAP),
  {
    name: 'list:set',
    method: 'list',
    fields: ['set'],
    revision: 3,
    aliases: ['setlist'],
    options: ['size', 'timeout', 'counters', 'comment', 'skbinfo'],
    zeroPrefix: false,
  },
];

/** The type a name stands for, or null. */
export function findSetType(name: string): SetType | null {
  for (const type of SET_TYPES) if (type.name === name || type.aliases.includes(name)) return type;
  return null;
}
