/**
 * TPROXY: hand connections to a transparent proxy on this host. The packet gets a mark, by which policy routing takes it for the
 * host's own, and the socket that will have it: the listener at the address and port named, else at the first address of the
 * device it came in by, or the packet's own port. No such listener, or one that is not transparent: the packet is dropped; and one
 * with a socket is never forwarded.
 *
 *   -p tcp -j TPROXY --on-port 3129 [--on-ip 127.0.0.1] [--tproxy-mark 0x1/0x1]
 *
 * The sockets are those the host's description lists; where it lists none, a rule set with this target is refused.
 * Reference: iptables-extensions(8), "TPROXY". Kernel counterpart: net/netfilter/xt_TPROXY.c (behaviour only).
 * @module
 */
import { HooklineError } from '../../errors.ts';
import { Hook, hookMask } from '../../hook/hook.ts';
import { Verdict } from '../../hook/verdict.ts';
import { formatAddress, parseAddress } from '../../inet/address.ts';
import * as ipproto from '../../inet/protocol.ts';
import { findListener } from '../../host/listener.ts';
import { type Interface, NO_INTERFACE } from '../../host/interface.ts';
import type { ReadonlyPacket } from '../../packet/packet.ts';
import type { GivenOption } from '../options.ts';
import { servicePort } from '../../inet/service-port.ts';
import type { TargetModule } from '../target.ts';
import { hex, type Masked, readMasked, U16 } from './number.ts';

const TCP_HEADER_LEN = 20;
const PORTS_LEN = 8;

export interface TproxyInfo extends Masked {
  readonly port: number;
  readonly address: Int32Array;
}

export const tproxy: TargetModule<TproxyInfo> = {
  name: 'TPROXY',
  scope: 'flow',
  tables: ['mangle'],
  hooks: hookMask(Hook.Prerouting),
  protocols: [ipproto.TCP, ipproto.UDP],
  defrag: true,
  options: [{ name: 'on-port' }, { name: 'on-ip' }, { name: 'tproxy-mark' }],

  parse(options) {
    const ip = options.get('on-ip');
    const { family } = options.context;
    const address = ip === undefined ? new Int32Array(family === 4 ? 1 : 4) : parseAddress(ip.value, family);
    const mark = options.get('tproxy-mark');
    return {
      port: readPort(options.exactlyOne('on-port')),
      address: address ?? ip!.fail(`bad IP address "${ip!.value}"`),
      ...(mark === undefined ? { value: 0, mask: 0 } : readMasked(mark)),
    };
  },

  print: ({ port, address, value, mask }) => `--on-port ${port} --on-ip ${formatAddress(address)} --tproxy-mark ${hex(value)}/${hex(mask)}`,
  list: ({ port, address, value, mask }) => `TPROXY redirect ${formatAddress(address)}:${port} mark ${hex(value)}/${hex(mask)}`,

  compile({ port, address, value, mask }, { host, family }) {
    const { listeners, socketsGiven } = host.settings;
    if (!socketsGiven) {
      throw new HooklineError(
        'ERR_UNSUPPORTED',
        'target TPROXY needs to know the sockets of the host: its description lists none ("listeners")',
      );
    }
    const key = { family, protocol: 0, port: 0, w0: 0, w1: 0, w2: 0, w3: 0 };
    const isGiven = address.some((word) => word !== 0);
    return (packet) => {
      if (packet.transportLength < (packet.protocol === ipproto.TCP ? TCP_HEADER_LEN : PORTS_LEN)) return Verdict.Drop;
      key.protocol = packet.protocol;
      key.port = port === 0 ? packet.dstPort : port;
      if (isGiven) aim(key, address);
      else aimAtDevice(key, packet, host.interfaces[packet.indev] ?? NO_INTERFACE);
      const found = findListener(listeners, key);
      if (found < 0 || !listeners[found]!.transparent) return Verdict.Drop;
      packet.mark = (packet.mark & ~mask) ^ value;
      packet.socket = found + 1;
      return Verdict.Accept;
    };
  },
};

interface Aim {
  w0: number;
  w1: number;
  w2: number;
  w3: number;
}

function aim(key: Aim, address: Int32Array): void {
  key.w0 = address[0]!;
  key.w1 = address[1] ?? 0;
  key.w2 = address[2] ?? 0;
  key.w3 = address[3] ?? 0;
}

/** The first address of the device it came in by, else its own destination (nf_tproxy_laddr4, nf_tproxy_laddr6). */
function aimAtDevice(key: Aim, packet: ReadonlyPacket, device: Interface): void {
  if (packet.family === 4) {
    key.w0 = device.addresses4.find(({ secondary }) => !secondary)?.word ?? packet.dst0;
    return;
  }
  const { w0, w1, w2, w3 } = device.addresses6.find(({ deprecated }) => !deprecated) ?? {
    w0: packet.dst0,
    w1: packet.dst1,
    w2: packet.dst2,
    w3: packet.dst3,
  };
  key.w0 = w0;
  key.w1 = w1;
  key.w2 = w2;
  key.w3 = w3;
}

/** A decimal port or a service; digits beyond 16 bits fall off, as iptables lets them. */
function readPort(option: GivenOption): number {
  const number = /^[0-9]{1,10}$/.test(option.value) ? Number(option.value) : null;
  const port = number ?? servicePort(option.value, ipproto.TCP) ?? servicePort(option.value, ipproto.UDP);
  return port === null ? option.fail(`port "${option.value}" does not resolve to anything`) : port & U16;
}
