/**
 * A connection table from before the capture: the lines of `conntrack -L`, with or without `-o extended`.
 *
 *   ipv4     2 tcp      6 431999 ESTABLISHED src=10.0.0.2 dst=10.1.0.2 sport=1000 dport=80 src=10.1.0.2 dst=192.0.2.1 sport=80
 *   dport=1000 [ASSURED] mark=0 zone=5 use=1
 *
 * What a line does not hold is what the kernel has for an entry that it is given (`conntrack -I`): a TCP connection is taken as
 * one whose beginning was not seen, with windows that are learnt and not enforced; a UDP flow is past its first two seconds; no
 * expectation waits. Flows handed to hardware ([OFFLOAD]) have no timeout and are refused. Time left runs from the first packet.
 * Proof: fixtures/snapshot, recorded from a kernel that was given the same table.
 * @module
 */
import { type Location, RuleError } from '../errors.ts';
import { parseAddress } from '../inet/address.ts';
import { DCCP, GRE, ICMP, ICMPV6, SCTP, TCP, UDP, UDPLITE } from '../inet/protocol.ts';
import { Status } from './ctinfo.ts';
import { sctpStateNumber, tcpStateNumber } from './invalid.ts';
import { Tuple } from './tuple.ts';
import { invertTuple } from './tuple-of.ts';

/** One side of a saved connection: its tuple, zone and what it counted. */
export interface SavedSide {
  readonly tuple: Tuple;
  readonly zone: number;
  readonly packets: number;
  readonly octets: number;
}

export interface SavedConnection {
  readonly timeoutSec: number;
  /** State of TCP or SCTP; 0 for others. */
  readonly state: number;
  readonly status: number;
  readonly original: SavedSide;
  readonly reply: SavedSide;
  /** int32. */
  readonly mark: number;
  readonly helper: string | null;
}

const NAMES: ReadonlyMap<string, number> = new Map([
  ['icmp', ICMP],
  ['tcp', TCP],
  ['udp', UDP],
  ['dccp', DCCP],
  ['gre', GRE],
  ['icmpv6', ICMPV6],
  ['sctp', SCTP],
  ['udplite', UDPLITE],
]);

/** Behind the names; nothing a replay needs. */
const PASSED_OVER: ReadonlySet<string> = new Set(['use', 'secctx', 'delta-time', 'start', 'stop', 'id', 'labels', 'secmark']);

/** All connections of a listing. @throws RuleError (ERR_HOST) with the place of a line that cannot be read */
export function parseConntrackList(text: string, file: string): SavedConnection[] {
  const found: SavedConnection[] = [];
  text.split('\n').forEach((line, i) => {
    if (line.trim() === '' || line.startsWith('#') || line.startsWith('conntrack v')) return;
    found.push(new LineReader(line, { file, line: i + 1, column: 1 }).read());
  });
  return found;
}

/** Half of what 32 bits of jiffies count: no timeout is longer in the kernel. */
const MAX_TIMEOUT_SEC = 8_589_934;

interface Half {
  readonly fields: Map<string, string>;
}

class LineReader {
  private readonly words: readonly string[];
  private readonly line: string;
  private readonly at: Location;

  constructor(line: string, at: Location) {
    this.line = line;
    this.at = at;
    this.words = line.trim().split(/\s+/);
  }

  read(): SavedConnection {
    let next = 0;
    let family: 4 | 6 | 0 = 0;
    if (this.words[0] === 'ipv4' || this.words[0] === 'ipv6') {
      family = this.words[0] === 'ipv4' ? 4 : 6;
      next = 2;
    }
    const name = this.words[next] ?? '';
    const protocol = this.number(this.words[next + 1], 'a protocol number', 255);
    const known = NAMES.get(name);
    if (known !== protocol && (known !== undefined || name !== 'unknown')) this.fail(name, 'name and number of the protocol do not fit');
    next += 2;
    if (this.line.includes('[OFFLOAD]') || this.line.includes('[HW_OFFLOAD]')) {
      this.fail('OFFLOAD', 'a flow that is offloaded has no timeout to start from');
    }
    const timeoutSec = this.number(this.words[next++], 'seconds left', MAX_TIMEOUT_SEC);
    const word = this.words[next] ?? '';
    const state = /^[A-Z]/.test(word) ? this.state(protocol, word) : 0;
    if (state !== 0 || /^[A-Z]/.test(word)) next++;
    return this.body(this.words.slice(next), { family, protocol, timeoutSec, state });
  }

  private body(
    words: readonly string[],
    head: { readonly family: 4 | 6 | 0; readonly protocol: number; readonly timeoutSec: number; readonly state: number },
  ): SavedConnection {
    const halves: Half[] = [];
    let status: number = Status.SeenReply;
    const rest = new Map<string, string>();
    for (const word of words) {
      if (word === '[UNREPLIED]') status &= ~Status.SeenReply;
      else if (word === '[ASSURED]') status |= Status.Assured;
      else {
        const at = word.indexOf('=');
        if (at <= 0) this.fail(word, `${word}: no field of a connection`);
        const [key, value] = [word.slice(0, at), word.slice(at + 1)];
        if (key === 'src') halves.push({ fields: new Map() });
        const half = halves.at(-1);
        if (half !== undefined && isOfTuple(key, half, rest)) half.fields.set(key, value);
        else rest.set(key, value);
      }
    }
    if (halves.length !== 2) this.fail('src', 'a connection has two tuples');
    const zone = this.number(rest.get('zone') ?? '0', 'a zone', 0xffff);
    const original = this.side(head, halves[0]!, halves[0]!.fields.get('zone-orig'), zone);
    const reply = this.side(head, halves[1]!, halves[1]!.fields.get('zone-reply'), zone);
    for (const key of rest.keys()) {
      if (key !== 'mark' && key !== 'zone' && key !== 'helper' && !PASSED_OVER.has(key))
        this.fail(`${key}=`, `${key}: no field of a connection`);
    }
    return {
      timeoutSec: head.timeoutSec,
      state: head.state,
      status: status | translation(original.tuple, reply.tuple),
      original,
      reply,
      mark: this.number(rest.get('mark') ?? '0', 'a mark', 0xffffffff) | 0,
      helper: rest.get('helper') ?? null,
    };
  }

