/**
 * Random rule sets of few chains, random changes of them as kube-proxy and people write them, and packets that meet their rules.
 * Rules keep no state, so that a rule set that was changed and one that was read anew must answer alike.
 */
import { Random } from '../../src/inet/random.ts';

const OWN = ['a', 'b', 'c', 'd', 'e'];
const PORTS = [22, 80, 443];

export class RandomUpdates {
  private readonly random: Random;

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  /** A rule set in use. */
  base(): string {
    const rules: string[] = [];
    for (const chain of ['FORWARD', 'INPUT', ...OWN]) {
      for (let i = this.random.below(this.one(3) ? 90 : 8); i > 0; i--)
        rules.push(`[${this.random.below(9)}:${this.random.below(99)}] -A ${chain} ${this.rule(chain)}`);
    }
    return `*filter\n:INPUT ACCEPT [1:2]\n:FORWARD DROP [3:4]\n:OUTPUT ACCEPT [0:0]\n${OWN.map((name) => `:${name} - [0:0]\n`).join(
      '',
    )}${rules.join('\n')}\nCOMMIT\n`;
  }

  /** What `iptables-restore --noflush` would be given. */
  change(): string {
    const lines: string[] = [];
    for (let i = this.random.below(3); i > 0; i--) lines.push(`:${this.pick(OWN)} - [0:0]`);
    for (let i = 1 + this.random.below(3); i > 0; i--) lines.push(this.command());
    const table = this.one(12) ? 'mangle' : 'filter';
    return `*${table}\n${lines.join('\n')}\nCOMMIT\n${this.one(15) ? `*filter\n${this.command()}\nCOMMIT\n` : ''}`;
  }

  /** Fields of a packet to hold against them. */
  packet(): { src0: number; dst0: number; dstPort: number; srcPort: number; protocol: number; transportLength: number; mark: number } {
    const { random } = this;
    return {
      src0: 0x0a000000 | random.below(6),
      dst0: 0x0a000000 | random.below(6),
      srcPort: this.pick(PORTS),
      dstPort: this.pick(PORTS),
      protocol: this.one(3) ? 17 : 6,
      transportLength: this.one(10) ? 4 : 20,
      mark: random.below(2),
    };
  }

  private command(): string {
    const chain = this.pick(['FORWARD', 'INPUT', ...OWN]);
    const number = 1 + this.random.below(this.one(3) ? 40 : 3);
    switch (this.random.below(18)) {
      case 0:
        return `-I ${chain} ${this.rule(chain)}`;
      case 1:
        return `-I ${chain} ${number} ${this.rule(chain)}`;
      case 2:
        return `-D ${chain} ${number}`;
      case 3:
        return `-D ${chain} ${this.rule(chain)}`;
      case 4:
        return `-R ${chain} ${number} ${this.rule(chain)}`;
      case 5:
        return `-F ${chain}`;
      case 6:
        return this.pick([`-X ${chain}`, `-N ${chain}`, `-F`, '-X', '-Z']);
      case 7:
        return this.pick([
          `-Z ${chain}`,
          `-Z ${chain} ${number}`,
          `-P FORWARD ${this.pick(['ACCEPT', 'DROP'])}`,
          ':INPUT DROP [7:8]',
          `-E ${chain} ${this.pick(OWN)}`,
        ]);
      default:
        return `[${this.random.below(2)}:0] -A ${chain} ${this.rule(chain)}`;
    }
  }

  private rule(chain: string): string {
    const words: string[] = [];
    if (this.one(2)) words.push(`-s 10.0.0.${this.random.below(6)}/${this.pick([32, 32, 30, 8])}`);
    if (this.one(2)) words.push(`-d 10.0.0.${this.random.below(6)}/32`);
    if (this.one(2)) words.push(`-p tcp -m tcp --dport ${this.pick(PORTS)}`);
    else if (this.one(4)) words.push('-m comment --comment "x y" -m mark --mark 1');
    words.push(this.target(chain));
    return words.join(' ');
  }

  private target(chain: string): string {
    const at = OWN.indexOf(chain);
    const onwards = this.one(25) ? OWN : OWN.slice(at + 1);
    const to = onwards.length === 0 ? 'RETURN' : this.pick(onwards);
    return this.pick([
      '-j ACCEPT',
      '-j DROP',
      '',
      '',
      `-j ${to}`,
      `-j ${to}`,
      this.one(3) ? '-j RETURN' : '',
      this.one(6) ? '-j MARK --set-mark 1' : '',
      this.one(9) ? '-j CLASSIFY --set-class 1:1' : '',
    ]);
  }

  private one(of: number): boolean {
    return this.random.below(of) === 0;
  }

  private pick<T>(from: readonly T[]): T {
    return from[this.random.below(from.length)]!;
  }
}
