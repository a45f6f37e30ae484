/**
 * CLASSIFY: write the packet's queueing priority.
 *
 *   -j CLASSIFY --set-class MAJOR:MINOR        both hexadecimal
 *
 * Reference: iptables-extensions(8), "CLASSIFY". Kernel counterpart: net/netfilter/xt_CLASSIFY.c.
 * @module
 */
import { Hook, hookMask } from '../../hook/hook.ts';
import { Verdict } from '../../hook/verdict.ts';
import type { TargetModule } from '../target.ts';

export interface ClassifyInfo {
  readonly priority: number;
}

export const classify: TargetModule<ClassifyInfo> = {
  name: 'CLASSIFY',
  scope: 'stateless',
  perFlow: true,
  hooks: hookMask(Hook.Output, Hook.Forward, Hook.Postrouting),
  options: [{ name: 'set-class' }],

  parse(options) {
    const option = options.exactlyOne('set-class');
    // What stands behind the minor number is not looked at, and digits beyond 16 bits fall off: as iptables reads it.
    const parts = /^(?:0x)?([0-9a-fA-F]{1,8}):(?:0x)?([0-9a-fA-F]{1,8})/.exec(option.value);
    if (parts === null) return option.fail(`bad class value "${option.value}"`);
    return { priority: (Number.parseInt(parts[1]!, 16) << 16) | (Number.parseInt(parts[2]!, 16) & 0xffff) };
  },

  print({ priority }) {
    return `--set-class ${digits(priority >>> 16).padStart(4, '0')}:${digits(priority & 0xffff).padStart(4, '0')}`;
  },

  list({ priority }) {
    return `CLASSIFY set ${digits(priority >>> 16)}:${digits(priority & 0xffff)}`;
  },

  compile({ priority }) {
    return (packet) => {
      packet.priority = priority;
      return Verdict.Continue;
    };
  },
};

function digits(half: number): string {
  return half.toString(16);
}
