/**
 * Which of its IPv4 addresses the host speaks with on a device (inet_select_addr): the first primary one whose subnet holds the
 * next hop, else the first primary one, else one of another device.
 *
 * Scopes count downwards: an address is fit for a route whose scope is as narrow or narrower than its own.
 * @module
 */
import { type Interface, Scope4 } from './interface.ts';

/** What an address is wanted for. `localnet`: the device routes 127/8 (route_localnet), so host scope is no bar. */
export interface Wanted4 {
  readonly nextHop: number;
  readonly scope: number;
  readonly localnet: boolean;
}

/** An address word, or 0 when the host has none that fits. `interfaces` in the order the kernel made them (lo first). */
export function selectAddress4(interfaces: readonly Interface[], device: Interface, wanted: Wanted4): number {
  const { nextHop, scope, localnet } = wanted;
  const list = device.addresses4;
  const floor = localnet ? Scope4.Link : Scope4.Host;
  let first = 0;
  for (let i = 0; i < list.length; i++) {
    const address = list[i]!;
    if (address.secondary || Math.min(address.scope, floor) > scope) continue;
    if (nextHop === 0 || ((nextHop ^ address.peer) & address.mask) === 0) return address.word;
    if (first === 0) first = address.word;
  }
  return first !== 0 ? first : ofAnyDevice(interfaces, scope);
}

/** A device without an address of its own borrows one that is not bound to a link. */
function ofAnyDevice(interfaces: readonly Interface[], scope: number): number {
  for (let i = 0; i < interfaces.length; i++) {
    const list = interfaces[i]!.addresses4;
    for (let k = 0; k < list.length; k++) {
      const address = list[k]!;
      if (!address.secondary && address.scope !== Scope4.Link && address.scope <= scope) return address.word;
    }
  }
  return 0;
}
