/**
 * The per-device sysctls that a packet's way depends on, each with its `all` as the kernel combines the two. Read once, into
 * tables by interface number: a packet asks several of them.
 * @module
 */
import type { Interface } from './interface.ts';
import type { Sysctls } from './sysctl.ts';

type Combine = (own: number, all: number) => number;

const max: Combine = (own, all) => Math.max(own, all);
const either: Combine = (own, all) => own | all;
const both: Combine = (own, all) => own & all;
const alone: Combine = (own) => own;

export class DeviceSwitches {
  /** IPv4. */
  readonly rpFilter: Int32Array;
  readonly acceptLocal: Int32Array;
  readonly sendRedirects: Int32Array;
  readonly sharedMedia: Int32Array;
  readonly routeLocalnet: Int32Array;
  readonly acceptSourceRoute: Int32Array;
  readonly forwarding4: Int32Array;
  /** IPv6. */
  readonly forwarding6: Int32Array;
  readonly disabled6: Int32Array;
  readonly mtu6: Int32Array;

  constructor(interfaces: readonly Interface[], sysctls: Sysctls) {
    const read = (family: 4 | 6, name: string, combine: Combine, byDefault = 0): Int32Array =>
      Int32Array.from(interfaces, ({ index }) =>
        combine(sysctls.device(family, index, name, byDefault), sysctls.all(family, name, byDefault)),
      );
    this.rpFilter = read(4, 'rp_filter', max);
    this.acceptLocal = read(4, 'accept_local', alone);
    this.sendRedirects = read(4, 'send_redirects', either);
    this.sharedMedia = read(4, 'shared_media', either, 1);
    this.routeLocalnet = read(4, 'route_localnet', either);
    this.acceptSourceRoute = read(4, 'accept_source_route', both);
    this.forwarding4 = read(4, 'forwarding', alone);
    // one switch for all, or the device's own force
    const forced = read(6, 'force_forwarding', alone);
    const forwarding = sysctls.all(6, 'forwarding', 0);
    this.forwarding6 = forced.map((own) => own | forwarding);
    this.disabled6 = read(6, 'disable_ipv6', alone);
    this.mtu6 = Int32Array.from(interfaces, ({ index, mtu }) => Math.min(mtu, sysctls.device(6, index, 'mtu', mtu)));
  }
}
