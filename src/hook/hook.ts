/**
 * The five netfilter hooks. Numbers are the kernel's (include/uapi/linux/netfilter.h), so that masks print alike.
 * @module
 */
export const Hook = { Prerouting: 0, Input: 1, Forward: 2, Output: 3, Postrouting: 4 } as const;
export type Hook = (typeof Hook)[keyof typeof Hook];

/** Chain names of the hooks, by hook number. */
export const HOOK_NAMES = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'] as const;
export type HookName = (typeof HOOK_NAMES)[number];

/** A set of hooks as bits, `1 << hook`. */
export function hookMask(...hooks: readonly Hook[]): number {
  let mask = 0;
  for (const hook of hooks) mask |= 1 << hook;
  return mask;
}
