/** FTP and TFTP through source NAT. Every expected line was recorded from Linux 6.18.44 with the same packets and rules. */
import { describe, expect, it } from 'vitest';
import { Hook } from '../../../src/hook/hook.ts';
import { Verdict } from '../../../src/hook/verdict.ts';
import { ipv4, ipv6, type LayerSpec, payload, tcp, udp } from '../../../src/packet/build-layers.ts';
import type { Packet } from '../../../src/packet/packet.ts';
import { TcpFlag } from '../../../src/wire/tcp.ts';
import { checksumError, isHeaderTrue, packetFrom, octets, packetOf } from '../../support/nat-frames.ts';
import { line, NatRouter, range } from '../../support/nat-router.ts';

const { Syn, Ack, Psh } = TcpFlag;
const THERE = { indev: 1, outdev: 2 };
const BACK = { indev: 2, outdev: 1 };

function router(family: 4 | 6, address: string): NatRouter {
  const made = new NatRouter(
    (hook, packet, nat) => (hook === Hook.Postrouting && packet.outdev === 2 ? nat.setup(packet, range(address), 'src') : Verdict.Accept),
    { family },
  );
  made.help(21, 'ftp');
  made.help(69, 'tftp');
  return made;
}

/** One side of the conversations below. */
class Talk {
  private readonly made: NatRouter;
  private readonly family: 4 | 6;

  constructor(made: NatRouter, family: 4 | 6) {
    this.made = made;
    this.family = family;
  }

  /** Send a segment; answers `line seq ack payload` as it leaves. */
  say(from: [string, number], to: [string, number], flags: number, numbers: [number, number], text = ''): string {
    const upper = tcp(from[1], to[1], { seq: numbers[0], ack: numbers[1], flags });
    return this.carry(packetOf(this.ip(from[0], to[0]), upper, payload(text)), from[0]);
  }

  datagram(from: [string, number], to: [string, number], text: string): string {
    return this.carry(packetOf(this.ip(from[0], to[0]), udp(from[1], to[1]), payload(text)), from[0]);
  }

  private ip(src: string, dst: string): LayerSpec {
    return this.family === 4 ? ipv4(src, dst) : ipv6(src, dst);
  }

  private carry(packet: Packet, from: string): string {
    const isClient = from.startsWith('10.0.') || from.startsWith('fd00');
    if (!this.made.forward(packet, isClient ? THERE : BACK)) return 'dropped';
    expect([checksumError(packet), isHeaderTrue(packet)]).toEqual([0, true]);
    // What leaves must be a packet in its own right: lengths and all.
    const again = packetFrom(octets(packet));
    expect([again.networkLength, again.transportLength, again.fault]).toEqual([packet.networkLength, packet.transportLength, 0]);
    if (packet.protocol !== 6) return line(packet);
    const { view, transport } = packet;
    const header = (view.getUint8(transport + 12) >> 4) << 2;
    const text = Buffer.from(packet.bytes.subarray(transport + header, packet.networkEnd)).toString('latin1');
    return `${line(packet)} ${view.getUint32(transport + 4)} ${view.getUint32(transport + 8)} ${text.trimEnd()}`.trimEnd();
  }
}

