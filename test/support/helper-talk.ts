/** Conversations for the tests of helpers: both sides of connections through a router that gives them a helper. */
import { expect } from 'vitest';
import { directionOf, StateBit } from '../../src/conntrack/ctinfo.ts';
import type { Expectation } from '../../src/conntrack/expect.ts';
import { Hook } from '../../src/hook/hook.ts';
import { Priority } from '../../src/hook/priority.ts';
import { Verdict } from '../../src/hook/verdict.ts';
import { formatIpv4 } from '../../src/inet/ipv4.ts';
import { formatIpv6 } from '../../src/inet/ipv6.ts';
import { GRE } from '../../src/inet/protocol.ts';
import { ipv4, ipv6, type LayerSpec, payload, tcp, udp } from '../../src/packet/build-layers.ts';
import type { Packet } from '../../src/packet/packet.ts';
import { TcpFlag } from '../../src/wire/tcp.ts';
import { checksumError, isHeaderTrue, octets, packetFrom, packetOf } from './nat-frames.ts';
import { line, NatRouter, range } from './nat-router.ts';

export type End = readonly [address: string, port: number];

const { Syn, Ack, Psh } = TcpFlag;

/** A router between 10.0/16 (fd00::) and 10.1/16 (fd01::); `snat`: what leaves towards the latter comes from there. */
export class HelperTalk {
  readonly router: NatRouter;
  /** State of the last packet. */
  state = '';
  private readonly family: 4 | 6;

  constructor(helper: string, port: number, options: { readonly family?: 4 | 6; readonly snat?: string } = {}) {
    const { family = 4, snat } = options;
    this.family = family;
    const translate = (hook: Hook, packet: Packet): boolean => snat !== undefined && hook === Hook.Postrouting && packet.outdev === 2;
    this.router = new NatRouter(
      (hook, packet, nat) => (translate(hook, packet) ? nat.setup(packet, range(snat!), 'src') : Verdict.Accept),
      { family },
    );
    this.router.help(port, helper);
    const note = (packet: Packet): Verdict => {
      const state = this.router.conntrack.stateBit(packet);
      this.state =
        state === StateBit.Related
          ? 'RELATED'
          : state === StateBit.Established
            ? 'ESTABLISHED'
            : state === StateBit.New
              ? 'NEW'
              : 'INVALID';
      if (packet.ct >= 0 && state === StateBit.Related && directionOf(packet.ctinfo) !== 0) this.state = 'RELATED REPLY';
      return Verdict.Accept;
    };
    this.router.hooks.add({ hook: Hook.Prerouting, priority: Priority.Mangle, name: 'note', run: note });
  }

  /** Send a segment; answers what leaves: addresses and payload, or `dropped`. */
  segment(from: End, to: End, flags: number, numbers: readonly [seq: number, ack: number], data: string | Uint8Array = ''): string {
    const upper = tcp(from[1], to[1], { seq: numbers[0], ack: numbers[1], flags });
    return this.carry(packetOf(this.ip(from[0], to[0]), upper, payload(data)), from[0]);
  }

  datagram(from: End, to: End, data: string | Uint8Array): string {
    return this.carry(packetOf(this.ip(from[0], to[0]), udp(from[1], to[1]), payload(data)), from[0]);
  }

  /** A packet of a PPTP tunnel (GRE version 1); answers as `segment` does, the payload beginning at the sequence number. */
  tunnel(from: string, to: string, callId: number): string {
    const bytes = Uint8Array.of(0x30, 1, 0x88, 0x0b, 0, 1, callId >> 8, callId & 0xff, 0, 0, 0, 0, 0xff);
    return this.carry(packetOf(ipv4(from, to, { protocol: GRE }), payload(bytes)), from);
  }

  /** `source:port > destination:port protocol` of everything expected, `*` for any; in order of text. */
  get expected(): string[] {
    return this.router.conntrack.expectations().map(describeExpectation).sort();
  }

  private ip(src: string, dst: string): LayerSpec {
    return this.family === 4 ? ipv4(src, dst) : ipv6(src, dst);
  }

  private carry(packet: Packet, from: string): string {
    const isNear = from.startsWith('10.0.') || from.startsWith('fd00');
    if (!this.router.forward(packet, isNear ? { indev: 1, outdev: 2 } : { indev: 2, outdev: 1 })) return 'dropped';
    expect([checksumError(packet), isHeaderTrue(packet)]).toEqual([0, true]);
    const again = packetFrom(octets(packet));
    expect([again.networkLength, again.transportLength, again.fault]).toEqual([packet.networkLength, packet.transportLength, 0]);
    const header = packet.protocol === 6 ? (packet.view.getUint8(packet.transport + 12) >> 4) << 2 : 8;
    const text = Buffer.from(packet.bytes.subarray(packet.transport + header, packet.networkEnd)).toString('latin1');
    return text === '' ? line(packet) : `${line(packet)} ${text}`;
  }
}

/** A TCP connection between two ends; the client is known to the server as `known`. */
export class TcpTalk {
  private readonly talk: HelperTalk;
  private readonly client: End;
  private readonly server: End;
  private readonly known: End;
  private said = 101;
  private heard = 501;

  constructor(talk: HelperTalk, client: End, server: End, known: End = client) {
    this.talk = talk;
    this.client = client;
    this.server = server;
    this.known = known;
    talk.segment(client, server, Syn, [100, 0]);
    talk.segment(server, known, Syn | Ack, [500, 101]);
    talk.segment(client, server, Ack, [101, 501]);
  }

  say(data: string | Uint8Array): string {
    const out = this.talk.segment(this.client, this.server, Ack | Psh, [this.said, this.heard], data);
    this.said += data.length;
    return out;
  }

  answer(data: string | Uint8Array): string {
    const out = this.talk.segment(this.server, this.known, Ack | Psh, [this.heard, 101], data);
    this.heard += data.length;
    return out;
  }
}

/** The first segment of a connection. */
export function call(talk: HelperTalk, from: End, to: End): string {
  return talk.segment(from, to, Syn, [9000, 0]);
}

function describeExpectation({ tuple, mask }: Expectation): string {
  const v6 = tuple.family === 6;
  const { src0, src1, src2, src3, dst0, dst1, dst2, dst3 } = tuple;
  const source = mask.src0 === 0 ? '*' : v6 ? formatIpv6(src0, src1, src2, src3) : formatIpv4(src0);
  const destination = v6 ? formatIpv6(dst0, dst1, dst2, dst3) : formatIpv4(dst0);
  return `${source}:${mask.srcL4 === 0 ? '*' : tuple.srcL4} > ${destination}:${tuple.dstL4} ${tuple.protocol}`;
}
