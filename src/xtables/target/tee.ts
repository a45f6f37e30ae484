/**
 * TEE: send a copy of the packet to a gateway. The copy walks OUTPUT and POSTROUTING before the packet goes on.
 *
 *   -j TEE --gateway 10.0.0.9 [--oif eth1]
 *
 * Reference: iptables-extensions(8), "TEE". Kernel counterpart: net/netfilter/xt_TEE.c.
 * @module
 */
import { Verdict } from '../../hook/verdict.ts';
import { formatAddress, parseAddress } from '../../inet/address.ts';
import type { TargetModule } from '../target.ts';

export interface TeeInfo {
  readonly gateway: Int32Array;
  readonly oif: string;
}

const MAX_NAME = 15;

export const tee: TargetModule<TeeInfo> = {
  name: 'TEE',
  scope: 'stateless',
  options: [{ name: 'gateway' }, { name: 'oif' }],

  parse(options) {
    const option = options.exactlyOne('gateway');
    const gateway = parseAddress(option.value, options.context.family);
    if (gateway === null) return option.fail(`bad IP address "${option.value}"`);
    if (gateway.every((word) => word === 0)) return option.fail('the gateway must not be the unspecified address');
    return { gateway, oif: (options.get('oif')?.value ?? '').slice(0, MAX_NAME) };
  },

  print: ({ gateway, oif }) => `--gateway ${formatAddress(gateway)}${oif === '' ? '' : ` --oif ${oif}`}`,
  list: ({ gateway, oif }) => `TEE gw:${formatAddress(gateway)}${oif === '' ? '' : ` oif=${oif}`}`,

  compile({ gateway, oif }, { responder, host }) {
    const outdev = oif === '' ? 0 : (host.interfaceByName(oif)?.index ?? 0);
    return (packet) => {
      responder.duplicate(packet, gateway, outdev);
      return Verdict.Continue;
    };
  },
};
