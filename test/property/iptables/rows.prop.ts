import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatLocation, type RuleError } from '../../../src/errors.ts';
import { Random } from '../../../src/inet/random.ts';
import { printRules } from '../../../src/iptables/print.ts';
import { parseRules, type RuleNote } from '../../../src/iptables/save.ts';
import type { Chain } from '../../../src/xtables/chain.ts';
import { Depth, RuleKey } from '../../../src/xtables/indexed/rule-key.ts';
import { isUnconditionalVerdict } from '../../../src/xtables/rule.ts';
import type { RuleSet } from '../../../src/xtables/ruleset.ts';

const FOLDER = process.env['RULES_FOLDER'] ?? fileURLToPath(new URL('../../../fixtures/rules', import.meta.url));

function ruleFiles(): string[] {
  return readdirSync(FOLDER).filter((name) => /[.](v4|v6|saved)$/.test(name));
}

const RUNS = Math.max(800, Number(process.env['FC_RUNS'] ?? 0));

/** Lines of few forms with values of every kind, some of them wrong, and now and then a command in between. */
class RandomText {
  private readonly random: Random;
  readonly family: 4 | 6;
  private readonly table: string;
  private readonly forms: (() => string)[];

  constructor(seed: number) {
    this.random = new Random(seed);
    this.family = this.one(8) ? 6 : 4;
    this.table = this.one(2) ? 'nat' : 'filter';
    this.forms = Array.from({ length: 1 + this.random.below(3) }, () => this.form());
  }

  text(): string {
    // now and then a word that has been a target is a chain from some line on
    const late = this.one(2) ? this.pick(['LOG', 'DNAT', 'MARK', 'd']) : null;
    const lines = ['a', 'b', 'LOG', 'c-1'].filter((name) => name !== late).map((name) => `:${name} - [0:0]`);
    for (let i = this.random.below(20); i > 0; i--) {
      if (this.one(8)) lines.push(this.command());
      // runs of one form are what the reader is quick at
      const form = this.pick(this.forms);
      const chain = this.chain();
      const line = this.line(form, chain);
      lines.push(line);
      for (let k = this.random.below(6); k > 0; k--)
        lines.push(this.one(2) ? this.line(form, this.one(5) ? this.chain() : chain) : this.again(line));
      if (late !== null && this.one(20)) lines.push(`:${late} - [0:0]`);
    }
    const again = this.one(10) ? `*${this.table}\n:a - [0:0]\n-A a -s 10.0.0.1/32 -j ACCEPT\nCOMMIT\n` : '';
    return `*${this.table}\n:${this.table === 'nat' ? 'PREROUTING' : 'FORWARD'} ACCEPT [0:0]\n${lines.join('\n')}\nCOMMIT\n${again}`;
  }

  /** The same line, or with other numbers, or another octet. */
  private again(line: string): string {
    if (this.one(4)) return line;
    if (this.one(2)) return line.replace(/\d/g, (digit) => (this.one(5) ? String(this.random.below(10)) : digit));
    const at = this.one(5) ? line.length : this.random.below(line.length + 1);
    const octet = this.one(3) ? '' : String.fromCharCode(32 + this.random.below(95));
    return line.slice(0, at) + octet + line.slice(this.one(4) ? at : at + 1);
  }

  private command(): string {
    return this.pick([
      '-F a',
      '-E b d',
      '-N e',
      '-X e',
      '-D a 1',
      '-I a -s 10.0.0.9/32',
      '-R a 1 -j ACCEPT',
      ':f - [0:0]',
      ':a - [0:0]',
      '-Z a',
      '# x',
    ]);
  }

  private line(form: () => string, chain: string): string {
    const counters = this.one(4) ? `[${this.pick(['0:0', '5:60', '1:', '18446744073709551615:1'])}] ` : '';
    return `${counters}-A ${chain} ${form()}`;
  }

