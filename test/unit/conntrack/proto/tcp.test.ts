/**
 * TCP through the tracker. The expectations are the kernel's: recorded by the oracle (selftest.py, area tcp) or asserted there.
 */
import { describe, expect, it } from 'vitest';
import { ConntrackMachine } from '../../../support/conntrack-machine.ts';
import { A, F, P, R, S, TcpTalk, U } from '../tcp-talk.ts';

const talk = (options = {}): TcpTalk => new TcpTalk(new ConntrackMachine(options));

/** First packet by flags: what it begins. */
const FIRST: readonly (readonly [name: string, flags: number, state: string, tcp: string])[] = [
  ['SYN', S, 'NEW', 'SYN_SENT'],
  ['SYN|PSH', S | P, 'NEW', 'SYN_SENT'],
  ['SYN|URG', S | U, 'NEW', 'SYN_SENT'],
  ['SYN|ECE|CWR', S | 0xc0, 'NEW', 'SYN_SENT'],
  ['ACK', A, 'NEW', 'ESTABLISHED'],
  ['ACK|PSH', A | P, 'NEW', 'ESTABLISHED'],
  ['ACK|URG', A | U, 'NEW', 'ESTABLISHED'],
  ['ACK|ECE|CWR', A | 0xc0, 'NEW', 'ESTABLISHED'],
  ['SYN|ACK', S | A, 'INVALID', ''],
  ['FIN|ACK', F | A, 'INVALID', ''],
  ['RST', R, 'INVALID', ''],
  ['RST|ACK', R | A, 'INVALID', ''],
  ['none', 0, 'INVALID', ''],
  ['FIN', F, 'INVALID', ''],
  ['PSH', P, 'INVALID', ''],
  ['SYN|FIN', S | F, 'INVALID', ''],
  ['SYN|RST', S | R, 'INVALID', ''],
  ['SYN|ACK|URG', S | A | U, 'INVALID', ''],
  ['FIN|ACK|URG', F | A | U, 'INVALID', ''],
  ['RST|URG', R | U, 'INVALID', ''],
  ['all', 0xff, 'INVALID', ''],
];

describe('the first segment of a connection', () => {
  it.each(FIRST)('%s', (_name, flags, state, tcp) => {
    const fate = talk().c(flags, 5, { ack: 9 });
    expect([fate.state, fate.tcp]).toEqual([state, tcp]);
  });

  it('may not be picked up in the middle with tcp_loose=0', () => {
    const t = talk({ tcpLoose: 0 });
    expect(t.c(A, 5, { ack: 9 }).state).toBe('INVALID');
    expect(t.c(S, 5).state).toBe('NEW');
  });

  it('leaves nothing behind when it is dropped', () => {
    const t = talk();
    t.c(S, 100, {}, { dropped: true });
    expect(t.machine.conntrack.count).toBe(0);
    expect(t.c(S, 100).state).toBe('NEW');
  });
});

describe('a conversation', () => {
  it('opens and closes in order', () => {
    const t = talk();
    const walk = [
      t.c(S, 100),
      t.s(S | A, 500, { ack: 101 }),
      t.c(A, 101, { ack: 501 }),
      t.c(F | A, 101, { ack: 501 }),
      t.s(A, 501, { ack: 102 }),
      t.s(F | A, 501, { ack: 102 }),
      t.c(A, 102, { ack: 502 }),
      t.s(A, 502, { ack: 102 }),
    ];
    expect(walk.map((f) => `${f.state} ${f.tcp} ${f.timeoutSec}`)).toEqual([
      'NEW SYN_SENT 120',
      'ESTABLISHED SYN_RECV 60',
      'ESTABLISHED ESTABLISHED 432000',
      'ESTABLISHED FIN_WAIT 120',
      'ESTABLISHED CLOSE_WAIT 60',
      'ESTABLISHED LAST_ACK 30',
      'ESTABLISHED TIME_WAIT 120',
      'ESTABLISHED TIME_WAIT 120',
    ]);
    expect(walk.map((f) => f.assured)).toEqual([false, false, true, true, true, true, true, true]);
  });

  it('opens from both sides at once', () => {
    const t = talk();
    const walk = [t.c(S, 100), t.s(S, 700), t.c(S | A, 100, { ack: 701 }), t.s(S | A, 700, { ack: 101 })];
    expect(walk.map((f) => f.tcp)).toEqual(['SYN_SENT', 'SYN_SENT2', 'SYN_RECV', 'SYN_RECV']);
  });

  it('is picked up in the middle, and ASSURED with the second packet behind the reply', () => {
    const t = talk();
    const walk = [t.c(A, 5, { ack: 9 }), t.s(A, 9, { ack: 5 }), t.c(A, 5, { ack: 9 })];
    expect(walk.map((f) => `${f.state} ${f.tcp} ${f.assured}`)).toEqual([
      'NEW ESTABLISHED false',
      'ESTABLISHED ESTABLISHED false',
      'ESTABLISHED ESTABLISHED true',
    ]);
    expect(walk[0]!.timeoutSec).toBe(300);
  });

  it('keeps no entry longer for SYNs sent again', () => {
    const t = talk();
    t.c(S, 100);
    expect(t.c(S, 100, {}, { at: 60 })).toMatchObject({ state: 'NEW', timeoutSec: 60 });
  });
});

