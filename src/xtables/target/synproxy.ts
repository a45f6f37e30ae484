/**
 * SYNPROXY: answer for a server until a client has shown that it is there. Read, checked and printed; a rule set that uses it is
 * not evaluated.
 *
 *   -p tcp -j SYNPROXY [--sack-perm] [--timestamp] [--wscale 7] [--mss 1460] [--ecn]
 *
 * Reference: iptables-extensions(8), "SYNPROXY". Kernel counterpart: net/ipv4/netfilter/ipt_SYNPROXY.c.
 * @module
 */
import { HooklineError } from '../../errors.ts';
import { Hook, hookMask } from '../../hook/hook.ts';
import * as ipproto from '../../inet/protocol.ts';
import type { Options } from '../options.ts';
import type { TargetModule } from '../target.ts';
import { parseUint, U16, U8 } from './number.ts';

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