  private chain(): string {
    const hooks = ['PREROUTING', 'POSTROUTING', 'OUTPUT', 'FORWARD', 'INPUT'];
    return this.pick(this.one(20) ? ['zz', 'd'] : ['a', 'a', 'b', 'c-1', ...hooks]);
  }

  /** Words that stay as they are between parts that change from line to line. */
  private form(): () => string {
    const parts: (() => string)[] = [];
    const add = (part: () => string): void => void parts.push(part);
    const not = this.one(4) ? '! ' : '';
    if (this.one(2)) add(() => `${not}-s ${this.address()}`);
    if (this.one(2)) add(() => `${this.one(9) ? '! ' : ''}-d ${this.address()}`);
    if (this.one(5)) add(() => `-i ${this.pick(['eth0', 'eth1'])}`);
    const protocol = this.pick(['tcp', 'udp', 'sctp', '']);
    if (protocol !== '') add(() => `-p ${protocol}`);
    if (this.one(2)) add(() => `-m comment --comment ${this.comment()}`);
    if (protocol !== '' && this.one(2)) {
      const options = this.pick(['--dport', '--sport', '--dports', '--destination-port']);
      const module = options === '--dports' ? 'multiport' : this.one(6) ? '' : protocol;
      add(() => `${module === '' ? '' : `-m ${module} `}${not}${options} ${this.port()}`);
      if (this.one(6)) add(() => `-m ${protocol} --dport ${this.port()}`);
    }
    if (this.one(5))
      add(() =>
        this.pick(['-m statistic --mode random --probability 0.5', '-m mark --mark 1', '-m mark --mark 2', '-m limit --limit 1/s', '-f']),
      );
    const target = this.random.below(6);
    add(() => this.target(target));
    if (this.one(4)) add(() => this.pick(['', '-i eth0', '-i eth1', '-m mark --mark 3']));
    return () =>
      parts
        .map((part) => part())
        .filter((part) => part !== '')
        .join(this.one(30) ? '  ' : ' ');
  }

  private target(kind: number): string {
    if (kind === 0) return this.pick(['-j ACCEPT', '-j DROP', '-j RETURN']);
    if (kind === 1) return this.pick(['-j a', '-j b', '-j c-1', '-j LOG', '-j LOG', '-j MARK --set-mark 1', '-j d']);
    if (kind === 2) return `-g ${this.pick(['b', 'c-1', 'nowhere', 'FORWARD'])}`;
    if (kind === 3) return `-j DNAT --to-destination ${this.natAddress()}`;
    return kind === 4 ? `-j SNAT --to-source ${this.natAddress()}` : '';
  }

  private address(): string {
    const { below } = { below: (n: number) => this.random.below(n) };
    if (this.family === 6) return this.pick(['fd00::1/128', 'fd00::/8', '::/0', '10.0.0.1']);
    if (this.one(12))
      return this.pick([
        '0.0.0.0/0',
        '10.0.0.1/33',
        '10.0.0',
        '010.0.0.1',
        '300.1.1.1',
        '1.2.3.4,1.2.3.5',
        '1.2.3.4/255.255.0.0',
        'x',
        '1.2.3.4/',
      ]);
    return `${1 + below(223)}.${below(256)}.0.${below(256)}${this.pick(['', '/32', `/${1 + below(32)}`])}`;
  }

  private port(): string {
    return this.one(8)
      ? this.pick(['http', '70000', '080', '5:3', '1:', ':9', '80:80', '0x50', '1,2', '-1', '0:65535'])
      : this.one(4)
        ? `${this.random.below(1000)}:${1000 + this.random.below(60000)}`
        : `${this.random.below(65536)}`;
  }

  private natAddress(): string {
    if (this.one(8)) return this.pick(['10.0.0.1-10.0.0.9', '10.0.0.1:0', '10.0.0.1/32', '10.0.0.1:70000', ':80', '10.0.0.1:80-90', 'x']);
    return `10.0.0.${this.random.below(256)}${this.one(2) ? `:${1 + this.random.below(65535)}` : ''}`;
  }

