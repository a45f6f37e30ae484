/**
 * What a hook function answers. Numbers are the kernel's; Continue is x_tables' own "next rule" and never leaves a table.
 * @module
 */
export const Verdict = { Continue: -1, Drop: 0, Accept: 1, Stolen: 2, Queue: 3, Repeat: 4 } as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];
