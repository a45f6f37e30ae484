/**
 * cgroup: the control group of the process that sent a packet. A capture does not tell it: for what a local process sent the
 * answer is in doubt, and where nobody supposes one the rule is refused. A packet without a process never matches, `!` or not.
 *
 *   -m cgroup [!] --cgroup 1 | [!] --path service/http
 *
 * Reference: iptables-extensions(8), "cgroup". Kernel counterpart: net/netfilter/xt_cgroup.c.
 * @module
 */
import { HooklineError } from '../../errors.ts';
import { Hook, hookMask } from '../../hook/hook.ts';
import { Origin } from '../../packet/packet.ts';
import type { MatchModule } from '../match.ts';
import { parseUint } from '../target/number.ts';

export interface CgroupInfo {
  readonly path: string | null;
  readonly classid: number;
  readonly invert: boolean;
}

export const cgroup: MatchModule<CgroupInfo> = {
  name: 'cgroup',
  // asked for its host when the rule set is attached
  scope: 'flow',
  hooks: hookMask(Hook.Input, Hook.Output, Hook.Postrouting),
  options: [
    { name: 'path', invert: true },
    { name: 'cgroup', invert: true },
  ],

  parse(options) {
    const option = options.exactlyOne('cgroup', 'path');
    const { value, invert } = option;
    if (option.name === 'path') return { path: value, classid: 0, invert };
    const classid = parseUint(value);
    if (classid === null || classid > 0xffffffff) {
      return option.fail('cgroup: bad value for option "--cgroup", or out of range (0-4294967295).');
    }
    return { path: null, classid, invert };
  },

  print({ path, classid, invert }) {
    const sign = invert ? '! ' : '';
    return path === null ? `${sign}--cgroup ${classid}` : `${sign}--path "${path}"`;
  },

  list({ path, classid, invert }) {
    return `cgroup ${invert ? '! ' : ''}${path ?? classid}`;
  },

  compile(info, { doubt }) {
    const supposed = doubt?.about(info) ?? null;
    if (supposed === null) {
      throw new HooklineError('ERR_UNSUPPORTED', 'cgroup: a capture does not tell the control group of the process that sent a packet');
    }
    return (packet) => packet.local === 1 && packet.origin !== Origin.Copy && supposed.ask();
  },
};
