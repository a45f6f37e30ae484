/**
 * Multicast groups the host is in by itself: all-hosts, all-nodes, on a router all-routers, and (where neighbours are resolved)
 * the solicited-node group of each of its IPv6 addresses. Groups that a program joins are not known.
 * @module
 */
import type { Interface } from './interface.ts';

const ALL_HOSTS = 0xe0000001 | 0;
const SOLICITED = 0xff000000 | 0;

export class Membership {
  private readonly loopback: number;
  private readonly forwarding: boolean;

  constructor(loopback: number, forwarding: boolean) {
    this.loopback = loopback;
    this.forwarding = forwarding;
  }

  has4(device: Interface, group: number): boolean {
    return group === ALL_HOSTS && device.up;
  }

  has6(device: Interface, w0: number, w1: number, w2: number, w3: number): boolean {
    if (w1 !== 0) return false;
    const scope = (w0 >>> 16) & 15;
    if (w0 >>> 20 !== 0xff0 || (w0 & 0xffff) !== 0) return false;
    if (w2 === 0 && w3 === 1) return scope === 1 || scope === 2;
    if (device.index === this.loopback) return false;
    if (w2 === 0 && w3 === 2) return this.forwarding && device.multicast && (scope === 1 || scope === 2 || scope === 5);
    if (w2 !== 1 || (w3 & SOLICITED) !== SOLICITED || scope !== 2 || device.noArp) return false;
    return hasAddressEnding(device, w3 & ~SOLICITED);
  }
}

function hasAddressEnding(device: Interface, ending: number): boolean {
  const list = device.addresses6;
  for (let i = 0; i < list.length; i++) if ((list[i]!.w3 & ~SOLICITED) === ending) return true;
  return false;
}
