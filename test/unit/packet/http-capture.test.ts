import { describe, expect, it } from 'vitest';
import { pseudoHeaderSum } from '../../../src/inet/checksum.ts';
import { build, tcpOptions } from '../../../src/packet/build.ts';
import { ipv4, ipv6, payload, tcp } from '../../../src/packet/build-layers.ts';
import { decode } from '../../../src/packet/decode.ts';
import { LinkType } from '../../../src/packet/link-type.ts';
import { Conversations, formatPacket } from '../../../src/report/tcpdump.ts';
import { TcpFlag, TcpView } from '../../../src/wire/tcp.ts';
import { aimed, decoded } from './kit.ts';

/**
 * Twelve packets of one HTTP request over ::1, captured by tcpdump on a machine with checksum offload: what was captured is the
 * partial sum, what tcpdump calls correct is the checksum. Strong and Lancey, "Networking and Kubernetes".
 */
const CLIENT = 50_399;
const SERVER = 8080;
const CLIENT_ISN = 2_784_345_138;
const SERVER_ISN = 195_606_347;
const CLOCK = 587_364_215;
const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: curl/7.64.1\r\nAccept: */*\r\n\r\n';
const ANSWER =
  'HTTP/1.1 200 OK\r\nDate: Wed, 19 Aug 2020 12:13:55 GMT\r\nContent-Length: 5\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello';

const { Fin, Syn, Psh, Ack } = TcpFlag;
/** Who sends, flags, sequence and acknowledgment relative to the ISN, window, payload, the right checksum, the partial sum. */
const PACKETS = [
  ['>', Syn, 0, -1, 65_535, '', 0x1bd9, 0x0034, 'Flags [S], seq 2784345138, win 65535, length 0'],
  ['<', Syn | Ack, 0, 1, 65_535, '', 0xbe5a, 0x0034, 'Flags [S.], seq 195606347, ack 2784345139, win 65535, length 0'],
  ['>', Ack, 1, 1, 6371, '', 0x1f58, 0x0028, 'Flags [.], ack 1, win 6371, length 0'],
  ['<', Ack, 1, 1, 6371, '', 0x1f58, 0x0028, 'Flags [.], ack 1, win 6371, length 0'],
  ['>', Psh | Ack, 1, 1, 6371, REQUEST, 0x78b2, 0x0076, 'Flags [P.], seq 1:79, ack 1, win 6371, length 78'],
  ['<', Ack, 1, 79, 6370, '', 0x1f0b, 0x0028, 'Flags [.], ack 79, win 6370, length 0'],
  ['<', Psh | Ack, 1, 79, 6370, ANSWER, 0x05d7, 0x00a1, 'Flags [P.], seq 1:122, ack 79, win 6370, length 121'],
  ['>', Ack, 79, 122, 6369, '', 0x1e93, 0x0028, 'Flags [.], ack 122, win 6369, length 0'],
  ['>', Fin | Ack, 79, 122, 6369, '', 0x1e92, 0x0028, 'Flags [F.], seq 79, ack 122, win 6369, length 0'],
  ['<', Ack, 122, 80, 6370, '', 0x1e91, 0x0028, 'Flags [.], ack 80, win 6370, length 0'],
  ['<', Fin | Ack, 122, 80, 6370, '', 0x1e90, 0x0028, 'Flags [F.], seq 122, ack 80, win 6370, length 0'],
  ['>', Ack, 80, 123, 6369, '', 0x1e91, 0x0028, 'Flags [.], ack 123, win 6369, length 0'],
] as const;

function frameOf([from, flags, seq, ack, window, data]: (typeof PACKETS)[number]): Uint8Array {
  const forth = from === '>';
  const own = forth ? CLIENT_ISN : SERVER_ISN;
  const other = forth ? SERVER_ISN : CLIENT_ISN;
  const syn = (flags & Syn) !== 0;
  const clocks = ['timestamps', CLOCK, flags === Syn ? 0 : CLOCK] as const;
  const options = syn
    ? tcpOptions(['mss', 16_324], ['nop'], ['wscale', 6], ['nop'], ['nop'], clocks, ['sackOK'], ['eol'])
    : tcpOptions(['nop'], ['nop'], clocks);
  const [src, dst] = forth ? [CLIENT, SERVER] : [SERVER, CLIENT];
  const fields = { flags, window, seq: own + seq, ack: ack < 0 ? 0 : other + ack };
  return Uint8Array.of(30, 0, 0, 0, ...build(ipv6('::1', '::1'), tcp(src, dst, fields, options), payload(data)));
}

describe('the captured HTTP request', () => {
  const frames = PACKETS.map(frameOf);

  it.each(PACKETS.map((row, i) => [i + 1, row] as const))('packet %d has the checksum and the partial sum tcpdump saw', (number, row) => {
    const packet = decoded(frames[number - 1]!, LinkType.Null);
    expect(new TcpView().at(packet.view, packet.transport).checksum).toBe(row[6]);
    expect(pseudoHeaderSum(packet, packet.protocol, packet.transportLength)).toBe(row[7]);
  });

  it('prints as tcpdump printed it', () => {
    const seen = new Conversations();
    const lines = frames.map((frame) => {
      const packet = aimed(frame);
      decode(packet, LinkType.Null);
      return formatPacket(packet, seen);
    });
    const expected = PACKETS.map(
      ([from, , , , , , , , text]) => `IP6 ${from === '>' ? '::1.50399 > ::1.8080' : '::1.8080 > ::1.50399'}: ${text}`,
    );
    expect(lines.map((line) => line.replace(/ options \[[^\]]*\],/, ''))).toEqual(expected);
    expect(lines[0]).toContain('options [mss 16324,nop,wscale 6,nop,nop,TS val 587364215 ecr 0,sackOK,eol]');
  });

  it('has the same partial sum over 127.0.0.1 as the lone 0xfe34 of the same book', () => {
    const packet = decoded(build(ipv4('127.0.0.1', '127.0.0.1'), tcp(1, 2, {}, new Uint8Array(24))), LinkType.Raw);
    expect(pseudoHeaderSum(packet, packet.protocol, packet.transportLength)).toBe(0xfe34);
  });
});
