/**
 * conntrack: state, addresses, ports, status and remaining life of the packet's connection.
 *
 *   -m conntrack [!] --ctstate NEW,DNAT [!] --ctproto tcp [!] --ctorigsrc 10.0.0.0/8 [!] --ctorigdstport 80:90
 *                [!] --ctstatus ASSURED [!] --ctexpire 60:120 --ctdir ORIGINAL
 *
 * Without a connection only --ctstate is looked at (conntrack-test.ts).
 * Reference: iptables-extensions(8), "conntrack". Kernel counterpart: net/netfilter/xt_conntrack.c.
 * @module
 */
import { Direction, Status } from '../../conntrack/ctinfo.ts';
import { protocolNumber } from '../../inet/protocol.ts';
import type { MatchModule } from '../match.ts';
import type { GivenOption, Options } from '../options.ts';
import { ConntrackTest } from './conntrack-test.ts';
import { type BitSet, CTSTATE_NAMES, formatBitSet, readBitSet } from './ct-state.ts';
import { formatHostMask, type HostMask, readHostMask } from './host-mask.ts';
import { range32, wholeNumber } from './option-value.ts';
import { formatRange, type PortTest, readLaxPortTest } from './port-option.ts';

const NAME = 'conntrack';
const STATUS_NAMES: readonly (readonly [string, number])[] = [
  ['NONE', 0],
  ['EXPECTED', Status.Expected],
  ['SEEN_REPLY', Status.SeenReply],
  ['ASSURED', Status.Assured],
  ['CONFIRMED', Status.Confirmed],
];

/** The ends of a connection: the source or destination of one of its tuples. In the order they print. */
export const CT_ENDS = ['origsrc', 'origdst', 'replsrc', 'repldst'] as const;
export type CtEnd = (typeof CT_ENDS)[number];

export interface CtAddress extends HostMask {
  readonly end: CtEnd;
  readonly invert: boolean;
}

export interface CtPorts extends PortTest {
  readonly end: CtEnd;
}

export interface ConntrackInfo {
  readonly state: BitSet | null;
  readonly protocol: { readonly number: number; readonly invert: boolean } | null;
  readonly addresses: readonly CtAddress[];
  readonly ports: readonly CtPorts[];
  readonly status: BitSet | null;
  /** Seconds. */
  readonly expires: PortTest | null;
  readonly direction: Direction | null;
}

export const conntrack: MatchModule<ConntrackInfo> = {
  name: NAME,
  scope: 'flow',
  perFlow: ({ status, expires }) => status === null && expires === null,
  conntrack: true,
  options: [
    { name: 'ctstate', invert: true },
    { name: 'ctproto', invert: true },
    ...CT_ENDS.map((end) => ({ name: `ct${end}`, invert: true })),
    ...CT_ENDS.map((end) => ({ name: `ct${end}port`, invert: true })),
    { name: 'ctstatus', invert: true },
    { name: 'ctexpire', invert: true },
    { name: 'ctdir' },
  ],

  parse(options) {
    if (options.all().length === 0) options.fail('conntrack: At least one option is required');
    const state = options.get('ctstate');
    const status = options.get('ctstatus');
    const expires = options.get('ctexpire');
    return {
      state: state === undefined ? null : readBitSet(state, CTSTATE_NAMES, 'ctstate'),
      protocol: readProtocol(options.get('ctproto')),
      addresses: CT_ENDS.flatMap((end) => readEnd(options, end)),
      ports: CT_ENDS.flatMap((end) => readPorts(options, end)),
      status: status === undefined ? null : readBitSet(status, STATUS_NAMES, 'ctstatus'),
      expires: expires === undefined ? null : readExpires(expires),
      direction: readDirection(options.get('ctdir')),
    };
  },

  print(info) {
    return words(info, '--').join(' ');
  },

  list(info) {
    return words(info, '').join(' ');
  },

  compile(info, services) {
    const test = new ConntrackTest(info, services.conntrack);
    return (packet) => test.matches(packet);
  },
};

/** What a rule asks, in the order it prints; a listing leaves the dashes out. */
function words(info: ConntrackInfo, dashes: string): string[] {
  const { state, protocol, addresses, ports, status, expires, direction } = info;
  const word = (name: string, invert: boolean, value: string | number): string => `${invert ? '! ' : ''}${dashes}${name} ${value}`;
  const list: string[] = [];
  if (state !== null) list.push(word('ctstate', state.invert, formatBitSet(state.bits, CTSTATE_NAMES)));
  if (protocol !== null) list.push(word('ctproto', protocol.invert, protocol.number));
  for (const test of addresses) list.push(word(`ct${test.end}`, test.invert, formatHostMask(test)));
  for (const test of ports) list.push(word(`ct${test.end}port`, test.invert, formatRange(test.lo, test.hi)));
  if (status !== null) list.push(word('ctstatus', status.invert, formatBitSet(status.bits, STATUS_NAMES) || 'NONE'));
  if (expires !== null) list.push(word('ctexpire', expires.invert, formatRange(expires.lo, expires.hi)));
  if (direction !== null) list.push(word('ctdir', false, direction === Direction.Original ? 'ORIGINAL' : 'REPLY'));
  return list;
}

function readProtocol(option: GivenOption | undefined): ConntrackInfo['protocol'] {
  if (option === undefined) return null;
  const { value, invert } = option;
  const number = Number(wholeNumber(value, 0n, 255n) ?? protocolNumber(value) ?? -1);
  return number >= 0 && number <= 255 ? { number, invert } : option.fail(`unknown protocol "${value}" specified`);
}

function readEnd(options: Options, end: CtEnd): CtAddress[] {
  const option = options.get(`ct${end}`);
  return option === undefined ? [] : [{ end, ...readHostMask(option, NAME, options.context.family), invert: option.invert }];
}

function readPorts(options: Options, end: CtEnd): CtPorts[] {
  const option = options.get(`ct${end}port`);
  return option === undefined ? [] : [{ end, ...readLaxPortTest(option, NAME, option.name) }];
}

function readExpires(option: GivenOption): PortTest {
  const [lo, hi] = range32(option, NAME);
  return { lo, hi, invert: option.invert };
}

function readDirection(option: GivenOption | undefined): Direction | null {
  if (option === undefined) return null;
  const word = option.value.toUpperCase();
  if (word === 'ORIGINAL') return Direction.Original;
  return word === 'REPLY' ? Direction.Reply : option.fail(`${NAME}: Bad value for "--ctdir" option: "${option.value}"`);
}
