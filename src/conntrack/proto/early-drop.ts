/**
 * Connections that are about to end: a full table may do without them even when they are ASSURED.
 * @module
 */
import { SCTP, TCP } from '../../inet/protocol.ts';
import { SctpState } from './sctp-table.ts';
import { TcpState } from './tcp-table.ts';

export function mayDropEarly(protocol: number, state: number): boolean {
  if (protocol === TCP) return state >= TcpState.FinWait && state <= TcpState.Close;
  return protocol === SCTP && state >= SctpState.ShutdownSent && state <= SctpState.ShutdownAckSent;
}