describe('a reset', () => {
  it('in answer to a SYN destroys the entry at once, even with a wrong acknowledgement', () => {
    for (const ack of [101, 55]) {
      const t = talk();
      t.c(S, 100);
      expect(t.s(R | A, 0, { ack })).toMatchObject({ state: 'ESTABLISHED' });
      expect(t.machine.conntrack.count).toBe(0);
    }
  });

  it('below what the peer acknowledged is invalid, unless tcp_ignore_invalid_rst', () => {
    const t = talk();
    t.open();
    t.s(A, 501, { ack: 106 });
    expect(t.s(R, 400)).toMatchObject({ state: 'INVALID', invalid: 'a reset 101 octets below what the peer has acknowledged' });
    const lenient = talk({ tcpIgnoreInvalidRst: 1 });
    lenient.open();
    expect(lenient.s(R, 400).state).toBe('ESTABLISHED');
  });

  it('in the window but not exact passes and keeps the state for ten seconds', () => {
    const t = talk();
    t.open();
    t.c(A | P, 101, { ack: 501, data: 'hello' });
    t.s(A, 501, { ack: 106 });
    expect(t.s(R, 12_345)).toMatchObject({ state: 'ESTABLISHED', tcp: 'ESTABLISHED', timeoutSec: 10 });
  });

  it('beyond the window is invalid', () => {
    const t = talk();
    t.open();
    expect(t.s(R, 501 + 100_000_000).state).toBe('INVALID');
  });

  it('exact closes; after it the same side may open anew, the other side is ignored', () => {
    const t = talk();
    t.open();
    expect(t.c(R, 101)).toMatchObject({ tcp: 'CLOSE', timeoutSec: 10 });
    expect(t.c(S, 9000)).toMatchObject({ state: 'NEW', tcp: 'SYN_SENT' });
    const other = talk();
    other.open();
    other.s(R, 501);
    expect(other.c(S, 9000)).toMatchObject({ state: 'ESTABLISHED', tcp: 'CLOSE' });
  });

  it('right after a SYN that was let through is not judged', () => {
    const t = talk();
    t.open();
    t.c(A | P, 101, { ack: 501, data: 'hello' });
    t.s(A, 501, { ack: 106 });
    expect(t.c(S, 9999)).toMatchObject({ state: 'ESTABLISHED', tcp: 'ESTABLISHED' });
    expect(t.s(R, 12_345)).toMatchObject({ state: 'ESTABLISHED', tcp: 'CLOSE' });
  });
});

describe('a reset that acknowledges what was let through', () => {
  // recorded: SYN, stray reply ACK (ignored), the same SYN again, then RST|ACK far out of the window
  const stray = (): TcpTalk => {
    const t = talk();
    t.c(S, 100);
    t.s(A, 1, { ack: 101, data: 'x' });
    t.c(S, 100);
    return t;
  };

  it('counts when it comes from the other side', () => {
    expect(stray().s(R | A, 0x50000000, { ack: 2 })).toMatchObject({ state: 'ESTABLISHED', tcp: 'CLOSE' });
  });

  it('does not from the side that sent the SYN', () => {
    expect(stray().c(R | A, 0x50000000, { ack: 2 }).state).toBe('INVALID');
  });
});