describe('the NAT half of FTP', () => {
  function open(talk: Talk, c: [string, number], s: [string, number], n: [string, number]): void {
    talk.say(c, s, Syn, [100, 0]);
    talk.say(s, n, Syn | Ack, [500, 101]);
    talk.say(c, s, Ack, [101, 501]);
    talk.say(s, n, Ack | Psh, [501, 101], '220 hi\r\n');
    talk.say(c, s, Ack | Psh, [101, 509], 'USER x\r\n');
  }

  it('rewrites PORT, shifts what follows and lets the data connection in', () => {
    const talk = new Talk(router(4, '10.1.0.50'), 4);
    const [c, s, n] = [
      ['10.0.0.2', 4000],
      ['10.1.0.2', 21],
      ['10.1.0.50', 4000],
    ] as [[string, number], [string, number], [string, number]];
    open(talk, c, s, n);
    expect(talk.say(c, s, Ack | Psh, [109, 509], 'PORT 10,0,0,2,4,1\r\n')).toBe('10.1.0.50:4000 > 10.1.0.2:21 109 509 PORT 10,1,0,50,4,1');
    expect(talk.say(c, s, Ack | Psh, [128, 509], 'LIST\r\n')).toBe('10.1.0.50:4000 > 10.1.0.2:21 129 509 LIST');
    expect(talk.say(s, n, Ack, [509, 134])).toBe('10.1.0.2:21 > 10.0.0.2:4000 509 133');
    expect(talk.say(['10.1.0.2', 20], ['10.1.0.50', 1025], Syn, [9000, 0])).toBe('10.1.0.2:20 > 10.0.0.2:1025 9000 0');
    expect(talk.say(['10.0.0.2', 1025], ['10.1.0.2', 20], Syn | Ack, [77, 9001])).toBe('10.1.0.50:1025 > 10.1.0.2:20 77 9001');
  });

  it('rewrites EPRT, and leaves what a server announces that is not translated', () => {
    const talk = new Talk(router(4, '10.1.0.50'), 4);
    const [c, s, n] = [
      ['10.0.0.3', 4001],
      ['10.1.0.2', 21],
      ['10.1.0.50', 4001],
    ] as [[string, number], [string, number], [string, number]];
    open(talk, c, s, n);
    expect(talk.say(c, s, Ack | Psh, [109, 509], 'EPRT |1|10.0.0.3|2000|\r\n')).toBe(
      '10.1.0.50:4001 > 10.1.0.2:21 109 509 EPRT |1|10.1.0.50|2000|',
    );
    expect(talk.say(s, n, Ack | Psh, [509, 109], '229 Entering Extended Passive Mode (|||3000|)\r\n')).toBe(
      '10.1.0.2:21 > 10.0.0.3:4001 509 109 229 Entering Extended Passive Mode (|||3000|)',
    );
    expect(talk.say(s, n, Ack | Psh, [556, 109], '227 Entering Passive Mode (10,1,0,2,11,184)\r\n')).toBe(
      '10.1.0.2:21 > 10.0.0.3:4001 556 109 227 Entering Passive Mode (10,1,0,2,11,184)',
    );
  });

  it('writes IPv6 addresses in full', () => {
    const talk = new Talk(router(6, 'fd01::50'), 6);
    const [c, s, n] = [
      ['fd00::2', 4000],
      ['fd01::2', 21],
      ['fd01::50', 4000],
    ] as [[string, number], [string, number], [string, number]];
    open(talk, c, s, n);
    expect(talk.say(c, s, Ack | Psh, [109, 509], 'EPRT |2|fd00::2|1025|\r\n')).toBe(
      'fd01::50:4000 > fd01::2:21 109 509 EPRT |2|fd01:0000:0000:0000:0000:0000:0000:0050|1025|',
    );
    expect(talk.say(c, s, Ack | Psh, [132, 509], 'LIST\r\n')).toBe('fd01::50:4000 > fd01::2:21 164 509 LIST');
    expect(talk.say(s, n, Ack, [509, 138])).toBe('fd01::2:21 > fd00::2:4000 509 106');
    expect(talk.say(['fd01::2', 20], ['fd01::50', 1025], Syn, [9000, 0])).toBe('fd01::2:20 > fd00::2:1025 9000 0');
  });

  it('announces another port when somebody waits at this one', () => {
    const made = router(4, '10.1.0.50');
    const talk = new Talk(made, 4);
    const ports = [2, 3].map((host) => {
      const c: [string, number] = [`10.0.0.${host}`, 4000 + host];
      open(talk, c, ['10.1.0.2', 21], ['10.1.0.50', 4000 + host]);
      const said = talk.say(c, ['10.1.0.2', 21], Ack | Psh, [109, 509], `PORT 10,0,0,${host},4,1\r\n`);
      const numbers = said.split(',');
      return Number(numbers[4]) * 256 + Number(numbers[5]);
    });
    expect(ports[0]).toBe(1025);
    expect(ports[1]).toBeGreaterThan(1025);
    expect(made.conntrack.expectations()).toHaveLength(2);
  });
});

describe('the NAT half of TFTP', () => {
  it('lets the answer from another port in', () => {
    const talk = new Talk(router(4, '10.1.0.50'), 4);
    expect(talk.datagram(['10.0.0.2', 5000], ['10.1.0.2', 69], '\0\u0001file\0octet\0')).toBe('10.1.0.50:5000 > 10.1.0.2:69');
    expect(talk.datagram(['10.1.0.2', 6000], ['10.1.0.50', 5000], '\0\u0003\0\u0001xx')).toBe('10.1.0.2:6000 > 10.0.0.2:5000');
  });
});