  private comment(): string {
    return this.pick([
      'x',
      '"two words"',
      '"-s 1.2.3.4"',
      '"a\\"b"',
      'é',
      '""',
      'a"b"',
      '-x',
      `"${this.random.below(1e6)}"`,
      'y'.repeat(300),
    ]);
  }

  private one(of: number): boolean {
    return this.random.below(of) === 0;
  }

  private pick<T>(from: readonly T[]): T {
    return from[this.random.below(from.length)]!;
  }
}

interface Read {
  readonly rules: RuleSet;
  readonly errors: readonly string[];
  readonly notes: readonly string[];
}

function read(text: string | Uint8Array, family: 4 | 6): Read {
  const errors: RuleError[] = [];
  const notes: RuleNote[] = [];
  const rules = parseRules(text, { family, errors, notes });
  return { rules, errors: errors.map(({ message }) => message), notes: notes.map((note) => `${formatLocation(note)} ${note.text}`) };
}

/** The same text as nothing but lines that are read word by word: a blank at the end is no word. */
function wordByWord(text: string): string {
  return text.replace(/^((?:\[.*?\] )?-.*|:.*)$/gm, '$1 ');
}

function tellAll({ rules, errors, notes }: Read): unknown {
  const places = Array.from({ length: rules.counters.packets.length }, (_, id) => rules.describe(id));
  return { errors, notes, text: printRules(rules, { counters: true }), hits: rules.hits(), places, conntrack: rules.conntrackNeeded };
}

const deviceOf = (name: string): number => (name === 'eth0' ? 1 : 0);
/** Used again and again, as an index does. */
const keysByDepth = [Depth.Addresses, Depth.Protocol, Depth.Ports].map((depth) => ({ depth, key: new RuleKey() }));

function keyFacts(key: RuleKey): unknown {
  const { src, dst, srcLength, dstLength, protocol, srcPort, dstPorts, hasMark, mark, indev, outdev, isDead } = key;
  // words of no length have no meaning
  const [source, destination] = [srcLength > 0 ? [...src] : null, dstLength > 0 ? [...dst] : null];
  return { source, destination, srcLength, dstLength, protocol, srcPort, dstPorts: [...dstPorts], hasMark, mark, indev, outdev, isDead };
}

/** What is known of a rule that stands in its text, and of the same rule once made. */
function knownOf(chain: Chain, i: number): unknown {
  const { hooks, target, header, matches } = chain.like(i);
  const keys = keysByDepth.map(({ depth, key }) => {
    key.readAt(chain, i, depth, deviceOf);
    return keyFacts(key);
  });
  const ends = isUnconditionalVerdict(chain.like(i));
  const modules = matches.map(({ name }) => name);
  return { hooks, kind: target.kind, ends, modules, protocol: header.protocol, leadsTo: chain.leadsTo(i)?.name, keys };
}

