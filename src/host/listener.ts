/**
 * Who listens: the socket of the host that takes what comes to an address and port, one bound to the address before one bound to
 * any (compute_score of net/ipv4/inet_hashtables.c and udp.c).
 * @module
 */
import type { Listener } from './plan.ts';

/** IPv4 in the first word. */
export interface ListenerKey {
  readonly family: number;
  readonly protocol: number;
  readonly port: number;
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
}

/** The listener's number, or -1. */
export function findListener(listeners: readonly Listener[], key: ListenerKey): number {
  let found = -1;
  for (let i = 0; i < listeners.length; i++) {
    const listener = listeners[i]!;
    if (listener.port !== key.port || listener.protocol !== key.protocol || listener.family !== key.family) continue;
    if (isBoundTo(listener.address, key)) return i;
    if (found < 0 && isBoundToAny(listener)) found = i;
  }
  return found;
}

export function isBoundToAny({ address }: Listener): boolean {
  return address.every((word) => word === 0);
}

function isBoundTo(address: Int32Array, { w0, w1, w2, w3 }: ListenerKey): boolean {
  if (address[0] !== w0) return false;
  return address.length === 1 ? w0 !== 0 : address[1] === w1 && address[2] === w2 && address[3] === w3 && (w0 | w1 | w2 | w3) !== 0;
}
