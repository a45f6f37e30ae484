/**
 * A real conversation: curl to a local server over IPv6 loopback, 12 segments (a tcpdump listing in a Russian edition of
 * "Networking and Kubernetes"; rebuilt field by field, so that it carries no captured octets but those of the listing).
 * The states and timeouts are derived from the kernel's table and its rule about unacknowledged data.
 */
import { describe, expect, it } from 'vitest';
import { build } from '../../../../src/packet/build.ts';
import { ipv6, payload, tcp } from '../../../../src/packet/build-layers.ts';
import { ConntrackMachine } from '../../../support/conntrack-machine.ts';
import { A, F, P, S } from '../tcp-talk.ts';

const CLIENT = 2_784_345_138;
const SERVER = 195_606_347;
const SYN_OPTIONS = Uint8Array.from([2, 4, 63, 196, 1, 3, 3, 6, 1, 1, 8, 10, 35, 2, 129, 119, 0, 0, 0, 0, 4, 2, 0, 0]);
const OPTIONS = Uint8Array.from([1, 1, 8, 10, 35, 2, 129, 119, 35, 2, 129, 119]);

type Segment = readonly [from: 'c' | 's', flags: number, seq: number, ack: number, window: number, data: number, expected: string];

/** Sequence numbers relative to the first one. */
const SEGMENTS: readonly Segment[] = [
  ['c', S, 0, 0, 65_535, 0, 'NEW SYN_SENT 120'],
  ['s', S | A, 0, 1, 65_535, 0, 'ESTABLISHED SYN_RECV 60'],
  ['c', A, 1, 1, 6371, 0, 'ESTABLISHED ESTABLISHED 432000'],
  ['s', A, 1, 1, 6371, 0, 'ESTABLISHED ESTABLISHED 432000'],
  ['c', P | A, 1, 1, 6371, 78, 'ESTABLISHED ESTABLISHED 300'],
  ['s', A, 1, 79, 6370, 0, 'ESTABLISHED ESTABLISHED 432000'],
  ['s', P | A, 1, 79, 6370, 121, 'ESTABLISHED ESTABLISHED 300'],
  ['c', A, 79, 122, 6369, 0, 'ESTABLISHED ESTABLISHED 432000'],
  ['c', F | A, 79, 122, 6369, 0, 'ESTABLISHED FIN_WAIT 120'],
  ['s', A, 122, 80, 6370, 0, 'ESTABLISHED CLOSE_WAIT 60'],
  ['s', F | A, 122, 80, 6370, 0, 'ESTABLISHED LAST_ACK 30'],
  ['c', A, 80, 123, 6369, 0, 'ESTABLISHED TIME_WAIT 120'],
];

function frame([from, flags, seq, ack, window, data]: Segment): Uint8Array {
  const client = from === 'c';
  const [mine, peer] = client ? [CLIENT, SERVER] : [SERVER, CLIENT];
  const fields = { flags, window, seq: mine + seq, ack: flags & A ? peer + ack : 0 };
  const head = client
    ? tcp(50_399, 8080, fields, flags & S ? SYN_OPTIONS : OPTIONS)
    : tcp(8080, 50_399, fields, flags & S ? SYN_OPTIONS : OPTIONS);
  return build(ipv6('::1', '::1'), head, payload('x'.repeat(data)));
}

describe('a captured conversation', () => {
  it('walks the states, with a short timeout while data is unacknowledged', () => {
    const machine = new ConntrackMachine();
    const fates = SEGMENTS.map((segment) => machine.pass(frame(segment)));
    expect(fates.map((f) => `${f.state} ${f.tcp} ${f.timeoutSec}`)).toEqual(SEGMENTS.map((segment) => segment[6]));
    expect(fates.map((f) => f.assured).indexOf(true)).toBe(2);
  });

  it('is all INVALID as captured with checksum offload, unless checksums are not verified', () => {
    const offloaded = SEGMENTS.map((segment) => {
      const bytes = frame(segment);
      bytes[56] = 0;
      bytes[57] = 0x34;
      return bytes;
    });
    const strict = new ConntrackMachine();
    expect(new Set(offloaded.map((bytes) => strict.pass(bytes).state))).toEqual(new Set(['INVALID']));
    const tolerant = new ConntrackMachine({ checksum: 0 });
    expect(offloaded.map((bytes) => tolerant.pass(bytes).tcp).at(-1)).toBe('TIME_WAIT');
  });
});
