import { describe, expect, it } from 'vitest';
import { mayDropEarly } from '../../../../src/conntrack/proto/early-drop.ts';
import { SctpState } from '../../../../src/conntrack/proto/sctp-table.ts';
import { TcpState } from '../../../../src/conntrack/proto/tcp-table.ts';
import { SCTP, TCP, UDP } from '../../../../src/inet/protocol.ts';

describe('mayDropEarly', () => {
  it('is true of TCP connections that are being closed', () => {
    const { FinWait, CloseWait, LastAck, TimeWait, Close } = TcpState;
    const states = Object.values(TcpState).filter((state) => mayDropEarly(TCP, state));
    expect(states).toEqual([FinWait, CloseWait, LastAck, TimeWait, Close]);
  });

  it('is true of SCTP associations that are being shut down', () => {
    const { ShutdownSent, ShutdownRecd, ShutdownAckSent } = SctpState;
    const states = Object.values(SctpState).filter((state) => mayDropEarly(SCTP, state));
    expect(states).toEqual([ShutdownSent, ShutdownRecd, ShutdownAckSent]);
  });

  it('is true of nothing else', () => {
    for (let state = 0; state < 12; state++) expect(mayDropEarly(UDP, state)).toBe(false);
  });
});