  private side(
    { family, protocol }: { readonly family: 4 | 6 | 0; readonly protocol: number },
    { fields }: Half,
    ownZone: string | undefined,
    zone: number,
  ): SavedSide {
    const source = fields.get('src') ?? '';
    const of = family === 0 ? (source.includes(':') ? 6 : 4) : family;
    const src = parseAddress(source, of) ?? this.fail(`src=${source}`, `${source} is no IPv${of} address`);
    const destination = fields.get('dst') ?? '';
    const dst = parseAddress(destination, of) ?? this.fail(`dst=${destination}`, `${destination} is no IPv${of} address`);
    const tuple = new Tuple();
    tuple.family = of;
    tuple.protocol = protocol;
    [tuple.src0 = 0, tuple.src1 = 0, tuple.src2 = 0, tuple.src3 = 0] = src;
    [tuple.dst0 = 0, tuple.dst1 = 0, tuple.dst2 = 0, tuple.dst3 = 0] = dst;
    this.transport(fields, protocol, tuple);
    return {
      tuple,
      zone: ownZone === undefined ? zone : this.number(ownZone, 'a zone', 0xffff),
      packets: this.number(fields.get('packets') ?? '0', 'packets', Number.MAX_SAFE_INTEGER),
      octets: this.number(fields.get('bytes') ?? '0', 'octets', Number.MAX_SAFE_INTEGER),
    };
  }

  private transport(fields: ReadonlyMap<string, string>, protocol: number, tuple: Tuple): void {
    const field = (name: string, most: number): number => this.number(fields.get(name), name, most);
    switch (protocol) {
      case TCP:
      case UDP:
      case UDPLITE:
      case SCTP:
        tuple.srcL4 = field('sport', 0xffff);
        tuple.dstL4 = field('dport', 0xffff);
        break;
      case ICMP:
      case ICMPV6:
        tuple.srcL4 = field('id', 0xffff);
        tuple.dstL4 = (field('type', 0xff) << 8) | field('code', 0xff);
        break;
      case GRE:
        tuple.srcL4 = field('srckey', 0xffff);
        tuple.dstL4 = field('dstkey', 0xffff);
        break;
      default:
    }
  }

  private state(protocol: number, name: string): number {
    const state = protocol === TCP ? tcpStateNumber(name) : protocol === SCTP ? sctpStateNumber(name) : -1;
    return state < 0 ? this.fail(name, `${name}: no state of this protocol`) : state;
  }

  private number(text: string | undefined, what: string, most: number): number {
    const value = /^(?:\d+|0x[0-9a-f]+)$/i.test(text ?? '') ? Number(text) : Number.NaN;
    if (!(value <= most)) return this.fail(text ?? '', `${what} expected${text === undefined ? '' : `, not ${text}`}`);
    return value;
  }

  private fail(word: string, reason: string): never {
    const column = Math.max(0, word === '' ? 0 : this.line.indexOf(word)) + 1;
    throw new RuleError('ERR_HOST', { ...this.at, column }, word, reason);
  }
}

const TUPLE_FIELDS: ReadonlySet<string> = new Set([
  'src',
  'dst',
  'sport',
  'dport',
  'type',
  'code',
  'id',
  'srckey',
  'dstkey',
  'zone-orig',
  'zone-reply',
  'packets',
  'bytes',
]);

/** `id` stands for an ICMP id inside of a tuple and for the entry's own behind `mark`. */
function isOfTuple(key: string, { fields }: Half, rest: ReadonlyMap<string, string>): boolean {
  return TUPLE_FIELDS.has(key) && !fields.has(key) && !rest.has('mark');
}

/** Which sides of a connection are translated: where the reply tuple is not the original one turned round. */
function translation(original: Tuple, reply: Tuple): number {
  const plain = new Tuple();
  if (!invertTuple(original, plain)) return 0;
  const same = (a: readonly number[], b: readonly number[]): boolean => a.every((word, i) => word === b[i]);
  const source = (t: Tuple): number[] => [t.src0, t.src1, t.src2, t.src3];
  const destination = (t: Tuple): number[] => [t.dst0, t.dst1, t.dst2, t.dst3];
  const isId = original.protocol === ICMP || original.protocol === ICMPV6;
  const dnat = !same(source(plain), source(reply)) || (!isId && plain.srcL4 !== reply.srcL4);
  const snat = !same(destination(plain), destination(reply)) || (isId ? plain.srcL4 !== reply.srcL4 : plain.dstL4 !== reply.dstL4);
  return (snat ? Status.SrcNat : 0) | (dnat ? Status.DstNat : 0);
}
