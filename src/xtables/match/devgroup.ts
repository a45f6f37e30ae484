/**
 * devgroup: the group of the device a packet came in or goes out by. The devices of a host here are all in group 0.
 *
 *   -m devgroup [!] --src-group 0x1/0xff [!] --dst-group default
 *
 * Reference: iptables-extensions(8), "devgroup". Kernel counterpart: net/netfilter/xt_devgroup.c.
 * @module
 */
import { Hook, hookMask } from '../../hook/hook.ts';
import type { MatchModule } from '../match.ts';
import type { Options } from '../options.ts';
import { formatMaskedValue, type MaskedValue } from './masked-value.ts';
import { formatNameOrMask, readNameOrMask } from './name-or-mask.ts';

const NAME = 'devgroup';
/** What /etc/iproute2/group calls 0. */
const ZERO = 'default';
const WITH_INDEV = hookMask(Hook.Prerouting, Hook.Input, Hook.Forward);
const WITH_OUTDEV = hookMask(Hook.Forward, Hook.Output, Hook.Postrouting);

export interface DevgroupInfo {
  readonly src: MaskedValue | null;
  readonly dst: MaskedValue | null;
}

export const devgroup: MatchModule<DevgroupInfo> = {
  name: NAME,
  scope: 'stateless',
  perFlow: true,
  hooks({ src, dst }) {
    return (src === null ? -1 : WITH_INDEV) & (dst === null ? -1 : WITH_OUTDEV);
  },
  options: [
    { name: 'src-group', invert: true },
    { name: 'dst-group', invert: true },
  ],

  parse(options) {
    const info = { src: readGroup(options, 'src-group'), dst: readGroup(options, 'dst-group') };
    if (info.src === null && info.dst === null) options.fail("devgroup match: You must specify either '--src-group' or '--dst-group'");
    return info;
  },

  print({ src, dst }) {
    const words: string[] = [];
    if (src !== null) words.push(`${src.invert ? '! ' : ''}--src-group ${formatNameOrMask(src, ZERO)}`);
    if (dst !== null) words.push(`${dst.invert ? '! ' : ''}--dst-group ${formatNameOrMask(dst, ZERO)}`);
    return words.join(' ');
  },

  list({ src, dst }) {
    const words: string[] = [];
    if (src !== null) words.push(`${src.invert ? '! ' : ''}src-group ${formatMaskedValue(src)}`);
    if (dst !== null) words.push(`${dst.invert ? '! ' : ''}dst-group ${formatMaskedValue(dst)}`);
    return words.join(' ');
  },

  compile({ src, dst }) {
    const result = holdsForZero(src) && holdsForZero(dst);
    return () => result;
  },
};

function readGroup(options: Options, name: string): MaskedValue | null {
  const option = options.get(name);
  return option === undefined ? null : readNameOrMask(option, NAME, ZERO);
}

function holdsForZero(test: MaskedValue | null): boolean {
  return test === null || ((test.value & test.mask) === 0) !== test.invert;
}
