/**
 * Random rule sets and the packets that meet them, from a number: rules draw on few addresses, ports and devices, and so do the
 * packets, so that most rules match something. For tests that hold two evaluators side by side.
 */
import { Random } from '../../src/inet/random.ts';
import { type Frame, HOSTS4, HOSTS6, PORTS, RandomFrames } from './random-frames.ts';

const DEVICES = ['eth0', 'eth1', 'lo', 'gone', 'eth+', 'e+'];
/** Chains in the order they may lead to one another. */
const CHAINS = ['FORWARD', 'first', 'second', 'third'];

export class RandomRules {
  private readonly random: Random;
  private readonly family: 4 | 6;
  private readonly table: 'filter' | 'mangle';
  private readonly frames: RandomFrames;
  /** Few shapes a chain: long runs of rules are alike in life, and an index lives on that. */
  private readonly shapes: number[];

  constructor(seed: number) {
    this.random = new Random(seed);
    this.family = this.chance(3) ? 6 : 4;
    this.frames = new RandomFrames(this.random, this.family);
    this.table = this.chance(2) ? 'filter' : 'mangle';
    this.shapes = Array.from({ length: 1 + this.random.below(6) }, () => this.random.u32());
  }

  get isIpv6(): boolean {
    return this.family === 6;
  }

  /** iptables-save text. */
  text(): string {
    const lines = CHAINS.slice(1).map((name) => `:${name} - [0:0]`);
    CHAINS.forEach((chain, place) => {
      const count = this.random.below(this.chance(4) ? 120 : 30);
      for (let i = 0; i < count; i++) lines.push(`-A ${chain} ${this.rule(place)}`);
    });
    return `*${this.table}\n:FORWARD ${this.chance(2) ? 'ACCEPT' : 'DROP'} [0:0]\n${lines.join('\n')}\nCOMMIT\n`;
  }

  /** A frame to eth0 or eth1, and which. */
  frame(): Frame {
    return this.frames.frame();
  }

  private rule(place: number): string {
    const shape = this.chance(5) ? this.random.u32() : this.pick(this.shapes);
    const words = [...this.header(shape), ...this.protocol(shape)];
    if (this.chance(6)) words.push(this.furtherMatch());
    words.push(this.target(place));
    return words.filter((word) => word !== '').join(' ');
  }

  private header(shape: number): string[] {
    const words: string[] = [];
    if ((shape & 1) !== 0) words.push(`${this.not()}-s ${this.prefix((shape >>> 8) & 127)}`);
    if ((shape & 2) !== 0) words.push(`${this.not()}-d ${this.prefix((shape >>> 15) & 127)}`);
    if ((shape & 12) === 12) words.push(`${this.not()}-i ${this.pick(DEVICES)}`);
    if ((shape & 48) === 48) words.push(`${this.not()}-o ${this.pick(DEVICES)}`);
    if ((shape & 192) === 192 && this.chance(2)) words.push(`-m mark ${this.not()}--mark ${this.pick(['0', '1', '2', '0x1/0x3'])}`);
    if (!this.isIpv6 && this.chance(20)) words.push(`${this.not()}-f`);
    return words;
  }

  private protocol(shape: number): string[] {
    // what stands in front of the ports: a comment, or a match that must be asked first
    const comment = this.chance(3) ? '-m comment --comment x ' : this.chance(8) ? `${this.furtherMatch()} ` : '';
    switch ((shape >>> 24) % 9) {
      case 0:
      case 1:
        return [this.onePort(comment)];
      case 2:
        return [`-p tcp ${comment}-m tcp ${this.not()}--sport ${this.ports()} --dport ${this.ports()}`];
      case 3:
        return [
          `-p ${this.pick(['tcp', 'udp', 'sctp', 'udplite'])} -m multiport ${this.not()}--${this.pick(['dports', 'sports', 'ports'])} ${this.list()}`,
        ];
      case 4:
        return [`-p tcp ${comment}-m tcp ${this.pick(['--syn', '--tcp-flags ACK ACK', '--tcp-option 2'])}`];
      case 5:
        return [`${this.not()}-p ${this.pick(['tcp', 'udp', '132', this.isIpv6 ? 'icmpv6' : 'icmp'])}`];
      case 6:
        return [`-p udp -m conntrack --ctstate ${this.pick(['NEW', 'INVALID', 'ESTABLISHED'])} -m udp --dport ${this.ports()}`];
      default:
        return [];
    }
  }

  private onePort(front: string): string {
    const name = this.pick(['tcp', 'udp']);
    return `-p ${name} ${front}-m ${name} ${this.not()}--dport ${this.ports()}`;
  }

  private furtherMatch(): string {
    return this.pick([
      '-m limit --limit 10/sec --limit-burst 3',
      '-m statistic --mode nth --every 3 --packet 0',
      '-m statistic --mode random --probability 0.5',
      '-m length --length 60:80',
      '-m conntrack --ctstate NEW',
      '-m state --state INVALID,ESTABLISHED',
      '-m recent --name seen --set',
      '-m recent --name seen --rcheck --hitcount 2',
      '-m connmark --mark 1',
      '-m tos --tos 8',
      '-m addrtype --dst-type LOCAL',
      '-m pkttype --pkt-type unicast',
      '-m quota --quota 4000',
      '-m string --string aaa --algo bm',
      '-m connlimit --connlimit-above 2',
      '-m hashlimit --hashlimit-name h --hashlimit-upto 5/sec --hashlimit-mode srcip',
      '-m iprange --dst-range ' + (this.isIpv6 ? 'fd00::-fd00::ff' : '10.0.0.0-10.0.0.100'),
      '-m u32 --u32 "0>>28=4"',
      '-m mark --mark 2',
    ]);
  }

  private target(place: number): string {
    const later = CHAINS.slice(place + 1);
    const draw = this.random.below(12);
    if (draw < 2) return `-j ${this.pick(['ACCEPT', 'DROP'])}`;
    if (draw === 2 && place > 0) return '-j RETURN';
    if (draw < 6 && later.length > 0) return `-${this.chance(4) ? 'g' : 'j'} ${this.pick(later)}`;
    if (draw === 6) return '-j LOG';
    if (this.table === 'mangle' && draw < 10) {
      return this.pick([
        '-j MARK --set-xmark 0x1/0xffffffff',
        '-j MARK --set-xmark 0x2/0x2',
        '-j CONNMARK --save-mark',
        '-j CONNMARK --restore-mark',
        '-j DSCP --set-dscp 4',
        this.isIpv6 ? '-j HL --hl-set 9' : '-j TTL --ttl-set 9',
      ]);
    }
    return '';
  }

  private prefix(length: number): string {
    const bits = this.isIpv6 ? length + 1 : Math.min(32, 1 + (length & 31));
    if (this.chance(15)) return this.isIpv6 ? 'fd00::2/ffff::ffff' : `${this.pick(HOSTS4)}/255.0.255.255`;
    return `${this.pick(this.isIpv6 ? HOSTS6 : HOSTS4)}/${this.chance(2) ? (this.isIpv6 ? 128 : 32) : bits}`;
  }

  private ports(): string {
    return this.chance(5) ? this.pick(['20:80', '1024:65535', '0:52']) : String(this.pick(PORTS));
  }

  private list(): string {
    return this.pick(['22,80', '53', '80,443,8080,30000', '20:30,80']);
  }

  private not(): string {
    return this.chance(7) ? '! ' : '';
  }

  private chance(oneIn: number): boolean {
    return this.random.below(oneIn) === 0;
  }

  private pick<T>(from: readonly T[]): T {
    return from[this.random.below(from.length)]!;
  }
}
