/**
 * Random rule sets in which rules get in each other's way: few values, wide and narrow ones, rules that change what later ones ask
 * for, jumps, gotos and returns. For proofs about rules that shadow others.
 */
import { Random } from '../../src/inet/random.ts';

const CHAINS = ['FORWARD', 'first', 'second'];

export function denseRules(seed: number): string {
  const random = new Random(seed);
  const pick = <T>(list: readonly T[]): T => list[random.below(list.length)]!;
  const not = (): string => (random.below(4) === 0 ? '! ' : '');
  const address = (): string => pick(['10.0.0.0/8', '10.0.0.0/9', '10.128.0.0/9', '10.1.0.0/16', '0.0.0.0/1', '128.0.0.0/1']);
  const ports = (): string => pick(['0:1023', '1024:65535', '80', '22:80', '0:65535']);
  const parts: readonly (() => string)[] = [
    () => `${not()}-s ${address()}`,
    () => `${not()}-d ${address()}`,
    () => `${not()}-p ${pick(['tcp', 'udp', 'icmp'])}`,
    () => `-p tcp -m tcp ${not()}--dport ${ports()}`,
    () => `-p tcp -m tcp ${pick(['--syn', '! --syn', '--tcp-flags ACK ACK', '--tcp-flags ALL NONE'])}`,
    () => '-p tcp -m tcp',
    () => `-p udp -m udp --sport ${ports()}`,
    () => `-p tcp -m multiport ${not()}--dports ${pick(['0:1023,2000', '22,80', '1024:65535'])}`,
    () => `-p icmp -m icmp ${not()}--icmp-type ${pick(['8', '8/0', '3', 'any'])}`,
    () => `-m mark ${not()}--mark ${pick(['0', '1', '2', '0/0', '1/1'])}`,
    () => `-m ttl --ttl-${pick(['lt 64', 'gt 63', 'eq 9'])}`,
    () => `-m tos ${not()}--tos ${pick(['0x10/0x10', '0/0', '0x10'])}`,
    () => `-m conntrack ${not()}--ctstate ${pick(['NEW', 'NEW,ESTABLISHED,RELATED', 'INVALID,UNTRACKED', 'INVALID'])}`,
    () => `-i ${pick(['eth0', 'eth+', 'eth1', '+'])}`,
    () => `! -o ${pick(['eth0', 'e+'])}`,
    () => `-m length --length ${pick(['0:100', '50:65535'])}`,
    () => `-m pkttype ${not()}--pkt-type ${pick(['unicast', 'multicast'])}`,
    () => `-m iprange ${not()}--src-range 10.0.0.0-10.127.255.255`,
    () => `${not()}-f`,
    () => '-m statistic --mode random --probability 0.5',
    () => `-m addrtype ${not()}--dst-type LOCAL`,
  ];
  // few kinds of condition a rule set, so that they meet
  const theme = Array.from({ length: 2 + random.below(4) }, () => pick(parts));
  const target = (place: number): string => {
    const later = CHAINS.slice(place + 1);
    const draw = random.below(14);
    if (draw < 5) return `-j ${pick(['ACCEPT', 'DROP'])}`;
    if (draw < 6) return '-j RETURN';
    if (draw < 9 && later.length > 0) return `-${pick(['j', 'j', 'g'])} ${pick(later)}`;
    return pick([
      '-j MARK --set-xmark 0x1/0xffffffff',
      '-j MARK --set-xmark 0x0/0xffffffff',
      '-j TTL --ttl-set 9',
      '-j TOS --set-tos 0x10',
      '',
      '-j LOG',
    ]);
  };
  const lines = CHAINS.slice(1).map((name) => `:${name} - [0:0]`);
  CHAINS.forEach((chain, place) => {
    const count = 4 + random.below(14);
    for (let i = 0; i < count; i++) {
      const action = target(place);
      const bare = !/ACCEPT|DROP|RETURN|-g/.test(action) && random.below(2) === 0;
      const chosen = bare ? [] : Array.from({ length: 1 + random.below(2) }, () => pick(theme)());
      // one protocol a rule, and a module once
      const words = chosen.filter((text, k) => !chosen.slice(0, k).some((other) => clash(text, other)));
      lines.push(`-A ${chain} ${[...words, action].filter((word) => word !== '').join(' ')}`);
    }
  });
  return `*mangle\n:FORWARD ACCEPT [0:0]\n${lines.join('\n')}\nCOMMIT\n`;
}

function clash(a: string, b: string): boolean {
  const flags = (text: string): string[] =>
    text.match(/(?<!-)-[a-z]+\b(?: (?!\d)\w+)?/g)?.map((word) => word.replace(/^(-p).*/, '$1').replace(/^(-[sdio]).*/, '$1')) ?? [];
  return flags(a).some((flag) => flags(b).includes(flag));
}
