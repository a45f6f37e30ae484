/**
 * Random rule sets over all tables with every match and target module, and packets that meet them, from a number. Where a module may
 * stand is asked of the reader itself.
 */
import { HooklineError } from '../../src/errors.ts';
import { Random } from '../../src/inet/random.ts';
import { parseRules } from '../../src/iptables/save.ts';
import { MATCH_TEXTS, type ModuleText, TARGET_TEXTS } from './module-texts.ts';
import { type Frame, HOSTS4, HOSTS6, PORTS } from './random-frames.ts';
import { WideFrames } from './wide-frames.ts';

const BASES: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
};
const OWN_CHAINS = ['first', 'second'];
const DEVICES = ['eth0', 'eth1', 'lo', 'gone', 'eth+'];
const ESTIMATOR = '-j RATEEST --rateest-name re --rateest-interval 250ms --rateest-ewmalog 0.5s';

const SETS4 = `create ADDRESSES hash:ip timeout 0
create PORTS hash:ip,port
create PAIRS hash:net,net counters
create NETS hash:net
create MAPPED hash:ip skbinfo
add ADDRESSES 10.0.0.2
add PORTS 198.51.100.1,tcp:80
add PORTS 10.1.0.5,udp:53
add PAIRS 10.0.0.0/24,0.0.0.0/1
add NETS 10.1.0.0/16
add NETS 10.1.0.5 nomatch
add MAPPED 10.0.0.2 skbmark 0x1/0x3
`;
const SETS6 = `create ADDRESSES hash:ip family inet6 timeout 0
create PORTS hash:ip,port family inet6
create PAIRS hash:net,net family inet6 counters
create NETS hash:net family inet6
create MAPPED hash:ip family inet6 skbinfo
add ADDRESSES fd00::2
add PORTS 2001:db8::1,tcp:80
add PAIRS fd00::/64,fd01::/64
add NETS fd01::/16
add NETS fd01::5 nomatch
add MAPPED fd00::2 skbmark 0x1/0x3
`;

/** The router the frames are for. */
export const HOST = {
  interfaces: [
    { name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['10.0.0.1/24', 'fd00::1/64'] },
    { name: 'eth1', mac: '02:00:00:00:00:02', addresses: ['10.1.0.1/16', 'fd01::1/64'] },
  ],
  routes: [
    { dst: '0.0.0.0/0', via: '10.1.0.254', dev: 'eth1' },
    { dst: '::/0', via: 'fd01::fe', dev: 'eth1' },
  ],
  listeners: [{ proto: 'tcp', addr: '0.0.0.0', port: 3129, transparent: true }],
};

export class RandomTables {
  readonly family: 4 | 6;
  private readonly random: Random;
  private readonly frames: WideFrames;

  constructor(seed: number) {
    this.random = new Random(seed);
    this.family = this.chance(3) ? 6 : 4;
    this.frames = new WideFrames(this.random, this.family);
  }

  /** `ipset save` text of the sets that rules name. */
  get sets(): string {
    return this.family === 4 ? SETS4 : SETS6;
  }

  /** iptables-save text of one to three tables. */
  text(): string {
    const tables = Object.keys(BASES);
    for (let i = tables.length; i > 1 + this.random.below(3); i--) tables.splice(this.random.below(tables.length), 1);
    const text = tables.map((table) => this.table(table)).join('');
    if (!text.includes('--rateest ') && !text.includes('--rateest1 ')) return text;
    // an estimator stands in front of who asks it
    const [first = ''] = BASES[tables[0]!]!;
    return text.replace(/^(:second .*\n)/m, `$1-A ${first} ${ESTIMATOR}\n`);
  }

  frame(): Frame {
    return this.frames.frame();
  }

  private table(name: string): string {
    const bases = BASES[name]!;
    const lines = bases.map((base) => `:${base} ${this.chance(4) && name !== 'nat' ? 'DROP' : 'ACCEPT'} [0:0]`);
    lines.push(...OWN_CHAINS.map((chain) => `:${chain} - [0:0]`));
    for (const base of bases) {
      if (this.chance(3)) continue;
      for (let i = this.random.below(this.chance(8) ? 30 : 9); i > 0; i--) lines.push(`-A ${base} ${this.rule(name, [base], OWN_CHAINS)}`);
    }
    OWN_CHAINS.forEach((chain, place) => {
      const later = OWN_CHAINS.slice(place + 1);
      for (let i = this.random.below(8); i > 0; i--) lines.push(`-A ${chain} ${this.rule(name, bases, later)}`);
    });
    return `*${name}\n${lines.join('\n')}\nCOMMIT\n`;
  }