describe('rules that stand in their text', () => {
  it('are what reading every line word by word makes of them, errors and places included', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const random = new RandomText(seed);
        const text = random.text();
        const words = tellAll(read(wordByWord(text), random.family));
        expect(tellAll(read(text, random.family)), text).toEqual(words);
        expect(tellAll(read(new TextEncoder().encode(text), random.family)), text).toEqual(words);
      }),
      { numRuns: RUNS },
    );
  });

  it('are known before they are made as they are then', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const random = new RandomText(seed);
        const text = random.text();
        for (const { chainsAsMade } of read(text, random.family).rules.tables) {
          for (const chain of chainsAsMade) {
            const rows = Array.from({ length: chain.length }, (_, i) => knownOf(chain, i));
            void chain.rules;
            expect(rows, text).toEqual(rows.map((_, i) => knownOf(chain, i)));
          }
        }
      }),
      { numRuns: RUNS },
    );
  });

  it.each(ruleFiles())('are those of its words in a rule set that is in use: %s', (file) => {
    const text = readFileSync(join(FOLDER, file), 'utf8');
    const family = file.includes('.v6') ? 6 : 4;
    const [quick, words] = [read(text, family), read(wordByWord(text), family)];
    expect(tellAll(quick)).toEqual(tellAll(words));
    const known = ({ rules }: Read): unknown =>
      rules.tables.map(({ chainsAsMade }) =>
        [...chainsAsMade].map((chain) => Array.from({ length: chain.length }, (_, i) => knownOf(chain, i))),
      );
    expect(known(read(text, family))).toEqual(known(read(wordByWord(text), family)));
  });

  // three lines of one form teach what comes behind them, the fourth is not quite of it
  it.each([
    ['-p tcp -m tcp --dport 80 -j ACCEPT', '-p tcp -m tcp --dport 80:90 -j ACCEPT'],
    ['-p tcp -m tcp --sport 80:90 -j ACCEPT', '-p tcp -m tcp --sport 80 -j ACCEPT'],
    ['-m mark --mark 0x11 -j ACCEPT', '-m mark --mark 0x12 -j ACCEPT'],
    ['-s 10.0.0.1/32 -j ACCEPT', '! -s 10.0.0.1/32 -j ACCEPT'],
    ['-s 10.0.0.1/32 -j ACCEPT', '-d 10.0.0.1/32 -j ACCEPT'],
    ['-s 10.0.0.1/32 -j ACCEPT', '-s 10.0.0.1/32 -j ACCEPT x'],
    ['-s 10.0.0.1/32 -j ACCEPT', '-s 10.0.0.1/32 -j ACCEPTx'],
    ['-s 10.0.0.1/32 -j ACCEPT', '-s 10.0.0.1/32 -j ACCEP'],
    ['-s 10.0.0.1/32 -j ACCEPT', '-s 10.0.0.1/32x -j ACCEPT'],
    ['-s 10.0.0.1/32 -j ACCEPT', '-s 10.0.0.1/32'],
    ['-s 10.0.0.1/32 -j ACCEPT', '-s 10.0.0.1/32 -j ACCEPX'],
    ['-s 10.0.0.1/32 -j ACCEPT', '-sx10.0.0.1/32 -j ACCEPT'],
    ['-s 10.0.0.1/32 -j b', '-s 10.0.0.1/32 -j bb'],
    ['-s 10.0.0.1/32 -j b', '-s 10.0.0.1/32 -j OUTPUT'],
    ['-m comment --comment "x y" -j ACCEPT', '-m comment --comment "x y"z -j ACCEPT'],
    ['-p tcp -j DNAT --to-destination 10.0.0.1:80', '-p tcp -j DNAT --to-destination 10.0.0.1'],
    ['-p tcp -j DNAT --to-destination 10.0.0.1:80', '-p udp -j DNAT --to-destination 10.0.0.1:80'],
    ['-p tcp -j DNAT --to-destination 10.0.0.1:80', '-p tcp -j DNAT --to-destination 10.0.0.1:80-90'],
  ])('are told from their neighbours: %s, %s', (form, other) => {
    const lines = [form, form, form, other, form].map((words) => `-A a ${words}`);
    const text = `*nat\n:OUTPUT ACCEPT [0:0]\n:a - [0:0]\n:b - [0:0]\n-A OUTPUT -j a\n${lines.join('\n')}\nCOMMIT\n`;
    const [quick, words] = [read(text, 4), read(wordByWord(text), 4)];
    const ofChain = ({ rules }: Read): unknown => {
      const chain = rules.table('nat')!.chain('a')!;
      return Array.from({ length: chain.length }, (_, i) => knownOf(chain, i));
    };
    expect(ofChain(quick)).toEqual(ofChain(words));
    expect(tellAll(quick)).toEqual(tellAll(words));
  });
});
