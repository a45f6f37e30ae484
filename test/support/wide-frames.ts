/**
 * Random frames of every kind that some match asks about: conversations in both directions, local packets, IPsec, DCCP, TCP options,
 * extension headers. For rule sets with every module (random-tables.ts).
 */
import { build } from '../../src/packet/build.ts';
import {
  ah,
  dccp,
  destinationOptions,
  esp,
  ethernet,
  fragment,
  hopByHop,
  icmp,
  icmpv6,
  ipv4,
  ipv6,
  type LayerSpec,
  payload,
  routing,
  tcp,
  udp,
} from '../../src/packet/build-layers.ts';
import type { Random } from '../../src/inet/random.ts';
import { type Frame, HOSTS4, HOSTS6, PORTS, RandomFrames } from './random-frames.ts';

/** The router's own. */
const OWN4 = ['10.0.0.1', '10.1.0.1'];
const OWN6 = ['fd00::1', 'fd01::1'];
const CONVERSATIONS = 4;
/** mss 1400 and window scale; mss 600; timestamps. */
const TCP_OPTIONS = ['020405780103030700', '02040258', '0101080a0000000100000002', '', ''].map((hex) =>
  Uint8Array.from(Buffer.from(hex, 'hex')),
);
const SYN = 2;
const ACK = 16;

interface Conversation {
  readonly near: string;
  readonly far: string;
  readonly ports: readonly [number, number];
  readonly isTcp: boolean;
  /** Next sequence numbers of both sides. */
  readonly next: [number, number];
  said: number;
}

export class WideFrames extends RandomFrames {
  private readonly conversations: Conversation[];

  constructor(random: Random, family: 4 | 6) {
    super(random, family);
    this.conversations = Array.from({ length: CONVERSATIONS }, () => ({
      near: this.pick(family === 4 ? ['10.0.0.2', '10.0.0.77'] : ['fd00::2', 'fd00::77']),
      far: this.pick(family === 4 ? ['10.1.0.5', '198.51.100.1', ...OWN4] : ['fd01::5', '2001:db8::1', ...OWN6]),
      ports: [this.pick(PORTS.slice(0, 6)), this.pick(PORTS.slice(0, 6))],
      isTcp: !this.chance(3),
      next: [100, 9000] as [number, number],
      said: 0,
    }));
  }

  /** As RandomFrames.frame; device 0: the IP packet of a local process. */
  override frame(): Frame {
    const draw = this.random.below(10);
    if (draw < 5) return this.talk(this.pick(this.conversations));
    if (draw < 7) return super.frame();
    if (draw < 8) return this.local();
    const dev = 1 + this.random.below(2);
    return { dev, octets: build(ethernet(`02:00:00:00:00:0${dev}`, '02:00:00:00:00:99'), ...this.rare()) };
  }

  private talk(conversation: Conversation): Frame {
    const { near, far, ports, isTcp } = conversation;
    const turn = conversation.said++;
    const isReply = turn % 3 === 1;
    const [src, dst] = isReply ? [far, near] : [near, far];
    const [from, to] = isReply ? [ports[1], ports[0]] : ports;
    const flags = turn === 0 ? SYN : turn === 1 ? SYN | ACK : ACK;
    const options = this.pick(TCP_OPTIONS);
    const length = turn < 2 ? 0 : this.random.below(60);
    const side = isReply ? 1 : 0;
    const seq = conversation.next[side];
    conversation.next[side] += turn < 2 ? 1 : length;
    const fields = { flags, seq, ack: turn === 0 ? 0 : conversation.next[1 - side]!, window: 1000 };
    const upper = isTcp ? tcp(from, to, fields, options) : udp(from, to);
    const dev = isReply ? 2 : 1;
    const ip = this.family === 4 ? ipv4(src, dst, { tos: this.pick([0, 0, 8]) }) : ipv6(src, dst);
    const own = [...OWN4, ...OWN6].includes(src);
    const layers = [ip, upper, payload(new Uint8Array(length).fill(0x61))];
    if (own) return { dev: 0, octets: build(...layers) };
    return { dev, octets: build(ethernet(`02:00:00:00:00:0${dev}`, '02:00:00:00:00:99'), ...layers) };
  }

  private local(): Frame {
    const src = this.pick(this.family === 4 ? OWN4 : OWN6);
    const dst = this.pick(this.family === 4 ? [...HOSTS4, ...OWN4] : [...HOSTS6, ...OWN6]);
    return { dev: 0, octets: build(this.family === 4 ? ipv4(src, dst) : ipv6(src, dst), ...this.upper()) };
  }

  private rare(): LayerSpec[] {
    const [src, dst] =
      this.family === 4 ? [this.pick(HOSTS4), this.pick([...HOSTS4, ...OWN4])] : [this.pick(HOSTS6), this.pick([...HOSTS6, ...OWN6])];
    const [from, to] = [this.pick(PORTS), this.pick(PORTS)];
    const body = payload(new Uint8Array(12 + this.random.below(40)).fill(0x61));
    const ip = this.family === 4 ? ipv4(src, dst) : ipv6(src, dst, { hopLimit: this.pick([2, 64]) });
    switch (this.random.below(this.family === 4 ? 7 : 11)) {
      case 0:
        return [ip, esp({ spi: this.random.below(600) }), body];
      case 1:
        return [ip, ah({ spi: this.random.below(600), nextHeader: 6 }), tcp(from, to), body];
      case 2:
        return [ip, dccp(from, to, Uint8Array.from([5, 0, 0, 0, this.pick([0, 4, 16]), 1, 0, 0, 0, 0, 0, 0])), body];
      case 3:
        return [
          ip,
          this.family === 4 ? icmp(this.pick([3, 8, 0]), this.random.below(2)) : icmpv6(this.pick([1, 128, 129]), this.random.below(5)),
          body,
        ];
      case 4:
        return [this.family === 4 ? ipv4(src, dst, { protocol: 108 }) : ipv6(src, dst, { nextHeader: 108 }), body];
      case 5:
        return [ip, tcp(from, to, { flags: this.pick([0, 2, 4, 0x18, 0x42, 0x82]) }, this.pick(TCP_OPTIONS).slice(0, 4)), body];
      case 6:
        return [ip, udp(from, to), body];
      case 7:
        return [ip, routing({ segmentsLeft: this.random.below(2) }, new Uint8Array(4)), ...this.upper()];
      case 8:
        return [ip, hopByHop(Uint8Array.from([1, 4, 0, 0, 0, 0])), ...this.upper()];
      case 9:
        return [
          ip,
          destinationOptions(Uint8Array.from([1, 4, 0, 0, 0, 0])),
          fragment({ identification: this.random.below(9) }),
          ...this.upper(),
        ];
      default:
        return [ipv6(src, dst, { nextHeader: 135 }), payload(Uint8Array.from([59, 0, this.random.below(7), 0, 0, 0, 0, 0]))];
    }
  }
}