  /** A rule that packets come to from these built-in chains. */
  private rule(table: string, bases: readonly string[], later: readonly string[]): string {
    const isOwn = bases.length > 1;
    const able = ableIn(this.family, table, bases);
    const target = this.target(able, later, isOwn);
    let protocol = target?.protocol ?? '';
    const texts: string[] = [];
    const used = new Set([/-m (\S+)/.exec(target?.text ?? '')?.[1]]);
    for (let i = this.random.below(4); i > 0; i--) {
      const match = this.pick(MATCH_TEXTS);
      const fits = match.protocol === '' || match.protocol === protocol || protocol === '';
      if (!fits || used.has(match.module) || !able.matches.has(match)) continue;
      used.add(match.module);
      protocol ||= match.protocol;
      texts.push(match.text);
    }
    if (protocol === '' && this.chance(4)) protocol = this.pick(['tcp', 'udp', '132']);
    const last = target?.text ?? this.leave(table, later, isOwn);
    return this.fill(
      [...this.header(bases), protocol === '' ? '' : `-p ${protocol}`, ...texts, last].filter((word) => word !== '').join(' '),
    );
  }

  /** A module's; null for none. */
  private target({ targets }: Able, later: readonly string[], isOwn: boolean): ModuleText | null {
    if (!this.chance(2)) return null;
    if (later.length > 0 && isOwn && this.chance(3)) return null;
    return this.pick(this.pick(targets));
  }

  private leave(table: string, later: readonly string[], isOwn: boolean): string {
    const draw = this.random.below(10);
    if (draw < 4 && later.length > 0) return `-${this.chance(4) ? 'g' : 'j'} ${this.pick(later)}`;
    if (draw === 4) return table === 'nat' ? '-j ACCEPT' : `-j ${this.pick(['ACCEPT', 'DROP'])}`;
    return draw === 5 && isOwn ? '-j RETURN' : '';
  }

  private header(bases: readonly string[]): string[] {
    const words: string[] = [];
    if (this.chance(4)) words.push(`${this.not()}-s <net>`);
    if (this.chance(4)) words.push(`${this.not()}-d <net>`);
    const isIn = bases.every((base) => base === 'PREROUTING' || base === 'INPUT' || base === 'FORWARD');
    const isOut = bases.every((base) => base === 'POSTROUTING' || base === 'OUTPUT' || base === 'FORWARD');
    if (isIn && this.chance(6)) words.push(`${this.not()}-i ${this.pick(DEVICES)}`);
    if (isOut && this.chance(6)) words.push(`${this.not()}-o ${this.pick(DEVICES)}`);
    if (this.family === 4 && this.chance(30)) words.push(`${this.not()}-f`);
    return words;
  }

  private fill(rule: string): string {
    const isSix = this.family === 6;
    const hosts = isSix ? HOSTS6 : HOSTS4;
    return rule
      .replaceAll('<range>', isSix ? 'fd00::-fd00::ff' : '10.0.0.0-10.0.0.100')
      .replaceAll('<net>', () => `${this.pick(hosts)}/${this.pick(isSix ? [128, 64, 16] : [32, 24, 8, 1])}`)
      .replaceAll('<host>:', () => (isSix ? `[${this.pick(hosts)}]:` : `${this.pick(hosts)}:`))
      .replaceAll('<host>', () => this.pick(hosts))
      .replaceAll('<port>', () => String(this.pick(PORTS)));
  }

  private not(): string {
    return this.chance(5) ? '! ' : '';
  }

  private chance(oneIn: number): boolean {
    return this.random.below(oneIn) === 0;
  }

  private pick<T>(from: readonly T[]): T {
    return from[this.random.below(from.length)]!;
  }
}

/** Texts that may stand in rules which packets come to from some built-in chains. */
interface Able {
  readonly matches: ReadonlySet<ModuleText>;
  /** By module. */
  readonly targets: readonly (readonly ModuleText[])[];
}

const ables = new Map<string, Able>();

function ableIn(family: 4 | 6, table: string, bases: readonly string[]): Able {
  const key = `${family} ${table} ${bases.join(' ')}`;
  let able = ables.get(key);
  if (able === undefined) {
    const may = (text: ModuleText): boolean =>
      (text.family === 0 || text.family === family) && bases.every((base) => isRead(text, family, table, base));
    const targets = new Map<string, ModuleText[]>();
    for (const text of TARGET_TEXTS.filter(may)) targets.set(text.module, [...(targets.get(text.module) ?? []), text]);
    ables.set(key, (able = { matches: new Set(MATCH_TEXTS.filter(may)), targets: [...targets.values()] }));
  }
  return able;
}

function isRead({ protocol, text }: ModuleText, family: 4 | 6, table: string, base: string): boolean {
  const host = family === 4 ? '10.0.0.2' : 'fd00::2';
  const rule = text
    .replaceAll('<range>', `${host}-${host}`)
    .replaceAll('<net>', `${host}/${family === 4 ? 32 : 128}`)
    .replaceAll('<host>:', family === 4 ? `${host}:` : `[${host}]:`)
    .replaceAll('<host>', host)
    .replaceAll('<port>', '80');
  try {
    parseRules(`*${table}\n-A ${base} ${protocol === '' ? '' : `-p ${protocol} `}${rule}\nCOMMIT\n`, { file: 'rule', family });
    return true;
  } catch (error) {
    if (error instanceof HooklineError) return false;
    throw error;
  }
}