describe('the window', () => {
  const opened = (options = {}): TcpTalk => {
    const t = talk(options);
    t.open();
    return t;
  };

  it('makes invalid what lies beyond it, and says by how much', () => {
    const fate = opened().c(A | P, 101 + 70_000_000, { ack: 501, data: 'far' });
    expect(fate.state).toBe('INVALID');
    expect(fate.invalid).toMatch(/^\d+ octets beyond the end of the window/);
  });

  it('makes invalid what acknowledges unseen octets', () => {
    expect(opened().c(A, 101, { ack: 501 + 100_000 })).toMatchObject({
      state: 'INVALID',
      invalid: 'acknowledges 100000 octets that were never seen',
    });
  });

  it('ignores old acknowledgements and old sequence numbers, without counting them', () => {
    const t = opened();
    const { entry } = t.c(A, 101, { ack: 501 - 20_066_001 });
    expect(t.c(A | P, 101 - 20_000_000, { ack: 501, data: 'old' }).state).toBe('ESTABLISHED');
    expect(t.machine.conntrack.packets(entry, 0)).toBe(2);
  });

  it('does not count what is invalid', () => {
    const t = opened();
    const { entry } = t.c(A, 101, { ack: 501 });
    t.c(A | P, 101 + 900_000_000, { ack: 501, data: 'far' });
    expect(t.machine.conntrack.packets(entry, 0)).toBe(3);
  });

  it('lets an acknowledgement lag behind by 66000 octets, and no more', () => {
    const behind = (by: number): number => {
      const t = talk();
      t.open();
      for (let at = 501; at < 100_501; at += 1000) {
        t.s(A, at, { ack: 101, data: 'y'.repeat(1000) });
        t.c(A, 101, { ack: at + 1000 });
      }
      const { entry } = t.c(A, 101, { ack: 100_501 - by });
      return t.machine.conntrack.packets(entry, 0);
    };
    expect(behind(66_000) - behind(66_001)).toBe(1);
  });

  it('is scaled by 14 at most', () => {
    const scale = (shift: number): Uint8Array => Uint8Array.of(3, 3, shift, 0);
    // the server offers 2 << shift octets; data that begins `distance` beyond its acknowledgement
    const at =
      (distance: number) =>
      (shift: number): string => {
        const t = talk();
        t.c(S, 100, { options: scale(0) });
        t.s(S | A, 500, { ack: 101, window: 1, options: scale(shift) });
        t.c(A, 101, { ack: 501 });
        t.s(A, 501, { ack: 101, window: 2 });
        return t.c(A | P, 101 + distance, { ack: 501, data: 'x' }).state;
      };
    const offered = 2 << 14;
    expect([12, 14, 15, 255].map(at(offered))).toEqual(['INVALID', 'ESTABLISHED', 'ESTABLISHED', 'ESTABLISHED']);
    // beyond twice the offer even the tolerance for overshooting ends
    expect([12, 14, 15, 255].map(at(2 * offered))).toEqual(['INVALID', 'INVALID', 'INVALID', 'INVALID']);
  });

  it('is open with tcp_be_liberal', () => {
    expect(opened({ tcpBeLiberal: 1 }).c(A | P, 101 + 70_000_000, { ack: 501, data: 'far' }).state).toBe('ESTABLISHED');
  });
});

describe('what is malformed', () => {
  const damaged = (change: (bytes: Uint8Array) => Uint8Array | void): string => {
    const t = talk();
    const bytes = t.bytes(true, S, 100);
    return t.machine.pass(change(bytes) ?? bytes).state;
  };

  it('a wrong checksum', () => {
    expect(damaged((b) => void (b[36]! ^= 1))).toBe('INVALID');
  });

  it('a data offset below 5, or beyond the packet', () => {
    expect(damaged((b) => void (b[32] = 0x40))).toBe('INVALID');
    expect(damaged((b) => void (b[32] = 0xf0))).toBe('INVALID');
  });

  it('a header cut off', () => {
    expect(
      damaged((b) => {
        b[3] = 39;
        return b.subarray(0, 39);
      }),
    ).toBe('INVALID');
  });

  it('is not looked for in checksums when nf_conntrack_checksum=0, nor in OUTPUT', () => {
    const t = talk({ checksum: 0 });
    const bytes = t.bytes(true, S, 100);
    bytes[36]! ^= 1;
    expect(t.machine.pass(bytes).state).toBe('NEW');
    expect(talk().machine.pass(bytes, { local: true }).state).toBe('NEW');
  });
});
