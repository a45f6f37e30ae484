/**
 * TPROXY and SYNPROXY: hand connections to a proxy. Read, checked and printed; a rule set that uses one is not evaluated, since
 * its outcome hangs on what a capture does not show: sockets of a transparent proxy, and the secret of SYN cookies. Where the
 * host's description lists its sockets there is no transparent one among them, and TPROXY drops, as the kernel then does.
 *
 *   -p tcp -j TPROXY --on-port 3129 [--on-ip 127.0.0.1] [--tproxy-mark 0x1/0x1]
 *   -p tcp -j SYNPROXY [--sack-perm] [--timestamp] [--wscale 7] [--mss 1460] [--ecn]
 *
 * Reference: iptables-extensions(8), "TPROXY", "SYNPROXY". Kernel counterparts: xt_TPROXY.c, ipt_SYNPROXY.c.
 * @module
 */
import { HooklineError } from '../../errors.ts';
import { Hook, hookMask } from '../../hook/hook.ts';
import { Verdict } from '../../hook/verdict.ts';
import { formatAddress, parseAddress } from '../../inet/address.ts';
import * as ipproto from '../../inet/protocol.ts';
import type { GivenOption, Options } from '../options.ts';
import { servicePort } from '../../inet/service-port.ts';
import type { TargetModule } from '../target.ts';
import { hex, parseUint, readMasked, U16, U8, type Masked } from './number.ts';

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

  compile(_, { host }) {
    if (host.settings.socketsGiven) return () => Verdict.Drop;
    throw new HooklineError('ERR_UNSUPPORTED', "target TPROXY is not evaluated: the sockets of the host's transparent proxy are not known");
  },
};

/** A decimal port or a service; digits beyond 16 bits fall off, as iptables lets them. */
function readPort(option: GivenOption): number {
  const number = /^[0-9]{1,10}$/.test(option.value) ? Number(option.value) : null;
  const port = number ?? servicePort(option.value, ipproto.TCP) ?? servicePort(option.value, ipproto.UDP);
  return port === null ? option.fail(`port "${option.value}" does not resolve to anything`) : port & U16;
}

export interface SynproxyInfo {
  readonly sackPerm: boolean;
  readonly timestamp: boolean;
  /** -1 when not given. */
  readonly wscale: number;
  readonly mss: number;
  readonly ecn: boolean;
}

export const synproxy: TargetModule<SynproxyInfo> = {
  name: 'SYNPROXY',
  scope: 'flow',
  hooks: hookMask(Hook.Input, Hook.Forward),
  protocols: [ipproto.TCP],
  conntrack: true,
  options: [{ name: 'sack-perm', args: 0 }, { name: 'timestamp', args: 0 }, { name: 'wscale' }, { name: 'mss' }, { name: 'ecn', args: 0 }],

  parse(options) {
    return {
      sackPerm: options.has('sack-perm'),
      timestamp: options.has('timestamp'),
      wscale: readCut(options, 'wscale', U8),
      mss: readCut(options, 'mss', U16),
      ecn: options.has('ecn'),
    };
  },

  print: (info) => words(info, '--').join(' '),
  list: (info) => ['SYNPROXY', ...words(info, ''), ''].join(' '),

  compile() {
    throw new HooklineError(
      'ERR_UNSUPPORTED',
      'target SYNPROXY is not evaluated: its SYN cookies depend on a secret of the running kernel',
    );
  },
};

/** A number whose bits beyond the field fall off, as iptables lets them; -1 when not given. */
function readCut(options: Options, name: string, max: number): number {
  const option = options.get(name);
  if (option === undefined) return -1;
  const value = parseUint(option.value);
  return value === null ? option.fail(`bad value for option "--${name}"`) : value & max;
}

function words({ sackPerm, timestamp, wscale, mss, ecn }: SynproxyInfo, dashes: string): string[] {
  const out: string[] = [];
  if (sackPerm) out.push(`${dashes}sack-perm`);
  if (timestamp) out.push(`${dashes}timestamp`);
  if (wscale >= 0) out.push(`${dashes}wscale ${wscale}`);
  if (mss >= 0) out.push(`${dashes}mss ${mss}`);
  if (ecn) out.push(`${dashes}ecn`);
  return out;
}
