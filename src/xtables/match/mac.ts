/**
 * mac: the Ethernet source address. A packet that came without an Ethernet header, or over lo, never matches, inverted or not.
 *
 *   -m mac [!] --mac-source 02:00:00:00:10:02
 *
 * Reference: iptables-extensions(8), "mac". Kernel counterpart: net/netfilter/xt_mac.c.
 * @module
 */
import { Hook, hookMask } from '../../hook/hook.ts';
import { formatMac, MAC_LEN } from '../../inet/mac.ts';
import { ETHERNET_HEADER_LEN } from '../../wire/ethernet.ts';
import type { MatchModule } from '../match.ts';
import type { GivenOption } from '../options.ts';
import { mandatory } from './option-value.ts';

/** Offset of the source address in the Ethernet header. */
const SOURCE = 6;

export interface MacInfo {
  readonly address: Uint8Array;
  readonly invert: boolean;
}

export const mac: MatchModule<MacInfo> = {
  name: 'mac',
  scope: 'stateless',
  hooks: hookMask(Hook.Prerouting, Hook.Input, Hook.Forward),
  options: [{ name: 'mac-source', invert: true }],

  parse(options) {
    const option = mandatory(options, 'mac', 'mac-source');
    return { address: readMac(option), invert: option.invert };
  },

  print({ address, invert }) {
    return `${invert ? '! ' : ''}--mac-source ${formatMac(address)}`;
  },

  list({ address, invert }) {
    return `MAC ${invert ? '! ' : ''}${formatMac(address)}`;
  },

  compile({ address, invert }, { host }) {
    const view = new DataView(address.buffer, address.byteOffset);
    const head = view.getInt32(0);
    const tail = view.getUint16(4);
    const { loopback } = host;
    return (packet) => {
      const { link } = packet;
      if (link < 0 || link + ETHERNET_HEADER_LEN > packet.network || packet.indev === loopback) return false;
      return (packet.view.getInt32(link + SOURCE) === head && packet.view.getUint16(link + SOURCE + 4) === tail) !== invert;
    };
  },
};

/** Six pairs of hex digits between colons; one digit does for a small octet. */
function readMac(option: GivenOption): Uint8Array {
  const parts = option.value.split(':', MAC_LEN + 1);
  if (parts.length !== MAC_LEN || !parts.every((part) => /^[0-9a-fA-F]{1,2}$/.test(part))) option.fail('Invalid MAC address specified');
  return Uint8Array.from(parts, (part) => Number.parseInt(part, 16));
}
